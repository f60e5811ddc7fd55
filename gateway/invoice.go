package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"vmsflow/internal/einvoice"
	"vmsflow/internal/fetch"
	"vmsflow/internal/increff"
	"vmsflow/internal/postgres"
	"vmsflow/workflows/contract"
)

// postInvoice takes an ERP's B2B invoice: POST /ajio-vms/b2bInvoice/posting (contracts/increff-erp.md §3.1). It is
// accepted as soon as its row stands; no worker need run.
func (s *server) postInvoice(ctx context.Context, c *call) (any, error) {
	var posting increff.B2BInvoicePosting
	if problems := decode(c.body, &posting); len(problems) > 0 {
		return nil, badData(problems)
	}
	said := einvoice.Read(posting, false)
	pdf, problems := readDocument(&posting)
	texts := checkTexts(posting)
	problems = append(problems, texts...)
	if posting.ForwardPurchaseOrder == "" {
		problems.add("forwardPurchaseOrder", "INV-7 is missing")
	}
	if len(texts) > 0 || posting.ForwardPurchaseOrder == "" { // nothing to look for
		return nil, badData(append(problems, s.withoutOrder(c, said)...))
	}
	o, err := s.db.FindOrderByPO(ctx, posting.ForwardPurchaseOrder, c.caller.pobs)
	if errors.Is(err, postgres.ErrNotFound) {
		problems.add("forwardPurchaseOrder", "INV-7 %q is not a purchase order of this credential", posting.ForwardPurchaseOrder)
		return nil, badData(append(problems, s.withoutOrder(c, said)...))
	}
	if err != nil {
		return nil, err
	}
	c.pob, c.orderID = o.Order.Pob, o.Order.ID
	key := contract.InvoiceKey(c.pob, posting.ForwardPurchaseOrder)
	earlier, err := s.db.FindMessage(ctx, contract.SignalERPInvoice, key)
	if err != nil && !errors.Is(err, postgres.ErrNotFound) {
		return nil, err
	}
	if err == nil {
		fields, err := s.differing(ctx, posting, pdf, earlier)
		switch {
		case err != nil:
			return nil, err
		case len(fields) == 0: // also after a cancellation (contracts/increff-erp.md §8.1)
			return nil, s.deliverInvoice(ctx, c, earlier)
		case !cancelled(o): // the first stays, whatever else may be wrong with this one
			s.reportDifference(ctx, c, nameOf(earlier), fields)
			return nil, badData(differing(fields, earlier))
		}
	}
	if o.Invoice != nil && o.Invoice.Number != said.Number && !cancelled(o) {
		s.reportDifference(ctx, c, "invoice "+o.Invoice.Number, []string{"invoiceNumber"})
	}
	problems = append(problems, s.checkURL(said, c.pob)...)
	if err := s.checkInvoice(ctx, said, o, problems); err != nil {
		return nil, err
	}
	return nil, s.takeInvoice(ctx, c, key, posting, pdf)
}

// withoutOrder applies the rules that need no order, and judges the URL by what any POB of the caller would allow.
func (s *server) withoutOrder(c *call, said einvoice.Posting) broken {
	problems := s.checkURL(said, c.caller.pobs...)
	problems.addViolations(einvoice.CheckForm(said))
	return problems
}

// checkURL judges the form of the document's URL (INV-4), as whoever fetches it will. With a PDF, the PDF counts. Where
// a name leads shows only then.
func (s *server) checkURL(said einvoice.Posting, pobs ...string) (problems broken) {
	if said.HasPDF || said.URL == "" {
		return nil
	}
	var allowed []string
	for _, pob := range pobs {
		allowed = append(allowed, s.documentHosts[pob]...)
	}
	if err := fetch.CheckURL(said.URL, allowed); err != nil {
		problems.add("invoiceURL", "INV-4 %v", err)
	}
	return problems
}

