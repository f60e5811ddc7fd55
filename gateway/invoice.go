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
	pdf, problems := readDocument("invoicePdf", &posting.InvoicePdf)
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
		fields, err := s.differingInvoice(ctx, posting, pdf, earlier)
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
	problems = append(problems, s.checkURL("invoiceURL", said.URL, said.HasPDF, c.pob)...)
	if err := s.checkInvoice(ctx, said, o, problems); err != nil {
		return nil, err
	}
	return nil, s.takeInvoice(ctx, c, key, posting, pdf)
}

// withoutOrder applies the rules that need no order, and judges the URL by what any POB of the caller would allow.
func (s *server) withoutOrder(c *call, said einvoice.Posting) broken {
	problems := s.checkURL("invoiceURL", said.URL, said.HasPDF, c.caller.pobs...)
	problems.addViolations(einvoice.CheckForm(said))
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

// differingInvoice names the fields in which a posting differs from the one that was accepted; none when it is a repeat.
func (s *server) differingInvoice(ctx context.Context, posting increff.B2BInvoicePosting, pdf []byte, earlier postgres.Message) ([]string, error) {
	var accepted contract.ERPInvoice
	if err := json.Unmarshal(earlier.Payload, &accepted); err != nil {
		return nil, fmt.Errorf("inbox row %d: %w", earlier.ID, err)
	}
	same, err := s.isDocument(ctx, accepted.DocumentID, pdf)
	if err != nil {
		return nil, err
	}
	fields, err := differingPosting(contract.SignalERPInvoice, accepted.B2BInvoicePosting, posting)
	if !same {
		fields = append([]string{"invoicePdf"}, fields...)
	}
	return fields, err
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
	if errors.Is(err, inbox.ErrClosed) {
		return s.closed(ctx, c, "forwardPurchaseOrder", "INV-7 belongs to a cancelled order: cancel the IRN, or issue a credit note and keep it in the ERP")
	}
	return err
}
