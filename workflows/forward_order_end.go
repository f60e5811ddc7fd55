package workflows

import (
	"errors"
	"fmt"

	"go.temporal.io/sdk/workflow"

	"vmsflow/activities"
	"vmsflow/internal/order"
)

// ending is why an order stops short of the courier, and what must be undone. It travels as an error from the step
// that it interrupted to endEarly.
type ending struct {
	outcome order.Outcome
	code    string // one of order's reasons, for Ajio and the ERP; empty where they need none
	reason  string // for people, in our own books only
	ruling  order.Ruling
}

func (e *ending) Error() string { return e.reason }

// endAs decides that the order ends early and interrupts whatever it waits for. The first decision stands.
func (o *forwardOrder) endAs(outcome order.Outcome, code, reason string, ruling order.Ruling) error {
	if o.ending == nil {
		o.ending = &ending{outcome: outcome, code: code, reason: reason, ruling: ruling}
		o.stopped = o.ending
		o.stop()
	}
	return o.ending
}

// sellerMayCancel looks the whole order up in the cancellation table.
func (o *forwardOrder) sellerMayCancel() (order.Ruling, error) {
	if o.ending != nil {
		return order.Ruling{}, fmt.Errorf("the order is ending already: %s", o.ending.reason)
	}
	ruling := order.Cancellation(order.Seller, order.WholeOrder, o.phase(), o.Policy.Model)
	if !ruling.Allowed {
		return ruling, errors.New(ruling.Refusal)
	}
	return ruling, nil
}

// cancelBySeller cancels the whole order for an operator.
func (o *forwardOrder) cancelBySeller(reason string) error {
	ruling, err := o.sellerMayCancel()
	if err != nil {
		return err
	}
	_ = o.endAs(order.CancelledBySeller, order.ReasonSellerRequest, reason, ruling)
	return nil
}

// endShort cancels the whole order because fewer units were packed than invoiced.
func (o *forwardOrder) endShort(packed int) error {
	ruling := order.Cancellation(order.Seller, order.WholeOrder, order.EInvoiceNotPacked, o.Policy.Model)
	return o.endAs(order.CancelledBySeller, order.ReasonShortPack,
		fmt.Sprintf("short after the e-invoice: %d of %d units packed", packed, o.invoice.Quantities.Total()), ruling)
}

// endUnpacked cancels the whole order because the warehouse found nothing of it. There is no e-invoice yet.
func (o *forwardOrder) endUnpacked() error {
	ruling := order.Cancellation(order.Seller, order.WholeOrder, order.BeforeEInvoice, o.Policy.Model)
	return o.endAs(order.CancelledBySeller, order.ReasonOutOfStock, "the warehouse packed nothing", ruling)
}

// phase is the order's column of the cancellation table.
func (o *forwardOrder) phase() order.Phase {
	phase := order.PhaseOf(o.stage, o.Policy.Model)
	// A pack that is reported and only waits to be taken. While the release is parked there is none to be believed.
	if o.releasing && o.parked == nil && len(o.packs) > 0 {
		phase = order.PackedOrLater
	}
	switch {
	case phase == order.BeforePosting && o.posted != nil: // the posting is under way
		return order.BeforeEInvoice
	case phase == order.PackedOrLater && o.parked != nil &&
		(o.parked.Reason == activities.AttentionAjioCancelled || o.parked.Step == makeInvoiceStep):
		// Packed here, but never at Ajio: the order is gone there, or no invoice can be had for it.
		return order.EInvoiceNotPacked
	default:
		return phase
	}
}

// endEarly undoes what was done and closes the books. It runs on a context that nothing cancels: an order that is
// half taken back would be worse than one that waits for a system to come up again.
func (o *forwardOrder) endEarly(ctx workflow.Context, err error) error {
	var e *ending
	if !errors.As(err, &e) {
		return err // a bug
	}
	ctx, _ = workflow.NewDisconnectedContext(ctx)
	o.parked, o.concern = nil, ""
	for _, undo := range []func(workflow.Context, *ending) error{
		o.markEnding,
		o.stopWarehouse,
		o.cancelAtAjio,
		o.cancelIRN,
		o.cancelInERP,
	} {
		if err := undo(ctx, e); err != nil {
			return err
		}
	}
	if e.outcome != order.CancelledByCustomer {
		o.book.SellerKeeps(nil)
	}
	if e.ruling.Note == "" && o.invoice == nil && len(o.invoices) > 0 {
		e.ruling.Note = order.CreditNoteStays // the e-invoice came while the order was being taken back
	}
	if e.ruling.Note != "" {
		o.note(ctx, "%s", e.ruling.Note)
	}
	return o.closeBooks(ctx, e.outcome, e.reason)
}

