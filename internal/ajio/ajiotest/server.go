package ajiotest

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"sync"
	"time"

	"vmsflow/internal/ajio/wire"
	"vmsflow/internal/simulate"
)

// Server is the simulator. It is an http.Handler; NewServer also listens. It is safe for concurrent use.
type Server struct {
	URL    string // set by NewServer, such as http://127.0.0.1:41231
	Ledger *simulate.Ledger
	Faults *simulate.Plan

	options   Options
	prefix    string
	accounts  map[string]Account // by POB
	catalogue []Article
	mux       *http.ServeMux
	stop      func()

	mu         sync.Mutex
	random     *rand.Rand
	orders     []*placed // as placed
	byID       map[string]*placed
	manifests  map[string]*wire.ManifestDetails
	tokens     map[string]token
	tokenCount int
	orderCount int
	poCount    int
	returns    []*returned // as made
	returnByID map[string]*returned
	rsiCount   int
	windows    map[string]window // by POB
}

// New makes a simulator that a caller mounts at the root of a host.
func New(o Options) *Server {
	if o.Partner == "" {
		o.Partner = "vmsflow"
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.ThrottlePerMinute == 0 {
		o.ThrottlePerMinute = wire.RequestsOfMinute
	}
	s := &Server{
		Ledger: &simulate.Ledger{}, Faults: &simulate.Plan{},
		options: o, prefix: wire.Prefix(o.Partner), accounts: map[string]Account{}, catalogue: Catalogue(),
		mux: http.NewServeMux(), stop: func() {},
		random: rand.New(rand.NewPCG(o.Seed, o.Seed)), byID: map[string]*placed{},
		manifests: map[string]*wire.ManifestDetails{}, tokens: map[string]token{}, windows: map[string]window{},
		returnByID: map[string]*returned{},
	}
	for _, account := range o.Accounts {
		if account.State == "" {
			account.State = "27"
		}
		s.accounts[account.Pob] = account
	}
	s.Faults.RefuseEvery(o.RefuseEvery)
	s.routes()
	s.admin()
	return s
}

// NewServer makes a simulator that listens on a free port of 127.0.0.1. Close it.
func NewServer(o Options) *Server {
	s := New(o)
	s.URL, s.stop = simulate.Listen(s)
	return s
}

// Close stops listening.
func (s *Server) Close() { s.stop() }

// ServeHTTP serves Ajio's API and, under /_sim/ajio, the simulator's own.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.mux.ServeHTTP(w, r) }

func (s *Server) now() time.Time { return s.options.Now() }

// Orders returns the state of every order, as placed.
func (s *Server) Orders() []OrderState {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	states := make([]OrderState, 0, len(s.orders))
	for _, o := range s.orders {
		s.settle(o, now)
		state := o.OrderState
		state.Lines = append([]LineState(nil), o.Lines...)
		states = append(states, state)
	}
	return states
}

// Order returns the state of one order.
func (s *Server) Order(orderID string) (OrderState, bool) {
	for _, state := range s.Orders() {
		if state.OrderID == orderID {
			return state, true
		}
	}
	return OrderState{}, false
}

// CancelByCustomer cancels an order for its customer. After the acknowledgement that is no longer possible.
func (s *Server) CancelByCustomer(orderID string) error {
	return s.customer(orderID, func(o *placed, at time.Time) error {
		o.customerCancels(-1, 0, at)
		return nil
	})
}

// CancelUnitsByCustomer cancels units of a line for the customer, with the same limit.
func (s *Server) CancelUnitsByCustomer(orderID, orderItemID string, units int) error {
	return s.customer(orderID, func(o *placed, at time.Time) error {
		for i, line := range o.Lines {
			if line.OrderItemID == orderItemID && units > 0 && units <= line.wanted() {
				o.customerCancels(i, units, at)
				return nil
			}
		}
		return fmt.Errorf("order %s has no line %q with %d units to cancel", orderID, orderItemID, units)
	})
}

func (s *Server) customer(orderID string, cancel func(*placed, time.Time) error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	o, now := s.byID[orderID], s.now()
	if o == nil {
		return fmt.Errorf("no order %q", orderID)
	}
	s.settle(o, now)
	if o.Status != Pending {
		return fmt.Errorf("order %s is %s: its customer can no longer cancel", orderID, o.Status)
	}
	return cancel(o, now)
}

// Deliver lets the carrier deliver a dispatched order.
func (s *Server) Deliver(orderID string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	o := s.byID[orderID]
	if o == nil || o.Status != wire.StatusDispatched {
		return fmt.Errorf("order %q is not DISPATCHED", orderID)
	}
	o.Status = wire.StatusDelivered
	return nil
}
