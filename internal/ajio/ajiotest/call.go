package ajiotest

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"vmsflow/internal/ajio/wire"
	"vmsflow/internal/simulate"
)

// maxBody bounds what the simulator reads: a PDF of 10 MiB in base64 and more than enough around it.
const maxBody = 32 << 20

// endpoint is one call of the API. Its functions run with the state locked.
type endpoint struct {
	name   string
	handle func(request) reply
	// refuse answers a refusal on demand, in the call's own shape.
	refuse func(request) reply
	writes bool // RefuseEvery counts it
	open   bool // needs no token and is not throttled: the login
	free   bool // needs a token, but does not count for the throttle: downloads
}

// request is a call as it came.
type request struct {
	account Account
	now     time.Time
	query   url.Values
	path    func(name string) string
	body    []byte
	self    string // the address that was called, such as http://127.0.0.1:41231
}

// reply is what a call answers and what the ledger keeps of it.
type reply struct {
	status int // 200 when 0
	body   any // []byte is a PDF
	client string
	key    string
	effect bool // an order, a manifest or a return changed; a login changes neither
	detail map[string]any
}

// serve takes a call through token, throttle and faults to its handler, and into the ledger. A call that is turned
// away at the token or the throttle takes no fault.
func (s *Server) serve(e endpoint) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(io.LimitReader(r.Body, maxBody))
		if err != nil {
			panic(http.ErrAbortHandler) // the caller hung up; nothing was asked
		}
		asked := request{now: s.now(), query: r.URL.Query(), path: r.PathValue, body: body, self: "http://" + r.Host}
		call := simulate.Call{At: asked.now, System: System, Name: e.name, Key: keyOf(asked)}
		out := s.Ledger.Note(w, &call)
		sent := r.Header.Get(wire.HeaderAPIKey)
		if !e.open {
			account, alive := s.account(sent, asked.now)
			asked.account, call.Client = account, account.Pob
			if !alive {
				s.write(out, &call, envelope(http.StatusUnauthorized, simToken, "the token is missing, unknown or expired"))
				return
			}
			if wait := s.throttle(e, account.Pob, asked.now); wait > 0 {
				out.Header().Set("Retry-After", strconv.Itoa(int((wait+time.Second-1)/time.Second)))
				s.write(out, &call, envelope(http.StatusTooManyRequests, simLimit, "more than %d calls in a minute", s.options.ThrottlePerMinute))
				return
			}
		}
		call.Fault = s.Faults.Draw(e.name)
		switch {
		case call.Fault == simulate.TokenExpired:
			s.expire(sent)
			s.write(out, &call, envelope(http.StatusUnauthorized, simToken, "the token has expired"))
		case call.Fault == simulate.Refused, e.writes && s.Faults.Refuses(&call, about(asked)):
			s.write(out, &call, s.locked(e.refuse, asked))
		default:
			s.Faults.Serve(call.Fault, out, r, func(w http.ResponseWriter, _ *http.Request) {
				asked.now = s.now() // a slow call happens when it is answered
				s.write(w, &call, s.locked(e.handle, asked))
			})
		}
	}
}

func (s *Server) locked(handle func(request) reply, asked request) reply {
	s.mu.Lock()
	defer s.mu.Unlock()
	return handle(asked)
}

