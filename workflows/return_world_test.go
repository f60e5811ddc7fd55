package workflows_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/temporal"

	"vmsflow/activities"
	"vmsflow/internal/einvoice"
	"vmsflow/internal/increff"
	"vmsflow/internal/order"
	"vmsflow/workflows/contract"
)

// returnWorld is the world with everybody that a return has to do with.
type returnWorld struct {
	*world
	shipped     order.Shipped     // what is known of the forward order
	forwardOpen int               // calls for which the forward order is still open
	late        map[string]bool   // activities that get no answer until come is called
	waiting     map[string][]byte // those that wait for it, by their task tokens
	note        func(*einvoice.CreditNoteVerdict)
	record      activities.ReturnRecord

	// What they were told.
	qc         activities.RecordQCInput
	reported   []order.UnitResult
	createdRTO []order.UnitResult
	posted     activities.PostReturnInput
	listed     map[order.SettlementReason][]order.UnitResult
	saved      order.CreditNote
	endedAs    activities.EndReturnInput
}

const returnID = "R2511240077"

// newReturnWorld sets the world of a return up, in which everything goes well.
func newReturnWorld(t *testing.T) *returnWorld {
	t.Helper()
	return newReturnActors(newWorld(t))
}

// newReturnActors registers everybody with whom a return has to do; all goes well with them.
func newReturnActors(all *world) *returnWorld {
	w := &returnWorld{
		world: all, listed: map[order.SettlementReason][]order.UnitResult{}, shipped: storyShipped(),
		late: map[string]bool{}, waiting: map[string][]byte{},
	}
	w.registry.RegisterActivityWithOptions(func(context.Context, activities.ReturnRef) (order.Shipped, error) {
		if w.forwardOpen > 0 { // for over an hour each
			w.forwardOpen--
			return order.Shipped{}, temporal.NewNonRetryableApplicationError("it is open", "Outage", temporal.NewApplicationError("it is open", "ForwardOrderOpen"))
		}
		w.done = append(w.done, "FindForward")
		return w.shipped, nil
	}, activity.RegisterOptions{Name: "FindForward"})
	fake(w.world, "AnnounceReturn", func(activities.AnnounceReturnInput) struct{} { return struct{}{} })
	tables := &activities.QC{Tables: map[string]order.QCTable{pob: order.DefaultQCTable()}}
	w.registry.RegisterActivityWithOptions(tables.JudgeQC, activity.RegisterOptions{Name: activities.JudgeQC})
	fake(w.world, "RecordQC", func(in activities.RecordQCInput) struct{} { w.qc = in; return struct{}{} })
	fake(w.world, "CreateRTO", func(in activities.CreateRTOInput) string { w.createdRTO = in.Units; return returnID })
	fake(w.world, "ReportQC", func(in activities.ReportQCInput) activities.QCAnswer {
		w.reported = in.Units
		return activities.QCAnswer{}
	})
	fake(w.world, "SettleCredited", func(activities.SettleCreditedInput) struct{} { return struct{}{} })
	fake(w.world, "ListForSettlement", func(in activities.ListInput) struct{} { w.listed[in.Why] = in.Units; return struct{}{} })
	later(w, "PostReturn", func(in activities.PostReturnInput) struct{} { w.posted = in; return struct{}{} })
	w.registry.RegisterActivityWithOptions(func(in activities.JudgeCreditNoteInput) (einvoice.CreditNoteVerdict, error) {
		verdict := einvoice.CreditNoteVerdict{Date: time.Date(2025, 11, 26, 0, 0, 0, 0, increff.IST), Value: 99750}
		if w.note != nil {
			w.note(&verdict)
		}
		return verdict, nil
	}, activity.RegisterOptions{Name: activities.JudgeCreditNote})
	fake(w.world, "FetchCreditNote", func(activities.FetchInput) activities.DocumentRef { return activities.DocumentRef{ID: 21} })
	fake(w.world, "SaveCreditNote", func(in activities.SaveCreditNoteInput) string { w.saved = in.Note; return "" })
	fake(w.world, "RefuseCreditNote", func(activities.RefuseCreditNoteInput) struct{} { return struct{}{} })
	fake(w.world, "SendCreditNote", func(activities.ReturnRef) struct{} { return struct{}{} })
	later(w, "FetchRSI", func(activities.ReturnRef) activities.RSI {
		return activities.RSI{DocumentRef: activities.DocumentRef{ID: 22}, Number: "RSI2511260031"}
	})
	fake(w.world, "EndReturn", func(in activities.EndReturnInput) struct{} { w.endedAs = in; return struct{}{} })
	fake(w.world, "ReadReturn", func(activities.ReturnRef) activities.ReturnRecord { return w.record })
	return w
}

// later registers a stand-in that may keep the return waiting.
func later[I, O any](w *returnWorld, name string, act func(I) O) {
	w.registry.RegisterActivityWithOptions(func(ctx context.Context, in I) (O, error) {
		w.done = append(w.done, name)
		if w.late[name] {
			w.waiting[name] = activity.GetInfo(ctx).TaskToken
			_ = act(in)
			return *new(O), activity.ErrResultPending
		}
		return act(in), nil
	}, activity.RegisterOptions{Name: name})
}

