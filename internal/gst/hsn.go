package gst

import (
	"regexp"
	"strings"
	"time"
)

var hsnPattern = regexp.MustCompile(`^(?:[0-9]{4}|[0-9]{6}|[0-9]{8})$`)

// sixDigitsFrom is the first day on which suppliers of ₹5 crore or more write at least 6 digits
// (contracts/gst-einvoice.md §9, documented).
var sixDigitsFrom = istDay(2023, time.December, 15)

// ValidateHSN checks an HSN code: 4, 6 or 8 digits, not all 0; from 15 December 2023 at least 6 when the supplier's
// aggregate annual turnover is ₹5 crore or more (contracts/gst-einvoice.md §7 and §9, documented). Otherwise HSN-001.
func ValidateHSN(hsn string, date time.Time, from5Crore bool) error {
	if !hsnPattern.MatchString(hsn) || strings.Trim(hsn, "0") == "" {
		return violated(HSNForm, "", "%q is no HSN code: 4, 6 or 8 digits, not all 0", hsn)
	}
	if from5Crore && len(hsn) < 6 && !date.Before(sixDigitsFrom) {
		return violated(HSNForm, "", "HSN code %q has 4 digits, at least 6 are needed from a turnover of ₹5 crore on", hsn)
	}
	return nil
}

// HSNValue is what the lines of a document say about its main HSN code.
type HSNValue struct {
	HSN          string
	TaxablePaise int64
}

// MainHSNCode returns the HSN code of the line with the highest taxable value (contracts/gst-einvoice.md §5,
// documented), the first of equals [assumed]; empty without lines.
func MainHSNCode(lines []HSNValue) string {
	main := HSNValue{}
	for i, line := range lines {
		if i == 0 || line.TaxablePaise > main.TaxablePaise {
			main = line
		}
	}
	return main.HSN
}
