package order_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"vmsflow/internal/order"
)

func TestMoneyIsReadFromTextAndNeverRounded(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]order.Paise{
		"0": 0, "1": 100, "997.5": 99750, "950.00": 95000, "3255.000": 325500, "-3.01": -301, " 12.30 ": 1230, "0.07": 7,
	} {
		got, err := order.ParseRupees(text)
		require.NoError(t, err, text)
		require.Equal(t, want, got, text)
	}
	for _, text := range []string{"", ".", "1.234", "1,000", "1e3", "rupees", "--1", "-", "1.2.3", "99999999999999999"} {
		_, err := order.ParseRupees(text)
		require.ErrorContains(t, err, "is not an amount", text)
	}
}

func TestMoneyIsWrittenWithTwoPlaces(t *testing.T) {
	t.Parallel()
	var amounts []order.Paise
	require.NoError(t, json.Unmarshal([]byte(`[997.5, "12", -0.05, null]`), &amounts))
	written, err := json.Marshal(amounts)
	require.NoError(t, err)
	require.Equal(t, `[997.50,12.00,-0.05,0.00]`, string(written))
}

func TestTheBookAddsUp(t *testing.T) {
	t.Parallel()
	book := order.NewBook([]order.Line{{OrderItemID: "1", Ordered: 5}, {OrderItemID: "2", Ordered: 1}})
	book.CustomerKeeps(order.Quantities{"1": 4, "2": 1})
	book.SellerKeeps(order.Quantities{"1": 3})
	book.Invoiced(order.Quantities{"1": 2, "2": 7})
	require.Equal(t, []order.BookLine{
		{OrderItemID: "1", Ordered: 5, CustomerCancelled: 1, SellerCancelled: 1, ShortPicked: 1},
		{OrderItemID: "2", Ordered: 1, SellerCancelled: 1},
	}, book.Lines)
	require.Equal(t, order.Quantities{"1": 2}, book.Live())
}

func TestTheAcknowledgementSettlesWhoCancelledWhat(t *testing.T) {
	t.Parallel()
	book := order.NewBook([]order.Line{{OrderItemID: "1", Ordered: 3}, {OrderItemID: "2", Ordered: 1}})
	book.SellerKeeps(order.Quantities{"1": 2, "2": 1})
	require.Equal(t, order.Quantities{"1": 3, "2": 1}, book.Wanted(), "what the seller cancels, the customer still wants")
	require.Equal(t, order.Quantities{"1": 1}, book.SellerCancelled())
	// The customer cancelled a unit of the first line as well, and only two were left to confirm anyway.
	book.Acknowledged(order.Quantities{"1": 2, "2": 1}, order.Quantities{"1": 2})
	require.Equal(t, []order.BookLine{
		{OrderItemID: "1", Ordered: 3, CustomerCancelled: 1}, {OrderItemID: "2", Ordered: 1, SellerCancelled: 1},
	}, book.Lines)
}

func TestAPurchaseOrderIsWorthItsUnits(t *testing.T) {
	t.Parallel()
	po := order.PurchaseOrder{Lines: []order.POLine{
		{OrderItemID: "1", Units: 3, BasePrice: 95000, IGST: 14251}, {OrderItemID: "2", Units: 1, BasePrice: 120000, CGST: 3000, SGST: 3000},
	}}
	require.Equal(t, order.Paise(425251), po.Value(po.Units()))
	require.Equal(t, order.Paise(2*95000+9501), po.Value(order.Quantities{"1": 2}), "two thirds of the line's tax are 9500.67 paise")
	require.Equal(t, order.Paise(0), po.Value(nil))
}

