package workflows

import (
	"go.temporal.io/sdk/workflow"

	"vmsflow/activities"
	"vmsflow/internal/order"
)

// runAgain takes what comes for a return that has ended: the parcel of one that Ajio withdrew, units that were reported
// too late, a credit note that nobody waited for (contracts/increff-erp.md §8.1), Ajio's expectation of a parcel that was
// settled without one. It ends when there is nothing of the kind.
func (r *returnOrder) runAgain(ctx workflow.Context) error {
	r.closing = true
	r.unannounced = !r.Announced // the books may have the expectation by now
	var record activities.ReturnRecord
	_, err := r.do(ctx, step{name: "read the return", outage: databaseDown}, func(ctx workflow.Context) error {
		read := books(ctx, "read the return")
		return workflow.ExecuteActivity(read, returnActivities.ReadReturn, r.ref()).Get(ctx, &record)
	})
	if err != nil {
		return err
	}
	r.recall(ctx, record)
	if err := r.findForwardOrder(ctx); err != nil {
		return err
	}
	if err := r.hear(ctx); err != nil {
		return err
	}
	return r.closeBooks(ctx, record.Outcome, record.Reason)
}

// recall puts the return where its books say that it ended, and then takes what has come for this run.
func (r *returnOrder) recall(ctx workflow.Context, record activities.ReturnRecord) {
	arrived, notes := r.rows, r.creditNotes
	r.rows, r.creditNotes = nil, nil
	r.outcome, r.stage, r.isOffline, r.creditNote = record.Outcome, order.ReturnEnded, record.Offline, record.CreditNote
	r.lateCodes = record.LateUnits
	if r.expectation == nil {
		r.expectation = record.Expectation
	}
	if record.Units != nil || record.Surplus != nil {
		r.qc = order.QCVerdict{Units: record.Units, Surplus: record.Surplus}
		r.booked, r.qcClosed = &booking{QCVerdict: r.qc}, true
		r.isJudged, r.judged = r.Announced, r.lines()
		for _, unit := range append(record.Units, record.Surplus...) {
			if row, named := unit.Row(); named {
				r.rows = append(r.rows, row)
			}
		}
	}
	r.qcClosed = r.qcClosed || record.Outcome != order.ReturnCancelled // a closed one needs no QC to have ended
	for _, row := range arrived {
		r.takeRow(ctx, row)
	}
	for _, note := range notes {
		if r.creditNote != nil {
			r.secondCreditNote(ctx, note)
		} else {
			r.creditNotes = append(r.creditNotes, note)
		}
	}
}

// isLate says whether something came that a return which ends so still takes.
func (r *returnOrder) isLate(outcome order.ReturnOutcome) bool {
	return len(r.lateRows) > 0 || len(r.creditNotes) > 0 || r.isParcelLate(outcome) || r.isAnnouncedLate(outcome)
}

// isParcelLate: the parcel of a return that Ajio withdrew is here.
func (r *returnOrder) isParcelLate(outcome order.ReturnOutcome) bool {
	return outcome == order.ReturnCancelled && !r.qcClosed && r.parcel != nil
}

// isAnnouncedLate: Ajio expects what was settled without it.
func (r *returnOrder) isAnnouncedLate(outcome order.ReturnOutcome) bool {
	return outcome != order.ReturnCancelled && r.unannounced && !r.reported && r.expectation != nil && !r.isWithdrawn()
}

func (r *returnOrder) takeLate(ctx workflow.Context, outcome order.ReturnOutcome) error {
	switch {
	case len(r.lateRows) > 0:
		return r.listLateRows(ctx)
	case r.isParcelLate(outcome):
		return r.takeLateParcel(ctx)
	case r.isAnnouncedLate(outcome):
		return r.reportLate(ctx)
	default:
		return r.takeLateNote(ctx, outcome)
	}
}

// listLateRows leaves units that came after the QC was finished to people: Ajio takes a QC once.
func (r *returnOrder) listLateRows(ctx workflow.Context) error {
	var verdict order.QCVerdict
	rows := r.lateRows
	_, err := r.do(ctx, step{name: "judge the late units"}, func(ctx workflow.Context) error {
		return workflow.ExecuteLocalActivity(judgement(ctx), activities.JudgeQC, activities.JudgeQCInput{Pob: r.Pob, Rows: rows}).Get(ctx, &verdict)
	})
	if err != nil {
		return err
	}
	r.lateRows = r.lateRows[len(rows):]
	r.late = append(r.late, verdict.Surplus...)
	return r.enterOnList(ctx, order.SettleLate, r.late)
}

// takeLateParcel books the parcel of a return that Ajio withdrew, for people to settle.
func (r *returnOrder) takeLateParcel(ctx workflow.Context) error {
	r.warn(ctx, "parcel_of_a_cancelled_return", "The parcel of the return came, although Ajio withdrew it. Its units are settled by hand.")
	if err := r.awaitQC(ctx); err != nil {
		return err
	}
	return r.listRest(ctx, order.SettleCancelled)
}

// reportLate tells Ajio the QC of a parcel that it announced after it had been settled by hand.
func (r *returnOrder) reportLate(ctx workflow.Context) error {
	if r.booked == nil && !r.isProcessed() { // nobody knows what is in the parcel, and Ajio takes a QC once
		r.reported = true
		r.warn(ctx, "announced_without_qc", "Ajio announced the return after it had been closed without a QC. Enter the QC in its seller panel.")
		return nil
	}
	r.note(ctx, "Ajio announced the return after it had ended; the QC on record is reported.")
	due := workflow.Now(ctx).Add(r.Policy.ExpectationOverdueAfter)
	r.awaitsAjio = true
	err := r.await(ctx, wait{what: "Ajio to take the QC", until: due, overdue: "expectation_overdue"}, func() bool {
		return r.expectation.Status.TakesQC() || r.isProcessed() || r.isWithdrawn() || r.gaveUp
	})
	r.awaitsAjio = false
	if err != nil {
		return err
	}
	r.reported = true
	if !r.expectation.Status.TakesQC() || r.isWithdrawn() {
		return nil
	}
	_, err = r.do(ctx, step{name: "report the QC to Ajio", canSkip: true, settled: r.isProcessed, outage: ajioDown}, func(ctx workflow.Context) error {
		if err := r.judgeNow(ctx); err != nil {
			return err
		}
		_, err := r.tellQC(ctx)
		return err
	})
	return err
}

// takeLateNote archives a credit note that nobody waited for, and sends it on. What an operator left to people because it
// was missing is settled then.
func (r *returnOrder) takeLateNote(ctx workflow.Context, outcome order.ReturnOutcome) error {
	number := r.creditNotes[0].CreditNoteNumber
	if err := r.judgeCreditNote(ctx); err != nil || r.creditNote == nil {
		return err
	}
	r.note(ctx, "Credit note %s came after the return had ended; it is archived and sent to Ajio.", number)
	if err := r.sendCreditNote(ctx); err != nil || outcome != order.ReturnClosed {
		return err
	}
	_, err := r.do(ctx, step{name: "settle what the credit note covers", outage: databaseDown}, func(ctx workflow.Context) error {
		settle := books(ctx, "settle the good units with credit note "+number)
		return workflow.ExecuteActivity(settle, returnActivities.SettleCredited, activities.SettleCreditedInput{Row: r.ID, Number: number}).Get(ctx, nil)
	})
	return err
}
