package einvoice

import (
	"fmt"
	"regexp"
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
	// ReturnID is Ajio's id of the return; empty while it is not known.
	ReturnID string `json:"return_id,omitempty"`
	// Withdrawn says that Ajio took the return back before anything of it came: there is nothing to credit.
	Withdrawn bool `json:"withdrawn,omitempty"`
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
	// InvoicedUnits are the invoice's, and Credited is what notes over other returns of the order credited.
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
	// KeyUnknown is as in Verdict; the date and the value are read without the key then, and are not to be trusted. Nor are
	// they where a channel is only warned by INV-3 and Doubts names it.
	KeyUnknown string `json:"key_unknown,omitempty"`
}

// CheckCreditNote judges a posting by the rules CN-1 to CN-3 (contracts/increff-erp.md §3.2) and names every one that it
// breaks. Where a channel only wants to be warned by INV-1, INV-2 or INV-3, so it is by the same part of CN-1; only a date
// must be readable in the QR, for the note has no other.
func CheckCreditNote(p CreditNotePosting, f CreditNoteFacts, r Rules) CreditNoteVerdict {
	var b broken
	b.over(p, f)
	b.creditNoteForm(p)
	if f.UsedFor != "" {
		b = append(b, Violation{Rule: "INV-1", ID: gst.DocNoUsed, Field: "creditNoteNumber",
			Problem: "is the number of the credit note over return " + f.UsedFor + " already"})
	}
	if !p.AckDate.IsZero() {
		b.law("INV-1", "ackDate", gst.MayRegister(p.AckDate, f.Now, false))
	}
	var verdict CreditNoteVerdict
	if qr, readable := verdict.qr(&b, p, f, r); readable {
		verdict.Date, verdict.Value = qr.DocDate, order.Paise(qr.TotalPaise)
		b.dated(p, f, r, verdict.Date)
		verdict.worth(&b, f)
		verdict.late(f)
	}
	refused, doubts := sorted(b, r.WarnOnly)
	verdict.Refused = asCN1(append(verdict.Refused, refused...))
	verdict.Doubts = asCN1(append(verdict.Doubts, doubts...))
	return verdict
}

// CheckCreditNoteForm judges what can be judged without knowing the return.
func CheckCreditNoteForm(p CreditNotePosting) []Violation {
	var b broken
	b.creditNoteForm(p)
	return asCN1(b)
}

// asCN1 gives the rules on invoices that hold for credit notes as well the name that they have there. INV-4 keeps its own:
// the contract has no other for the document.
func asCN1(violations []Violation) []Violation {
	for i := range violations {
		switch violations[i].Rule {
		case "INV-1", "INV-2", "INV-3":
			violations[i].Rule = "CN-1"
		}
	}
	return violations
}

// over applies CN-2: which return a note is over. An adapter may signal a note to the wrong one.
func (b *broken) over(p CreditNotePosting, f CreditNoteFacts) {
	if f.ReturnID != "" && p.ReturnID != "" && p.ReturnID != f.ReturnID {
		b.add("CN-2", "returnOrderId", "is %s, but this is the return %s", p.ReturnID, f.ReturnID)
	}
	if f.Withdrawn {
		b.add("CN-2", "returnOrderId", "Ajio withdrew the return, and nothing of it came: there is nothing to credit")
	}
	if f.Model != order.CreditNoteModel {
		b.add("CN-2", "returnOrderId", "is settled by %s, for which no credit note is sent to Ajio", f.Model)
	}
	if !f.Invoiced {
		*b = append(*b, Violation{Rule: "CN-2", ID: gst.NoOriginal, Field: "returnOrderId",
			Problem: "belongs to an order without an accepted invoice: there is nothing to credit"})
	}
	if f.AcceptedNumber != "" && f.AcceptedNumber != p.Number {
		b.add("CN-2", "creditNoteNumber", "the return already has the accepted credit note %s", f.AcceptedNumber)
	}
}

var digits = regexp.MustCompile(`^[0-9]+$`)

// creditNoteForm applies the rules on single fields.
func (b *broken) creditNoteForm(p CreditNotePosting) {
	b.mandatory("INV-1", "creditNoteNumber", p.Number)
	b.mandatory("CN-2", "returnOrderId", p.ReturnID)
	b.mandatory("INV-2", "irnNumber", p.IRN)
	b.mandatory("INV-1", "ackNumber", p.AckNumber)
	b.mandatory("INV-3", "signedQrCode", p.SignedQR)
	if p.Number != "" {
		b.law("INV-1", "creditNoteNumber", gst.ValidateDocNo(p.Number))
	}
	if p.AckNumber != "" && !digits.MatchString(p.AckNumber) {
		b.add("INV-1", "ackNumber", "%q is not digits only", p.AckNumber)
	}
	if p.AckDate.IsZero() {
		b.add("INV-1", "ackDate", "is missing")
	}
	if !p.HasPDF && p.URL == "" {
		b.add("INV-4", "signedCreditNotePdf", "send signedCreditNotePdf or creditNotePdfUrl")
	}
}

