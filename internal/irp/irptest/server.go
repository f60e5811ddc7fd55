package irptest

import (
	"net/http"
	"sync"
	"time"

	"vmsflow/internal/irp/wire"
	"vmsflow/internal/simulate"
)

// Server is the simulator. It is an http.Handler; NewServer also listens. It is safe for concurrent use.
type Server struct {
	URL    string // set by NewServer, such as http://127.0.0.1:41231
	Ledger *simulate.Ledger
	Faults *simulate.Plan

	options Options
	mux     *http.ServeMux
	stop    func()

	mu         sync.Mutex
	signer     signer
	documents  []*DocumentState // as registered
	byIRN      map[string]*DocumentState
	tokens     map[string]token // by GSTIN: while one lives, every login gets it
	tokenCount int
}

// New makes a simulator that a caller mounts at the root of a host.
func New(o Options) *Server {
	if o.Now == nil {
		o.Now = time.Now
	}
	s := &Server{
		Ledger: &simulate.Ledger{}, Faults: &simulate.Plan{},
		options: o, mux: http.NewServeMux(), stop: func() {},
		signer: newSigner(o.Key), byIRN: map[string]*DocumentState{}, tokens: map[string]token{},
	}
	for pattern, e := range map[string]endpoint{
		"POST " + wire.PathLogin:           {name: CallLogin, handle: s.login, refuse: refuseLogin, open: true},
		"POST " + wire.PathInvoice:         {name: CallRegister, handle: s.register, refuse: refuseInactive},
		"GET " + wire.PathByIRN + "/{irn}": {name: CallRead, handle: s.read, refuse: refuseInactive},
		"POST " + wire.PathCancel:          {name: CallCancel, handle: s.cancel, refuse: refuseInactive},
	} {
		s.mux.HandleFunc(pattern, s.serve(e))
	}
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

// ServeHTTP serves the IRP's interface and, under /_sim/irp, the simulator's own.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.mux.ServeHTTP(w, r) }
