package einvoice

import (
	"fmt"
	"slices"
	"time"

	"vmsflow/internal/gst"
	"vmsflow/internal/increff"
	"vmsflow/internal/order"
)

// Posting is what an ERP says in its invoice posting, stripped of its wire format.
type Posting struct {
	Number   string
	Date     time.Time
	PONumber string
	IRN      string
	SignedQR string
	Partial  *bool // nil when the field is missing
	Lines    []order.SKUUnits
	HasPDF   bool
	URL      string
}

// Read takes a posting out of its wire format. hasPDF says that its document is there, in the posting or stored
// already.
func Read(p increff.B2BInvoicePosting, hasPDF bool) Posting {
	posting := Posting{
		Number: p.InvoiceNumber, Date: p.InvoiceDate.Time, PONumber: p.ForwardPurchaseOrder,
		IRN: p.IrnNumber, SignedQR: p.QrCode, Partial: p.IsPartialInvoice,
		HasPDF: hasPDF || p.InvoicePdf != "", URL: p.InvoiceURL,
	}
	for _, entry := range p.InvoiceLineEntries {
		posting.Lines = append(posting.Lines, order.SKUUnits{ItemCode: entry.ChannelSkuCode, Units: entry.Quantity})
	}
	return posting
}

// Facts is what is known of the order that a posting is for.
type Facts struct {
	Model order.InvoicingModel
	Lines []order.Line
	PO    order.PurchaseOrder
	// AcceptedNumber is the number of the invoice that was accepted before; empty when there is none.
	AcceptedNumber string
	// UsedFor is another order that has an invoice of this number in this financial year; empty when there is none.
	UsedFor   string
	Cancelled bool
	Now       time.Time
}

// Rules are what the environment and the channel say about invoices. The zero value verifies no signed QR.
type Rules struct {
	SellerGSTIN string
	// BuyerGSTIN is used where the PO names no buyer; empty: any buyer is taken.
	BuyerGSTIN string
	Keys       gst.QRKeys
	// WarnOnly lists the rules, among INV-1, INV-2 and INV-3, whose breach is only shown to a person. CN-1 is these three
	// for credit notes, and follows them part by part.
	WarnOnly []string
}

// needsKey says that a signed QR could not be verified for want of its key, and that the channel insists on it.
func (r Rules) needsKey(err error) bool {
	return gst.HasID(err, gst.QRKeyUnknown) && !slices.Contains(r.WarnOnly, "INV-3")
}

// MayWarnOnly lists the rules that a channel may set to warn. The others decide what an invoice is for, and without
// them the order could not go on.
func MayWarnOnly() []string { return []string{"INV-1", "INV-2", "INV-3"} }

// Violation is a rule that a posting breaks.
type Violation struct {
	Rule    string `json:"rule"`         // such as "INV-5"
	ID      gst.ID `json:"id,omitempty"` // what is wrong by the law, such as IRN-002; empty where the law has no word
	Field   string `json:"field"`        // of the posting, in its own spelling
	Problem string `json:"problem"`      // what is wrong and what to mend
}

func (v Violation) String() string {
	if v.ID != "" {
		return fmt.Sprintf("[%s: %s %s %s]", v.Field, v.Rule, v.ID, v.Problem)
	}
	return fmt.Sprintf("[%s: %s %s]", v.Field, v.Rule, v.Problem)
}

// Verdict is what becomes of a posting.
type Verdict struct {
	// Quantities are the invoiced units by order_item_id; only right when nothing is Refused.
	Quantities order.Quantities `json:"quantities,omitempty"`
	// Refused are the broken rules for which the posting is refused, all at once.
	Refused []Violation `json:"refused,omitempty"`
	// Doubts do not stop it, but a person should look.
	Doubts []Violation `json:"doubts,omitempty"`
	// KeyUnknown says that nobody here has the key that signed the QR. The posting is accepted and waits for a person,
	// who adds the key: that is not the sender's fault (contracts/gst-einvoice.md §5, assumed).
	KeyUnknown string `json:"key_unknown,omitempty"`
}

// broken collects violations.
type broken []Violation

func (b *broken) add(rule, field, format string, args ...any) {
	*b = append(*b, Violation{Rule: rule, Field: field, Problem: fmt.Sprintf(format, args...)})
}

func (b *broken) mandatory(rule, field, value string) {
	if value == "" {
		b.add(rule, field, "is missing")
	}
}

// law adds what a check of internal/gst found.
func (b *broken) law(rule, field string, err error) {
	for _, v := range gst.ViolationsIn(err) {
		problem := v.Problem
		if v.Field != "" {
			problem = v.Field + ": " + problem
		}
		*b = append(*b, Violation{Rule: rule, ID: v.ID, Field: field, Problem: problem})
	}
}

// sorted takes the violations of the law by which a channel only wants to be warned out of those that refuse. A number that
// is used already always refuses: no two orders can have it.
func sorted(violations []Violation, warnOnly []string) (refused, doubts []Violation) {
	for _, v := range violations {
		if v.ID != "" && v.ID != gst.DocNoUsed && slices.Contains(warnOnly, v.Rule) {
			doubts = append(doubts, v)
		} else {
			refused = append(refused, v)
		}
	}
	return refused, doubts
}
