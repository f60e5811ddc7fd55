package irptest

import (
	"encoding/json"
	"slices"
	"time"
	"unicode/utf8"

	"vmsflow/internal/gst"
	"vmsflow/internal/irp/wire"
)

// read answers GET /api/Invoice/irn/{irn}.
func (s *Server) read(asked request) reply {
	d, no := s.find(asked, asked.irn, wire.CodeNotAvailable)
	switch {
	case no != nil:
		return *no
	case asked.now.Sub(d.AckDate) > wire.ReadableFor:
		return refused(wire.CodeTooOldToRead, "registered at %s, too old to be read", d.AckDate.Format(time.DateTime))
	}
	d.Reads++
	return done(registration(d))
}

var cancelReasons = []wire.CancelReason{
	wire.ReasonDuplicate, wire.ReasonMistake, wire.ReasonOrderCancelled, wire.ReasonOther,
}

// cancel answers POST /api/Cancel (contracts/gst-einvoice.md §6.3, §10).
func (s *Server) cancel(asked request) reply {
	var body wire.Cancellation
	if err := json.Unmarshal(asked.body, &body); err != nil || !slices.Contains(cancelReasons, body.CnlRsn) {
		return refused(wire.CodeSchema, "the body is no cancellation, or CnlRsn none of %q", cancelReasons)
	}
	if length := utf8.RuneCountInString(body.CnlRem); length < 1 || length > wire.MaxCancelRem || !plain(body.CnlRem) {
		return refused(wire.CodeSchema, "CnlRem needs 1 to %d characters without \" and \\", wire.MaxCancelRem)
	}
	d, no := s.find(asked, body.Irn, wire.CodeNotFound)
	if no != nil {
		return *no
	}
	err := gst.CanCancelIRN(d.AckDate, asked.now.Truncate(time.Second), d.EWayBill)
	switch {
	case d.Status == wire.StatusCancelled:
		return refused(wire.CodeNotActive, "the IRN is not active")
	case gst.HasID(err, gst.CancelTooLate):
		return refused(wire.CodeCancelTooLate, "registered more than 24 hours ago")
	case err != nil:
		return refused(wire.CodeEWayBillActive, "an e-way bill is active")
	}
	at := asked.now.Truncate(time.Second).In(gst.IST)
	d.Status, d.CancelledAt = wire.StatusCancelled, &at
	answer := done(wire.Cancelled{Irn: d.IRN, CancelDate: wire.Stamp{Time: at}})
	answer.effect = true
	answer.detail = map[string]any{"type": d.Type, "number": d.Number, "reason": body.CnlRsn}
	return answer
}

// find returns the caller's own document, or why not.
func (s *Server) find(asked request, irn, unknown string) (*DocumentState, *reply) {
	d := s.byIRN[irn]
	var no reply
	switch {
	case d == nil:
		no = refused(unknown, "there is no such IRN")
	case d.GSTIN != asked.gstin:
		no = refused(wire.CodeOtherGSTIN, "the IRN belongs to another GSTIN")
	default:
		return d, nil
	}
	return nil, &no
}
