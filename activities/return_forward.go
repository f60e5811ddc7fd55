package activities

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"go.temporal.io/sdk/temporal"

	"vmsflow/internal/order"
	"vmsflow/internal/postgres"
)

// forwardOrderOpen is the type of the error with which a return waits for its forward order.
const forwardOrderOpen = "ForwardOrderOpen"

// IsForwardOrderOpen reports whether FindForward has waited for the forward order for longer than Patience.
func IsForwardOrderOpen(err error) bool {
	for app, ok := errors.AsType[*temporal.ApplicationError](err); ok; app, ok = errors.AsType[*temporal.ApplicationError](app.Unwrap()) {
		if app.Type() == forwardOrderOpen {
			return true
		}
	}
	return false
}

// FindForward reads what the return needs to know of its forward order. An order is shipped once the courier has taken it
// over: one that is only packed may still be cancelled at Ajio, and its units never left the house. Until then the call
// fails and is repeated every minute, for as long as it takes: a return that is faster than its order waits for it.
func (a *Returns) FindForward(ctx context.Context, ref ReturnRef) (order.Shipped, error) {
	f, err := a.DB.Forward(ctx, ref.Row)
	if err != nil {
		return order.Shipped{}, err
	}
	switch {
	case f.Order == nil:
		return order.Shipped{Why: fmt.Sprintf("vmsflow has no order %s at %s", ref.OrderID, ref.Pob), Elsewhere: f.Elsewhere}, nil
	case f.Order.Outcome != "" && f.Order.Outcome != order.Completed:
		return order.Shipped{
			Known: true, Why: fmt.Sprintf("%s: %s", f.Order.Outcome, cmp.Or(f.Order.EndReason, "no reason is recorded")),
			Lines: f.Order.Order.Lines, Quantities: f.Order.Packed, Elsewhere: f.Elsewhere,
		}, nil
	case f.Order.Outcome == order.Completed:
		return shipped(f), nil
	}
	return order.Shipped{}, temporal.NewApplicationErrorWithOptions(
		fmt.Sprintf("the return waits for its forward order %s, which %s", ref.OrderID, standing(*f.Order)),
		forwardOrderOpen, temporal.ApplicationErrorOptions{NextRetryDelay: time.Minute})
}

// standing says what an open order waits for.
func standing(o postgres.Order) string {
	switch {
	case o.EndingAt != nil:
		return "is being taken back and has not ended yet; if its workflow is gone, see starter abandoned"
	case o.PackedAt == nil:
		return "is not packed yet"
	case o.Invoice == nil:
		return "is packed and not invoiced yet"
	default:
		return "is packed and not handed over yet"
	}
}

func shipped(f postgres.Forward) order.Shipped {
	o := f.Order
	s := order.Shipped{
		Known: true, Shipped: true, Lines: o.Order.Lines, Carrier: o.Order.Carrier, TrackingNumber: cmp.Or(f.AWB, o.Order.TrackingNumber),
		Elsewhere: f.Elsewhere, Credited: f.Credited,
	}
	if o.PO != nil { // it knows the courier last
		s.PO = *o.PO
		s.Carrier = cmp.Or(o.PO.Carrier, s.Carrier)
		s.TrackingNumber = cmp.Or(f.AWB, o.PO.TrackingNumber, s.TrackingNumber)
	}
	switch {
	case o.Invoice != nil:
		s.Invoice, s.Quantities = *o.Invoice, o.Invoice.Quantities
		s.Invoice.SignedQR = ""
	case o.Packed != nil:
		s.Quantities = o.Packed
	default: // its steps were done by hand
		s.Quantities = o.Confirmed
	}
	return s
}
