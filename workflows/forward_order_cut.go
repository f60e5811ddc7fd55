package workflows

import (
	"errors"
	"fmt"

	"go.temporal.io/sdk/workflow"

	"vmsflow/activities"
	"vmsflow/internal/order"
	"vmsflow/workflows/contract"
)

// A seller may take single units out of an order for as long as the cancellation table allows. Such a cut is asked for
// at any time and taken between two steps or while the order waits, so that no step works on numbers that change under
// it.

// mayCut looks a cut up in the cancellation table and checks that the order has the units.
func (o *forwardOrder) mayCut(units order.Quantities) error {
	if o.ending != nil {
		return fmt.Errorf("the order is ending already: %s", o.ending.reason)
	}
	if ruling := order.Cancellation(order.Seller, order.SomeUnits, o.phase(), o.Policy.Model); !ruling.Allowed {
		return errors.New(ruling.Refusal)
	}
	switch {
	case o.parked != nil:
		return fmt.Errorf("answer the parked step %q first: units are taken out between two steps", o.parked.Step)
	case o.asking:
		return errors.New("the acknowledgement is under way: ask again in a moment")
	case len(o.packs) > 0:
		return errors.New("the warehouse has packed: ask again when the order has taken it")
	}
	left := o.book.Live()
	for _, cut := range o.cuts {
		left = left.Minus(cut.Units)
	}
	for _, id := range units.IDs() {
		switch {
		case units[id] < 1:
			return fmt.Errorf("line %s: %d units; name at least 1", id, units[id])
		case units[id] > left[id]:
			return fmt.Errorf("line %s: %d units are to be cancelled, but the order has %d", id, units[id], left[id])
		}
	}
	return nil
}

// cutUnits takes the cuts that were asked for. One after which nothing is left ends the order, and those behind it with it.
func (o *forwardOrder) cutUnits(ctx workflow.Context) error {
	for len(o.cuts) > 0 {
		if err := o.interrupted(ctx); err != nil {
			return err
		}
		cut := o.cuts[0]
		o.cuts = o.cuts[1:]
		if err := o.cutOnce(ctx, cut); err != nil {
			return err
		}
	}
	return nil
}

func (o *forwardOrder) cutOnce(ctx workflow.Context, cut contract.CancelRequest) error {
	// The customer may have cancelled some of the units since they were asked for.
	keep := o.book.Live().Minus(cut.Units)
	phase := o.phase()
	// The order may have gone on between the request and here.
	if ruling := order.Cancellation(order.Seller, order.SomeUnits, phase, o.Policy.Model); !ruling.Allowed {
		o.alert = "cancel_refused"
		o.note(ctx, "Cancelling %d units was refused: %s", cut.Units.Total(), ruling.Refusal)
		return nil
	}
	if keep.Total() == 0 {
		if err := o.cancelBySeller(cut.Reason); err != nil {
			o.alert = "cancel_refused"
			o.note(ctx, "Cancelling %d units was refused: %v", cut.Units.Total(), err)
			return nil
		}
		return o.ending
	}
	if phase != order.UntilAcknowledged { // until then the acknowledgement tells Ajio, with quantity 0 or less
		taken, err := o.cutOutside(ctx, keep)
		if err != nil || !taken {
			return err
		}
	}
	o.book.SellerKeeps(keep)
	o.note(ctx, "The seller cancelled %d units: %s", cut.Units.Total(), cut.Reason)
	if o.posted != nil {
		o.note(ctx, "The ERP was posted %d units and is not told of single ones; it finds the difference on the invoice.", o.posted.Units().Total())
	}
	// Ajio may have raised its purchase order already, whether or not the order has heard of it.
	o.cutAfterAck = o.cutAfterAck || phase != order.UntilAcknowledged
	if err := o.freeStock(ctx, keep); err != nil || o.po == nil {
		return err
	}
	return o.checkPurchaseOrder(ctx)
}

