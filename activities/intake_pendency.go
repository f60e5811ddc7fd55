package activities

import (
	"context"
	"fmt"
	"time"

	"go.temporal.io/sdk/activity"

	"vmsflow/internal/order"
	"vmsflow/workflows/contract"
)

// PendencyResult is what one reading of the pendency found.
type PendencyResult struct {
	Listed     int `json:"listed"`
	Started    int `json:"started"`
	Unreadable int `json:"unreadable"`
	Cancelled  int `json:"cancelled"`
	// Left are orders that we hold and that are no longer listed: acknowledged a moment ago, or cancelled.
	Left []string `json:"left,omitempty"`
}

// PullPendency reads the list of unacknowledged orders and starts a workflow for each new one. Held orders whose
// customer cancelled some units are told; those that have left the list are returned. What fails is reported at the
// end; the rest goes on.
func (a *Intake) PullPendency(ctx context.Context, pob string) (PendencyResult, error) {
	began := time.Now()
	r := &reading{Intake: a, pob: pob, listed: map[string]order.Quantities{}}
	from := began.Add(-a.Lookback)
	whole := r.readPages(ctx, from, began.Add(time.Hour))
	r.compareHeld(ctx, from, began, whole)
	r.result.Listed = len(r.listed)
	return r.result, r.failed.err(ctx, r.result)
}

// reading is one reading of the pendency.
type reading struct {
	*Intake
	pob    string
	listed map[string]order.Quantities // the units of each listed order, by order id
	result PendencyResult
	failed problems
}

// readPages reads the pendency page by page and starts what is new. It reports whether it has seen all of it.
func (r *reading) readPages(ctx context.Context, from, to time.Time) (whole bool) {
	unanswered := 0
	for page, pages := 0, 1; page < pages; page++ {
		answer, err := r.Client.Pendency(ctx, page, from, to)
		if err != nil {
			r.failed.add(notRead(ctx, err))
			if unanswered++; unanswered == giveUpAfter || ctx.Err() != nil {
				return false
			}
			continue
		}
		if answer.Empty {
			break
		}
		pages = answer.TotalPages
		r.result.Unreadable += len(answer.Unreadable)
		for _, row := range answer.Unreadable {
			// Not lost: Ajio lists it until it is acknowledged, and every tick says so again.
			activity.GetLogger(ctx).Warn("an order in the pendency cannot be read", "AjioOrderId", row.OrderID, "reason", row.Reason)
		}
		r.startNew(ctx, answer.Orders)
	}
	return unanswered == 0
}

// startNew starts those orders of a page that have no workflow yet. A page costs one look into Postgres, however many
// of its orders are known.
func (r *reading) startNew(ctx context.Context, page []order.Order) {
	var ids []string
	var unseen []order.Order
	for _, o := range page {
		if _, again := r.listed[o.ID]; !again { // rows slide forward while orders are acknowledged
			r.listed[o.ID] = orderedUnits(o)
			ids, unseen = append(ids, o.ID), append(unseen, o)
		}
	}
	known, err := r.DB.KnownOrders(ctx, r.pob, ids)
	if err != nil {
		r.failed.add(err)
		return
	}
	for _, o := range unseen {
		if ctx.Err() != nil {
			return
		}
		entry, isKnown := known[o.ID]
		if entry.Started || entry.Ended {
			continue
		}
		if !isKnown {
			if entry, err = r.DB.RegisterOrder(ctx, o, r.Policy.Model); err != nil {
				r.failed.add(err)
				continue
			}
		}
		isNew, err := r.start(ctx, entry)
		r.failed.add(err)
		if isNew {
			r.result.Started++
		}
	}
}

// compareHeld tells those held orders whose customer cancelled some units, and collects those that are no longer
// listed, which nobody can say who has not seen the whole list.
func (r *reading) compareHeld(ctx context.Context, from, began time.Time, whole bool) {
	held, err := r.DB.HeldOrders(ctx, r.pob, from, began)
	if err != nil {
		r.failed.add(err)
		return
	}
	for _, h := range held {
		units, stillListed := r.listed[h.OrderID]
		remaining := lesser(h.Wanted, units) // a customer cannot order more afterwards
		switch {
		case ctx.Err() != nil:
			return
		case !stillListed && whole:
			r.result.Left = append(r.result.Left, h.OrderID)
		case !stillListed, remaining.Equal(h.Wanted):
		case remaining.Total() == 0:
			r.failed.add(unclear(fmt.Errorf("order %s: Ajio lists it with none of the lines that are held", h.OrderID)))
		default:
			told, err := r.tellRemaining(ctx, r.pob, h.OrderID, remaining)
			r.failed.add(err)
			if told {
				r.result.Cancelled++
			}
		}
	}
}

// tellRemaining tells a held order what its customer still wants, and then notes it, so that the next tick does not
// tell it again.
func (a *Intake) tellRemaining(ctx context.Context, pob, orderID string, remaining order.Quantities) (told bool, err error) {
	told, err = a.signal(ctx, pob, orderID, contract.SignalCustomerCancelled, contract.CustomerCancellation{Remaining: remaining})
	if err != nil || !told {
		return false, err
	}
	return true, a.DB.SaveWanted(ctx, pob, orderID, remaining)
}