func TestUnitsNamedByItemGoToTheLinesInLineOrder(t *testing.T) {
	t.Parallel()
	lines := []order.Line{{OrderItemID: "1", ItemCode: "A"}, {OrderItemID: "2", ItemCode: "B"}, {OrderItemID: "3", ItemCode: "A"}}
	limit := order.Quantities{"1": 2, "2": 1, "3": 2}
	for _, c := range []struct {
		name  string
		units []order.SKUUnits
		want  order.Quantities
		err   string
	}{
		{"all", []order.SKUUnits{{ItemCode: "A", Units: 4}, {ItemCode: "B", Units: 1}}, limit, ""},
		{"the first line fills up first", []order.SKUUnits{{ItemCode: "A", Units: 3}}, order.Quantities{"1": 2, "3": 1}, ""},
		{"an item named twice counts on", []order.SKUUnits{{ItemCode: "A", Units: 2}, {ItemCode: "A", Units: 1}}, order.Quantities{"1": 2, "3": 1}, ""},
		{"none", nil, order.Quantities{}, ""},
		{"an unknown item", []order.SKUUnits{{ItemCode: "C", Units: 0}}, nil, "is not in order"},
		{"more than there are", []order.SKUUnits{{ItemCode: "B", Units: 3}}, nil, "3 units are 2 more"},
		{"below zero", []order.SKUUnits{{ItemCode: "B", Units: -1}}, nil, "below zero"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got, err := order.ByLine(lines, limit, c.units)
			if c.err != "" {
				require.ErrorContains(t, err, c.err)
				return
			}
			require.NoError(t, err)
			require.Equal(t, c.want, got)
		})
	}
}

// Every cell of the cancellation table.
func TestTheCancellationTable(t *testing.T) {
	t.Parallel()
	const no, only = "refused", "" // only: nothing but the stock
	type row struct {
		by    order.Party
		scope order.Scope
		model order.InvoicingModel
		// One cell a phase: A tell Ajio, E tell the ERP, N note. The stock is released in every cell that is allowed.
		cells [5]string
	}
	phases := []order.Phase{order.UntilAcknowledged, order.BeforePosting, order.BeforeEInvoice, order.EInvoiceNotPacked, order.PackedOrLater}
	for _, r := range []row{
		{order.Customer, order.WholeOrder, order.ERPModel, [5]string{only, no, no, no, no}},
		{order.Customer, order.SomeUnits, order.ERPModel, [5]string{only, no, no, no, no}},
		{order.Customer, order.WholeOrder, order.RMSModel, [5]string{only, no, no, no, no}},
		{order.Customer, order.SomeUnits, order.RMSModel, [5]string{only, no, no, no, no}},
		{order.Seller, order.WholeOrder, order.ERPModel, [5]string{"A", "A", "AE", "AEN", no}},
		{order.Seller, order.WholeOrder, order.RMSModel, [5]string{"A", "A", "AE", "AEI", no}},
		{order.Seller, order.SomeUnits, order.ERPModel, [5]string{"A", "A", no, no, no}},
		{order.Seller, order.SomeUnits, order.RMSModel, [5]string{"A", "A", "A", no, no}},
	} {
		for i, phase := range phases {
			t.Run(fmt.Sprintf("%s, %s, %s, %s", r.by, r.scope, r.model, phase), func(t *testing.T) {
				t.Parallel()
				ruling := order.Cancellation(r.by, r.scope, phase, r.model)
				effects := ""
				if ruling.TellAjio {
					effects += "A"
				}
				if ruling.TellERP {
					effects += "E"
				}
				if ruling.CancelIRN {
					effects += "I"
				}
				if ruling.Note != "" {
					effects += "N"
				}
				if !ruling.Allowed {
					effects = no
				}
				require.Equal(t, r.cells[i], effects)
				require.Equal(t, ruling.Allowed, ruling.Refusal == "", "a refusal says why")
			})
		}
	}
}

func TestWhichPhaseAStageIsIn(t *testing.T) {
	t.Parallel()
	erp := map[order.Stage]order.Phase{
		order.Received: order.UntilAcknowledged, order.Reserved: order.UntilAcknowledged, order.AckHeld: order.UntilAcknowledged,
		order.Acknowledged: order.BeforePosting, order.POReceived: order.BeforePosting, order.PostedToERP: order.BeforeEInvoice,
		order.Invoiced: order.EInvoiceNotPacked, order.Picking: order.EInvoiceNotPacked,
		order.Packed: order.PackedOrLater, order.InvoiceUploaded: order.PackedOrLater, order.Labelled: order.PackedOrLater,
		order.Manifested: order.PackedOrLater, order.Ended: order.PackedOrLater,
	}
	require.Len(t, erp, len(order.Stages()), "every stage has its phase")
	for _, stage := range order.Stages() {
		require.Equal(t, erp[stage], order.PhaseOf(stage, order.ERPModel), stage)
	}
	require.Equal(t, order.BeforeEInvoice, order.PhaseOf(order.Picking, order.RMSModel))
	require.Equal(t, order.PackedOrLater, order.PhaseOf(order.Invoiced, order.RMSModel))
}

