package ajiotest

import (
	"time"

	"vmsflow/internal/ajio/wire"
	"vmsflow/internal/order"
)

// ReturnState is what the simulator knows of a return, for audits. Times are nil until it happened.
type ReturnState struct {
	ReturnID string             `json:"return_id"`
	Pob      string             `json:"pob"`
	OrderID  string             `json:"order_id"` // of the forward order
	Kind     order.ReturnKind   `json:"kind"`
	Status   order.ReturnStatus `json:"status"`
	// BySeller says that the seller asked for it (§7.2); ListedAt is from when on Ajio shows it to anybody.
	BySeller       bool       `json:"by_seller,omitempty"`
	ReturnDate     time.Time  `json:"return_date"`
	ListedAt       time.Time  `json:"listed_at"`
	TrackingNumber string     `json:"tracking_number"` // the AWB of the way back
	DeliveredAt    *time.Time `json:"delivered_at,omitempty"`
	WithdrawnAt    *time.Time `json:"withdrawn_at,omitempty"`
	QCAt           *time.Time `json:"qc_at,omitempty"`
	// Model is that of the POB when the return was made.
	Model            order.SettlementModel `json:"model"`
	CreditNoteNumber string                `json:"credit_note_number,omitempty"`
	CreditNoteDate   *time.Time            `json:"credit_note_date,omitempty"`
	CreditNoteIRN    string                `json:"credit_note_irn,omitempty"`
	CreditNoteSHA256 string                `json:"credit_note_sha256,omitempty"` // of its PDF, hexadecimal
	CreditNoteURL    string                `json:"credit_note_url,omitempty"`    // when a URL was sent instead
	CreditNoteAt     *time.Time            `json:"credit_note_at,omitempty"`
	RSINumber        string                `json:"rsi_number,omitempty"`
	RSIAt            *time.Time            `json:"rsi_at,omitempty"`      // from when on it can be read
	RSIReadAt        *time.Time            `json:"rsi_read_at,omitempty"` // first
	// The counts say how often each was asked for, refused calls included. An RTO that is asked for a second time counts
	// on the first.
	RTOCount        int               `json:"rto_count,omitempty"`
	QCCount         int               `json:"qc_count,omitempty"`
	CreditNoteCount int               `json:"credit_note_count,omitempty"`
	Items           []ReturnItemState `json:"items"`
}

// ReturnItemState counts the units of one row. Units = Cancelled + Good + Bad + Missing once the QC is done.
type ReturnItemState struct {
	ReturnItemID string         `json:"return_item_id"`
	OrderItemID  string         `json:"order_item_id"`
	ItemCode     string         `json:"item_code"`
	Units        int            `json:"units"`
	Cancelled    int            `json:"cancelled"`
	Good         int            `json:"good"`
	Bad          int            `json:"bad"`
	Missing      int            `json:"missing"`
	Reasons      map[string]int `json:"reasons,omitempty"` // units by the reason given with BAD or MISSING
}

// expected is what must be accounted for in the QC.
func (i ReturnItemState) expected() int { return i.Units - i.Cancelled }

// returned is a return with what only the simulator needs.
type returned struct {
	ReturnState
	articles []Article // by item
}

// open says that the return binds its units: Ajio has not withdrawn it.
func (r *returned) open() bool { return r.Status != order.StatusReturnCancelled }

func (r *returned) item(returnItemID string) *ReturnItemState {
	for i := range r.Items {
		if r.Items[i].ReturnItemID == returnItemID {
			return &r.Items[i]
		}
	}
	return nil
}

// findReturn returns a return of the caller's POB that Ajio shows by now, nil for any other.
func (s *Server) findReturn(asked request, returnID string) *returned {
	r := s.returnByID[returnID]
	if r == nil || r.Pob != asked.account.Pob || asked.now.Before(r.ListedAt) {
		return nil
	}
	return r
}

// rtoOf finds the RTO of an order that Ajio has not withdrawn.
func (s *Server) rtoOf(pob, orderID string) *returned {
	for _, r := range s.returns {
		if r.Pob == pob && r.OrderID == orderID && r.Kind == order.RTO && r.open() {
			return r
		}
	}
	return nil
}

// comingBack counts the units of an order that its returns bind, by line.
func (s *Server) comingBack(pob, orderID string) order.Quantities {
	units := order.Quantities{}
	for _, r := range s.returns {
		if r.Pob != pob || r.OrderID != orderID || !r.open() {
			continue
		}
		for _, item := range r.Items {
			units[item.OrderItemID] += item.expected()
		}
	}
	return units
}

// shipped says whether an order has left the seller.
func (o *placed) shipped() bool {
	return o.Status == wire.StatusDispatched || o.Status == wire.StatusDelivered
}
