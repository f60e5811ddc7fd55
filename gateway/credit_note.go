package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"vmsflow/internal/einvoice"
	"vmsflow/internal/inbox"
	"vmsflow/internal/increff"
	"vmsflow/internal/order"
	"vmsflow/internal/postgres"
	"vmsflow/workflows/contract"
)

// postCreditNote takes an ERP's credit note over a return: POST /ajio-vms/creditNote/posting (contracts/increff-erp.md
// §3.2). The return need not have had its QC, and may have ended: its workflow keeps the note, or runs again for it.
func (s *server) postCreditNote(ctx context.Context, c *call) (any, error) {
	var posting increff.CreditNotePosting
	if problems := decode(c.body, &posting); len(problems) > 0 {
		return nil, badData(problems)
	}
	said := einvoice.ReadCreditNote(posting, false)
	pdf, problems := readDocument("signedCreditNotePdf", &posting.SignedCreditNotePdf)
	texts := checkTexts(posting)
	problems = append(problems, texts...)
	if len(texts) > 0 || said.ReturnID == "" { // nothing to look for
		return nil, badData(append(problems, s.withoutReturn(c, said)...))
	}
	r, err := s.db.FindReturn(ctx, said.ReturnID, c.caller.pobs)
	// No note is over a return to origin that only the warehouse calls so.
	if errors.Is(err, postgres.ErrNotFound) || err == nil && r.ReturnID != said.ReturnID {
		problems.add("returnOrderId", "CN-2 %q is not a return of this credential", said.ReturnID)
		return nil, badData(append(problems, s.withoutReturn(c, said)...))
	}
	if err != nil {
		return nil, err
	}
	c.pob, c.orderID, c.returnRow = r.Pob, r.OrderID, r.ID
	key := contract.CreditNoteKey(r.Pob, r.ReturnID)
	earlier, err := s.db.FindMessage(ctx, contract.SignalCreditNote, key)
	if err == nil {
		return nil, s.repeatCreditNote(ctx, c, posting, pdf, earlier)
	}
	if !errors.Is(err, postgres.ErrNotFound) {
		return nil, err
	}
	if r.CreditNoteNumber != "" && r.CreditNoteNumber != said.Number { // it was signalled past the gateway
		s.reportDifference(ctx, c, "credit note "+r.CreditNoteNumber, []string{"creditNoteNumber"})
	}
	problems = append(problems, s.checkURL("creditNotePdfUrl", said.URL, said.HasPDF, c.pob)...)
	if err := s.checkCreditNote(ctx, said, r, problems); err != nil {
		return nil, err
	}
	return nil, s.takeCreditNote(ctx, c, key, posting, pdf)
}

// withoutReturn applies the rules that need no return, and judges the URL by what any POB of the caller would allow.
func (s *server) withoutReturn(c *call, said einvoice.CreditNotePosting) broken {
	problems := s.checkURL("creditNotePdfUrl", said.URL, said.HasPDF, c.caller.pobs...)
	problems.addViolations(einvoice.CheckCreditNoteForm(said))
	return problems
}

// repeatCreditNote answers a note for a return that has one: the same again is delivered if it was not, another is refused.
func (s *server) repeatCreditNote(ctx context.Context, c *call, posting increff.CreditNotePosting, pdf []byte, earlier postgres.Message) error {
	var accepted contract.CreditNote
	if err := json.Unmarshal(earlier.Payload, &accepted); err != nil {
		return fmt.Errorf("inbox row %d: %w", earlier.ID, err)
	}
	same, err := s.isDocument(ctx, accepted.DocumentID, pdf)
	if err != nil {
		return err
	}
	fields, err := differingPosting(contract.SignalCreditNote, accepted.CreditNotePosting, posting)
	if err != nil {
		return err
	}
	if !same {
		fields = append([]string{"signedCreditNotePdf"}, fields...)
	}
	if len(fields) > 0 {
		s.reportDifference(ctx, c, nameOf(earlier), fields)
		return badData(differing(fields, earlier))
	}
	return s.deliverToReturn(ctx, earlier, "returnOrderId")
}

