package workflows

import (
	"errors"
	"fmt"
	"slices"

	"go.temporal.io/sdk/workflow"

	"vmsflow/activities"
	"vmsflow/internal/order"
	"vmsflow/workflows/contract"
)

// returnEnding is why a return ends before its last step. It travels as an error from the step that it interrupted to
// endEarly.
type returnEnding struct { //nolint:errname // as ending: why, and only then an error
	outcome order.ReturnOutcome
	reason  string
	why     order.SettlementReason // under which its units are listed for settlement
}

func (e *returnEnding) Error() string { return e.reason }

// endAs decides that the return ends early and interrupts whatever it waits for. The first decision stands.
func (r *returnOrder) endAs(outcome order.ReturnOutcome, reason string, why order.SettlementReason) error {
	if r.ending == nil && !r.closing {
		r.ending = &returnEnding{outcome: outcome, reason: reason, why: why}
		r.stopped = r.ending
		r.stop()
	}
	return r.stopped
}

// withdraw ends a return that Ajio took back. Whatever is here all the same is settled by hand.
func (r *returnOrder) withdraw() error {
	return r.endAs(order.ReturnCancelled, "Ajio withdrew the return", order.SettleCancelled)
}

// endEarly lists what is left to settle and closes the books, on a context that nothing cancels.
func (r *returnOrder) endEarly(ctx workflow.Context, err error) error {
	var e *returnEnding
	if !errors.As(err, &e) {
		return err // a bug
	}
	ctx, _ = workflow.NewDisconnectedContext(ctx)
	r.parked, r.concern = nil, ""
	if e.outcome != order.ReturnCancelled || len(r.rows) > 0 { // without a row the parcel may still get its QC
		if err := r.listRest(ctx, e.why); err != nil {
			return err
		}
	}
	return r.closeBooks(ctx, e.outcome, e.reason)
}

// listRest lists the units that no document and no earlier entry settles.
func (r *returnOrder) listRest(ctx workflow.Context, why order.SettlementReason) error {
	if r.reported {
		err := r.listForSettlement(ctx) // again, or for the first time
		if err != nil || !r.shipped.Shipped || r.stage == order.CreditNoted || r.stage == order.RSIArchived {
			return err
		}
		return r.list(ctx, why, r.unitsThatAre(order.Good))
	}
	r.qcClosed = true
	judge := r.judgeNow
	if len(r.rows) > 0 || r.finishQC { // it is booked, as it would have been without the ending
		judge = r.judgeAndBook
	}
	if _, err := r.do(ctx, step{name: "record the QC", outage: databaseDown}, judge); err != nil {
		return err
	}
	return r.list(ctx, why, slices.Concat(r.qc.Units, r.qc.Surplus))
}

func (r *returnOrder) unitsThatAre(code order.QCCode) []order.UnitResult {
	var units []order.UnitResult
	for _, unit := range r.qc.Units {
		if unit.Code == code {
			units = append(units, unit)
		}
	}
	return units
}

// list puts units on the settlement list, once for each reason; none is no entry.
func (r *returnOrder) list(ctx workflow.Context, why order.SettlementReason, units []order.UnitResult) error {
	if len(units) == 0 || slices.ContainsFunc(r.listed, func(s settlement) bool { return s.why == why }) {
		return nil
	}
	return r.enterOnList(ctx, why, units)
}

func (r *returnOrder) enterOnList(ctx workflow.Context, why order.SettlementReason, units []order.UnitResult) error {
	_, err := r.do(ctx, step{name: "list for settlement", outage: databaseDown}, func(ctx workflow.Context) error {
		list := books(ctx, fmt.Sprintf("list %d units for settlement: %s", len(units), words(string(why))))
		return workflow.ExecuteActivity(list, returnActivities.ListForSettlement, activities.ListInput{Row: r.ID, Units: units, Why: why}).Get(ctx, nil)
	})
	if err == nil {
		r.listed = slices.DeleteFunc(r.listed, func(s settlement) bool { return s.why == why })
		r.listed = append(r.listed, settlement{why: why, units: units})
	}
	return err
}

// closeBooks takes what came at the last moment and records how the return ended, on a context that nothing cancels.
func (r *returnOrder) closeBooks(ctx workflow.Context, outcome order.ReturnOutcome, reason string) error {
	ctx, _ = workflow.NewDisconnectedContext(ctx)
	if !r.closing {
		r.closing, r.unannounced = true, r.expectation == nil
	}
	for ended := false; !ended || r.isLate(outcome); ended = true {
		for r.isLate(outcome) {
			if err := r.takeLate(ctx, outcome); err != nil {
				return err
			}
		}
		if err := r.recordEnd(ctx, outcome, reason); err != nil {
			return err
		}
		if err := r.hear(ctx); err != nil {
			return err
		}
	}
	if !slices.Contains(lasting, r.alert) {
		r.alert = ""
	}
	r.show(ctx)
	// An operator whose update came at the last moment still gets an answer.
	return workflow.Await(ctx, func() bool { return workflow.AllHandlersFinished(ctx) })
}

func (r *returnOrder) recordEnd(ctx workflow.Context, outcome order.ReturnOutcome, reason string) error {
	_, err := r.do(ctx, step{name: "close the books", outage: databaseDown}, func(ctx workflow.Context) error {
		end := books(ctx, "record: "+words(string(outcome)))
		return workflow.ExecuteActivity(end, returnActivities.EndReturn, activities.EndReturnInput{
			Row: r.ID, Outcome: outcome, Reason: reason,
		}).Get(ctx, nil)
	})
	if err == nil {
		r.outcome, r.stage = outcome, order.ReturnEnded
	}
	return err
}

// settlement is the value of the search attribute.
func (r *returnOrder) settlement() string {
	if len(r.listed) > 0 || r.isOffline {
		return contract.SettlementOffline
	}
	return ""
}
