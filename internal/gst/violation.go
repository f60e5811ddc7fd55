package gst

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// ID names what is wrong with a document (contracts/gst-einvoice.md §14, assumed: ours, not NIC's).
type ID string

// The ids. Those marked "caller" need more than this package knows, such as the other documents of an order.
const (
	GSTINForm           ID = "GST-001"
	GSTINCheckCharacter ID = "GST-002"
	StateDiffers        ID = "GST-003"

	DocNoForm       ID = "DOC-001"
	DocNoUsed       ID = "DOC-002" // caller: used already in this year, without regard to case
	DocDateInFuture ID = "DOC-003"
	DocTooOld       ID = "DOC-004"

	IRNForm    ID = "IRN-001"
	IRNDiffers ID = "IRN-002"

	QRForm       ID = "QR-001"
	QRAlgorithm  ID = "QR-002"
	QRSignature  ID = "QR-003" // signature or issuer
	QRValue      ID = "QR-004"
	QRKeyUnknown ID = "QR-005" // no refusal: a person adds the key and retries

	WrongSplit     ID = "TAX-001"
	TotalsOutside  ID = "TAX-002"
	HSNForm        ID = "HSN-001"
	NoOriginal     ID = "CRN-001" // caller: the credit note names no original that is known
	AboveOriginal  ID = "CRN-002" // caller: more is credited than was invoiced
	CreditNoteLate ID = "CRN-003" // caller: after CreditNoteDeadline; a warning, no refusal

	CancelTooLate       ID = "CAN-001"
	CancelPartial       ID = "CAN-002" // caller: an IRN is cancelled as a whole
	CancelEWayBillFirst ID = "CAN-003"
)

// Refuses says whether a document with this fault is refused. An unknown QR key and a late credit note are not the
// sender's fault or only a warning: the document is accepted and a person looks at it.
func (id ID) Refuses() bool { return id != QRKeyUnknown && id != CreditNoteLate }

// Violation is one rule that a document breaks.
type Violation struct {
	ID      ID
	Field   string // which of several values, in the IRP's spelling such as "DocNo"; empty where the caller gave only one
	Problem string // what is wrong and, where it can be told, what is right
}

func (v Violation) String() string {
	if v.Field == "" {
		return fmt.Sprintf("%s %s", v.ID, v.Problem)
	}
	return fmt.Sprintf("%s %s: %s", v.ID, v.Field, v.Problem)
}

// Violations is the error of every check in this package; it is never empty.
type Violations []Violation //nolint:errname // the word of the gateway and of internal/order

func (vs Violations) Error() string {
	texts := make([]string, len(vs))
	for i, v := range vs {
		texts[i] = v.String()
	}
	return strings.Join(texts, "; ")
}

// ViolationsIn returns the violations that err holds; none when it is nil or another error.
func ViolationsIn(err error) Violations {
	var vs Violations
	errors.As(err, &vs)
	return vs
}

// HasID says whether err holds a violation with this id.
func HasID(err error, id ID) bool {
	return slices.ContainsFunc(ViolationsIn(err), func(v Violation) bool { return v.ID == id })
}

// err returns the violations as an error, nil when there are none.
func (vs Violations) err() error {
	if len(vs) == 0 {
		return nil
	}
	return vs
}

// violation says what is wrong in the manner of fmt.Sprintf.
func violation(id ID, field, format string, args ...any) Violation {
	return Violation{ID: id, Field: field, Problem: fmt.Sprintf(format, args...)}
}

// violated is the error of a check that found one thing.
func violated(id ID, field, format string, args ...any) error {
	return Violations{violation(id, field, format, args...)}
}
