// Package simulate is what the simulators of the outside systems have in common: a ledger of every call and
// faults on demand. The simulators themselves stand beside the clients whose other end they are: ajiotest,
// erptest, warehousetest.
//
// Only simulators, tests and the demo import it; the product never learns that it talks to a simulator.
package simulate

import (
	"encoding/json"
	"sync"
	"time"
)

// Call is one HTTP call as a simulator saw it.
type Call struct {
	At     time.Time `json:"at"`
	System string    `json:"system"` // "ajio", "erp", "warehouse" or "irp"
	Name   string    `json:"name"`   // what was asked, such as "acknowledge" or "pendency"
	Client string    `json:"client"` // the POB or client whose credential made the call
	Key    string    `json:"key"`    // what it was about, usually the order id; empty for lists
	Status int       `json:"status"` // the HTTP status answered; 0 when no answer was sent
	Fault  Fault     `json:"fault,omitempty"`
	// Effect says that the call changed the simulator's state, whether or not its answer arrived.
	Effect bool `json:"effect,omitempty"`
	// Detail holds what an audit compares: quantities, numbers, the message id. Never a credential.
	Detail json.RawMessage `json:"detail,omitempty"`
}

// Ledger keeps every call in the order of arrival. Its zero value is ready; it is safe for concurrent use.
type Ledger struct {
	mu    sync.Mutex
	calls []Call
}

// Record adds a call.
func (l *Ledger) Record(c Call) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.calls = append(l.calls, c)
}

// Calls returns the calls for which keep is true, oldest first; a nil keep returns all.
func (l *Ledger) Calls(keep func(Call) bool) []Call {
	l.mu.Lock()
	defer l.mu.Unlock()
	kept := make([]Call, 0, len(l.calls))
	for _, c := range l.calls {
		if keep == nil || keep(c) {
			kept = append(kept, c)
		}
	}
	return kept
}

// Named returns the calls with this name.
func (l *Ledger) Named(name string) []Call {
	return l.Calls(func(c Call) bool { return c.Name == name })
}