// qr applies the part of CN-1 that INV-3 is for invoices: the signed QR is genuine and speaks of this very note. Where it
// cannot be verified its values are judged unverified: what contradicts the posting will not agree with any key.
func (v *CreditNoteVerdict) qr(b *broken, p CreditNotePosting, f CreditNoteFacts, r Rules) (qr gst.QR, readable bool) {
	if p.SignedQR == "" {
		return gst.QR{}, false
	}
	qr, err := gst.ParseSignedQR(p.SignedQR, r.Keys)
	if err != nil {
		var unreadable error
		if qr, unreadable = gst.ReadUnverifiedQR(p.SignedQR); unreadable != nil {
			var refused broken // by every channel: no note is without a date
			refused.law("INV-3", "signedQrCode", unreadable)
			v.Refused = refused
			return gst.QR{}, false
		}
		if r.needsKey(err) {
			v.KeyUnknown = err.Error()
		} else {
			b.law("INV-3", "signedQrCode", err)
		}
	}
	document, unknown := r.between(f.PO)
	document.DocNo, document.DocType, document.DocDate, document.IRN = p.Number, gst.CreditNote, qr.DocDate, p.IRN
	// The posting has no lines, and CN-3 judges the total.
	unknown = append(unknown, gst.FieldTotal, gst.FieldItemCount, gst.FieldMainHSNCode)
	b.law("INV-3", "signedQrCode", gst.CompareQR(qr, document, unknown...))
	return qr, true
}

// dated applies what of CN-1 depends on the note's date.
func (b *broken) dated(p CreditNotePosting, f CreditNoteFacts, r Rules, date time.Time) {
	b.law("INV-1", "signedQrCode", gst.MayRegister(date, f.Now, false))
	if p.Number != "" && p.IRN != "" {
		b.law("INV-2", "irnNumber", gst.MatchesIRN(p.IRN, r.SellerGSTIN, date, gst.CreditNote, p.Number))
	}
	if !p.AckDate.IsZero() && p.AckDate.Before(date) {
		b.add("INV-1", "ackDate", "is before the note's date, which is %s in its signed QR", date.Format(dateLayout))
	}
}

const dateLayout = "02/01/2006" // as in the QR

// worth applies CN-3: what the returned units cost, and what earlier notes left of the invoice. More than the units that
// passed the QC cost is a doubt, because BAD and MISSING ones are settled by hand.
func (v *CreditNoteVerdict) worth(b *broken, f CreditNoteFacts) {
	if !f.Invoiced {
		return
	}
	above := func(limit order.Paise) bool {
		return v.Value > limit && !gst.WithinTolerance(int64(limit), int64(v.Value))
	}
	tooMuch := func(limit order.Paise, what string) Violation {
		return Violation{Rule: "CN-3", ID: gst.AboveOriginal, Field: "signedQrCode",
			Problem: fmt.Sprintf("TotInvVal: %s is above %s, %s", v.Value, limit, what)}
	}
	if returned := f.PO.Value(f.Returned); above(returned) {
		*b = append(*b, tooMuch(returned, "the invoice value of the returned units"))
	}
	if left := f.PO.Value(f.InvoicedUnits) - f.Credited; above(left) {
		*b = append(*b, tooMuch(left, "what earlier credit notes left of the invoice"))
	}
	if passed := f.PO.Value(f.Passed); f.QCDone && above(passed) {
		v.Doubts = append(v.Doubts, tooMuch(passed, "the value of the units that passed the QC; the others are settled by hand"))
	}
}

// late warns of a note that comes too late for the law: only a commercial one without GST is left then
// (contracts/gst-einvoice.md §11).
func (v *CreditNoteVerdict) late(f CreditNoteFacts) {
	if f.InvoiceDate.IsZero() {
		return
	}
	if last := gst.CreditNoteDeadline(f.InvoiceDate); v.Date.After(last) {
		v.Doubts = append(v.Doubts, Violation{Rule: "CN-1", ID: gst.CreditNoteLate, Field: "signedQrCode",
			Problem: fmt.Sprintf("DocDt: %s is after %s, the last day for a credit note to the invoice", v.Date.Format(dateLayout), last.Format(dateLayout))})
	}
}