// markEnding tells the gateway first: whoever packs or invoices now is answered that the order is cancelled. An order
// without a purchase order nobody packs or invoices yet.
func (o *forwardOrder) markEnding(ctx workflow.Context, e *ending) error {
	if o.po == nil {
		return nil
	}
	_, err := o.do(ctx, step{name: "mark the order as ending", outage: databaseDown}, func(ctx workflow.Context) error {
		mark := books(ctx, "mark the order as ending")
		return workflow.ExecuteActivity(mark, orderActivities.MarkEnding, activities.EndInput{
			Pob: o.Order.Pob, OrderID: o.Order.ID, Outcome: e.outcome, Reason: e.reason,
		}).Get(ctx, nil)
	})
	return err
}

// stopWarehouse comes first: nobody should go on picking.
func (o *forwardOrder) stopWarehouse(ctx workflow.Context, _ *ending) error {
	if o.announced == nil || o.announcedByHand {
		return nil
	}
	_, err := o.do(ctx, step{name: "stop the warehouse", canSkip: true, outage: warehouseDown}, func(ctx workflow.Context) error {
		call := warehouseCall(ctx, "stop the warehouse")
		return workflow.ExecuteActivity(call, warehouseActivities.StopOrder, activities.StopInput{
			PostOrderInput: o.posting(), Announced: o.announced,
		}).Get(ctx, nil)
	})
	return err
}

func (o *forwardOrder) cancelAtAjio(ctx workflow.Context, e *ending) error {
	if !e.ruling.TellAjio {
		return nil
	}
	var answer activities.CancelResult
	_, err := o.do(ctx, step{name: "cancel at Ajio", canSkip: true, outage: ajioDown}, func(ctx workflow.Context) error {
		call := ajioCall(ctx, o.Order.Pob, "cancel the order at Ajio")
		return workflow.ExecuteActivity(call, ajioActivities.CancelOrder, activities.CancelInput{
			OrderRef: o.ref(), Wanted: o.book.Wanted(), Reason: e.code,
		}).Get(ctx, &answer)
	})
	if answer.CustomerCancelled {
		e.outcome, e.reason = order.CancelledByCustomer, "the customer cancelled first"
		o.book.CustomerKeeps(nil)
	}
	return err
}

// cancelIRN takes our own e-invoice back at the IRP. After 24 hours only a credit note can, which stays in the books.
func (o *forwardOrder) cancelIRN(ctx workflow.Context, e *ending) error {
	if !e.ruling.CancelIRN {
		return nil
	}
	var answer activities.CancelIRNResult
	_, err := o.do(ctx, step{name: "cancel the IRN", canSkip: true, outage: irpDown}, func(ctx workflow.Context) error {
		call := einvoiceCall(ctx, "cancel the IRN")
		return workflow.ExecuteActivity(call, einvoiceActivities.CancelIRN, o.ref()).Get(ctx, &answer)
	})
	if answer.TooLate {
		e.ruling.Note = order.CreditNoteInBooks
	}
	return err
}

func (o *forwardOrder) cancelInERP(ctx workflow.Context, e *ending) error {
	if !e.ruling.TellERP || o.posted == nil {
		return nil
	}
	_, err := o.do(ctx, step{name: "cancel in the ERP", canSkip: true, outage: erpDown}, func(ctx workflow.Context) error {
		call := erpCall(ctx, "OUTWARD_ORDER_CANCEL")
		return workflow.ExecuteActivity(call, erpActivities.CancelPosting, activities.CancelPostingInput{
			PostOrderInput: activities.PostOrderInput{Order: o.Order, PO: *o.posted}, Reason: e.code,
		}).Get(ctx, nil)
	})
	return err
}

// closeBooks settles the stock and records the outcome, in one transaction.
func (o *forwardOrder) closeBooks(ctx workflow.Context, outcome order.Outcome, reason string) error {
	_, err := o.do(ctx, step{name: "close the books", outage: databaseDown}, func(ctx workflow.Context) error {
		end := books(ctx, "settle the stock and record: "+words(string(outcome)))
		return workflow.ExecuteActivity(end, orderActivities.EndOrder, activities.EndInput{
			Pob: o.Order.Pob, OrderID: o.Order.ID, Outcome: outcome, Reason: reason,
		}).Get(ctx, nil)
	})
	if err != nil {
		return err
	}
	o.outcome, o.stage, o.alert = outcome, order.Ended, ""
	o.show(ctx)
	// An operator whose update came at the last moment still gets an answer.
	return workflow.Await(ctx, func() bool { return workflow.AllHandlersFinished(ctx) })
}