// come answers what waits for an activity, and whatever asks from now on.
func (w *returnWorld) come(name string, answer any) {
	w.late[name] = false
	if token, waits := w.waiting[name]; waits {
		require.NoError(w.t, w.env.CompleteActivity(token, answer, nil))
	}
}

// storyShipped is the story order, delivered.
func storyShipped() order.Shipped {
	return order.Shipped{
		Known: true, Shipped: true, Lines: storyOrder().Lines, Quantities: units(2, 1), PO: storyPO(2, 1), Carrier: "DELHIVERY",
		TrackingNumber: "AJ7700012345",
		Invoice:        order.Invoice{Number: "AJ/25-26/000421", Date: time.Date(2025, 11, 17, 10, 30, 0, 0, time.UTC), Quantities: units(2, 1)},
	}
}

func returnInput(kind order.ReturnKind) contract.ReturnInput {
	in := contract.ReturnInput{ID: 77, Kind: kind, Pob: pob, OrderID: orderID, Policy: contract.ReturnPolicy{
		RTOGrace: 96 * time.Hour, QCGap: time.Hour, ParcelOverdueAfter: 720 * time.Hour, QCOverdueAfter: 48 * time.Hour,
		ExpectationOverdueAfter: 72 * time.Hour, SettlementOverdueAfter: 72 * time.Hour, PostToERP: true,
		Models: []contract.DatedModel{{Model: order.CreditNoteModel}},
	}}
	if kind == order.CustomerReturn {
		in.ReturnID = returnID
	}
	return in
}

// announcedAs is Ajio's expectation: one unit of the first line in a customer return, all that was shipped in an RTO.
func announcedAs(kind order.ReturnKind, change ...func(*order.Expectation)) order.Expectation {
	e := order.Expectation{
		Pob: pob, ReturnID: returnID, OrderID: orderID, Kind: kind, Status: order.StatusReturnCreated,
		ReturnDate: time.Date(2025, 11, 24, 6, 0, 0, 0, time.UTC), TrackingNumber: "AJR880004411",
		Items: []order.ExpectedItem{{ReturnItemID: returnID + "0001", OrderItemID: firstLine, ItemCode: "469876543001", Units: 1}},
	}
	if kind == order.RTO {
		e.Items[0].Units = 2
		e.Items = append(e.Items, order.ExpectedItem{ReturnItemID: returnID + "0002", OrderItemID: orderID + "0002", ItemCode: "469880012004", Units: 1})
	}
	for _, c := range change {
		c(&e)
	}
	return e
}

func withStatus(status order.ReturnStatus) func(*order.Expectation) {
	return func(e *order.Expectation) { e.Status = status }
}

// row is the QC of one unit; an empty reason is a PASS.
type row struct{ unit, item, reason string }

// qcReport is a warehouse's message.
func qcReport(rows ...row) increff.ReturnProcessed {
	p := increff.ReturnProcessed{
		ReturnOrderCode: returnID, ForwardOrderCode: orderID, LocationCode: pob, ChannelName: "AJIO", AwbNumber: "AJR880004411", Transporter: "DELHIVERY",
	}
	for _, r := range rows {
		item := increff.ReturnedItem{ReturnItemCode: r.unit, ChannelSkuCode: r.item, QcStatus: increff.QCPass}
		if r.reason != "" {
			item.QcStatus, item.QcReason = increff.QCFail, r.reason
		}
		p.OrderItems = append(p.OrderItems, item)
	}
	return p
}

// allGood is a QC without a fault.
func allGood(kind order.ReturnKind) increff.ReturnProcessed {
	if kind == order.RTO { // the warehouse knows the order's lines only
		return qcReport(row{firstLine + "-1", "469876543001", ""}, row{firstLine + "-2", "469876543001", ""}, row{orderID + "0002-1", "469880012004", ""})
	}
	return qcReport(row{returnID + "0001-1", "469876543001", ""})
}

func storyNote() contract.CreditNote {
	return contract.CreditNote{DocumentID: 20, CreditNotePosting: increff.CreditNotePosting{
		CreditNoteNumber: "CN/25-26/000042", ReturnOrderID: returnID, SignedQrCode: "signed.qr.code", AckNumber: "112510000000987",
		IrnNumber: "d9b80a4fd36ada6b0a6240f9171301b98ad12e7da835b347db0c8316f75eabc1",
		AckDate:   increff.At(time.Date(2025, 11, 26, 6, 30, 0, 0, time.UTC)),
	}}
}

// runReturn runs a return to its end and returns the state it ended in.
func (w *returnWorld) runReturn(in contract.ReturnInput) contract.ReturnState {
	w.t.Helper()
	w.env.ExecuteWorkflow(contract.ReturnOrder, in)
	require.True(w.t, w.env.IsWorkflowCompleted(), "the return is still open")
	require.NoError(w.t, w.env.GetWorkflowError())
	for _, a := range w.mustTake {
		require.NoError(w.t, a.err)
		require.True(w.t, a.accepted)
	}
	var state contract.ReturnState
	require.NoError(w.t, w.env.GetWorkflowResult(&state))
	return state
}

// returnState asks the running return where it stands.
func (w *returnWorld) returnState() contract.ReturnState {
	w.t.Helper()
	value, err := w.env.QueryWorkflow(contract.QueryState)
	require.NoError(w.t, err)
	var state contract.ReturnState
	require.NoError(w.t, value.Get(&state))
	return state
}
