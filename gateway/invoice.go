package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"net/url"
	"slices"

	"vmsflow/internal/increff"
	"vmsflow/internal/order"
	"vmsflow/internal/postgres"
	"vmsflow/workflows/contract"
)

// maxPDF is the largest invoice document (contracts/increff-erp.md §3.1, INV-4).
const maxPDF = 10 << 20

// postInvoice takes an ERP's B2B invoice: POST /ajio-vms/b2bInvoice/posting (contracts/increff-erp.md §3.1). It is
// accepted as soon as its row stands; no worker need run.
func (s *server) postInvoice(ctx context.Context, c *call) (any, error) {
	var posting increff.B2BInvoicePosting
	if problems := decode(c.body, &posting); len(problems) > 0 {
		return nil, badData(problems)
	}
	said := contract.ERPInvoice{B2BInvoicePosting: posting}.Posting()
	pdf, problems := readDocument(&posting)
	texts := checkTexts(posting)
	problems = append(problems, texts...)
	if posting.ForwardPurchaseOrder == "" {
		problems.add("forwardPurchaseOrder", "INV-7 is missing")
	}
	if len(texts) > 0 || posting.ForwardPurchaseOrder == "" { // nothing to look for
		problems.addViolations(withoutOrder(said))
		return nil, badData(problems)
	}
	o, err := s.db.FindOrderByPO(ctx, posting.ForwardPurchaseOrder, c.caller.pobs)
	if errors.Is(err, postgres.ErrNotFound) {
		problems.add("forwardPurchaseOrder", "INV-7 %q is not a purchase order of this credential", posting.ForwardPurchaseOrder)
		problems.addViolations(withoutOrder(said))
		return nil, badData(problems)
	}
	if err != nil {
		return nil, err
	}
	c.pob, c.orderID = o.Order.Pob, o.Order.ID
	if repeated, err := s.checkInvoice(ctx, said, pdf, o, problems); repeated || err != nil {
		return nil, err
	}
	return nil, s.takeInvoice(ctx, c, posting, pdf)
}

// withoutOrder applies the rules that need no order: the mandatory fields.
func withoutOrder(said order.InvoicePosting) []order.Violation {
	_, violations := order.CheckInvoice(said, order.InvoiceFacts{Model: order.ERPModel, PO: order.PurchaseOrder{Number: said.PONumber}})
	return slices.DeleteFunc(violations, func(v order.Violation) bool {
		return v.Field == "invoiceLineEntries" || v.Rule == "INV-7" || v.Field == "isPartialInvoice" && said.Partial != nil
	})
}

// checkInvoice applies the rules of internal/order with what Postgres knows; problems are those of the form,
// already found. An exact repeat of an invoice whose order has ended since is done with, also after a
// cancellation (contracts/increff-erp.md §8.1).
func (s *server) checkInvoice(ctx context.Context, said order.InvoicePosting, pdf []byte, o postgres.Order, problems broken) (repeated bool, err error) {
	facts := order.InvoiceFacts{Model: o.Model, Lines: o.Order.Lines, PO: *o.PO}
	if o.Invoice != nil {
		facts.AcceptedNumber = o.Invoice.Number
	}
	quantities, violations := order.CheckInvoice(said, facts)
	if o.EndedAt != nil && o.Invoice != nil && len(violations)+len(problems) == 0 {
		if same, err := s.isAccepted(ctx, said, quantities, pdf, *o.Invoice); same || err != nil {
			return same, err
		}
	}
	facts.Cancelled = cancelled(o)
	_, violations = order.CheckInvoice(said, facts)
	problems.addViolations(violations)
	if facts.Cancelled {
		return false, orderCancelled(problems)
	}
	return false, problems.refused()
}

// isAccepted reports whether a posting says what the order's accepted invoice says.
func (s *server) isAccepted(ctx context.Context, said order.InvoicePosting, quantities order.Quantities, pdf []byte, accepted order.Invoice) (bool, error) {
	if said.Number != accepted.Number || !said.Date.Equal(accepted.Date) || said.IRN != accepted.IRN ||
		said.SignedQR != accepted.SignedQR || !quantities.Equal(accepted.Quantities) {
		return false, nil
	}
	if accepted.DocumentID == 0 {
		return len(pdf) == 0 && said.URL == accepted.DocumentURL, nil
	}
	document, err := s.db.Document(ctx, accepted.DocumentID)
	if errors.Is(err, postgres.ErrNotFound) {
		return false, nil
	}
	return bytes.Equal(document.Content, pdf), err
}

// takeInvoice stores a posting that is in order and tells the workflow. The PDF goes into Postgres, the workflow
// gets its id.
func (s *server) takeInvoice(ctx context.Context, c *call, posting increff.B2BInvoicePosting, pdf []byte) error {
	invoice := contract.ERPInvoice{B2BInvoicePosting: posting}
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
	// The key has no invoice number in it: a purchase order has one invoice (INV-7).
	message, err := s.accept(ctx, c, contract.SignalERPInvoice, c.pob+"/"+posting.ForwardPurchaseOrder, invoice)
	if err != nil {
		return err
	}
	err = s.deliver(ctx, message)
	if errors.Is(err, errClosed) {
		return s.closed(ctx, c, "forwardPurchaseOrder", "INV-7 belongs to a cancelled order: cancel the IRN, or issue a credit note and keep it in the ERP")
	}
	return err
}

// readDocument takes the PDF out of a posting and checks it, or else the form of the URL (INV-4). With both, the
// PDF counts. Whether the URL leads into a private network is for whoever fetches it.
func readDocument(p *increff.B2BInvoicePosting) (pdf []byte, problems broken) {
	encoded := p.InvoicePdf
	p.InvoicePdf = ""
	if encoded == "" {
		if p.InvoiceURL != "" && !isHTTPS(p.InvoiceURL) {
			problems.add("invoiceURL", "INV-4 is not an https URL without credentials")
		}
		return nil, problems
	}
	pdf, err := base64.StdEncoding.DecodeString(encoded)
	switch {
	case err != nil:
		problems.add("invoicePdf", "INV-4 is not base64")
	case !bytes.HasPrefix(pdf, []byte("%PDF")):
		problems.add("invoicePdf", "INV-4 does not begin like a PDF")
	case len(pdf) > maxPDF:
		problems.add("invoicePdf", "INV-4 is over 10 MiB")
	}
	return pdf, problems
}

func isHTTPS(text string) bool {
	parsed, err := url.Parse(text)
	return err == nil && parsed.Scheme == "https" && parsed.Hostname() != "" && parsed.User == nil
}
