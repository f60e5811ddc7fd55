package workflows

import (
	"cmp"
	"fmt"
	"time"

	"go.temporal.io/sdk/workflow"

	"vmsflow/activities"
	"vmsflow/internal/einvoice"
	"vmsflow/internal/gst"
	"vmsflow/internal/order"
	"vmsflow/workflows/contract"
)

// fetchRSI archives the invoice by which Ajio sells the goods back. It comes days later, so that its absence is news only
// when it is overdue.
func (r *returnOrder) fetchRSI(ctx workflow.Context) error {
	if r.passed().Total() == 0 {
		return nil
	}
	due := workflow.Now(ctx).Add(r.Policy.SettlementOverdueAfter)
	var rsi activities.RSI
	_, err := r.do(ctx, step{name: "fetch the RSI", canSkip: true}, func(ctx workflow.Context) error {
		call := workflow.ExecuteActivity(rsiCall(ctx, r.Pob, "fetch and archive Ajio's return sales invoice"), ajioActivities.FetchRSI, r.ref())
		if err := r.await(ctx, wait{what: "Ajio's return sales invoice", until: due, overdue: "rsi_overdue"}, call.IsReady); err != nil {
			return err
		}
		return call.Get(ctx, &rsi)
	})
	if err != nil {
		return err
	}
	r.rsiNumber, r.stage = rsi.Number, order.RSIArchived
	return nil
}

// takeCreditNote waits for the ERP's credit note and hands it on to Ajio. Without a good unit none is awaited; one that
// has come all the same is handed on (contracts/increff-erp.md §8.1).
func (r *returnOrder) takeCreditNote(ctx workflow.Context) error {
	for r.creditNote == nil {
		if r.passed().Total() == 0 && len(r.creditNotes) == 0 {
			return nil
		}
		if err := r.awaitCreditNote(ctx); err != nil {
			return err
		}
		if err := r.judgeCreditNote(ctx); err != nil {
			return err
		}
	}
	return r.sendCreditNote(ctx)
}

