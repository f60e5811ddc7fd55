package rms

import (
	"fmt"
	"strings"
)

// Reason says which check an invoice failed, and thereby who mends it. Its text can be shown as the Attention of the
// order.
type Reason string

// The reasons.
const (
	BadNumber    Reason = "invoice_number"    // the prefix in the channel's configuration
	BadParty     Reason = "invoice_party"     // seller, buyer or place of supply in the channel's configuration
	BadItem      Reason = "invoice_item"      // HSN or name: the article at Ajio
	NoRate       Reason = "tax_rate_missing"  // the table of rates
	RateDiffers  Reason = "tax_rate_differs"  // Ajio's rate or ours: the table, the HSN, or a question to Ajio
	SplitDiffers Reason = "tax_split_differs" // Ajio's tax_summary or our place of supply
	TotalDiffers Reason = "invoice_total_differs"
	PODiffers    Reason = "po_differs" // what was packed is not what the purchase order says, or it is incomplete
)

// Problem is one thing that keeps an invoice from being made.
type Problem struct {
	Reason Reason
	Field  string // the IRP's field such as "SellerDtls.Pin", or the order line
	Text   string // what is wrong and what to mend
}

func (p Problem) String() string { return p.Field + ": " + p.Text }

// Problems is the error of Make, all that was found at once; it is never empty. The first decides the Attention.
type Problems []Problem //nolint:errname // as gst.Violations: the word of the operator

func (ps Problems) Error() string {
	texts := make([]string, len(ps))
	for i, p := range ps {
		texts[i] = p.String()
	}
	return strings.Join(texts, "; ")
}

func problem(reason Reason, field, format string, args ...any) Problem {
	return Problem{Reason: reason, Field: field, Text: fmt.Sprintf(format, args...)}
}
