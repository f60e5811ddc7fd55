package warehousetest

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"

	"vmsflow/internal/increff"
	"vmsflow/internal/increff/increfftest"
	"vmsflow/internal/simulate"
)

// The names of calls in the ledger; the inbound ones are also the names in the plan of faults.
const (
	CallOrder    = "order"    // inbound: an order on hold
	CallRelease  = "release"  // inbound
	CallStop     = "stop"     // inbound
	CallExpect   = "expect"   // inbound: units that are on their way back; the key is the return
	CallPack     = "pack"     // outbound: our pack and the gateway's answer
	CallManifest = "manifest" // outbound; the key is the manifestId
	CallHandover = "handover" // outbound: manifest and handover in one
	CallReturn   = "return"   // outbound: the QC of units; the key is the return or, for an RTO without one, the order
)

// Server is a simulated warehouse. It takes POST /orders/outward, PUT /orders/{order}, PUT /orders/{order}/cancel and
// POST /return/return-orders; another process looks into it at /_sim/warehouse/ (ledger, state, faults).
type Server struct {
	// URL is where a Server made by NewServer listens.
	URL string
	// Ledger holds every call, inbound and outbound.
	Ledger *simulate.Ledger
	// Faults upset inbound calls, by the names above.
	Faults *simulate.Plan

	options Options
	mux     *http.ServeMux
	gateway *increfftest.Gateway
	jobs    *simulate.Jobs
	stop    func()

	mu         sync.Mutex
	orders     map[string]*entry       // by location and order code
	arrival    []*entry                // in the order of arrival
	waiting    map[bay][]*entry        // labelled shipments that no manifest has yet
	expected   map[string]*expectation // by location and return code
	announced  []*expectation          // in the order of arrival
	back       map[string]*parcel      // by location and return code or, without one, order code
	parcels    []*parcel               // in the order in which they came back
	manifestID int64
	combined   float64 // share of a combined handover that is due
	violations []string
}

// New makes a simulated warehouse that is served by somebody else. Close ends its work.
func New(o Options) *Server {
	o.ManifestEvery = orDefault(o.ManifestEvery, 10*time.Second)
	o.ManifestSize = orDefault(o.ManifestSize, increff.ManifestLimit)
	o.Workers = orDefault(o.Workers, 32)
	s := &Server{
		Ledger: &simulate.Ledger{}, Faults: &simulate.Plan{},
		options: o, mux: http.NewServeMux(), jobs: simulate.NewJobs(o.Workers), stop: func() {},
		gateway: &increfftest.Gateway{
			Username: o.GatewayUsername, Password: o.GatewayPassword,
			RetryEvery: o.RetryEvery, MaxRetryAfter: o.MaxRetryAfter,
		},
		orders: map[string]*entry{}, waiting: map[bay][]*entry{},
		expected: map[string]*expectation{}, back: map[string]*parcel{},
		manifestID: orDefault(o.FirstManifest, time.Now().Unix()) - 1,
	}
	s.gateway.SetURL(o.GatewayURL)
	s.Faults.RefuseEvery(o.RefuseEvery)
	s.mux.HandleFunc("POST /orders/outward", inbound(s, CallOrder, s.takeOrder))
	s.mux.HandleFunc("PUT /orders/{order}", inbound(s, CallRelease, s.takeRelease))
	s.mux.HandleFunc("PUT /orders/{order}/cancel", inbound(s, CallStop, s.takeStop))
	s.mux.HandleFunc("POST /return/return-orders", inbound(s, CallExpect, s.takeExpectation))
	simulate.Admin(s.mux, "/_sim/warehouse", s.Ledger, s.Faults, func() any { return s.State() })
	s.closeRegularly()
	return s
}

// NewServer makes a simulated warehouse that listens on 127.0.0.1.
func NewServer(o Options) *Server {
	s := New(o)
	s.URL, s.stop = simulate.Listen(s)
	return s
}

// ServeHTTP serves the warehouse.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.mux.ServeHTTP(w, r) }

// Close stops listening and working and waits for the workers.
func (s *Server) Close() {
	s.stop()
	s.jobs.Close()
}

// SetGatewayURL says where the gateway is, when it was started after the warehouse.
func (s *Server) SetGatewayURL(url string) { s.gateway.SetURL(url) }

// Violations lists how vmsflow broke the contract.
func (s *Server) Violations() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string{}, s.violations...)
}

// violated records a broken rule; the caller holds the lock.
func (s *Server) violated(format string, args ...any) {
	s.violations = append(s.violations, fmt.Sprintf(format, args...))
}

// outcome is what an inbound call came to. A call with broken rules is refused and counts as a violation; one that
// only came too late is refused.
type outcome struct {
	effect  bool
	broken  []string
	tooLate []string
	next    func() // what the warehouse does after it has answered
}

func refused(format string, args ...any) outcome {
	return outcome{broken: []string{fmt.Sprintf(format, args...)}}
}

// inbound reads a body, meets the fault that is due, lets take give the call its effect and keeps the ledger.
// The lock is held during take.
func inbound[B about](s *Server, name string, take func(code string, body B) outcome) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		raw, err := io.ReadAll(r.Body)
		if err != nil {
			return // the caller is gone
		}
		var body B
		malformed := json.Unmarshal(raw, &body)
		code := r.PathValue("order")
		if code == "" {
			code = body.code()
		}
		call := simulate.Call{
			System: "warehouse", Name: name, Client: body.location(), Key: code, Fault: s.Faults.Draw(name),
		}
		if malformed == nil {
			call.Detail = raw
		}
		noted := s.Ledger.Note(w, &call)
		var done outcome
		switch {
		case call.Fault == simulate.TokenExpired, !increfftest.SignedIn(r, s.options.Username, s.options.Password):
			increfftest.Refuse(noted, http.StatusUnauthorized, increff.Unauthorized, "Wrong credential")
		case s.Faults.Refuses(&call, call.Key):
			increfftest.BadData(noted, "locationCode: closed for stock taking")
		default:
			s.Faults.Serve(call.Fault, noted, r, func(w http.ResponseWriter, _ *http.Request) {
				s.mu.Lock()
				defer s.mu.Unlock()
				if done = refused("not JSON: %v", malformed); malformed == nil {
					done = take(code, body)
				}
				switch {
				case done.broken != nil:
					s.violated("%s of %s: %s", name, code, increff.Describe(done.broken...))
					increfftest.BadData(w, done.broken...)
				case done.tooLate != nil:
					increfftest.BadData(w, done.tooLate...)
				}
				call.Effect = done.effect
			})
		}
		if done.next != nil { // after the answer, or the pack could stand in the ledger before its release
			done.next()
		}
	}
}

func orDefault[T comparable](value, fallback T) T {
	var zero T
	if value == zero {
		return fallback
	}
	return value
}
