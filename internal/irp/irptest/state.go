package irptest

import (
	"fmt"
	"time"

	"vmsflow/internal/irp/wire"
)

// State is a snapshot of everything that was registered, in that order.
type State struct {
	Documents []DocumentState `json:"documents"`
}

// DocumentState is what the simulator knows of a document, for audits.
type DocumentState struct {
	GSTIN         string      `json:"gstin"` // the supplier's
	Type          string      `json:"type"`  // INV, CRN or DBN
	Number        string      `json:"number"`
	Date          string      `json:"date"` // dd/MM/yyyy
	Originals     []string    `json:"originals,omitempty"`
	IRN           string      `json:"irn"`
	AckNo         string      `json:"ack_no"`
	AckDate       time.Time   `json:"ack_date"`
	Status        wire.Status `json:"status"`
	CancelledAt   *time.Time  `json:"cancelled_at,omitempty"`
	BuyerGSTIN    string      `json:"buyer_gstin"`
	TotalPaise    int64       `json:"total_paise"`
	ItemCount     int         `json:"item_count"`
	SignedQR      string      `json:"signed_qr"`
	SignedInvoice string      `json:"signed_invoice"`
	// Asked is how often the registration was asked for, the first time included; Reads how often it was read.
	Asked int `json:"asked"`
	Reads int `json:"reads"`
	// EWayBill says that an e-way bill is active.
	EWayBill bool `json:"eway_bill,omitempty"`
}

// State returns a snapshot.
func (s *Server) State() State {
	s.mu.Lock()
	defer s.mu.Unlock()
	state := State{Documents: []DocumentState{}}
	for _, d := range s.documents {
		state.Documents = append(state.Documents, *d)
	}
	return state
}

// Document returns the state of one document.
func (s *Server) Document(irn string) (DocumentState, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if d := s.byIRN[irn]; d != nil {
		return *d, true
	}
	return DocumentState{}, false
}

// SetEWayBill says whether an e-way bill is active for a document, which keeps it from being cancelled.
func (s *Server) SetEWayBill(irn string, active bool) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	d := s.byIRN[irn]
	if d == nil {
		return fmt.Errorf("no document has IRN %q", irn)
	}
	d.EWayBill = active
	return nil
}
