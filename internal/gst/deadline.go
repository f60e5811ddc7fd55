package gst

import "time"

// EWayBillBoundPaise is the consignment value above which an e-way bill is needed: ₹50,000
// (contracts/gst-einvoice.md §12, documented). The value itself needs none.
const EWayBillBoundPaise int64 = 50_000_00

const (
	cancelWithin       = 24 * time.Hour
	registerWithinDays = 30
	retentionMonths    = 72
)

// CanCancelIRN checks that an IRN, registered at ackTime, can still be cancelled: within 24 hours, and not while an
// e-way bill is active (contracts/gst-einvoice.md §10, documented). Otherwise CAN-001, CAN-003 or both. Exactly
// 24:00:00 is in time [inferred]; the IRP's own answer decides. After that a credit note takes its place.
func CanCancelIRN(ackTime, now time.Time, ewayBillActive bool) error {
	var vs Violations
	if now.Sub(ackTime) > cancelWithin {
		vs = append(vs, violation(CancelTooLate, "", "registered at %s IST, could be cancelled for 24 hours; make a credit note", ackTime.In(IST).Format("02/01/2006 15:04:05")))
	}
	if ewayBillActive {
		vs = append(vs, violation(CancelEWayBillFirst, "", "an e-way bill is active; cancel that first"))
	}
	return vs.err()
}

// MayRegister checks that a document may be registered today: not dated in the future (DOC-003), and, for suppliers
// with an aggregate annual turnover of ₹10 crore or more, not older than 30 days (DOC-004). The document's day counts
// as the first, so one of 1 April can be registered until 30 April (contracts/gst-einvoice.md §11 and §7,
// documented).
func MayRegister(docDate, today time.Time, from10Crore bool) error {
	document, now := dayOf(docDate), dayOf(today)
	if document.After(now) {
		return violated(DocDateInFuture, "", "the document is dated %s, today is %s", document.Format(docDateLayout), now.Format(docDateLayout))
	}
	if last := document.AddDate(0, 0, registerWithinDays-1); from10Crore && now.After(last) {
		return violated(DocTooOld, "", "the document of %s could be registered until %s", document.Format(docDateLayout), last.Format(docDateLayout))
	}
	return nil
}

// CreditNoteDeadline returns the last day, in IST, for the credit note to a supply: 30 November after the end of the
// supply's financial year (contracts/gst-einvoice.md §11, documented). An annual return that is filed earlier ends
// the time earlier; this function does not know of it. After that day only a commercial note without GST remains.
func CreditNoteDeadline(supplyDate time.Time) time.Time {
	return istDay(financialYearStart(supplyDate)+1, time.November, 30)
}

// RetainUntil returns the last day, in IST, on which books and records must be kept: 72 months from the due date of
// the year's annual return (contracts/gst-einvoice.md §12, documented). The due date is data, since it is extended
// now and then. An appeal or investigation can prolong it, which this function does not know.
func RetainUntil(annualReturnDue time.Time) time.Time {
	return dayOf(annualReturnDue).AddDate(0, retentionMonths, 0)
}
