package main

import (
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"

	"vmsflow/internal/gst"
	"vmsflow/internal/inbox"
	"vmsflow/internal/order"
	"vmsflow/internal/postgres"
	"vmsflow/workflows/contract"
)

const (
	buyerGSTIN = "29AAGCB7383J1Z4"
	backAWB    = "AJR880004411" // of the way back
)

// shippedOrder enters an order that was invoiced for ₹3,255.00, two shirts at ₹997.50 and a cap at ₹1,260.00, and went out
// under the tracking number "AWB-" + id.
func (w *world) shippedOrder(pob, id string) string {
	w.Helper()
	w.orderWithPO(pob, id)
	require.NoError(w, w.db.SavePO(w.Context(), pob, id, order.PurchaseOrder{
		Number: "PO-" + id, BuyerGSTIN: buyerGSTIN, Carrier: "DELHIVERY", Amount: 325500, Lines: []order.POLine{
			{OrderItemID: id + "-1", ItemCode: shirt, Units: 2, BasePrice: 95000, IGST: 9500},
			{OrderItemID: id + "-2", ItemCode: cap1, Units: 1, BasePrice: 120000, IGST: 6000},
		},
	}))
	require.NoError(w, w.db.SaveInvoice(w.Context(), pob, id, order.Invoice{
		Number: "INV-" + id, Date: time.Date(2025, 11, 17, 16, 0, 0, 0, gst.IST), Quantities: fullOrder(id),
	}))
	require.NoError(w, w.db.MarkReleased(w.Context(), pob, id, fullOrder(id)))
	require.NoError(w, w.db.SavePacked(w.Context(), pob, id, fullOrder(id)))
	w.saveDocument(pob, id, postgres.KindShippingLabel, "AWB-"+id)
	return id
}

// enter enters a return that Ajio has not announced.
func (w *world) enter(pob, orderID, returnID string, kind order.ReturnKind) postgres.Return {
	w.Helper()
	r, err := w.db.EnterReturn(w.Context(), pob, orderID, returnID, kind)
	require.NoError(w, err)
	return r
}

// expect enters a return that Ajio has announced: one shirt comes back under backAWB.
func (w *world) expect(pob, orderID, returnID string) postgres.Return {
	w.Helper()
	r := w.enter(pob, orderID, returnID, order.CustomerReturn)
	require.NoError(w, w.db.SaveExpectation(w.Context(), r.ID, order.Expectation{
		Pob: pob, ReturnID: returnID, OrderID: orderID, Kind: order.CustomerReturn, Status: order.StatusReturnCreated,
		ReturnDate: time.Date(2025, 11, 24, 11, 30, 0, 0, gst.IST), TrackingNumber: backAWB,
		Items: []order.ExpectedItem{{ReturnItemID: returnID + "0001", OrderItemID: orderID + "-1", ItemCode: shirt, Units: 1}},
	}))
	return r
}

// announceSilently is expect, but Ajio does not say how the return comes.
func (w *world) announceSilently(pob, orderID, returnID string) postgres.Return {
	w.Helper()
	r := w.expect(pob, orderID, returnID)
	r, err := w.db.Return(w.Context(), r.ID)
	require.NoError(w, err)
	r.Expectation.TrackingNumber = ""
	require.NoError(w, w.db.SaveExpectation(w.Context(), r.ID, *r.Expectation))
	return r
}

func (w *world) endReturn(r postgres.Return, outcome order.ReturnOutcome) {
	w.Helper()
	require.NoError(w, w.db.EndReturn(w.Context(), r.ID, outcome, "for the test"))
}

// finish ends a return's workflow and books, as a worker would.
func (w *world) finish(r postgres.Return, outcome order.ReturnOutcome) {
	w.Helper()
	w.endReturn(r, outcome)
	require.NoError(w, w.temporal.TerminateWorkflow(w.Context(), workflowOf(r), "", "for the test"))
}

// startReturn starts a return's workflow past everybody, as somebody does who resets it.
func (w *world) startReturn(r postgres.Return) {
	w.Helper()
	_, err := w.temporal.ExecuteWorkflow(w.Context(), client.StartWorkflowOptions{ID: workflowOf(r), TaskQueue: "nobody"}, contract.ReturnOrder)
	require.NoError(w, err)
}

func workflowOf(r postgres.Return) string {
	return inbox.Input(r, contract.ReturnPolicy{}).WorkflowID()
}

// startedWith reads what the last run of a return's workflow was started with.
func (w *world) startedWith(r postgres.Return) (in contract.ReturnInput) {
	w.Helper()
	events := w.temporal.GetWorkflowHistory(w.Context(), workflowOf(r), "", false, 0)
	event, err := events.Next()
	require.NoError(w, err)
	require.NoError(w, converter.GetDefaultDataConverter().FromPayloads(event.GetWorkflowExecutionStartedEventAttributes().GetInput(), &in))
	return in
}
