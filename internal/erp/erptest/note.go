package erptest

import (
	"encoding/base64"
	"fmt"
	"time"

	"vmsflow/internal/erp"
	"vmsflow/internal/gst"
	"vmsflow/internal/increff"
	"vmsflow/internal/order"
	"vmsflow/internal/simulate"
)

// The variants that only a note has.
const (
	renumbered    = variant(NoteRenumbered)
	unknownReturn = variant(NoteUnknownReturn)
	overValue     = variant(NoteOverValue)
)

// note is the credit note over one return, made once.
type note struct {
	number    string
	ackNumber string
	date      time.Time
	qr        gst.QR // what its signed QR says
	early     bool   // made before anybody posted the QC
	returned  order.Paise
	form      int // which of the four forms its time is written in
}

// variants is what is posted over a return, one after the other.
func (n Note) variants() []variant {
	switch n {
	case NoteNever:
		return nil
	case NoteTwice:
		return []variant{right, repeat}
	case NoteChanged:
		return []variant{right, changed}
	case NoteRenumbered:
		return []variant{right, renumbered}
	case NoteUnknownReturn, NoteWrongIRN, NoteWrongQR, NoteOverValue:
		return []variant{variant(n), right}
	default:
		return []variant{right}
	}
}

// LearnOrder tells the ERP of an order that it was not posted, as erp.NewCreate writes it. Where vmsflow makes the
// invoices (RMS model) an ERP need hear of returns only; the prices for its credit notes it then has from the seller's
// own books, and here from whoever plays the world. It must know the order before the return.
func (s *Server) LearnOrder(m erp.OrderMessage) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.learned[m.OrderCode] = m
}

// CreditEarly makes and posts the credit note over a return whose QC nobody has posted yet, over these units of the
// order by orderItemCode. The posting of the return then leads to no second note.
func (s *Server) CreditEarly(returnCode, orderCode string, units map[string]int) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	sold, known := s.sale(orderCode)
	if !known {
		return fmt.Errorf("return %s: the ERP knows no order %s", returnCode, orderCode)
	}
	if s.findReturn(returnCode) != nil {
		return fmt.Errorf("return %s: is posted already, so no note can be early", returnCode)
	}
	n, err := s.makeNote(sold, sold.OrderCustomAttributes.SellerGstin, sold.OrderCustomAttributes.PartnerGstin, units, units)
	if err != nil {
		return fmt.Errorf("return %s: %w", returnCode, err)
	}
	e := s.newReturn(returnCode, orderCode, sold.LocationCode)
	e.note, n.early = n, true
	s.deliver(s.crediting(e), 0, 0)
	return nil
}

// sale is an order as the ERP was posted it or has learned of it. The caller holds the lock.
func (s *Server) sale(orderCode string) (sold erp.OrderMessage, known bool) {
	if e := s.orders[orderCode]; e != nil {
		return e.created, true
	}
	sold, known = s.learned[orderCode]
	return sold, known
}

// credit makes the note that a posted return asks for and says when it goes out; nil when none does. The caller holds
// the lock.
func (s *Server) credit(e *returnEntry) (next func()) {
	returned, passed := map[string]int{}, map[string]int{}
	for _, item := range e.posted.OrderItems {
		returned[item.OrderItemCode]++
		if item.QcStatus == increff.QCPass {
			passed[item.OrderItemCode]++
		}
	}
	attributes := e.posted.OrderCustomAttributes
	switch {
	case attributes.SettlementModel != order.CreditNoteModel:
		e.status, e.why = NotDue, "settled by "+string(attributes.SettlementModel)
		return nil
	case len(passed) == 0:
		e.status, e.why = NotDue, "no unit passed the QC"
		return nil
	case e.plan == NoteNever:
		return nil
	}
	credited := passed
	if e.plan == NoteAboveQC {
		credited = returned
	}
	sold, _ := s.sale(e.order)
	n, err := s.makeNote(sold, attributes.SellerGstin, attributes.PartnerGstin, credited, returned)
	if err != nil {
		e.status, e.why = Withheld, err.Error()
		return nil
	}
	e.note = n
	delay := s.options.NoteDelay
	if e.plan == NoteLate {
		delay += s.options.LateBy
	}
	return func() { s.deliver(s.crediting(e), 0, delay) }
}

