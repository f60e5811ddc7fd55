package erptest

import (
	"fmt"
	"net/http"
	"sync"
	"time"

	"vmsflow/internal/erp"
	"vmsflow/internal/gst/gsttest"
	"vmsflow/internal/increff"
	"vmsflow/internal/increff/increfftest"
	"vmsflow/internal/simulate"
)

// The names of calls in the ledger and in the plan of faults.
const (
	CallCreate     = "order_create"
	CallCancel     = "order_cancel"
	CallOther      = "other_posting" // an event that vmsflow must not send
	CallCredential = "credential"
	CallReturn     = "return_posting"
	CallDocument   = "document"            // a PDF; the key is the order of the invoice or the return of the note
	CallInvoice    = "invoice_posting"     // outbound: our invoice and the gateway's answer
	CallNote       = "credit_note_posting" // outbound: our credit note and the gateway's answer; the key is its return
)

// Server is a simulated ERP. It takes postings at POST /orders and POST /returns, gives out credentials at GET
// /credential and, to anybody, its invoices and credit notes at GET /documents/{number}.pdf; another process looks into
// it at /_sim/erp/ (ledger, state, faults, key).
type Server struct {
	// URL is where a Server made by NewServer listens.
	URL string
	// Ledger holds every call, inbound and outbound.
	Ledger *simulate.Ledger
	// Faults upset inbound calls, by the names above.
	Faults *simulate.Plan

	options  Options
	mux      *http.ServeMux
	gateway  *increfftest.Gateway
	jobs     *simulate.Jobs
	key      gsttest.Key
	unpinned func() gsttest.Key // made when UnknownKey first needs it
	stop     func()

	mu         sync.Mutex
	token      int // number of the current credential; 0 before the first
	expired    bool
	messages   map[int64]string            // body by messageId
	orders     map[string]*entry           // by orderCode
	arrival    []*entry                    // in the order of their CREATE
	learned    map[string]erp.OrderMessage // orders that the ERP was not posted, by orderCode
	returns    []*returnEntry              // in the order in which the ERP heard of them
	numbers    map[string]int              // last running number, by series and financial year
	forms      int
	notes      int
	violations []string
}

// New makes a simulated ERP that is served by somebody else. Close ends its work.
func New(o Options) *Server {
	var key gsttest.Key
	if o.Key != nil {
		key = gsttest.KeyOf(o.Key)
	} else {
		key = gsttest.NewKey()
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	s := &Server{
		Ledger: &simulate.Ledger{}, Faults: &simulate.Plan{},
		options: o, mux: http.NewServeMux(), jobs: simulate.NewJobs(o.Workers), stop: func() {},
		key: key, unpinned: sync.OnceValue(gsttest.NewKey),
		gateway: &increfftest.Gateway{
			Username: o.GatewayUsername, Password: o.GatewayPassword,
			RetryEvery: o.RetryEvery, MaxRetryAfter: o.MaxRetryAfter,
		},
		messages: map[int64]string{}, orders: map[string]*entry{}, learned: map[string]erp.OrderMessage{}, numbers: map[string]int{},
	}
	s.gateway.SetURL(o.GatewayURL)
	s.Faults.RefuseEvery(o.RefuseEvery)
	s.mux.HandleFunc("POST /orders", s.posting)
	s.mux.HandleFunc("POST /returns", s.returning)
	s.mux.HandleFunc("GET /credential", s.credential)
	s.mux.HandleFunc("GET /documents/{file...}", s.document)
	s.mux.HandleFunc("GET /_sim/erp/key", func(w http.ResponseWriter, _ *http.Request) {
		simulate.WriteJSON(w, map[string]string{"kid": s.KeyID(), "pem": s.PublicKeyPEM(), "iss": Issuer})
	})
	simulate.Admin(s.mux, "/_sim/erp", s.Ledger, s.Faults, func() any { return s.State() })
	return s
}

// NewServer makes a simulated ERP that listens on 127.0.0.1.
func NewServer(o Options) *Server {
	s := New(o)
	s.URL, s.stop = simulate.Listen(s)
	if s.options.PublicURL == "" {
		s.options.PublicURL = s.URL
	}
	return s
}

// ServeHTTP serves the ERP.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.mux.ServeHTTP(w, r) }

// Close stops listening and posting and waits for the workers.
func (s *Server) Close() {
	s.stop()
	s.jobs.Close()
}

// SetGatewayURL says where the gateway is, when it was started after the ERP.
func (s *Server) SetGatewayURL(url string) { s.gateway.SetURL(url) }

// Violations lists how vmsflow broke the contract: a second effect of an event, a changed repeat, a CANCEL before its
// CREATE, a malformed posting, more units returned than were sold, a wrong document accepted.
func (s *Server) Violations() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string{}, s.violations...)
}

// violated records a broken rule; the caller holds the lock.
func (s *Server) violated(format string, args ...any) {
	s.violations = append(s.violations, fmt.Sprintf(format, args...))
}

// credential gives out a new token to whoever has the static credential.
func (s *Server) credential(w http.ResponseWriter, r *http.Request) {
	call := simulate.Call{System: "erp", Name: CallCredential, Fault: s.Faults.Draw(CallCredential)}
	noted := s.Ledger.Note(w, &call)
	switch {
	case call.Fault == simulate.TokenExpired, !increfftest.SignedIn(r, s.options.Username, s.options.Password):
		increfftest.Refuse(noted, http.StatusUnauthorized, increff.Unauthorized, "Wrong credential")
	case call.Fault == simulate.Refused:
		increfftest.BadData(noted, "no credential for this client")
	default:
		s.Faults.Serve(call.Fault, noted, r, func(w http.ResponseWriter, _ *http.Request) {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.token++
			s.expired = false
			call.Effect = true
			simulate.WriteJSON(w, map[string]string{"Authorization": s.bearer()})
		})
	}
}

// bearer is the current token; the caller holds the lock.
func (s *Server) bearer() string { return fmt.Sprintf("Bearer erp-token-%06d", s.token) }

func (s *Server) signedIn(r *http.Request) bool {
	if !increfftest.SignedIn(r, s.options.Username, s.options.Password) {
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return !s.options.DynamicAuth || s.token > 0 && !s.expired && r.Header.Get("Authorization") == s.bearer()
}

func (s *Server) expireToken() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.expired = true
}
