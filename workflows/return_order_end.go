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
	if r.ending == nil {
		r.ending = &returnEnding{outcome: outcome, reason: reason, why: why}
		r.stopped = r.ending
		r.stop()
	}
	return r.ending
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
	if e.outcome != order.ReturnCancelled || r.parcel != nil {
		if err := r.listRest(ctx, e.why); err != nil {
			return err
		}
	}
	return r.closeBooks(ctx, e.outcome, e.reason)
}

// listRest lists the units that no document and no earlier entry settles. What the warehouse reported is recorded, as it
// would have been without the ending.
func (r *returnOrder) listRest(ctx workflow.Context, why order.SettlementReason) error {
	if r.reported {
		err := r.listForSettlement(ctx) // again, or for the first time
		if err != nil || !r.shipped.Shipped || r.stage == order.CreditNoted || r.stage == order.RSIArchived {
			return err
		}
		return r.list(ctx, why, r.unitsThatAre(order.Good))
	}
	if r.stage != order.QCDone {
		r.qcClosed = true
		if err := r.judge(ctx); err != nil {
			return err
		}
		if len(r.rows) > 0 {
			if err := r.bookQC(ctx); err != nil {
				return err
			}
		}
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
	_, err := r.do(ctx, step{name: "list for settlement", outage: databaseDown}, func(ctx workflow.Context) error {
		list := books(ctx, fmt.Sprintf("list %d units for settlement: %s", len(units), words(string(why))))
		return workflow.ExecuteActivity(list, returnActivities.ListForSettlement, activities.ListInput{Row: r.ID, Units: units, Why: why}).Get(ctx, nil)
	})
	if err == nil {
		r.listed = append(r.listed, settlement{why: why, units: units})
	}
	return err
}

// closeBooks records how the return ended.
func (r *returnOrder) closeBooks(ctx workflow.Context, outcome order.ReturnOutcome, reason string) error {
	if err := r.recordEnd(ctx, outcome, reason); err != nil {
		return err
	}
	for r.isLate() { // it came while the books were being closed
		if err := r.takeLate(ctx); err != nil {
			return err
		}
	}
	if r.alert != "not_shipped" { // whose units they are somebody must still find out
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

// runAgain takes what comes for a return that has ended: the parcel of one that Ajio withdrew, or a credit note that
// nobody waited for (contracts/increff-erp.md §8.1).
func (r *returnOrder) runAgain(ctx workflow.Context) error {
	var record activities.ReturnRecord
	_, err := r.do(ctx, step{name: "read the return", outage: databaseDown}, func(ctx workflow.Context) error {
		read := books(ctx, "read the return")
		return workflow.ExecuteActivity(read, returnActivities.ReadReturn, r.ref()).Get(ctx, &record)
	})
	if err != nil {
		return err
	}
	r.expectation, r.qc.Units, r.outcome, r.stage = record.Expectation, record.Units, record.Outcome, order.ReturnEnded
	if record.Units != nil {
		r.qcClosed, r.isJudged, r.judged = true, true, r.lines()
	}
	if err := r.findForwardOrder(ctx); err != nil {
		return err
	}
	if err := workflow.Await(ctx, r.isLate); err != nil {
		return err
	}
	return r.closeBooks(ctx, record.Outcome, record.Reason)
}

// isLate says whether something came that an ended return still takes.
func (r *returnOrder) isLate() bool {
	return len(r.creditNotes) > 0 && r.creditNote == nil || r.outcome == order.ReturnCancelled && !r.qcClosed && r.parcel != nil
}

func (r *returnOrder) takeLate(ctx workflow.Context) error {
	ctx, _ = workflow.NewDisconnectedContext(ctx)
	if r.outcome == order.ReturnCancelled && !r.qcClosed && r.parcel != nil {
		r.alert = "parcel_of_a_cancelled_return"
		r.note(ctx, "The parcel of the return came, although Ajio withdrew it. Its units are settled by hand.")
		if err := r.awaitQC(ctx); err != nil {
			return err
		}
		r.qcClosed = true
		return r.listRest(ctx, order.SettleCancelled)
	}
	posting := r.creditNotes[0]
	if err := r.judgeCreditNote(ctx); err != nil || r.creditNote == nil {
		return err
	}
	r.note(ctx, "Credit note %s came after the return had ended; it is archived and sent to Ajio.", posting.CreditNoteNumber)
	return r.sendCreditNote(ctx)
}

// bookQC enters the QC and puts the good units back to stock, unless nobody knows whose they are.
func (r *returnOrder) bookQC(ctx workflow.Context) error {
	_, err := r.do(ctx, step{name: "record the QC", outage: databaseDown}, func(ctx workflow.Context) error {
		record := books(ctx, "record the QC; good units go back to stock")
		return workflow.ExecuteActivity(record, returnActivities.RecordQC, activities.RecordQCInput{
			Row: r.ID, Units: r.qc.Units, Surplus: r.qc.Surplus, Restock: r.shipped.Shipped && !r.isWithdrawn(),
		}).Get(ctx, nil)
	})
	return err
}

// settlement is the value of the search attribute.
func (r *returnOrder) settlement() string {
	if len(r.listed) > 0 {
		return contract.SettlementOffline
	}
	return ""
}
