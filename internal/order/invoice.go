package order

import (
	"fmt"
	"time"
)

// InvoicePosting is what an ERP says in its invoice posting, stripped of its wire format
// (contracts/increff-erp.md §3.1).
type InvoicePosting struct {
	Number   string
	Date     time.Time
	PONumber string
	IRN      string
	SignedQR string
	Partial  *bool // nil when the field is missing
	Lines    []SKUUnits
	HasPDF   bool
	URL      string
}

// InvoiceFacts is what we know of the order that an invoice posting is for.
type InvoiceFacts struct {
	Model InvoicingModel
	Lines []Line
	PO    PurchaseOrder
	// AcceptedNumber is the number of the invoice that was accepted before; empty when there is none.
	AcceptedNumber string
	Cancelled      bool
}

// Violation is a rule that a document breaks.
type Violation struct {
	Rule    string // such as "INV-5"
	Field   string // the document's field, in its own spelling
	Problem string // what is wrong and what to mend
}

func (v Violation) String() string { return fmt.Sprintf("[%s: %s %s]", v.Field, v.Rule, v.Problem) }

// CheckInvoice judges an invoice posting and returns the invoiced units by line. Gateway and workflow both call
// it: the gateway to answer the sender, the workflow because an adapter may signal it directly. All broken rules
// are returned at once.
func CheckInvoice(posting InvoicePosting, facts InvoiceFacts) (Quantities, []Violation) {
	var broken []Violation
	add := func(rule, field, format string, args ...any) {
		broken = append(broken, Violation{Rule: rule, Field: field, Problem: fmt.Sprintf(format, args...)})
	}
	if facts.Model != ERPModel {
		add("INV-7", "forwardPurchaseOrder", "belongs to a channel whose invoices are made by vmsflow (Model 2); do not post one")
	}
	if facts.Cancelled {
		add("INV-7", "forwardPurchaseOrder", "belongs to a cancelled order: cancel the IRN, or issue a credit note and keep it in the ERP")
	}
	if facts.PO.Number != posting.PONumber {
		add("INV-7", "forwardPurchaseOrder", "%q is not the order's purchase order", posting.PONumber)
	}
	if facts.AcceptedNumber != "" && facts.AcceptedNumber != posting.Number {
		add("INV-7", "invoiceNumber", "the purchase order already has the accepted invoice %s", facts.AcceptedNumber)
	}
	for _, mandatory := range []struct{ rule, field, value string }{
		{"INV-1", "invoiceNumber", posting.Number}, {"INV-2", "irnNumber", posting.IRN}, {"INV-3", "qrCode", posting.SignedQR},
	} {
		if mandatory.value == "" {
			add(mandatory.rule, mandatory.field, "is missing")
		}
	}
	if posting.Date.IsZero() {
		add("INV-1", "invoiceDate", "is missing")
	}
	if !posting.HasPDF && posting.URL == "" {
		add("INV-4", "invoicePdf", "send invoicePdf or invoiceURL")
	}
	quantities, lineProblems := invoicedUnits(posting, facts)
	return quantities, append(broken, lineProblems...)
}

// invoicedUnits applies INV-5 and INV-6.
func invoicedUnits(posting InvoicePosting, facts InvoiceFacts) (Quantities, []Violation) {
	ordered := facts.PO.Units()
	bad := func(rule, field, format string, args ...any) []Violation {
		return []Violation{{Rule: rule, Field: field, Problem: fmt.Sprintf(format, args...)}}
	}
	if posting.Partial == nil {
		return nil, bad("INV-5", "isPartialInvoice", "is missing: say true or false")
	}
	if len(posting.Lines) == 0 {
		if *posting.Partial {
			return nil, bad("INV-5", "invoiceLineEntries", "missing although isPartialInvoice is true")
		}
		return ordered, nil
	}
	seen, known := map[string]bool{}, map[string]bool{}
	for _, line := range facts.PO.Lines {
		known[line.ItemCode] = line.Units > 0 || known[line.ItemCode]
	}
	for _, line := range posting.Lines {
		switch {
		case !known[line.ItemCode]:
			return nil, bad("INV-6", "invoiceLineEntries", "channelSkuCode %s was not in our order posting", line.ItemCode)
		case seen[line.ItemCode]:
			return nil, bad("INV-5", "invoiceLineEntries", "channelSkuCode %s stands twice", line.ItemCode)
		case line.Units <= 0:
			return nil, bad("INV-5", "invoiceLineEntries", "channelSkuCode %s: quantity %d, expected at least 1", line.ItemCode, line.Units)
		}
		seen[line.ItemCode] = true
	}
	quantities, err := ByLine(facts.Lines, ordered, posting.Lines)
	if err != nil {
		return nil, bad("INV-5", "invoiceLineEntries", "%v", err)
	}
	full := quantities.Equal(ordered)
	if *posting.Partial && full {
		return nil, bad("INV-5", "isPartialInvoice", "is true, but the lines are the full order")
	}
	if !*posting.Partial && !full {
		return nil, bad("INV-5", "isPartialInvoice", "is false, but the lines are %d of %d ordered units", quantities.Total(), ordered.Total())
	}
	return quantities, nil
}