// write sends a reply and completes the ledger's entry.
func (s *Server) write(w http.ResponseWriter, call *simulate.Call, answer reply) {
	call.Effect = answer.effect
	if answer.key != "" {
		call.Key = answer.key
	}
	if answer.client != "" {
		call.Client = answer.client
	}
	if answer.detail != nil {
		call.Detail, _ = json.Marshal(answer.detail) // maps of plain values
	}
	status := answer.status
	if status == 0 {
		status = http.StatusOK
	}
	if document, isPDF := answer.body.([]byte); isPDF {
		w.Header().Set("Content-Type", "application/pdf")
		w.WriteHeader(status)
		_, _ = w.Write(document)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(s.bend(answer.body))
}

// keyOf finds which order or return a call is about, also of a call that is never handled.
func keyOf(asked request) string {
	var about struct {
		OrderID  wire.Text `json:"order_id"`
		ReturnID wire.Text `json:"return_order_id"`
	}
	_ = json.Unmarshal(asked.body, &about)
	switch {
	case about.OrderID != "":
		return string(about.OrderID)
	case about.ReturnID != "":
		return string(about.ReturnID)
	case asked.query.Get(wire.QueryReturnID) != "":
		return asked.query.Get(wire.QueryReturnID)
	case asked.query.Get(wire.QueryOrderID) != "":
		return asked.query.Get(wire.QueryOrderID)
	default:
		return strings.TrimSuffix(asked.path("id"), ".pdf")
	}
}

// about is the order or return by which RefuseEvery knows a writing call again: of a manifest its last shipment's, which is the
// one that refuseManifest leaves out.
func about(asked request) string {
	var body wire.Manifest
	_ = json.Unmarshal(asked.body, &body)
	if n := len(body.Shipments); n > 0 {
		return string(body.Shipments[n-1].OrderID)
	}
	return keyOf(asked)
}

// envelope is a failure with an HTTP status of its own.
func envelope(status int, code, format string, args ...any) reply {
	message := code + ": " + fmt.Sprintf(format, args...)
	return reply{
		status: status, detail: map[string]any{"refused": message},
		body: wire.Envelope{StatusCode: wire.Count(status), ErrorMessage: message},
	}
}

// failed is a failure inside HTTP 200.
func failed(code, format string, args ...any) reply {
	message := code + ": " + fmt.Sprintf(format, args...)
	return reply{
		detail: map[string]any{"refused": message},
		body:   wire.Outcome{Status: wire.Failed, ErrorMessage: wire.Text(message)},
	}
}

func done() wire.Outcome { return wire.Outcome{Status: wire.Success} }

// The refusals on demand: of simulate.Refused and RefuseEvery.
func refuseFailed(request) reply { return failed(simState, "refused on demand") }
func refuseBad(request) reply {
	return envelope(http.StatusBadRequest, simBadRequest, "refused on demand")
}

// find returns an order of the caller's POB with everything due done, nil for any other.
func (s *Server) find(asked request, orderID string) *placed {
	o := s.byID[orderID]
	if o == nil || o.Pob != asked.account.Pob {
		return nil
	}
	s.settle(o, asked.now)
	return o
}

func (s *Server) routes() {
	p := s.prefix
	for pattern, e := range map[string]endpoint{
		"POST " + wire.PathLogin:               {name: CallLogin, handle: s.login, refuse: refuseLogin, open: true},
		"GET " + p + wire.PathPendency:         {name: CallPendency, handle: s.pendency, refuse: refuseBad},
		"POST " + p + wire.PathOrders:          {name: CallAcknowledge, handle: s.acknowledge, refuse: refuseAcknowledge, writes: true},
		"GET " + p + wire.PathOrders:           {name: CallOrders, handle: s.readOrders, refuse: refuseBad},
		"POST " + p + wire.PathCancel:          {name: CallCancel, handle: s.cancel, refuse: refuseFailed, writes: true},
		"POST " + p + wire.PathB2BInvoice:      {name: CallGenerate, handle: s.generate, refuse: refuseFailed, writes: true},
		"PUT " + p + wire.PathB2BInvoice:       {name: CallAttachIRN, handle: s.attach, refuse: refuseFailed, writes: true},
		"POST " + p + wire.PathInvoiceDocument: {name: CallUpload, handle: s.upload, refuse: refuseFailed, writes: true},
		"GET " + p + wire.PathB2BInvoice:       {name: CallReadInvoice, handle: s.readInvoice, refuse: refuseBad},
		"GET " + p + wire.PathB2CInvoice:       {name: CallB2CInvoice, handle: s.b2cInvoice, refuse: refuseBad},
		"GET " + p + wire.PathShippingLabel:    {name: CallLabel, handle: s.label, refuse: refuseBad},
		"POST " + p + wire.PathManifest:        {name: CallManifest, handle: s.manifest, refuse: s.refuseManifest, writes: true},
		"GET " + p + wire.PathManifest:         {name: CallReadManifest, handle: s.manifestOf, refuse: refuseBad},
		"GET " + p + wire.PathManifest + "/{id}": {
			name: CallReadManifest, handle: s.readManifest, refuse: refuseBad,
		},
		"GET " + p + wire.PathReturns:     {name: CallReturns, handle: s.readReturns, refuse: refuseBad},
		"POST " + p + wire.PathRTO:        {name: CallCreateRTO, handle: s.createRTO, refuse: refuseReturn, writes: true},
		"POST " + p + wire.PathQC:         {name: CallQC, handle: s.performQC, refuse: refuseReturn, writes: true},
		"GET " + p + wire.PathRSI:         {name: CallRSI, handle: s.rsi, refuse: refuseBad},
		"POST " + p + wire.PathCreditNote: {name: CallCreditNote, handle: s.creditNote, refuse: refuseFailed, writes: true},
		"GET /files/{kind}/{id}":          {name: CallDocument, handle: s.file, refuse: refuseBad, free: true},
	} {
		s.mux.HandleFunc(pattern, s.serve(e))
	}
}