// cutOutside tells warehouse and Ajio what is left. A warehouse that has packed already refuses, and then the order
// stays whole.
func (o *forwardOrder) cutOutside(ctx workflow.Context, keep order.Quantities) (taken bool, _ error) {
	refused := ""
	if o.announced != nil {
		_, err := o.do(ctx, step{name: "stop some units in the warehouse", outage: warehouseDown}, func(ctx workflow.Context) error {
			call := warehouseCall(ctx, fmt.Sprintf("stop all but %d units in the warehouse", keep.Total()))
			err := workflow.ExecuteActivity(call, warehouseActivities.StopUnits, activities.StopInput{
				PostOrderInput: o.posting(), Announced: o.announced, Keep: keep, Before: o.toPack(),
			}).Get(ctx, nil)
			if err == nil || activities.IsOutage(err) {
				return err
			}
			if refusal := activities.RefusalOf(err); refusal.Attention == activities.AttentionWarehouseRefused {
				refused = refusal.Message
				return nil
			}
			return err
		})
		if err != nil {
			return false, err
		}
	}
	if refused != "" {
		o.alert = "cancel_refused"
		o.note(ctx, "Units were not cancelled: %s", refused)
		return false, nil
	}
	_, err := o.do(ctx, step{name: "cancel some units at Ajio", canSkip: true, outage: ajioDown}, func(ctx workflow.Context) error {
		call := ajioCall(ctx, o.Order.Pob, fmt.Sprintf("cancel all but %d units at Ajio", keep.Total()))
		return workflow.ExecuteActivity(call, ajioActivities.CancelUnits, activities.CancelUnitsInput{OrderRef: o.ref(), Keep: keep}).Get(ctx, nil)
	})
	return err == nil, err
}

func (o *forwardOrder) freeStock(ctx workflow.Context, keep order.Quantities) error {
	_, err := o.do(ctx, step{name: "free the stock", outage: databaseDown}, func(ctx workflow.Context) error {
		free := books(ctx, "free the stock of cancelled units")
		return workflow.ExecuteActivity(free, orderActivities.KeepReserved, activities.KeepInput{
			Pob: o.Order.Pob, OrderID: o.Order.ID, Keep: keep,
		}).Get(ctx, nil)
	})
	return err
}

// checkPurchaseOrder makes sure that the purchase order is for what was acknowledged and not cancelled since. Where it
// is not it is read again: it may have been on its way while units were cut.
func (o *forwardOrder) checkPurchaseOrder(ctx workflow.Context) error {
	_, err := o.do(ctx, step{name: "check the purchase order", outage: ajioDown}, func(ctx workflow.Context) error {
		if o.po.MatchesConfirmed(o.book.Live()) == nil {
			return nil
		}
		return o.rereadPurchaseOrder(ctx)
	})
	return err
}

// rereadPurchaseOrder reads the purchase order from Ajio, and refuses one that is not for the live units.
func (o *forwardOrder) rereadPurchaseOrder(ctx workflow.Context) error {
	var po order.PurchaseOrder
	call := ajioCall(ctx, o.Order.Pob, "read the purchase order again")
	if err := workflow.ExecuteActivity(call, ajioActivities.ReadPurchaseOrder, o.ref()).Get(ctx, &po); err != nil {
		return err
	}
	if err := po.MatchesConfirmed(o.book.Live()); err != nil {
		return activities.Refuse("po_differs", err, "The purchase order is not what was acknowledged: %v. Settle it with Ajio, then retry.", err)
	}
	o.po = &po
	return nil
}

// confirmable is what the acknowledgement may confirm: what is in stock and not cancelled by the seller.
func (o *forwardOrder) confirmable() order.Quantities {
	units := order.Quantities{}
	for _, line := range o.book.Lines {
		if n := min(line.Live(), o.reserved[line.OrderItemID]); n > 0 {
			units[line.OrderItemID] = n
		}
	}
	return units
}

// toPack is what the warehouse may put into the parcel: what was invoiced or, before there is an invoice, what is live.
func (o *forwardOrder) toPack() order.Quantities {
	if o.invoice != nil {
		return o.invoice.Quantities
	}
	return o.book.Live()
}
