package erptest

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"vmsflow/internal/increff"
	"vmsflow/internal/increff/increfftest"
	"vmsflow/internal/simulate"
)

const invoicePath = "/ajio-vms/b2bInvoice/posting"

// deliver posts the step-th document of the order after a delay, again and again until the gateway answers, and
// then the next one.
func (s *Server) deliver(e *entry, step int, delay time.Duration) {
	s.jobs.After(delay, func(ctx context.Context) {
		d, ok := s.prepare(e, step)
		if !ok {
			return
		}
		reply := s.gateway.Post(ctx, invoicePath, d.body)
		if ctx.Err() != nil {
			return
		}
		s.record(e, d, reply)
		if reply.Again() {
			s.deliver(e, step, reply.Wait)
			return
		}
		if s.settle(e, d) && step+1 < len(e.behaviour.variants()) {
			s.deliver(e, step+1, 0)
		}
	})
}

// prepare makes the invoice and writes the document on the first attempt. It reports false when the order was
// cancelled meanwhile: nothing more is posted for it.
func (s *Server) prepare(e *entry, step int) (*document, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if e.cancelled && e.behaviour != AfterCancel {
		return nil, false
	}
	if e.invoice == nil {
		e.invoice = s.makeInvoice(e)
	}
	if step == len(e.documents) {
		e.documents = append(e.documents, s.write(e, e.behaviour.variants()[step]))
	}
	return e.documents[step], true
}

// record writes a posting and its answer into the books and the ledger.
func (s *Server) record(e *entry, d *document, reply increfftest.Reply) {
	s.mu.Lock()
	d.attempts++
	d.reply = reply
	s.mu.Unlock()
	s.Ledger.Record(simulate.Call{
		At: time.Now(), System: "erp", Name: CallInvoice, Client: e.created.LocationCode, Key: e.created.OrderCode,
		Status: reply.Status, Effect: reply.OK(),
		Detail: detail(map[string]any{
			"invoice_number": d.posting.InvoiceNumber, "irn": d.posting.IrnNumber, "variant": d.variant,
			"partial": e.invoice.partial, "purchase_order": d.posting.ForwardPurchaseOrder, "url": d.posting.InvoiceURL,
			"quantities": e.invoice.quantities, "code": reply.Code(), "description": reply.Error().Description,
		}),
	})
}

// settle judges the gateway's answer and reports whether the next document follows.
func (s *Server) settle(e *entry, d *document) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	about, reply := fmt.Sprintf("order %s, invoice %s", e.created.OrderCode, d.posting.InvoiceNumber), d.reply
	switch d.variant {
	case right:
		e.status = Accepted
		if !reply.OK() {
			e.status = Refused
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
			s.violated("%s: the %s document was answered %d", about, d.variant, reply.Status)
		}
		return !reply.OK()
	}
}
