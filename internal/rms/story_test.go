package rms_test

import (
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"vmsflow/internal/gst"
	"vmsflow/internal/order"
	"vmsflow/internal/rms"
)

// The story of contracts/gst-einvoice.md: order S1725110042, invoice AJ/25-26/000421.
const (
	storyNumber = "AJ/25-26/000421"
	storyIRN    = "f57c9c12882370cfbf816f938f5d95ce35e2e747c5dd8cb9ed7310d58044c130" // vector 8 of §2.1
	shirt, polo = "S17251100420001", "S17251100420002"
)

func date(year int, month time.Month, day int) time.Time {
	return time.Date(year, month, day, 0, 0, 0, 0, gst.IST)
}

func seller() rms.Party {
	return rms.Party{
		GSTIN: "27AAPFU0939F1ZV", LegalName: "Northline Apparel Private Limited", Address1: "12 Example Estate",
		Location: "Bhiwandi", StateCode: "27", PIN: "421302",
	}
}

func buyer() rms.Party {
	return rms.Party{
		GSTIN: "29AAGCB7383J1Z4", LegalName: "Ajio buying entity", Address1: "1 Example Road",
		Location: "Bengaluru", StateCode: "29", PIN: "560001",
	}
}

// story is the draft of the story's invoice: two shirts and a polo, all packed.
func story() rms.Draft {
	return rms.Draft{
		Seller: seller(), Buyer: buyer(), PlaceOfSupply: "29", OrderID: "S1725110042",
		Date: time.Date(2025, time.November, 17, 15, 58, 0, 0, gst.IST),
		PO: order.PurchaseOrder{
			Number: "4700123456", Date: date(2025, time.November, 17), Amount: 3255_00, BuyerGSTIN: "29AAGCB7383J1Z4",
			Lines: []order.POLine{
				{OrderItemID: shirt, ItemCode: "469876543001", EAN: "8901234567890", HSN: "62052000", Units: 2, MRP: 1999_00, BasePrice: 950_00, IGST: 95_00, TaxRate: 500},
				{OrderItemID: polo, ItemCode: "469880012004", EAN: "8901234567906", HSN: "61091000", Units: 1, MRP: 2499_00, BasePrice: 1200_00, IGST: 60_00, TaxRate: 500},
			},
		},
		Lines: []order.Line{
			{OrderItemID: shirt, ItemCode: "469876543001", EAN: "8901234567890", Name: "Slim Fit Cotton Shirt", Ordered: 2},
			{OrderItemID: polo, ItemCode: "469880012004", EAN: "8901234567906", Name: "Polo T-shirt", Ordered: 1},
		},
		Packed: order.Quantities{shirt: 2, polo: 1},
	}
}

// within returns the story inside Maharashtra.
func within() rms.Draft {
	d := story()
	d.Buyer = rms.Party{
		GSTIN: "27AAGCB7383J1Z8", LegalName: "Ajio buying entity", Address1: "1 Example Road",
		Location: "Mumbai", StateCode: "27", PIN: "400001",
	}
	d.PlaceOfSupply, d.PO.BuyerGSTIN = "27", d.Buyer.GSTIN
	for i := range d.PO.Lines {
		line := &d.PO.Lines[i]
		line.CGST, line.SGST, line.IGST = line.IGST/2, line.IGST/2, 0
	}
	return d
}

// single is the story with one line of one unit at this price, which the PO agrees with.
func single(hsn string, price order.Paise, rate gst.Rate, on time.Time) rms.Draft {
	d := story()
	tax := order.Paise(gst.LineTax(int64(price), rate, gst.IGST).IGST)
	line := d.PO.Lines[0]
	line.HSN, line.Units, line.BasePrice, line.IGST, line.TaxRate = hsn, 1, price, tax, int(rate)
	d.PO.Lines, d.PO.Amount = []order.POLine{line}, price+tax
	d.Packed, d.Date = order.Quantities{shirt: 1}, on
	return d
}

func made(t *testing.T, d rms.Draft) rms.Invoice {
	t.Helper()
	inv, err := rms.Make(d, storyNumber, gst.DefaultRates())
	require.NoError(t, err)
	return inv
}

// refused returns the reasons for which a draft makes no invoice, in order, and the whole text.
func refused(t *testing.T, d rms.Draft, number string) ([]rms.Reason, string) {
	t.Helper()
	inv, err := rms.Make(d, number, gst.DefaultRates())
	var problems rms.Problems
	require.ErrorAs(t, err, &problems)
	require.Zero(t, inv)
	reasons := map[rms.Reason]bool{}
	for _, p := range problems {
		require.NotEmpty(t, p.Field)
		reasons[p.Reason] = true
	}
	return slices.Sorted(maps.Keys(reasons)), err.Error()
}
