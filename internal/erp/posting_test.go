package erp_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"vmsflow/internal/erp"
	"vmsflow/internal/increff"
	"vmsflow/internal/order"
)

func at(t *testing.T, s string) time.Time {
	t.Helper()
	parsed, err := increff.ParseTime(s)
	require.NoError(t, err)
	return parsed.Time
}

// story is order S1725110042 of the contracts.
func story(t *testing.T) erp.Posting {
	t.Helper()
	return erp.Posting{
		MessageID: 900000421001, OmsOrderID: 421,
		OmsItemIDs: map[string]int64{"S17251100420001": 4211, "S17251100420002": 4212},
		EventTime:  at(t, "2025-11-17T10:13:02Z"), // 15:43:02 IST: bodies are written in IST whatever comes in
		Order: order.Order{
			Pob: "DV0012345", ID: "S1725110042", OrderTime: at(t, "2025-11-17T10:05:00.000+05:30"), PaymentMethod: "PREPAID",
			Lines: []order.Line{
				{OrderItemID: "S17251100420001", ItemCode: "469876543001", EAN: "8901234567890", Ordered: 2},
				{OrderItemID: "S17251100420002", ItemCode: "469880012004", EAN: "8901234567906", Ordered: 1},
			},
		},
		PO: order.PurchaseOrder{
			Number: "4700123456", Date: at(t, "2025-11-17T15:42:10.000+05:30"), Amount: 325500, BuyerGSTIN: "29AAGCB7383J1Z4",
			Lines: []order.POLine{
				{OrderItemID: "S17251100420001", ItemCode: "469876543001", EAN: "8901234567890", HSN: "62052000", Units: 2, MRP: 199900, BasePrice: 95000, IGST: 9500, TaxRate: 500},
				{OrderItemID: "S17251100420002", ItemCode: "469880012004", HSN: "61091000", Units: 1, MRP: 249900, BasePrice: 120000, IGST: 6000, TaxRate: 500},
			},
		},
		Channel: erp.Channel{
			Pob: "DV0012345", PartnerCode: "1100045678", PartnerLocationCode: "KA01",
			SellerGSTIN: "27AAPFU0939F1ZV", PartnerGSTIN: "29AAGCB7383J1Z4", PlaceOfSupply: "29",
			BillingAddress: erp.Address{
				Name: "Ajio buying entity", Line1: "1 Example Road", City: "Bengaluru", State: "Karnataka", Zip: "560001", Country: "INDIA",
			},
		},
		ClientSKUs: map[string]string{"469876543001": "NL-SHIRT-BLU-M", "469880012004": "NL-POLO-BLK-L"},
	}
}

func TestPostingsAreThoseOfTheContract(t *testing.T) {
	t.Parallel()
	cancel := story(t)
	cancel.MessageID, cancel.EventTime = 900000421002, at(t, "2025-11-17T17:10:00.000+05:30")
	for file, message := range map[string]erp.OrderMessage{
		"testdata/order_create.json": erp.NewCreate(story(t)),
		"testdata/order_cancel.json": erp.NewCancel(cancel, "SHORT_AFTER_EINVOICE"),
	} {
		example, err := os.ReadFile(file)
		require.NoError(t, err)
		written, err := json.Marshal(message)
		require.NoError(t, err)
		require.Equal(t, tokens(t, example), tokens(t, written), file)

		var read erp.OrderMessage // the type reads its own example: erptest relies on it
		require.NoError(t, json.Unmarshal(example, &read))
		again, err := json.Marshal(read)
		require.NoError(t, err)
		require.Equal(t, string(written), string(again), file)
	}
}

// tokens takes a document apart, so that the order of fields counts and 0 equals 0.00.
func tokens(t *testing.T, document []byte) []json.Token {
	t.Helper()
	var all []json.Token
	decoder := json.NewDecoder(bytes.NewReader(document))
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			return all
		}
		require.NoError(t, err)
		all = append(all, token)
	}
}

func TestOnlyLiveUnitsArePosted(t *testing.T) {
	t.Parallel()
	p := story(t)
	p.PO.Lines[0].Units = 0
	for _, message := range []erp.OrderMessage{erp.NewCreate(p), erp.NewCancel(p, "SELLER")} {
		require.Len(t, message.OrderItems, 1)
		require.Equal(t, "S17251100420002", message.OrderItems[0].OrderItemCode)
	}
}

func TestPartnerIsThatOfThePOElseThatOfThePOB(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ po, channel, place, wantGSTIN, wantPlace string }{
		{"29AAGCB7383J1Z4", "27AAAAA0000A1Z5", "27", "29AAGCB7383J1Z4", "29"},
		{"", "27AAAAA0000A1Z5", "27", "27AAAAA0000A1Z5", "27"},
		{"", "27AAAAA0000A1Z5", "", "27AAAAA0000A1Z5", "27"},
		{"", "", "", "", ""},
	} {
		p := story(t)
		p.PO.BuyerGSTIN, p.Channel.PartnerGSTIN, p.Channel.PlaceOfSupply = c.po, c.channel, c.place
		attributes := erp.NewCreate(p).OrderCustomAttributes
		require.Equal(t, c.wantGSTIN, attributes.PartnerGstin)
		require.Equal(t, c.wantPlace, attributes.PlaceOfSupply)
	}
}

func TestWhatIsUnknownFallsBack(t *testing.T) {
	t.Parallel()
	p := story(t)
	p.ClientSKUs = nil
	p.PO.Lines[0].EAN = ""
	item := erp.NewCreate(p).OrderItems[0]
	require.Equal(t, "469876543001", item.OrderItemCustomAttributes.ChannelMetadata.ClientSkuID)
	require.Equal(t, "8901234567890", item.Barcode, "the order's EAN")
}

func TestGSTRateIsPercent(t *testing.T) {
	t.Parallel()
	for rate, want := range map[erp.GSTRate]string{0: "0", 500: "5", 1250: "12.5", 25: "0.25", 1805: "18.05", 4000: "40"} {
		written, err := json.Marshal(rate)
		require.NoError(t, err)
		require.Equal(t, want, string(written))
		var read erp.GSTRate
		require.NoError(t, json.Unmarshal(written, &read))
		require.Equal(t, rate, read)
	}
}