// checkInvoice applies the rules of internal/einvoice with what Postgres knows; problems are those of the form, already
// found.
func (s *server) checkInvoice(ctx context.Context, said einvoice.Posting, o postgres.Order, problems broken) error {
	facts := einvoice.Facts{Model: o.Model, Lines: o.Order.Lines, PO: *o.PO, Cancelled: cancelled(o), Now: time.Now()}
	if o.Invoice != nil {
		facts.AcceptedNumber = o.Invoice.Number
	}
	other, err := s.db.OrderOfIRN(ctx, said.IRN)
	if err != nil {
		return err
	}
	if other != o.Order.ID {
		facts.UsedFor = other
	}
	problems.addViolations(einvoice.Check(said, facts, s.rules[o.Order.Pob]).Refused)
	if facts.Cancelled {
		return orderCancelled(problems)
	}
	return problems.refused()
}

// differing names the fields in which a posting differs from the one that was accepted, down to the bytes of its PDF;
// none when it is a repeat.
func (s *server) differing(ctx context.Context, posting increff.B2BInvoicePosting, pdf []byte, earlier postgres.Message) ([]string, error) {
	var accepted contract.ERPInvoice
	if err := json.Unmarshal(earlier.Payload, &accepted); err != nil {
		return nil, fmt.Errorf("inbox row %d: %w", earlier.ID, err)
	}
	var archived postgres.Document
	if accepted.DocumentID != 0 {
		var err error
		if archived, err = s.db.Document(ctx, accepted.DocumentID); err != nil {
			return nil, err
		}
	}
	var fields []string
	if !bytes.Equal(archived.Content, pdf) {
		fields = append(fields, "invoicePdf")
	}
	stands, err := json.Marshal(contract.ERPInvoice{B2BInvoicePosting: accepted.B2BInvoicePosting})
	if err != nil {
		return nil, err
	}
	said, err := json.Marshal(contract.ERPInvoice{B2BInvoicePosting: posting})
	return append(fields, differences(stands, said)...), err
}

// takeInvoice stores a posting that is in order and tells the workflow. The PDF goes into Postgres, the workflow
// gets its id.
func (s *server) takeInvoice(ctx context.Context, c *call, key string, posting increff.B2BInvoicePosting, pdf []byte) error {
	refused, err := s.db.SetAsides(ctx, contract.SignalERPInvoice, key)
	if err != nil {
		return err
	}
	invoice := contract.ERPInvoice{B2BInvoicePosting: posting, Attempt: refused}
	if len(pdf) > 0 {
		ref, err := s.db.SaveDocument(ctx, postgres.Document{
			Pob: c.pob, OrderID: c.orderID, Kind: postgres.KindB2BInvoice, Number: posting.InvoiceNumber,
			ContentType: "application/pdf", Content: pdf,
		})
		if err != nil {
			return err
		}
		invoice.DocumentID = ref.ID
	}
	message, err := s.accept(ctx, c, contract.SignalERPInvoice, key, invoice)
	if err != nil {
		return err
	}
	return s.deliverInvoice(ctx, c, message)
}

func (s *server) deliverInvoice(ctx context.Context, c *call, message postgres.Message) error {
	err := s.deliver(ctx, message)
	if errors.Is(err, errClosed) {
		return s.closed(ctx, c, "forwardPurchaseOrder", "INV-7 belongs to a cancelled order: cancel the IRN, or issue a credit note and keep it in the ERP")
	}
	return err
}

// readDocument takes the PDF out of a posting and checks it (INV-4).
func readDocument(p *increff.B2BInvoicePosting) (pdf []byte, problems broken) {
	encoded := p.InvoicePdf
	p.InvoicePdf = ""
	if encoded == "" {
		return nil, nil
	}
	pdf, problem := einvoice.ReadPDF(encoded)
	if problem != "" {
		problems.add("invoicePdf", "%s", problem)
	}
	return pdf, problems
}
