package audit

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"vmsflow/dev/simulator/world"
	"vmsflow/internal/ajio/ajiotest"
	"vmsflow/internal/ajio/wire"
	"vmsflow/internal/erp/erptest"
	"vmsflow/internal/order"
	"vmsflow/internal/postgres"
	"vmsflow/internal/simulate"
	"vmsflow/internal/warehouse/warehousetest"
)

const (
	pob    = "DV1"
	hold   = 4 * time.Hour
	itemA  = "469000000001"
	itemB  = "469000000002"
	loaded = 10
)

// The ids of the four orders of good, one for each outcome.
const (
	shipped  = "S1" // three units ordered, one cancelled by the customer, two shipped
	taken    = "S2" // cancelled by the customer in the hold
	short    = "S3" // cancelled by the seller after the invoice
	rejected = "S4" // no stock
)

var listedAt = time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)

func TestAGoodRunIsClean(t *testing.T) {
	t.Parallel()
	report := Audit(good())
	require.Empty(t, report.Mismatches)
	require.Equal(t, Report{Clean: true, Mismatches: []string{}}, report)
}

func TestEveryWrongIsFound(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		tamper func(*Evidence)
		counts Report // the counts only
		says   string // a sentence that must be among the mismatches
	}{
		{"acknowledged a second early", func(e *Evidence) {
			call(e.Ajio.Calls, ajiotest.CallAcknowledge, shipped).At = listedAt.Add(hold - time.Second)
		}, Report{AcknowledgedBeforeHold: 1}, "order S1 was acknowledged 1s before its hold of 4h0m0s was over"},

		{"acknowledged without having been shown", func(e *Evidence) {
			call(e.Ajio.Calls, ajiotest.CallPendency, "").Detail = detail(map[string]any{"order_ids": []string{taken, short, rejected}})
		}, Report{AcknowledgedBeforeHold: 1}, "order S1 was acknowledged, but never shown to vmsflow"},

		{"shown only by an answer that was lost", func(e *Evidence) {
			call(e.Ajio.Calls, ajiotest.CallPendency, "").Status = 0
		}, Report{AcknowledgedBeforeHold: 2}, "order S3 was acknowledged, but never shown to vmsflow"},

		{"acknowledged after the customer cancelled", func(e *Evidence) {
			e.Ajio.Calls = append(e.Ajio.Calls, effect(ajiotest.CallAcknowledge, taken, listedAt.Add(hold+time.Hour)))
		}, Report{AcknowledgedAfterCustomerCancel: 1}, "order S2 was acknowledged 4h0m0s after its customer cancelled it"},

		{"invoiced twice", func(e *Evidence) {
			e.Ajio.Calls = append(e.Ajio.Calls, effect(ajiotest.CallGenerate, shipped, listedAt))
		}, Report{B2BInvoicesTwice: 1}, "order S1: 2 B2B invoices were generated at Ajio"},

		{"one number for two orders", func(e *Evidence) {
			ajioOrder(e, short).InvoiceNumber = "AJ/1"
		}, Report{B2BInvoicesTwice: 1}, "order S3 has invoice AJ/1, which is that of order S1"},

		{"the ERP booked an order twice", func(e *Evidence) {
			e.ERP[0].Calls = append(e.ERP[0].Calls, effect(erptest.CallCreate, shipped, listedAt))
		}, Report{ERPMessagesTwice: 1}, "order S1: the ERP booked order_create 2 times"},

		{"the ERP booked a cancellation twice", func(e *Evidence) {
			e.ERP[0].Calls = append(e.ERP[0].Calls, effect(erptest.CallCancel, short, listedAt))
		}, Report{ERPMessagesTwice: 1}, "order S3: the ERP booked order_cancel 2 times"},

		{"cancelled in the ERP before it was posted", func(e *Evidence) {
			slices.Reverse(e.ERP[0].Calls)
		}, Report{}, "order S3: the ERP was told to cancel it before it knew of it"},

		{"a manifest of 251", func(e *Evidence) {
			included := []string{shipped}
			for i := range 250 {
				included = append(included, fmt.Sprintf("X%d", i))
			}
			call(e.Ajio.Calls, ajiotest.CallManifest, "MF1").Detail = detail(map[string]any{"included": included})
		}, Report{ManifestsOver250: 1}, "manifest MF1 has 251 shipments, at most 250 are allowed"},

		{"a parcel in two manifests", func(e *Evidence) {
			second := effect(ajiotest.CallManifest, "MF2", listedAt)
			second.Detail = detail(map[string]any{"included": []string{shipped}})
			e.Ajio.Calls = append(e.Ajio.Calls, second)
		}, Report{}, "order S1 is in the manifests MF2 and MF1"},

		{"shipped units are still on hand", func(e *Evidence) {
			e.Postgres.Stock[0].OnHand = loaded
		}, Report{StockUnitsLeaked: 2}, "item 469000000001 at DV1: 10 units on hand, but 8 loaded less shipped"},

		{"units have vanished", func(e *Evidence) {
			e.Postgres.Stock[1].OnHand = loaded - 3
		}, Report{StockUnitsLeaked: 3}, "item 469000000002 at DV1: 7 units on hand, but 10 loaded less shipped"},

		{"units are still reserved", func(e *Evidence) {
			e.Postgres.Stock[1].Reserved = 4
		}, Report{StockUnitsLeaked: 4}, "item 469000000002 at DV1: 4 units are still reserved"},

		{"an item is gone from the stock", func(e *Evidence) {
			e.Postgres.Stock = e.Postgres.Stock[:1]
		}, Report{StockUnitsLeaked: loaded}, "item 469000000002 at DV1: 10 units should be on hand, but the stock does not know it"},

		{"a breach of contract that the ERP saw", func(e *Evidence) {
			e.ERP[0].Violations = []string{"order S1: message 7 was repeated with other content"}
		}, Report{}, "ERP of DV1: order S1: message 7 was repeated with other content"},

		{"a breach of contract that the warehouse saw", func(e *Evidence) {
			e.Warehouse[0].Violations = []string{"order S1: sent again with other units"}
		}, Report{}, "warehouse of DV1: order S1: sent again with other units"},

		{"no workflow", func(e *Evidence) { e.Temporal = e.Temporal[1:] },
			Report{}, "order S1 has 0 workflows, expected one"},
		{"two workflows", func(e *Evidence) { e.Temporal = append(e.Temporal, e.Temporal[0]) },
			Report{}, "order S1 has 2 workflows, expected one"},
		{"a workflow that failed", func(e *Evidence) { e.Temporal[0].Status = "Failed" },
			Report{}, `order S1: its workflow is Failed at stage ended (attention: "")`},
		{"a workflow that is parked", func(e *Evidence) {
			e.Temporal[0].Status, e.Temporal[0].Stage, e.Temporal[0].Attention = "Running", "picking", "pack_refused"
		}, Report{}, `order S1: its workflow is Running at stage picking (attention: "pack_refused")`},
		{"a closed workflow that shows another stage", func(e *Evidence) { e.Temporal[0].Stage = "labelled" },
			Report{}, `order S1: its workflow is closed, but shows stage labelled and attention ""`},
		{"a workflow of an order that never came in", func(e *Evidence) {
			e.Temporal = append(e.Temporal, Execution{WorkflowID: "order:DV1:S9", Status: "Completed", Stage: "ended"})
		}, Report{}, "workflow order:DV1:S9 is of an order that never came in"},
		{"no row", func(e *Evidence) { e.Postgres.Orders = e.Postgres.Orders[1:] },
			Report{}, "order S1 has 0 rows in Postgres, expected one"},
		{"a row of an order that never came in", func(e *Evidence) {
			e.Postgres.Orders = append(e.Postgres.Orders, Row{OrderID: "S9"})
		}, Report{}, "order S9 stands in Postgres, but never came in"},
		{"an order that Ajio does not know", func(e *Evidence) { e.Ajio.Orders = slices.Delete(e.Ajio.Orders, 1, 2) },
			Report{}, "order S2 is not known at Ajio"},

		{"another outcome in Postgres", func(e *Evidence) { row(e, taken).Outcome = order.Rejected },
			Report{}, `order S2 (customer_cancels): the outcome is "cancelled_by_customer" at Ajio, but "rejected" at Postgres`},
		{"another outcome in Temporal", func(e *Evidence) { e.Temporal[0].Outcome = order.CancelledBySeller },
			Report{}, `order S1 (customer_takes_less): the outcome is "completed" at Ajio, but "cancelled_by_seller" at Temporal`},
		{"another outcome than the story's", func(e *Evidence) { e.Cast[1].Story = world.Plain },
			Report{}, `order S2 (plain): the outcome is "cancelled_by_customer" at Ajio, but "completed" at the story`},
		{"never handed over", func(e *Evidence) { ajioOrder(e, shipped).Status = wire.StatusReadyToDispatch },
			Report{StockUnitsLeaked: 2}, `order S1 (customer_takes_less): the outcome is "open, READY_TO_DISPATCH" at Ajio, but "completed" at Postgres`},

		{"units that went nowhere", func(e *Evidence) { ajioOrder(e, short).Lines[0].SellerCancelled = 1 },
			Report{}, "order S3 (short_packed): line S30001: 2 units ordered, but 1 cancelled, short or invoiced"},
		{"the customer's unit was not cancelled", func(e *Evidence) {
			line := &ajioOrder(e, shipped).Lines[0]
			line.CustomerCancelled, line.SellerCancelled = 0, 1
		}, Report{}, "order S1 (customer_takes_less): 0 units are customer-cancelled at Ajio, expected 1"},
		{"units were cancelled for no reason", func(e *Evidence) { e.Cast[0].Story = world.Plain },
			Report{}, "order S1 (plain): 1 units were cancelled at Ajio for no reason"},
		{"what was not invoiced was not cancelled", func(e *Evidence) { e.Cast[0].Story = world.PartlyInvoiced },
			Report{}, "order S1 (partly_invoiced): 0 units are short-picked at Ajio, expected the one that the ERP did not invoice"},
		{"a line without stock was confirmed", func(e *Evidence) { e.Cast[0].Story = world.LineWithoutStock },
			Report{}, "order S1 (line_without_stock): no unit is seller-cancelled at Ajio, although one line had no stock"},
		{"an ended order holds stock", func(e *Evidence) { row(e, rejected).Reserved = 1 },
			Report{}, "order S4 (no_stock): it still holds 1 units of stock"},

		{"Postgres missed the acknowledgement", func(e *Evidence) { row(e, shipped).Acknowledged = false },
			Report{}, "order S1 (customer_takes_less): acknowledged at Ajio: true, in Postgres: false"},
		{"Postgres invented an acknowledgement", func(e *Evidence) { row(e, taken).Acknowledged = true },
			Report{}, "order S2 (customer_cancels): acknowledged at Ajio: false, in Postgres: true"},
		{"other units confirmed", func(e *Evidence) { row(e, shipped).Confirmed = order.Quantities{"S10001": 3} },
			Report{}, "order S1 (customer_takes_less): line S10001: 2 units confirmed at Ajio, 3 in Postgres"},
		{"another purchase order", func(e *Evidence) { row(e, shipped).PONumber = "47" },
			Report{}, `order S1 (customer_takes_less): the purchase order is "4701" at Ajio, but "47" at Postgres`},

		{"never posted to the ERP", func(e *Evidence) { e.ERP[0].Orders = e.ERP[0].Orders[1:] },
			Report{}, "order S1 (customer_takes_less): it has a purchase order: true, the ERP knows it: false, posted by Postgres: true"},
		{"posted without a purchase order", func(e *Evidence) {
			e.ERP[0].Orders = append(e.ERP[0].Orders, erptest.OrderState{OrderCode: taken})
		}, Report{}, "order S2 (customer_cancels): it has a purchase order: false, the ERP knows it: true, posted by Postgres: false"},
		{"not cancelled in the ERP", func(e *Evidence) { e.ERP[0].Orders[1].Cancelled = false },
			Report{}, "order S3 (short_packed): cancelled at Ajio: true, in the ERP: false"},
		{"cancelled in the ERP only", func(e *Evidence) { e.ERP[0].Orders[0].Cancelled = true },
			Report{}, "order S1 (customer_takes_less): cancelled at Ajio: false, in the ERP: true"},
		{"the ERP has another purchase order", func(e *Evidence) { e.ERP[0].Orders[0].PurchaseOrder = "48" },
			Report{}, `order S1 (customer_takes_less): the purchase order is "4701" at Ajio, but "48" at the ERP`},

		{"the warehouse never heard of it", func(e *Evidence) { e.Warehouse[0].Orders = e.Warehouse[0].Orders[1:] },
			Report{}, "order S1 (customer_takes_less): it has a purchase order: true, the warehouse knows it: false"},
		{"other units in the parcel", func(e *Evidence) { e.Warehouse[0].Orders[0].Packed = map[string]int{itemA: 1} },
			Report{}, "order S1 (customer_takes_less): item 469000000001: 2 units invoiced, 1 packed"},
		{"other units packed in Postgres", func(e *Evidence) { row(e, shipped).Packed = nil },
			Report{}, "order S1 (customer_takes_less): line S10001: 2 units invoiced at Ajio, 0 packed in Postgres"},
		{"another AWB on the parcel", func(e *Evidence) { e.Warehouse[0].Orders[0].AWB = "AJ78" },
			Report{}, `order S1 (customer_takes_less): the AWB is "AJ77" at Ajio, but "AJ78" at the warehouse`},
		{"the warehouse still has the parcel", func(e *Evidence) { e.Warehouse[0].Orders[0].Status = warehousetest.Labelled },
			Report{}, "order S1 (customer_takes_less): shipped at Ajio, but labelled in the warehouse ()"},
		{"the warehouse still picks a cancelled order", func(e *Evidence) { e.Warehouse[0].Orders[1].Status = warehousetest.Picking },
			Report{}, "order S3 (short_packed): cancelled, but picking in the warehouse ()"},

		{"an invoice for nothing shipped", func(e *Evidence) { ajioOrder(e, short).InvoiceNumber = "AJ/2" },
			Report{}, "order S3 (short_packed): it was not shipped, but has invoice AJ/2 at Ajio"},
		{"another invoice number", func(e *Evidence) { row(e, shipped).InvoiceNumber = "AJ/9" },
			Report{}, `order S1 (customer_takes_less): the invoice number is "AJ/1" at Ajio, but "AJ/9" at Postgres`},
		{"another IRN", func(e *Evidence) { ajioOrder(e, shipped).IRN = "ff" },
			Report{}, `order S1 (customer_takes_less): the IRN is "ff" at Ajio, but "aa" at Postgres`},
		{"an invoice that the ERP thinks refused", func(e *Evidence) {
			e.ERP[0].Orders[0].Invoice.Status, e.ERP[0].Orders[0].Invoice.Answer = erptest.Refused, "BAD_DATA"
		}, Report{}, "order S1 (customer_takes_less): the ERP's invoice is refused: BAD_DATA"},
		{"the ERP invoiced other units", func(e *Evidence) { e.ERP[0].Orders[0].Invoice.Quantities = map[string]int{itemA: 3} },
			Report{}, "order S1 (customer_takes_less): item 469000000001: 2 units invoiced at Ajio, 3 by the ERP"},
		{"Postgres has other units invoiced", func(e *Evidence) { row(e, shipped).Invoiced = order.Quantities{"S10001": 1} },
			Report{}, "order S1 (customer_takes_less): line S10001: 2 units invoiced at Ajio, 1 in Postgres"},
		{"the document never reached Ajio", func(e *Evidence) { ajioOrder(e, shipped).DocumentSHA256 = "" },
			Report{}, "order S1 (customer_takes_less): Ajio has no document of the B2B invoice"},
		{"the label was not stored", func(e *Evidence) { delete(row(e, shipped).DocumentsByKind, postgres.KindShippingLabel) },
			Report{}, "order S1 (customer_takes_less): 0 documents of kind shipping_label are stored, expected 1"},

		{"Postgres has another manifest", func(e *Evidence) { row(e, shipped).ManifestID = "MF7" },
			Report{}, `order S1 (customer_takes_less): the manifest is "MF1" at Ajio, but "MF7" at Postgres`},
		{"the warehouse has another manifest", func(e *Evidence) { e.Warehouse[0].Orders[0].ManifestCode = "MF7" },
			Report{}, `order S1 (customer_takes_less): the manifest is "MF1" at Ajio, but "MF7" at the warehouse`},
		{"in no manifest of the ledger", func(e *Evidence) {
			call(e.Ajio.Calls, ajiotest.CallManifest, "MF1").Detail = nil
		}, Report{}, `order S1 (customer_takes_less): the manifest is "MF1" at Ajio, but "" at Ajio's ledger`},

		{"an accepted message that nobody was told", func(e *Evidence) { e.Postgres.Undone = []string{"message 3 (packed of order S1)"} },
			Report{}, "message 3 (packed of order S1) was accepted, but no workflow was told"},
		{"a message without an answer", func(e *Evidence) { e.Postgres.Messages[0].Accepted = false },
			Report{}, "order S1: Postgres does not know that the ERP took OUTWARD_ORDER_CREATE"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			evidence := good()
			test.tamper(&evidence)
			report := Audit(evidence)
			require.False(t, report.Clean)
			require.Contains(t, report.Mismatches, test.says)
			report.Mismatches = nil
			require.Equal(t, test.counts, report)
		})
	}
}

