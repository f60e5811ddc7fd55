package gst

import (
	"regexp"
	"strings"
)

var (
	docNoPattern         = regexp.MustCompile(`^[a-zA-Z1-9][a-zA-Z0-9/-]{0,15}$`)
	originalDocNoPattern = regexp.MustCompile(`^[1-9a-zA-Z][0-9a-zA-Z/-]{1,15}$`)
)

// ValidateDocNo checks the number of an invoice or a note: 1 to 16 letters, digits, "/" and "-", the first none of
// "0", "/", "-" (contracts/gst-einvoice.md §3, documented). Otherwise DOC-001.
func ValidateDocNo(number string) error {
	if !docNoPattern.MatchString(number) {
		return violated(DocNoForm, "", `%q is no document number: 1 to 16 ASCII letters, digits, "/" and "-", the first not "0", "/" or "-"`, number)
	}
	return nil
}

// ValidateOriginalDocNo checks the number of the original document inside a credit or debit note, which has 2 to 16
// characters (contracts/gst-einvoice.md §3, documented). Otherwise DOC-001. A number that vmsflow makes must pass
// this one, or it could never be credited.
func ValidateOriginalDocNo(number string) error {
	if !originalDocNoPattern.MatchString(number) {
		return violated(DocNoForm, "", `%q cannot stand as an original in a note: 2 to 16 ASCII letters, digits, "/" and "-", the first not "0", "/" or "-"`, number)
	}
	return nil
}

// NormalizeDocNo turns ASCII letters to upper case, as the IRP does since 1 June 2025: from then on "aj/1" and "AJ/1"
// are one number (contracts/gst-einvoice.md §3, inferred). Other letters stay, and ValidateDocNo refuses them:
// strings.ToUpper would turn "ı" into a valid "I".
func NormalizeDocNo(number string) string {
	return strings.Map(func(r rune) rune {
		if 'a' <= r && r <= 'z' {
			return r - 'a' + 'A'
		}
		return r
	}, number)
}
