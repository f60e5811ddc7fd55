package gst

import (
	"crypto/sha256"
	"encoding/hex"
	"regexp"
	"time"
)

// DocType is the type of a document at the IRP (contracts/gst-einvoice.md §2, documented).
type DocType string

// The types of documents.
const (
	Invoice    DocType = "INV"
	CreditNote DocType = "CRN"
	DebitNote  DocType = "DBN"
)

// upperCaseFrom is the first document date whose number is hashed in upper case (contracts/gst-einvoice.md §2: the
// date documented, that the document's date counts and not that of the report assumed).
var upperCaseFrom = istDay(2025, time.June, 1)

var irnPattern = regexp.MustCompile(`^[0-9a-f]{64}$`)

// IRN returns the invoice reference number, 64 lower-case hex digits: the SHA-256 of the supplier's GSTIN, financial
// year, type and number of a document (contracts/gst-einvoice.md §2, verified). The number counts in upper case from
// the document date 1 June 2025 on, before that as it was typed.
func IRN(supplierGSTIN string, date time.Time, docType DocType, number string) string {
	if numberInUpperCase(date) {
		number = NormalizeDocNo(number)
	}
	return hashIRN(supplierGSTIN, date, docType, number)
}

// MatchesIRN checks an IRN that somebody else states: IRN-001 when it is not 64 lower-case hex digits, IRN-002 when
// it is not that of the document. For a document dated before 1 June 2025 both the number as typed and in upper case
// pass, for it may have been reported later; from then on upper case only (contracts/gst-einvoice.md §2, assumed).
func MatchesIRN(irn, supplierGSTIN string, date time.Time, docType DocType, number string) error {
	if !irnPattern.MatchString(irn) {
		return violated(IRNForm, "Irn", "%q is no IRN: 64 lower-case hex digits", irn)
	}
	want := IRN(supplierGSTIN, date, docType, number)
	late := hashIRN(supplierGSTIN, date, docType, NormalizeDocNo(number)) // the same as want since the switch
	if irn != want && irn != late {
		return violated(IRNDiffers, "Irn", "%s is not the IRN of %s %s of %s by %s, which is %s",
			irn, docType, number, FinancialYear(date), supplierGSTIN, want)
	}
	return nil
}

func numberInUpperCase(date time.Time) bool { return !date.Before(upperCaseFrom) }

func hashIRN(supplierGSTIN string, date time.Time, docType DocType, number string) string {
	sum := sha256.Sum256([]byte(supplierGSTIN + FinancialYear(date) + string(docType) + number))
	return hex.EncodeToString(sum[:])
}
