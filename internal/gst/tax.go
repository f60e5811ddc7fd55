package gst

import (
	"fmt"
	"strings"
)

// Rate is a tax rate in hundredths of a percent: 500 is 5 %, 25 is 0.25 %.
type Rate int64

// String writes the rate in percent, as the IRP's GstRt: "5", "0.25".
func (r Rate) String() string {
	return strings.TrimSuffix(strings.TrimRight(fmt.Sprintf("%d.%02d", r/100, r%100), "0"), ".")
}

// Tax is an amount of tax in paise, by kind.
type Tax struct {
	IGST, CGST, SGST int64
}

// Total returns the tax in paise.
func (t Tax) Total() int64 { return t.IGST + t.CGST + t.SGST }

// Plus adds the tax of another line.
func (t Tax) Plus(other Tax) Tax {
	return Tax{IGST: t.IGST + other.IGST, CGST: t.CGST + other.CGST, SGST: t.SGST + other.SGST}
}

// LineTax returns the tax of one line, rounded half up to the paisa; CGST and SGST are each computed with half the
// rate, so that they are equal (contracts/gst-einvoice.md §7, assumed). The two together may therefore differ from
// IGST by a paisa.
func LineTax(assessablePaise int64, rate Rate, split Split) Tax {
	if split == IGST {
		return Tax{IGST: shareOf(assessablePaise, int64(rate), 10_000)}
	}
	half := shareOf(assessablePaise, int64(rate), 20_000)
	return Tax{CGST: half, SGST: half}
}

// ValidateSplit checks that a tax which somebody else states is divided like this: no IGST beside CGST and SGST,
// these two equal (contracts/gst-einvoice.md §8 and §6.4 code 2234, documented). Otherwise TAX-001. It is the
// cross-check with Ajio's tax_summary. No tax at all passes.
func ValidateSplit(split Split, tax Tax) error {
	switch {
	case split == IGST && (tax.CGST != 0 || tax.SGST != 0):
		return violated(WrongSplit, "", "the supply bears IGST, not CGST %s and SGST %s", rupees(tax.CGST), rupees(tax.SGST))
	case split == CGSTAndSGST && tax.IGST != 0:
		return violated(WrongSplit, "", "the supply bears CGST and SGST, not IGST %s", rupees(tax.IGST))
	case tax.CGST != tax.SGST:
		return violated(WrongSplit, "", "CGST %s and SGST %s are not equal", rupees(tax.CGST), rupees(tax.SGST))
	}
	return nil
}

// WithinTolerance says whether a stated total is near enough to the computed one: from one rupee below the computed
// one's whole rupees to one above the next rupee, both included, so 2345.04 accepts 2344.00 to 2347.00
// (contracts/gst-einvoice.md §7, documented). Whole rupees have the value itself + 1 as their next: 2345.00 accepts
// the same range [assumed].
func WithinTolerance(computedPaise, statedPaise int64) bool {
	rupee := floorDivide(computedPaise, 100) // compared in rupees, where no amount can overflow
	stated := floorDivide(statedPaise, 100)
	if stated == rupee+2 {
		return statedPaise%100 == 0
	}
	return rupee-1 <= stated && stated < rupee+2
}

// ValidateTotal checks a stated total against the computed one within the tolerance. Otherwise TAX-002.
func ValidateTotal(computedPaise, statedPaise int64) error {
	if !WithinTolerance(computedPaise, statedPaise) {
		return violated(TotalsOutside, "", "%s is too far from the computed %s", rupees(statedPaise), rupees(computedPaise))
	}
	return nil
}

// shareOf returns amount × numerator / denominator, rounded half up. It divides first, so that an amount that fits an
// invoice cannot overflow.
func shareOf(amount, numerator, denominator int64) int64 {
	whole := floorDivide(amount, denominator)
	rest := amount - whole*denominator
	return whole*numerator + floorDivide(rest*numerator+denominator/2, denominator)
}