// checkCreditNote applies the rules of internal/einvoice with what Postgres knows; problems are those of the form, already
// found.
func (s *server) checkCreditNote(ctx context.Context, said einvoice.CreditNotePosting, r postgres.Return, problems broken) error {
	facts, err := s.creditNoteFacts(ctx, r)
	if err != nil {
		return err
	}
	if facts.UsedFor, err = s.db.OtherReturnOfCreditNote(ctx, r.ID, said.IRN); err != nil {
		return err
	}
	problems.addViolations(einvoice.CheckCreditNote(said, facts, s.rules[r.Pob]).Refused)
	return problems.refused()
}

// creditNoteFacts is what Postgres knows of a return. Before Ajio's expectation nobody knows which units it brings, nor its
// date, which decides the model: what could be right passes, for the workflow judges again when it knows.
func (s *server) creditNoteFacts(ctx context.Context, r postgres.Return) (einvoice.CreditNoteFacts, error) {
	facts := einvoice.CreditNoteFacts{
		ReturnID: r.ReturnID, Withdrawn: r.Outcome == order.ReturnCancelled && r.QCAt == nil,
		Model: order.CreditNoteModel, AcceptedNumber: r.CreditNoteNumber, Now: time.Now(),
		QCDone: r.QCAt != nil, Passed: order.Count(r.Units, order.Good),
	}
	o, err := s.db.Order(ctx, r.Pob, r.OrderID)
	if err := unlessNotFound(err); err != nil {
		return facts, err
	}
	if o.Invoice != nil && o.PO != nil {
		facts.Invoiced, facts.InvoiceDate, facts.InvoicedUnits = true, o.Invoice.Date, o.Invoice.Quantities
		facts.PO, facts.Returned = *o.PO, o.Invoice.Quantities
	}
	if r.Expectation != nil {
		facts.Model, facts.Returned = s.policies[r.Pob].ModelOn(r.Expectation.ReturnDate), r.Expectation.Units()
	}
	notes, err := s.db.CreditNotesOfOrder(ctx, r.Pob, r.OrderID)
	for _, earlier := range notes {
		if earlier.Row != r.ID {
			facts.Credited += earlier.Note.Value
		}
	}
	return facts, err
}

// takeCreditNote stores a posting that is in order and tells the workflow. The PDF goes into Postgres, the workflow gets
// its id.
func (s *server) takeCreditNote(ctx context.Context, c *call, key string, posting increff.CreditNotePosting, pdf []byte) error {
	refused, err := s.db.SetAsides(ctx, contract.SignalCreditNote, key)
	if err != nil {
		return err
	}
	note := contract.CreditNote{CreditNotePosting: posting, Attempt: refused}
	if len(pdf) > 0 {
		ref, err := s.db.SaveDocument(ctx, postgres.Document{
			Pob: c.pob, OrderID: posting.ReturnOrderID, Kind: postgres.KindCreditNote, Number: posting.CreditNoteNumber,
			ContentType: "application/pdf", Content: pdf,
		})
		if err != nil {
			return err
		}
		note.DocumentID = ref.ID
	}
	message, err := s.accept(ctx, c, contract.SignalCreditNote, key, note)
	if err != nil {
		return err
	}
	return s.deliverToReturn(ctx, message, "returnOrderId")
}

// deliverToReturn delivers a message and, where nobody can be told, answers its sender; field names the return.
func (s *server) deliverToReturn(ctx context.Context, m postgres.Message, field string) error {
	err := s.deliver(ctx, m)
	if errors.Is(err, inbox.ErrClosed) {
		return badData(broken{"[" + field + ": the return is closed and takes nothing any more]"})
	}
	return err
}
