package audit

import "fmt"

// Report is what an audit found. Every count is a count of wrongs: a clean report has none.
type Report struct {
	Clean                           bool     `json:"clean"`
	AcknowledgedBeforeHold          int      `json:"acknowledged_before_hold"`
	AcknowledgedAfterCustomerCancel int      `json:"acknowledged_after_customer_cancel"`
	B2BInvoicesTwice                int      `json:"b2b_invoices_twice"`
	ERPMessagesTwice                int      `json:"erp_messages_twice"`
	ManifestsOver250                int      `json:"manifests_over_250"`
	StockUnitsLeaked                int      `json:"stock_units_leaked"`
	IRNsWrong                       int      `json:"irns_wrong"`
	QRsUnverified                   int      `json:"qrs_unverified"`
	InvoiceNumbersMissing           int      `json:"invoice_numbers_missing"`
	InvoiceNumbersTwice             int      `json:"invoice_numbers_twice"`
	RegistrationsWrong              int      `json:"registrations_wrong"` // at the IRP
	CancelledQuantitiesDiffer       int      `json:"cancelled_quantities_differ"`
	UnitsLost                       int      `json:"units_lost"` // of returns: units of which two systems tell something else
	QCsTwice                        int      `json:"qcs_twice"`
	RTOsTwice                       int      `json:"rtos_twice"`
	CreditNotesTwice                int      `json:"credit_notes_twice"`
	CreditNotesWrong                int      `json:"credit_notes_wrong"`
	RSIsWrong                       int      `json:"rsis_wrong"`
	SettlementsWrong                int      `json:"settlements_wrong"` // units too many or too few on the list
	Mismatches                      []string `json:"mismatches"`        // a sentence for each wrong, counted or not
}

// Audit applies all rules.
func Audit(e Evidence) Report {
	r := &Report{Mismatches: []string{}}
	f := newFacts(e)
	for _, rule := range []func(*facts, *Report){
		acknowledgedTooEarly,
		acknowledgedAfterCancel,
		invoicedTwice,
		erpToldTwice,
		erpToldInOrder,
		manifests,
		stockAdds,
		irns,
		signedQRs,
		gapless,
		registrations,
		contractsKept,
		everyOrderOnce,
		everyOrderAgrees,
		returnsOfStories,
		everyReturnOnce,
		everyReturnAgrees,
		returnsToldOnce,
		nothingLeftUndone,
	} {
		rule(f, r)
	}
	r.Clean = len(r.Mismatches) == 0
	return *r
}

func (r *Report) wrong(format string, args ...any) {
	r.Mismatches = append(r.Mismatches, fmt.Sprintf(format, args...))
}
