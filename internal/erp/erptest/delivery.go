package erptest

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"

	"vmsflow/internal/increff"
	"vmsflow/internal/increff/increfftest"
	"vmsflow/internal/simulate"
)

const invoicePath = "/ajio-vms/b2bInvoice/posting"

// variant is one document that is posted for an order: the right invoice or a spoilt one.
type variant string

const (
	right    variant = "right"
	repeat   variant = "repeat"    // the right one once more
	wrongPO  variant = "wrong_po"  // a PO nobody knows
	wrongSKU variant = "wrong_sku" // a SKU that was not posted
	wrongIRN variant = "wrong_irn"
	wrongQR  variant = "wrong_qr"
	changed  variant = "changed" // the accepted number with other content
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
	case WrongPO:
		return []variant{wrongPO, right}
	case WrongSKU:
		return []variant{wrongSKU, right}
	case WrongIRN:
		return []variant{wrongIRN, right}
	case WrongQR:
		return []variant{wrongQR, right}
	default:
		return []variant{right}
	}
}

// deliver posts the step-th document of the order after a delay, again and again until the gateway answers, and
// then the next one.
func (s *Server) deliver(e *entry, step int, delay time.Duration) {
	s.jobs.After(delay, func(ctx context.Context) {
		which := e.behaviour.variants()[step]
		inv, ok := s.prepare(e)
		if !ok {
			return
		}
		reply := s.gateway.Post(ctx, invoicePath, s.body(e, inv, which))
		if ctx.Err() != nil {
			return
		}
		s.record(e, inv, which, reply)
		if reply.Again() {
			s.deliver(e, step, reply.Wait)
			return
		}
		if s.settle(e, which, reply) && step+1 < len(e.behaviour.variants()) {
			s.deliver(e, step+1, 0)
		}
	})
}

// prepare makes the invoice on the first attempt. It reports false when the order was cancelled meanwhile:
// nothing more is posted for it.
func (s *Server) prepare(e *entry) (*invoice, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if e.cancelled && e.behaviour != AfterCancel {
		return nil, false
	}
	if e.invoice == nil {
		e.invoice = s.makeInvoice(e)
	}
	return e.invoice, true
}

// settle judges the gateway's answer and reports whether the next document follows.
func (s *Server) settle(e *entry, which variant, reply increfftest.Reply) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	about := fmt.Sprintf("order %s, invoice %s", e.created.OrderCode, e.invoice.number)
	switch which {
	case right:
		e.status = Accepted
		if !reply.OK() {
			e.status = Refused
			e.answer = fmt.Sprintf("%d %s %s", reply.Status, reply.Code(), reply.Error().Description)
		}
		if e.behaviour == AfterCancel && reply.Code() != increff.OrderCancelled {
			s.violated("%s: posted after the cancellation and answered %d %s", about, reply.Status, reply.Code())
		}
		return reply.OK()
	case repeat:
		if !reply.OK() {
			s.violated("%s: an exact repeat was answered %d %s", about, reply.Status, reply.Code())
		}
		return false
	default:
		if reply.Status != http.StatusBadRequest {
			s.violated("%s: the %s document was answered %d", about, which, reply.Status)
		}
		return !reply.OK()
	}
}

// record writes a posting and its answer into the ledger.
func (s *Server) record(e *entry, inv *invoice, which variant, reply increfftest.Reply) {
	s.mu.Lock()
	e.attempts++
	s.mu.Unlock()
	s.Ledger.Record(simulate.Call{
		At: time.Now(), System: "erp", Name: CallInvoice, Client: e.created.LocationCode, Key: e.created.OrderCode,
		Status: reply.Status, Effect: reply.OK(),
		Detail: detail(map[string]any{
			"invoice_number": inv.number, "irn": inv.irn, "variant": which, "partial": inv.partial,
			"purchase_order": e.created.OrderCustomAttributes.PurchaseOrderNumber,
			"quantities":     inv.quantities, "code": reply.Code(), "description": reply.Error().Description,
		}),
	})
}

// body writes the posting, spoilt as the variant asks.
func (s *Server) body(e *entry, inv *invoice, which variant) []byte {
	posting := increff.B2BInvoicePosting{
		InvoiceNumber: inv.number, InvoiceDate: increff.At(inv.date),
		ForwardPurchaseOrder: e.created.OrderCustomAttributes.PurchaseOrderNumber,
		IrnNumber:            inv.irn, QrCode: inv.qr, IsPartialInvoice: new(inv.partial),
		InvoicePdf: base64.StdEncoding.EncodeToString(pdf("Simulated invoice " + inv.number)),
	}
	if inv.partial {
		posting.InvoiceLineEntries = append(posting.InvoiceLineEntries, inv.quantities...)
	}
	switch which {
	case wrongPO:
		posting.ForwardPurchaseOrder = "9999999999"
	case wrongSKU:
		posting.InvoiceLineEntries = append([]increff.InvoiceLineEntry{}, inv.quantities...)
		posting.InvoiceLineEntries[0].ChannelSkuCode = "000000000000"
	case wrongIRN:
		posting.IrnNumber = irn(e.created.OrderCustomAttributes.SellerGstin, financialYear(inv.date), "INV", "AJ/0")
	case wrongQR:
		posting.QrCode = spoilSignature(inv.qr)
	case changed:
		posting.InvoiceDate = increff.At(inv.date.Add(time.Second))
	case right, repeat:
	}
	encoded := detail(posting)
	if s.options.VaryForms {
		encoded = vary(encoded, posting.InvoiceDate, inv.form)
	}
	return encoded
}

// spoilSignature changes the first character of the signature, which always changes its bytes.
func spoilSignature(token string) string {
	at := strings.LastIndexByte(token, '.') + 1
	other := "A"
	if token[at] == 'A' {
		other = "B"
	}
	return token[:at] + other + token[at+1:]
}

// vary writes the time in one of the four accepted forms and adds fields that a receiver must ignore.
func vary(posting []byte, date increff.Time, form int) []byte {
	var fields map[string]any
	if err := json.Unmarshal(posting, &fields); err != nil {
		panic(fmt.Sprintf("erptest: %v", err))
	}
	fields["invoiceDate"] = [...]string{
		date.String(),
		date.UTC().Format("2006-01-02T15:04:05Z"),
		date.UTC().Format("2006-01-02T15:04:05.000Z") + "[UTC]",
		date.In(increff.IST).Format("02-01-2006T15:04:05"),
	}[form]
	fields["remark"], fields["voucherNumber"] = nil, 42
	return detail(fields)
}
