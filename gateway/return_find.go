package main

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"vmsflow/internal/increff"
	"vmsflow/internal/order"
	"vmsflow/internal/postgres"
	"vmsflow/workflows/contract"
)

// comingBack is the return that a call is about, and the order that it is of.
type comingBack struct {
	row     postgres.Return // ID 0: nobody has entered it yet
	forward *postgres.Order // nil where vmsflow never saw the order
	// kind and returnID are what it is entered as.
	kind     order.ReturnKind
	returnID string
	// said is the warehouse's code for a return to origin that Ajio has not announced. It is kept, for Ajio may
	// announce it by that id.
	said string
}

// findReturn finds out which return a call is about. It enters nothing: a call that is refused leaves no trace.
func (s *server) findReturn(ctx context.Context, c *call, report increff.ReturnProcessed) (comingBack, error) {
	back, all, err := s.returnsOf(ctx, c)
	if err != nil {
		return back, err
	}
	if report.ReturnOrderCode == "" {
		return s.findByParcel(ctx, c, back, all, report.AwbNumber)
	}
	return s.findByCode(ctx, c, back, all, report)
}

// findByCode: a code that is known names its return, be it Ajio's id or what the warehouse called a return to origin before
// Ajio gave that its own. One that Ajio's feed has not brought yet is a customer's return, unless the parcel bears the
// number that it went out with: then it never reached the customer, and is the order's return to origin.
func (s *server) findByCode(ctx context.Context, c *call, back comingBack, all []postgres.Return, report increff.ReturnProcessed) (comingBack, error) {
	code := report.ReturnOrderCode
	known, err := s.db.FindReturn(ctx, code, c.caller.pobs)
	if unlessNotFound(err) != nil {
		return back, err
	}
	if err == nil && known.ReturnID == code {
		if known.Pob != c.pob || known.OrderID != c.orderID {
			return back, badData(broken{"[returnOrderCode: " + code + " is a return of order " + known.OrderID + " at location " + known.Pob + "]"})
		}
		back.row = known
		return back, nil
	}
	// A warehouse may call every return to origin the same, so that only this order's count.
	// One that Ajio withdrew is meant only where no other can be: a repeat, or the rest of its parcel.
	rto := rtoOf(all)
	for _, r := range slices.Backward(all) {
		if r.SaidCode == code && (r.Outcome != order.ReturnCancelled || rto.ID == 0) {
			back.row = r
			return back, nil
		}
	}
	back.kind, back.returnID = order.CustomerReturn, code
	if sentOut, err := s.isOwnAWB(ctx, back.forward, report.AwbNumber); err != nil || !sentOut {
		return back.orUnknown(c, err)
	}
	back.kind, back.returnID, back.said = order.RTO, "", code
	back.row = rtoOf(all)
	if back.row.ReturnID != "" { // another one, or it had been found
		return back, badData(broken{"[returnOrderCode: the order's return to origin is " + back.row.ReturnID + ", not " + code + "]"})
	}
	return back.orUnknown(c, nil)
}

// findByParcel: without a code it is the return whose expectation announces this very parcel, or that the parcel was
// reported for before. Else it is the order's return to origin, unless it may as well be another that Ajio announced
// without saying how it comes.
func (s *server) findByParcel(ctx context.Context, c *call, back comingBack, all []postgres.Return, awb string) (comingBack, error) {
	coming, err := s.comingWith(ctx, all, awb)
	switch {
	case err != nil:
		return back, err
	case len(coming) > 1:
		return back, badData(broken{"[returnOrderCode: is missing, and several returns of the order come with " + awb + "]"})
	case len(coming) == 1:
		back.row = coming[0]
		return back, nil
	}
	back.kind, back.row = order.RTO, rtoOf(all)
	if sentOut, err := s.isOwnAWB(ctx, back.forward, awb); err != nil || sentOut {
		return back.orUnknown(c, err)
	}
	if ids := announcedIn(all); len(ids) > 0 {
		return back, badData(broken{"[returnOrderCode: is missing, and the order did not go out with " + awb + ": is it " + strings.Join(ids, " or ") + "?]"})
	}
	return back.orUnknown(c, nil)
}

// rtoOf is the order's return to origin; its ID is 0 when it has none. One that Ajio withdrew makes room for another.
func rtoOf(all []postgres.Return) postgres.Return {
	i := slices.IndexFunc(all, func(r postgres.Return) bool { return r.Kind == order.RTO && r.Outcome != order.ReturnCancelled })
	if i < 0 {
		return postgres.Return{}
	}
	return all[i]
}

// announcedIn lists the ids of the customer's returns that Ajio expects.
func announcedIn(all []postgres.Return) (ids []string) {
	for _, r := range all {
		if r.Kind == order.CustomerReturn && r.Expectation != nil && r.EndedAt == nil {
			ids = append(ids, r.ReturnID)
		}
	}
	return ids
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
	if err == nil && b.forward == nil && b.row.ID == 0 {
		err = badData(broken{"[forwardOrderCode: " + c.orderID + " is not an order of location " + c.pob + "]"})
	}
	return b, err
}

// comingWith lists the returns that come with a tracking number: by their expectations or, where none names it, by what
// was accepted for them. Open ones count or, where none is, the others, so that a call is known again after its return
// has ended.
func (s *server) comingWith(ctx context.Context, all []postgres.Return, awb string) ([]postgres.Return, error) {
	var announced, reported []postgres.Return
	for _, r := range all {
		if r.Expectation != nil && r.Expectation.TrackingNumber == awb {
			announced = append(announced, r)
			continue
		}
		came, err := s.hasComeWith(ctx, r, awb)
		if err != nil {
			return nil, err
		}
		if came {
			reported = append(reported, r)
		}
	}
	if len(announced) == 0 {
		announced = reported
	}
	isEnded := func(r postgres.Return) bool { return r.EndedAt != nil }
	if slices.ContainsFunc(announced, func(r postgres.Return) bool { return !isEnded(r) }) {
		announced = slices.DeleteFunc(announced, isEnded)
	}
	return announced, nil
}

// hasComeWith says whether a message was accepted for a return with this tracking number.
func (s *server) hasComeWith(ctx context.Context, r postgres.Return, awb string) (bool, error) {
	for _, kind := range []string{contract.SignalReturnParcel, contract.SignalReturnQC} {
		messages, err := s.db.ReturnMessages(ctx, r.ID, kind)
		if err != nil {
			return false, err
		}
		for _, message := range messages {
			var came struct { // as either kind spells it
				contract.ReturnParcel
				AwbNumber string `json:"awbNumber"`
			}
			if err := json.Unmarshal(message.Payload, &came); err != nil {
				return false, fmt.Errorf("inbox row %d: %w", message.ID, err)
			}
			if came.TrackingNumber == awb || came.AwbNumber == awb {
				return true, nil
			}
		}
	}
	return false, nil
}

// isOwnAWB says whether an order was sent out under a tracking number: that of a label, its PO or Ajio's listing.
func (s *server) isOwnAWB(ctx context.Context, o *postgres.Order, awb string) (bool, error) {
	if o == nil {
		return false, nil
	}
	labels, err := s.labelNumbers(ctx, *o)
	return slices.Contains(labels, awb) || awb == o.Order.TrackingNumber || o.PO != nil && awb == o.PO.TrackingNumber, err
}
