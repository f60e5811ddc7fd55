package erptest

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	"vmsflow/internal/increff"
	"vmsflow/internal/simulate"
)

const (
	invoicePath = "/ajio-vms/b2bInvoice/posting"
	notePath    = "/ajio-vms/creditNote/posting"
)

// delivery is how the documents about one order or return reach the gateway.
type delivery struct {
	path string
	// prepare writes the document of a step on its first attempt; false when there is none, or none any more.
	prepare func(step int) (*document, bool)
	record  func(d *document) // into the ledger
	settle  func(d *document) (next bool)
}

// deliver posts the step-th document after a delay, again and again until the gateway answers, and then the next one.
func (s *Server) deliver(to delivery, step int, delay time.Duration) {
	s.jobs.After(delay, func(ctx context.Context) {
		d, ok := to.prepare(step)
		if !ok {
			return
		}
		reply := s.gateway.Post(ctx, to.path, d.body)
		if ctx.Err() != nil {
			return
		}
		s.mu.Lock()
		d.attempts++
		d.reply = reply
		s.mu.Unlock()
		to.record(d)
		if reply.Again() {
			s.deliver(to, step, reply.Wait)
			return
		}
		if to.settle(d) {
			s.deliver(to, step+1, 0)
		}
	})
}

// invoicing delivers the invoice of an order.
func (s *Server) invoicing(e *entry) delivery {
	return delivery{
		path:    invoicePath,
		prepare: func(step int) (*document, bool) { return s.prepareInvoice(e, step) },
		record:  func(d *document) { s.recordInvoice(e, d) },
		settle:  func(d *document) bool { return s.settleInvoice(e, d) },
	}
}

// prepareInvoice makes the invoice, once, and writes a document of it. When the order was cancelled meanwhile nothing
// more is posted for it.
func (s *Server) prepareInvoice(e *entry, step int) (*document, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if e.cancelled && e.behaviour != AfterCancel || step == len(e.behaviour.variants()) {
		return nil, false
	}
	if e.invoice == nil {
		e.invoice = s.makeInvoice(e)
	}
	if step == len(e.documents) {
		e.documents = append(e.documents, s.writeInvoice(e, e.behaviour.variants()[step]))
	}
	return e.documents[step], true
}

func (s *Server) recordInvoice(e *entry, d *document) {
	s.Ledger.Record(simulate.Call{
		At: time.Now(), System: "erp", Name: CallInvoice, Client: e.created.LocationCode, Key: e.created.OrderCode,
		Status: d.reply.Status, Effect: d.reply.OK(),
		Detail: detail(map[string]any{
			"invoice_number": d.number, "irn": d.irn, "variant": d.variant,
			"partial": e.invoice.partial, "purchase_order": d.about, "url": d.url,
			"quantities": e.invoice.quantities, "code": d.reply.Code(), "description": d.reply.Error().Description,
		}),
	})
}

// settleInvoice judges the gateway's answer and reports whether the next document follows.
func (s *Server) settleInvoice(e *entry, d *document) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	about := fmt.Sprintf("order %s, invoice %s", e.created.OrderCode, d.number)
	if d.variant == right {
		e.status = Accepted
		if !d.reply.OK() {
			e.status = Refused
		}
		if e.behaviour == AfterCancel && d.reply.Code() != increff.OrderCancelled {
			s.violated("%s: posted after the cancellation and answered %d %s", about, d.reply.Status, d.reply.Code())
		}
	}
	return s.judge(about, d)
}

// judge notes an answer that the contract does not allow and reports whether the next document follows. The caller
// holds the lock.
func (s *Server) judge(about string, d *document) (next bool) {
	switch d.variant {
	case right:
		return d.reply.OK()
	case repeat:
		if !d.reply.OK() {
			s.violated("%s: an exact repeat was answered %d %s", about, d.reply.Status, d.reply.Code())
		}
		return false
	default:
		if d.reply.Status != http.StatusBadRequest {
			s.violated("%s: the %s document was answered %d", about, d.variant, d.reply.Status)
		}
		return !d.reply.OK()
	}
}

// answer is the gateway's refusal, empty for none.
func (d *document) answer() string {
	if d.reply.OK() || d.reply.Status == 0 {
		return ""
	}
	return strings.TrimSpace(fmt.Sprintf("%d %s %s", d.reply.Status, d.reply.Code(), d.reply.Error().Description))
}
