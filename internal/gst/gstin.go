package gst

import (
	"regexp"
	"slices"
	"strings"
)

// gstinAlphabet gives the characters of a GSTIN their values 0 to 35.
const gstinAlphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"

var (
	gstinPattern = regexp.MustCompile(`^[0-9]{2}[A-Z]{5}[0-9]{4}[A-Z][1-9A-Z]Z[0-9A-Z]$`)
	// gstinShaped is what a check character can be told for, whether or not the pattern holds.
	gstinShaped = regexp.MustCompile(`^[0-9A-Z]{15}$`)
)

// ValidateGSTIN checks the GSTIN of a regular taxpayer: state, PAN, entity, "Z", check character
// (contracts/gst-einvoice.md §4, documented; other kinds of taxpayers are no party here and are refused, assumed).
// Otherwise GST-001 for the pattern, GST-002 for the check character, or both.
//
// The GSTINs in exempt pass as they are: the sandbox identities of the environment, which break both rules. The list
// is empty in production.
func ValidateGSTIN(gstin string, exempt []string) error {
	if slices.Contains(exempt, gstin) {
		return nil
	}
	var vs Violations
	if !gstinPattern.MatchString(gstin) {
		vs = append(vs, violation(GSTINForm, "", `%q is no GSTIN: 2 digits state, 5 letters, 4 digits, 1 letter, 1 of 1-9 and A-Z, "Z", 1 check character, all upper case`, gstin))
	}
	if gstinShaped.MatchString(gstin) {
		if want := gstinCheckCharacter(gstin[:14]); gstin[14] != want {
			vs = append(vs, violation(GSTINCheckCharacter, "", "%q ends with %q, expected check character %q", gstin, gstin[14:], string(want)))
		}
	}
	return vs.err()
}

// gstinCheckCharacter returns the check character of 14 characters out of gstinAlphabet: their values times 1 and 2
// in turn, quotient and remainder by 36 added, the sum completed to a multiple of 36 (contracts/gst-einvoice.md §4,
// verified).
func gstinCheckCharacter(first14 string) byte {
	sum := 0
	for i := range len(first14) {
		product := strings.IndexByte(gstinAlphabet, first14[i]) * (1 + i%2)
		sum += product/36 + product%36
	}
	return gstinAlphabet[(36-sum%36)%36]
}