// makeNote takes the next number of the financial year for a note over units by orderItemCode. The caller holds the lock.
func (s *Server) makeNote(sold erp.OrderMessage, seller, buyer string, credited, returned map[string]int) (*note, error) {
	lines, err := linesOf(sold, credited)
	if err != nil {
		return nil, err
	}
	all, err := linesOf(sold, returned)
	if err != nil {
		return nil, err
	}
	date := s.options.Now().In(gst.IST).Truncate(time.Second)
	number := s.nextNumber("CN", s.options.FirstNote, date)
	s.notes++
	return &note{
		number: number, date: date, form: s.nextForm(), returned: total(all),
		// 15 digits, as an IRP writes them
		ackNumber: fmt.Sprintf("11%s%09d", date.Format("0601"), max(s.options.FirstNote, 1)-1+s.notes),
		qr: gst.QR{
			SellerGSTIN: seller, BuyerGSTIN: buyer, DocNo: number, DocType: gst.CreditNote, DocDate: date,
			TotalPaise: int64(total(lines)), ItemCount: len(lines), MainHSNCode: mainHSN(lines),
			IRN: gst.IRN(seller, date, gst.CreditNote, number), IRNDate: date,
		},
	}, nil
}

// linesOf are the lines of a sale with these units, at the prices of the purchase order.
func linesOf(sold erp.OrderMessage, units map[string]int) ([]erp.OrderItem, error) {
	var lines []erp.OrderItem
	for _, item := range sold.OrderItems {
		if n := units[item.OrderItemCode]; n > 0 {
			item.OrderedQuantity = n
			lines = append(lines, item)
		}
	}
	if len(lines) != len(units) {
		return nil, fmt.Errorf("not all of %v are lines of order %q as the ERP knows it", units, sold.OrderCode)
	}
	return lines, nil
}

// writeNote writes the posting of a return's note, spoilt as the variant asks. The caller holds the lock.
func (s *Server) writeNote(e *returnEntry, which variant) *document {
	n, says := e.note, e.note.qr
	posting := increff.CreditNotePosting{
		CreditNoteNumber: n.number, ReturnOrderID: e.code, IrnNumber: says.IRN, AckNumber: n.ackNumber, AckDate: increff.At(n.date),
	}
	if e.plan == NoteByURL {
		posting.CreditNotePdfURL = s.documentURL(n.number)
	} else {
		posting.SignedCreditNotePdf = base64.StdEncoding.EncodeToString(n.pdf())
	}
	switch which {
	case unknownReturn:
		posting.ReturnOrderID = "R0000000000"
	case wrongIRN:
		posting.IrnNumber = gst.IRN(says.SellerGSTIN, n.date, gst.CreditNote, "CN/0")
	case overValue: // outside the tolerance
		says.TotalPaise = int64(n.returned) + 10_00
	case changed:
		posting.AckDate = increff.At(n.date.Add(time.Second))
	case renumbered:
		says.DocNo = s.nextNumber("CN", s.options.FirstNote, n.date)
		says.IRN = gst.IRN(says.SellerGSTIN, n.date, gst.CreditNote, says.DocNo)
		posting.CreditNoteNumber, posting.IrnNumber = says.DocNo, says.IRN
	default:
	}
	posting.SignedQrCode = s.key.Sign(says)
	if which == wrongQR {
		posting.SignedQrCode = spoilSignature(posting.SignedQrCode)
	}
	d := &document{
		variant: which, number: posting.CreditNoteNumber, irn: posting.IrnNumber, about: posting.ReturnOrderID,
		url: posting.CreditNotePdfURL, body: detail(posting),
	}
	if s.options.VaryForms {
		d.body = vary(d.body, "ackDate", posting.AckDate, n.form)
	}
	return d
}

// crediting delivers the note over a return.
func (s *Server) crediting(e *returnEntry) delivery {
	return delivery{
		path: notePath,
		prepare: func(step int) (*document, bool) {
			s.mu.Lock()
			defer s.mu.Unlock()
			if step == len(e.plan.variants()) {
				return nil, false
			}
			if step == len(e.documents) {
				e.documents = append(e.documents, s.writeNote(e, e.plan.variants()[step]))
			}
			return e.documents[step], true
		},
		record: func(d *document) { s.recordNote(e, d) },
		settle: func(d *document) bool {
			s.mu.Lock()
			defer s.mu.Unlock()
			if d.variant == right {
				e.status = Accepted
				if !d.reply.OK() {
					e.status = Refused
				}
			}
			return s.judge(fmt.Sprintf("return %s, credit note %s", e.code, d.number), d)
		},
	}
}

func (s *Server) recordNote(e *returnEntry, d *document) {
	s.Ledger.Record(simulate.Call{
		At: time.Now(), System: "erp", Name: CallNote, Client: e.pob, Key: e.code, Status: d.reply.Status, Effect: d.reply.OK(),
		Detail: detail(map[string]any{
			"credit_note_number": d.number, "irn": d.irn, "variant": d.variant, "return_order": d.about, "url": d.url,
			"value": order.Paise(e.note.qr.TotalPaise), "early": e.note.early,
			"code": d.reply.Code(), "description": d.reply.Error().Description,
		}),
	})
}