func TestAPurchaseOrderMustBeWhatWasConfirmed(t *testing.T) {
	t.Parallel()
	po := order.PurchaseOrder{Lines: []order.POLine{{OrderItemID: "1", Units: 2}, {OrderItemID: "2", Units: 0}}}
	require.Equal(t, order.Quantities{"1": 2}, po.Units(), "a line that the customer emptied is no line of ours")
	require.NoError(t, po.MatchesConfirmed(order.Quantities{"1": 2}))
	require.ErrorContains(t, po.MatchesConfirmed(order.Quantities{"1": 1}), "confirmed 1 units, the PO has 2")
	require.ErrorContains(t, po.MatchesConfirmed(order.Quantities{"1": 2, "2": 1}), "line 2")
	require.ErrorContains(t, po.MatchesConfirmed(order.Quantities{}), "confirmed 0 units, the PO has 2")
	require.ErrorContains(t, po.MatchesConfirmed(order.Quantities{"1": 2, "3": 4}), "leaves out lines with 4 confirmed units")
}

func TestAnOrderFromAjioIsValidated(t *testing.T) {
	t.Parallel()
	good := func() order.Order {
		return order.Order{Pob: "DV1", ID: "S1", Lines: []order.Line{{OrderItemID: "1", ItemCode: "A", Ordered: 1}}}
	}
	require.NoError(t, good().Validate())
	for name, spoil := range map[string]func(*order.Order){
		"without an order_id":     func(o *order.Order) { o.ID = "" },
		"no POB":                  func(o *order.Order) { o.Pob = "" },
		"no order lines":          func(o *order.Order) { o.Lines = nil },
		"stands twice":            func(o *order.Order) { o.Lines = append(o.Lines, o.Lines[0]) },
		"no item_code":            func(o *order.Order) { o.Lines[0].ItemCode = "" },
		"quantity 0 is not":       func(o *order.Order) { o.Lines[0].Ordered = 0 },
		"quantity -1 is not":      func(o *order.Order) { o.Lines[0].Ordered = -1 },
		"quantity 1000001 is not": func(o *order.Order) { o.Lines[0].Ordered = 1_000_001 },
	} {
		o := good()
		spoil(&o)
		require.ErrorContains(t, o.Validate(), name)
	}
	most := good()
	most.Lines[0].Ordered = 1_000_000
	require.NoError(t, most.Validate())
}

func TestNoTextOfAnOrderHoldsANUL(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]func(*order.Order) *string{
		"order id":        func(o *order.Order) *string { return &o.ID },
		"POB":             func(o *order.Order) *string { return &o.Pob },
		"payment method":  func(o *order.Order) *string { return &o.PaymentMethod },
		"carrier":         func(o *order.Order) *string { return &o.Carrier },
		"tracking number": func(o *order.Order) *string { return &o.TrackingNumber },
		"order item id":   func(o *order.Order) *string { return &o.Lines[0].OrderItemID },
		"item code":       func(o *order.Order) *string { return &o.Lines[0].ItemCode },
		"EAN":             func(o *order.Order) *string { return &o.Lines[0].EAN },
		"name":            func(o *order.Order) *string { return &o.Lines[0].Name },
	} {
		o := order.Order{Pob: "DV1", ID: "S1", Lines: []order.Line{{OrderItemID: "1", ItemCode: "A", Ordered: 1}}}
		*text(&o) += "\x00"
		require.ErrorContains(t, o.Validate(), "NUL", name)
	}
}
