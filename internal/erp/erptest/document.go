package erptest

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"vmsflow/internal/gst"
	"vmsflow/internal/increff"
	"vmsflow/internal/increff/increfftest"
	"vmsflow/internal/simulate"
)

// variant is one document that is posted for an order or a return: the right invoice or note, or a spoilt one.
type variant string

// The variants. A wrong one has the name of its behaviour.
const (
	right       variant = "right"
	repeat      variant = "repeat" // the right one once more
	wrongPO             = variant(WrongPO)
	wrongSKU            = variant(WrongSKU)
	wrongIRN            = variant(WrongIRN)
	wrongQR             = variant(WrongQR)
	wrongBuyer          = variant(WrongBuyer)
	wrongNumber         = variant(WrongNumber)
	changed             = variant(Changed) // the accepted number with other content
)

// variants is what a behaviour posts, one after the other.
func (b Behaviour) variants() []variant {
	switch b {
	case Never:
		return nil
	case Duplicate:
		return []variant{right, repeat}
	case Changed:
		return []variant{right, changed}
	case WrongPO, WrongSKU, WrongIRN, WrongQR, WrongBuyer, WrongNumber:
		return []variant{variant(b), right}
	default:
		return []variant{right}
	}
}

// document is one posting, written once and sent unchanged until it is answered.
type document struct {
	variant     variant
	number, irn string
	about       string // the purchase order or the return that it says it is for
	url         string // of its PDF, when that is not inside
	body        []byte
	attempts    int
	reply       increfftest.Reply // the last one
}

// somebodyElse stands in for Ajio's buying GSTIN: test data with a right check digit.
const somebodyElse = "10AABCU9355J1Z9"

// writeInvoice writes the posting of an order's invoice, spoilt as the variant asks. The caller holds the lock.
func (s *Server) writeInvoice(e *entry, which variant) *document {
	inv, says, key := e.invoice, e.invoice.qr, s.key
	posting := increff.B2BInvoicePosting{
		InvoiceNumber: inv.number, InvoiceDate: increff.At(inv.date),
		ForwardPurchaseOrder: e.created.OrderCustomAttributes.PurchaseOrderNumber,
		IrnNumber:            says.IRN, IsPartialInvoice: new(inv.partial),
	}
	if e.behaviour == ByURL {
		posting.InvoiceURL = s.documentURL(inv.number)
	} else {
		posting.InvoicePdf = base64.StdEncoding.EncodeToString(inv.pdf())
	}
	if e.behaviour == UnknownKey {
		key = s.unpinned()
	}
	if inv.partial || which == wrongSKU {
		posting.InvoiceLineEntries = append(posting.InvoiceLineEntries, inv.quantities...)
	}
	switch which {
	case wrongPO:
		posting.ForwardPurchaseOrder = "9999999999"
	case wrongSKU:
		posting.InvoiceLineEntries[0].ChannelSkuCode = "000000000000"
	case wrongIRN:
		posting.IrnNumber = gst.IRN(says.SellerGSTIN, inv.date, gst.Invoice, "AJ/0")
	case wrongBuyer:
		says.BuyerGSTIN = somebodyElse
	case wrongNumber: // begins with 0
		says.DocNo = "0" + inv.number[1:]
		says.IRN = gst.IRN(says.SellerGSTIN, inv.date, gst.Invoice, says.DocNo)
		posting.InvoiceNumber, posting.IrnNumber = says.DocNo, says.IRN
	case changed:
		posting.InvoiceDate = increff.At(inv.date.Add(time.Second))
	case right, repeat, wrongQR:
	}
	posting.QrCode = key.Sign(says)
	if which == wrongQR {
		posting.QrCode = spoilSignature(posting.QrCode)
	}
	d := &document{
		variant: which, number: posting.InvoiceNumber, irn: posting.IrnNumber, about: posting.ForwardPurchaseOrder,
		url: posting.InvoiceURL, body: detail(posting),
	}
	if s.options.VaryForms {
		d.body = vary(d.body, "invoiceDate", posting.InvoiceDate, inv.form)
	}
	return d
}

// vary writes the time of a field in one of the four accepted forms and adds fields that a receiver must ignore.
func vary(posting []byte, field string, date increff.Time, form int) []byte {
	var fields map[string]any
	if err := json.Unmarshal(posting, &fields); err != nil {
		panic(fmt.Sprintf("erptest: %v", err))
	}
	fields[field] = [...]string{
		date.String(),
		date.UTC().Format("2006-01-02T15:04:05Z"),
		date.UTC().Format("2006-01-02T15:04:05.000Z") + "[UTC]",
		date.In(increff.IST).Format("02-01-2006T15:04:05"),
	}[form]
	fields["remark"], fields["voucherNumber"] = nil, 42
	return detail(fields)
}

// documentURL is where the PDF of an invoice or a note can be fetched.
func (s *Server) documentURL(number string) string {
	return s.options.PublicURL + "/documents/" + url.PathEscape(number) + ".pdf"
}

// document answers GET /documents/{number}.pdf; the slashes of the number may be escaped or not.
func (s *Server) document(w http.ResponseWriter, r *http.Request) {
	pob, about, content := s.published(strings.TrimSuffix(r.PathValue("file"), ".pdf"))
	call := simulate.Call{System: "erp", Name: CallDocument, Client: pob, Key: about, Fault: s.Faults.Draw(CallDocument)}
	noted := s.Ledger.Note(w, &call)
	if content == nil || call.Fault == simulate.Refused || call.Fault == simulate.TokenExpired { // it has no credential to expire
		http.Error(noted, "there is no such document", http.StatusNotFound)
		return
	}
	s.Faults.Serve(call.Fault, noted, r, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/pdf")
		_, _ = w.Write(content)
	})
}

// published finds the PDF of a number and the order or return that it is about; nil for none.
func (s *Server) published(number string) (pob, about string, content []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, e := range s.arrival {
		if e.invoice != nil && e.invoice.number == number {
			return e.created.LocationCode, e.created.OrderCode, e.invoice.pdf()
		}
	}
	for _, e := range s.returns {
		if e.note != nil && e.note.number == number {
			return e.pob, e.code, e.note.pdf()
		}
	}
	return "", "", nil
}