// awaitCreditNote waits until there is a note to judge: first in silence, then with the legal date in view, then with
// that date behind.
func (r *returnOrder) awaitCreditNote(ctx workflow.Context) error {
	isHere := func() bool { return len(r.creditNotes) > 0 }
	what := "the ERP's credit note"
	lapse := r.creditNoteBy().AddDate(0, 0, 1) // 00:00 IST of the day after
	if r.overdueAt.IsZero() {
		r.overdueAt = earlier(workflow.Now(ctx).Add(r.Policy.SettlementOverdueAfter), lapse)
	}
	if workflow.Now(ctx).Before(r.overdueAt) {
		if err := r.await(ctx, wait{what: what, until: r.overdueAt}, isHere); err != nil || isHere() {
			return err
		}
	}
	refused := r.concern // says more than that time is up
	if workflow.Now(ctx).Before(lapse) {
		r.concern = cmp.Or(refused, "credit_note_overdue")
		if err := r.await(ctx, wait{what: what, until: lapse}, isHere); err != nil || isHere() {
			return err
		}
	}
	r.concern = "credit_note_lapsed"
	return r.await(ctx, wait{what: what}, isHere)
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

// creditNoteBy is the last day on which the law lets a note over this return be declared; zero when none is awaited.
func (r *returnOrder) creditNoteBy() time.Time {
	if !r.shipped.Shipped || r.shipped.Invoice.Number == "" || r.settlementModel() != order.CreditNoteModel {
		return time.Time{}
	}
	return gst.CreditNoteDeadline(r.shipped.Invoice.Date)
}

func (r *returnOrder) passed() order.Quantities { return order.Count(r.qc.Units, order.Good) }

// judgeCreditNote takes the next note that came in, or notes why it is refused. The gateway has judged it by the same
// rules, but an adapter may signal one past it.
func (r *returnOrder) judgeCreditNote(ctx workflow.Context) error {
	posting := r.creditNotes[0]
	verdict, err := r.examineCreditNote(ctx, posting)
	if err != nil {
		return err
	}
	if len(verdict.Refused) > 0 {
		r.creditNotes = r.creditNotes[1:]
		for _, violation := range verdict.Refused {
			r.note(ctx, "Credit note %s was refused %s", posting.CreditNoteNumber, violation)
		}
		return r.letERPPostAnotherNote(ctx, posting)
	}
	for _, doubt := range verdict.Doubts {
		r.alert = "credit_note_doubtful"
		r.note(ctx, "Credit note %s was taken, but look at it %s", posting.CreditNoteNumber, doubt)
	}
	note := order.CreditNote{
		Number: posting.CreditNoteNumber, Date: verdict.Date, IRN: posting.IrnNumber, SignedQR: posting.SignedQrCode,
		AckNumber: posting.AckNumber, AckDate: posting.AckDate.Time, Value: verdict.Value, DocumentID: posting.DocumentID,
	}
	problem, err := r.archiveCreditNote(ctx, posting, &note)
	if err != nil {
		return err
	}
	r.creditNotes = r.creditNotes[1:]
	if problem != "" {
		r.note(ctx, "Credit note %s was refused [%s]", posting.CreditNoteNumber, problem)
		return r.letERPPostAnotherNote(ctx, posting)
	}
	note.SignedQR = ""
	r.creditNote, r.concern = &note, ""
	for _, second := range r.creditNotes {
		r.secondCreditNote(ctx, second)
	}
	r.creditNotes = nil
	return nil
}

// examineCreditNote judges a posting. One whose signed QR nobody here has the key for waits for a person.
func (r *returnOrder) examineCreditNote(ctx workflow.Context, posting contract.CreditNote) (einvoice.CreditNoteVerdict, error) {
	var verdict einvoice.CreditNoteVerdict
	skipped, err := r.do(ctx, step{name: "verify the credit note", canSkip: true}, func(ctx workflow.Context) error {
		verdict = einvoice.CreditNoteVerdict{}
		err := workflow.ExecuteLocalActivity(judgement(ctx), activities.JudgeCreditNote, activities.JudgeCreditNoteInput{
			Pob: r.Pob, Posting: einvoice.ReadCreditNote(posting.CreditNotePosting, posting.DocumentID != 0), Facts: r.creditNoteFacts(),
		}).Get(ctx, &verdict)
		if err != nil {
			return err
		}
		if verdict.KeyUnknown != "" && len(verdict.Refused) == 0 {
			return activities.Refuse("qr_key_unknown", nil, "The signed QR of credit note %s cannot be verified: %s. Add the key to the channels file, "+
				"restart the workers, then retry; or verify the note at the GST portal and skip.", posting.CreditNoteNumber, verdict.KeyUnknown)
		}
		return nil
	})
	if skipped && verdict.KeyUnknown == "" { // it was never judged, so nothing of it is known to be right
		verdict.Refused = []einvoice.Violation{{Rule: "CN-1", Field: "signedQrCode", Problem: "could not be judged"}}
	}
	return verdict, err
}

func (r *returnOrder) creditNoteFacts() einvoice.CreditNoteFacts {
	facts := einvoice.CreditNoteFacts{
		ReturnID: r.ReturnID, Model: r.settlementModel(), Invoiced: r.shipped.Invoice.Number != "", InvoiceDate: r.shipped.Invoice.Date, PO: r.shipped.PO,
		Withdrawn: r.isWithdrawn() && r.booked == nil, QCDone: r.qcClosed, Passed: r.passed(), InvoicedUnits: r.shipped.Quantities, Credited: r.shipped.Credited,
	}
	if r.expectation != nil {
		facts.Returned = r.expectation.Units()
	}
	return facts
}

// archiveCreditNote puts the note and its document into our own books.
func (r *returnOrder) archiveCreditNote(ctx workflow.Context, posting contract.CreditNote, note *order.CreditNote) (problem string, _ error) {
	if note.DocumentID == 0 && posting.SignedCreditNotePdf == "" {
		var archived activities.DocumentRef
		// Skipping refuses the note, so that the ERP can post one whose document can be had.
		skipped, err := r.do(ctx, step{name: "fetch the credit note's document", canSkip: true, outage: erpDown}, func(ctx workflow.Context) error {
			fetch := erpCall(ctx, "fetch and archive the credit note's document")
			return workflow.ExecuteActivity(fetch, documentActivities.FetchCreditNote, activities.FetchInput{
				Pob: r.Pob, OrderID: r.ReturnID, Number: posting.CreditNoteNumber, URL: posting.CreditNotePdfURL, Anew: posting.Attempt > 0,
			}).Get(ctx, &archived)
		})
		if err != nil {
			return "", err
		}
		if skipped {
			return "creditNotePdfUrl: its document could not be fetched", nil
		}
		note.DocumentID = archived.ID
	}
	_, err := r.do(ctx, step{name: "enter the credit note", outage: databaseDown}, func(ctx workflow.Context) error {
		save := books(ctx, "enter credit note "+note.Number)
		return workflow.ExecuteActivity(save, returnActivities.SaveCreditNote, activities.SaveCreditNoteInput{
			Ref: r.ref(), Note: *note, PDF: posting.SignedCreditNotePdf,
		}).Get(ctx, &problem)
	})
	return problem, err
}

// letERPPostAnotherNote lets the gateway take another note over the return, for the one it took is refused here.
func (r *returnOrder) letERPPostAnotherNote(ctx workflow.Context, posting contract.CreditNote) error {
	_, err := r.do(ctx, step{name: "let the ERP post another credit note", outage: databaseDown}, func(ctx workflow.Context) error {
		release := books(ctx, "let the ERP post another credit note")
		return workflow.ExecuteActivity(release, messageActivities.RefuseCreditNote, activities.RefuseCreditNoteInput{
			Pob: r.Pob, ReturnID: r.ReturnID, Number: posting.CreditNoteNumber, Attempt: posting.Attempt,
		}).Get(ctx, nil)
	})
	r.concern = "credit_note_refused"
	return err
}

// secondCreditNote reports a note that came after another one was taken.
func (r *returnOrder) secondCreditNote(ctx workflow.Context, second contract.CreditNote) {
	if second.CreditNoteNumber == r.creditNote.Number && second.IrnNumber == r.creditNote.IRN {
		return // the same once more
	}
	r.warn(ctx, "second_credit_note", fmt.Sprintf("A second credit note came for the return, %s; the first, %s, stands. Have the ERP cancel the second.",
		second.CreditNoteNumber, r.creditNote.Number))
}

// sendCreditNote hands the note on to Ajio.
func (r *returnOrder) sendCreditNote(ctx workflow.Context) error {
	_, err := r.do(ctx, step{name: "send the credit note to Ajio", canSkip: true, outage: ajioDown}, func(ctx workflow.Context) error {
		call := ajioCall(ctx, r.Pob, "send credit note "+r.creditNote.Number)
		return workflow.ExecuteActivity(call, ajioActivities.SendCreditNote, r.ref()).Get(ctx, nil)
	})
	if err == nil && r.outcome == "" {
		r.stage = order.CreditNoted
	}
	return err
}