// good is the evidence of a run in which everything went right.
func good() Evidence {
	line := func(id, item string, l ajiotest.LineState) []ajiotest.LineState {
		l.OrderItemID, l.ItemCode = id+"0001", item
		return []ajiotest.LineState{l}
	}
	cancelled, after := listedAt.Add(time.Hour), listedAt.Add(hold+time.Minute)
	return Evidence{
		Hold:   hold,
		Loaded: map[Item]int{{pob, itemA}: loaded, {pob, itemB}: loaded},
		Cast: []world.Arrived{
			{OrderID: shipped, Pob: pob, Story: world.CustomerTakesLess}, {OrderID: taken, Pob: pob, Story: world.CustomerCancels},
			{OrderID: short, Pob: pob, Story: world.ShortPacked}, {OrderID: rejected, Pob: pob, Story: world.NoStock},
		},
		Ajio: Ajio{
			Orders: []ajiotest.OrderState{
				{
					OrderID: shipped, Pob: pob, Status: wire.StatusDispatched, Acknowledgement: wire.AckAccept, TrackingNumber: "AJ77",
					CustomerCancelledAt: &cancelled, PONumber: "4701", InvoiceNumber: "AJ/1", IRN: "aa", DocumentSHA256: "d1", ManifestID: "MF1",
					Lines: line(shipped, itemA, ajiotest.LineState{Ordered: 3, CustomerCancelled: 1, Confirmed: 2, Invoiced: 2}),
				},
				{
					OrderID: taken, Pob: pob, Status: wire.StatusCancelled, CustomerCancelledAt: &cancelled,
					Lines: line(taken, itemA, ajiotest.LineState{Ordered: 1, CustomerCancelled: 1}),
				},
				{
					OrderID: short, Pob: pob, Status: wire.StatusCancelled, Acknowledgement: wire.AckAccept, PONumber: "4703",
					Lines: line(short, itemB, ajiotest.LineState{Ordered: 2, Confirmed: 2, SellerCancelled: 2}),
				},
				{
					OrderID: rejected, Pob: pob, Status: wire.StatusCancelled, Acknowledgement: wire.AckCancel,
					Lines: line(rejected, "469000000003", ajiotest.LineState{Ordered: 1, SellerCancelled: 1}),
				},
			},
			Calls: []simulate.Call{
				{
					At: listedAt, Name: ajiotest.CallPendency, Status: 200,
					Detail: detail(map[string]any{"order_ids": []string{shipped, taken, short, rejected}}),
				},
				effect(ajiotest.CallAcknowledge, rejected, listedAt.Add(time.Second)), // nothing to hold back
				effect(ajiotest.CallAcknowledge, shipped, after),
				effect(ajiotest.CallAcknowledge, short, after),
				effect(ajiotest.CallGenerate, shipped, after.Add(time.Hour)),
				effect(ajiotest.CallCancel, short, after.Add(time.Hour)),
				{
					At: after.Add(2 * time.Hour), Name: ajiotest.CallManifest, Key: "MF1", Effect: true,
					Detail: detail(map[string]any{"included": []string{shipped}}),
				},
			},
		},
		ERP: []ERP{{
			Pob: pob,
			State: erptest.State{Orders: []erptest.OrderState{
				{OrderCode: shipped, PurchaseOrder: "4701", Invoice: erptest.InvoiceState{
					Status: erptest.Accepted, Number: "AJ/1", IRN: "aa", Quantities: map[string]int{itemA: 2},
				}},
				{OrderCode: short, PurchaseOrder: "4703", Cancelled: true},
			}},
			Calls: []simulate.Call{
				effect(erptest.CallCreate, shipped, after), effect(erptest.CallCreate, short, after),
				effect(erptest.CallCancel, short, after.Add(time.Hour)),
			},
		}},
		Warehouse: []Warehouse{{
			Pob: pob,
			State: warehousetest.State{Orders: []warehousetest.OrderState{
				{OrderID: shipped, Status: warehousetest.Manifested, Packed: map[string]int{itemA: 2}, AWB: "AJ77", ManifestCode: "MF1"},
				{OrderID: short, Status: warehousetest.PutBack},
			}},
		}},
		Postgres: Postgres{
			Orders: []Row{
				{
					Pob: pob, OrderID: shipped, Outcome: order.Completed, PONumber: "4701", InvoiceNumber: "AJ/1", IRN: "aa", ManifestID: "MF1",
					Acknowledged: true, Posted: true, Confirmed: order.Quantities{"S10001": 2}, Packed: order.Quantities{"S10001": 2},
					Invoiced:        order.Quantities{"S10001": 2},
					DocumentsByKind: map[string]int{postgres.KindB2BInvoice: 1, postgres.KindB2CInvoice: 1, postgres.KindShippingLabel: 1},
				},
				{Pob: pob, OrderID: taken, Outcome: order.CancelledByCustomer},
				{
					Pob: pob, OrderID: short, Outcome: order.CancelledBySeller, PONumber: "4703", InvoiceNumber: "AJ/3",
					Acknowledged: true, Posted: true, Confirmed: order.Quantities{"S30001": 2}, Invoiced: order.Quantities{"S30001": 2},
				},
				{Pob: pob, OrderID: rejected, Outcome: order.Rejected},
			},
			Messages: []Message{
				{ID: 1, OrderID: shipped, Event: "OUTWARD_ORDER_CREATE", Accepted: true},
				{ID: 2, OrderID: short, Event: "OUTWARD_ORDER_CREATE", Accepted: true},
				{ID: 3, OrderID: short, Event: "OUTWARD_ORDER_CANCEL", Accepted: true},
			},
			Stock: []Stock{{Item: Item{pob, itemA}, OnHand: loaded - 2}, {Item: Item{pob, itemB}, OnHand: loaded}},
		},
		Temporal: []Execution{
			{WorkflowID: "order:DV1:S1", Status: "Completed", Stage: "ended", Outcome: order.Completed},
			{WorkflowID: "order:DV1:S2", Status: "Completed", Stage: "ended", Outcome: order.CancelledByCustomer},
			{WorkflowID: "order:DV1:S3", Status: "Completed", Stage: "ended", Outcome: order.CancelledBySeller},
			{WorkflowID: "order:DV1:S4", Status: "Completed", Stage: "ended", Outcome: order.Rejected},
		},
	}
}

func effect(name, key string, at time.Time) simulate.Call {
	return simulate.Call{At: at, Name: name, Key: key, Status: 200, Effect: true}
}

func detail(v any) json.RawMessage {
	encoded, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return encoded
}

func call(calls []simulate.Call, name, key string) *simulate.Call {
	return &calls[slices.IndexFunc(calls, func(c simulate.Call) bool { return c.Name == name && c.Key == key })]
}

func ajioOrder(e *Evidence, id string) *ajiotest.OrderState {
	return &e.Ajio.Orders[slices.IndexFunc(e.Ajio.Orders, func(o ajiotest.OrderState) bool { return o.OrderID == id })]
}

func row(e *Evidence, id string) *Row {
	return &e.Postgres.Orders[slices.IndexFunc(e.Postgres.Orders, func(r Row) bool { return r.OrderID == id })]
}
