package main

import (
	"context"
	"errors"
	"slices"

	"vmsflow/internal/increff"
	"vmsflow/internal/order"
	"vmsflow/internal/postgres"
)

// comingBack is the return that a call is about, and the order that it is of.
type comingBack struct {
	row     postgres.Return // ID 0: nobody has entered it yet
	forward *postgres.Order // nil where vmsflow never saw the order
	// kind and returnID are what it is entered as.
	kind     order.ReturnKind
	returnID string
}

// findReturn finds out which return a call is about. It enters nothing: a call that is refused leaves no trace.
//
// A code that is known names its return. One that Ajio's feed has not brought yet is a customer's return, unless the
// parcel bears the number that it went out with: then it never reached the customer, and is the order's return to origin.
// Of that there is one, so that the warehouse's code for it need not be known; Ajio's expectation gives it its own. Without
// a code it is the return whose expectation announces this very parcel, or else the return to origin.
func (s *server) findReturn(ctx context.Context, c *call, report increff.ReturnProcessed) (comingBack, error) {
	back, all, err := s.returnsOf(ctx, c)
	if err != nil {
		return back, err
	}
	if code := report.ReturnOrderCode; code != "" {
		known, err := s.db.FindReturn(ctx, code, c.caller.pobs)
		switch {
		case err == nil && (known.Pob != c.pob || known.OrderID != c.orderID):
			return back, badData(broken{"[returnOrderCode: " + code + " is a return of order " + known.OrderID + " at location " + known.Pob + "]"})
		case err == nil:
			back.row = known
			return back, nil
		case !errors.Is(err, postgres.ErrNotFound):
			return back, err
		}
		back.kind, back.returnID = order.CustomerReturn, code
		if sentOut, err := s.isOwnAWB(ctx, back.forward, report.AwbNumber); err != nil || !sentOut {
			return back.orUnknown(c, err)
		}
	}
	back.kind, back.returnID = order.RTO, ""
	if report.ReturnOrderCode == "" {
		announced := announcedBy(all, report.AwbNumber)
		if len(announced) > 1 {
			return back, badData(broken{"[returnOrderCode: is missing, and several returns of the order come with " + report.AwbNumber + "]"})
		}
		if len(announced) == 1 {
			back.row = announced[0]
			return back, nil
		}
	}
	// One that Ajio withdrew makes room for another.
	i := slices.IndexFunc(all, func(r postgres.Return) bool { return r.Kind == order.RTO && r.Outcome != order.ReturnCancelled })
	if i < 0 {
		return back.orUnknown(c, nil)
	}
	back.row = all[i]
	if code := report.ReturnOrderCode; code != "" && back.row.ReturnID != "" { // another one, or it had been found
		return back, badData(broken{"[returnOrderCode: the order's return to origin is " + back.row.ReturnID + ", not " + code + "]"})
	}
	return back, nil
}

// returnsOf reads the forward order, if it is known, and all its returns.
func (s *server) returnsOf(ctx context.Context, c *call) (back comingBack, all []postgres.Return, err error) {
	o, err := s.db.Order(ctx, c.pob, c.orderID)
	if err == nil {
		back.forward = &o
	}
	if err := unlessNotFound(err); err != nil {
		return back, nil, err
	}
	all, err = s.db.ReturnsOfOrder(ctx, c.pob, c.orderID)
	return back, all, err
}

// orUnknown is a return that nobody has entered: it may be, if its order is ours.
func (b comingBack) orUnknown(c *call, err error) (comingBack, error) {
	if err == nil && b.forward == nil {
		err = badData(broken{"[forwardOrderCode: " + c.orderID + " is not an order of location " + c.pob + "]"})
	}
	return b, err
}

// announcedBy lists the returns whose expectation names a tracking number: the open ones or, where none is, the others, so
// that a call is known again after its return has ended.
func announcedBy(all []postgres.Return, awb string) (open []postgres.Return) {
	var ended []postgres.Return
	for _, r := range all {
		switch {
		case r.Expectation == nil || r.Expectation.TrackingNumber != awb:
		case r.EndedAt == nil:
			open = append(open, r)
		default:
			ended = append(ended, r)
		}
	}
	if len(open) == 0 {
		return ended
	}
	return open
}

// isOwnAWB says whether an order was sent out under a tracking number: that of a label, its PO or Ajio's listing.
func (s *server) isOwnAWB(ctx context.Context, o *postgres.Order, awb string) (bool, error) {
	if o == nil {
		return false, nil
	}
	labels, err := s.labelNumbers(ctx, *o)
	return slices.Contains(labels, awb) || awb == o.Order.TrackingNumber || o.PO != nil && awb == o.PO.TrackingNumber, err
}
