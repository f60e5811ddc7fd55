package ajiotest_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"vmsflow/internal/ajio/ajiotest"
	"vmsflow/internal/ajio/wire"
	"vmsflow/internal/gst"
)

// po reads an acknowledged order, with what the API says of its PO.
func (b *bench) po(id string) wire.OrderDetails {
	b.t.Helper()
	var answer struct{ Orders []wire.OrderDetails }
	require.NoError(b.t, json.Unmarshal([]byte(b.ds("GET", "/orders?orderIds="+id, nil).body), &answer))
	require.Len(b.t, answer.Orders, 1)
	return answer.Orders[0]
}

func taxOf(line wire.DetailsLine) string {
	return (line.Tax.IGSTAmount + line.Tax.CGSTAmount + line.Tax.SGSTAmount).String()
}

func TestTheTaxFollowsTheStatesOfSellerAndBuyer(t *testing.T) {
	t.Parallel()
	b := setup(t)
	kinds := map[gst.Split]int{}
	for range 20 {
		id := b.place()
		b.acknowledge(id)
		po := b.po(id)
		state, err := gst.StateOf(string(po.BuyerGSTIN))
		require.NoError(t, err)
		split, err := gst.TaxSplit("29", state, false, gst.B2B) // BLR1 is in Karnataka
		require.NoError(t, err)
		kinds[split]++
		// 2 × 950.00 at 5 %
		if split == gst.IGST {
			require.Equal(t, wire.TaxSummary{IGSTAmount: 9500, IGSTRate: 500}, *po.Lines[0].Tax)
		} else {
			require.Equal(t, wire.TaxSummary{CGSTAmount: 4750, CGSTRate: 250, SGSTAmount: 4750, SGSTRate: 250}, *po.Lines[0].Tax)
		}
		require.Equal(t, "3255.00", po.POAmount.String())
	}
	require.Len(t, kinds, 2, "both kinds of buyer occur")
}

func TestTheRateFollowsPriceAndDateOfThePO(t *testing.T) {
	t.Parallel()
	const shirt, polo, blazer = "469876543001", "469880012004", "469886497001" // 950.00, 1200.00, 3550.40
	lastOldDay := time.Date(2025, 9, 21, 23, 59, 59, 0, gst.IST)
	for name, c := range map[string]struct {
		item    string
		ordered time.Time
		po      time.Duration // from the acknowledgement
		tax     string
		b2bTax  string // of the pendency, at the order's date
	}{
		"up to 2,500":                       {polo, lastOldDay.AddDate(0, 2, 0), 0, "60.00", "60.00"},
		"above":                             {blazer, lastOldDay.AddDate(0, 2, 0), 0, "639.07", "639.07"},
		"before the reform up to 1,000":     {shirt, lastOldDay, 0, "47.50", "47.50"},
		"before the reform above":           {polo, lastOldDay, 0, "144.00", "144.00"},
		"ordered before, PO after midnight": {polo, lastOldDay, time.Second, "60.00", "144.00"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t, func(o *ajiotest.Options) { o.PODelay = func(string) time.Duration { return c.po } })
			b.mu.Lock()
			b.clock = c.ordered
			b.mu.Unlock()
			b.token = b.login("DV1", "one")
			id := b.PlaceOrder(ajiotest.Placement{Pob: "BLR1", Lines: []ajiotest.PlacedLine{{ItemCode: c.item, Units: 1}}})
			require.Contains(t, b.ds("GET", "/orders/pendency", nil).body, `"b2b_tax":`+c.b2bTax)
			require.Contains(t, b.ds("POST", "/orders", ack(id, "Acknowledge", 1, 0)).body, `"failed_items":[]`)
			b.advance(c.po)
			require.Equal(t, c.tax, b.po(id).TotalTax.String())
		})
	}
}

func TestThePONamesItsBuyerUnlessSwitchedOff(t *testing.T) {
	t.Parallel()
	for off, want := range map[bool]bool{false: true, true: false} {
		b := setup(t, func(o *ajiotest.Options) { o.Quirks.NoBuyerGSTIN = off })
		id := b.place()
		b.acknowledge(id)
		po := b.po(id)
		require.NotEmpty(t, po.PONumber)
		require.Equal(t, want, gst.ValidateGSTIN(string(po.BuyerGSTIN), nil) == nil)
		require.Equal(t, !want, po.BuyerGSTIN == "")
	}
}

func TestAPOBMayHaveOneBuyer(t *testing.T) {
	t.Parallel()
	b := setup(t, func(o *ajiotest.Options) { o.Accounts[0].BuyerGSTIN = "06AAGCB7383J1ZC" })
	for range 5 {
		id := b.place()
		b.acknowledge(id)
		require.Equal(t, "06AAGCB7383J1ZC", string(b.po(id).BuyerGSTIN))
	}
}
