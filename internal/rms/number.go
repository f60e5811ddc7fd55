package rms

import (
	"fmt"
	"regexp"

	"vmsflow/internal/gst"
)

// prefixForm leaves room for "/25-26/" and six digits within 16 characters.
var prefixForm = regexp.MustCompile(`^[A-Z1-9][A-Z0-9]{0,2}$`)

// ValidatePrefix checks the prefix of a POB's invoice numbers: 1 to 3 upper-case letters and digits, the first not 0
// (contracts/gst-einvoice.md §3). All POBs of one GSTIN need the same prefix: they share one series, and two prefixes
// in it would each have gaps.
func ValidatePrefix(prefix string) error {
	if !prefixForm.MatchString(prefix) {
		return fmt.Errorf("%q cannot begin an invoice number: write 1 to 3 upper-case letters and digits, the first not 0, such as AJ", prefix)
	}
	return nil
}

// Number writes the number of an invoice, "AJ/25-26/000421", from the financial year "2025-26" and its place in the
// series. Make refuses one that has grown too long for the law.
func Number(prefix, financialYear string, seq int) string {
	return fmt.Sprintf("%s/%s/%06d", prefix, financialYear[len("20"):], seq)
}

// numberProblems checks a number for an invoice and for the credit note that may have to name it.
func numberProblems(number string) Problems {
	for _, validate := range []func(string) error{gst.ValidateDocNo, gst.ValidateOriginalDocNo} {
		if err := validate(number); err != nil {
			return Problems{problem(BadNumber, "DocDtls.No", "%v; set another prefix for the POB's numbers", err)}
		}
	}
	if upper := gst.NormalizeDocNo(number); upper != number {
		return Problems{problem(BadNumber, "DocDtls.No", "%q has lower-case letters, the IRP would make it %q; set an upper-case prefix", number, upper)}
	}
	return nil
}
