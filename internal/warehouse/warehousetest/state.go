package warehousetest

import "maps"

// Status is where an order or a parcel that came back stands in the warehouse.
type Status string

// The states of an order.
const (
	OnHold        Status = "on_hold"
	Picking       Status = "picking"  // released; the pack is not answered yet
	Labelled      Status = "labelled" // packed, waiting for its manifest
	Manifested    Status = "manifested"
	LeftToVmsflow Status = "left_to_vmsflow" // Ajio refused it in the manifest
	Stopped       Status = "stopped"         // every unit was stopped
	PutBack       Status = "put_back"        // the pack was answered ORDER_CANCELLED
	Refused       Status = "refused"         // the gateway kept refusing the pack or the manifest, or refused the QC
)

// The states of a parcel that came back.
const (
	Reporting Status = "reporting" // calls are still to be answered
	Reported  Status = "reported"
)

// State is a snapshot of the warehouse.
type State struct {
	Orders     []OrderState    `json:"orders"`
	Expected   []ExpectedState `json:"expected"`
	Returns    []ReturnState   `json:"returns"`
	Violations []string        `json:"violations"`
}

// OrderState is one order; quantities are by SKU. For a labelled parcel Ordered is Stopped and Packed and Short
// together.
type OrderState struct {
	OrderID   string         `json:"order_id"`
	Pob       string         `json:"pob"`
	Status    Status         `json:"status"`
	Behaviour Behaviour      `json:"behaviour"`
	OnHold    bool           `json:"on_hold"`
	Released  bool           `json:"released"`
	Ordered   map[string]int `json:"ordered"`
	Stopped   map[string]int `json:"stopped,omitempty"`
	// Packed is what was reported last; without an AWB it is not accepted.
	Packed       map[string]int `json:"packed,omitempty"`
	Short        map[string]int `json:"short,omitempty"` // nobody stopped them, and they are not in the parcel
	Transporter  string         `json:"transporter,omitempty"`
	AWB          string         `json:"awb,omitempty"`
	PutBack      bool           `json:"put_back"`
	ManifestCode string         `json:"manifest_code,omitempty"`
	// LeftToVmsflow says that the manifest's answer did not name the order.
	LeftToVmsflow bool   `json:"left_to_vmsflow,omitempty"`
	Attempts      int    `json:"attempts"` // pack calls
	Refusals      int    `json:"refusals,omitempty"`
	Answer        string `json:"answer,omitempty"` // the last refusal
}

// State returns a snapshot, orders as they arrived.
func (s *Server) State() State {
	s.mu.Lock()
	defer s.mu.Unlock()
	state := State{
		Orders: []OrderState{}, Expected: []ExpectedState{}, Returns: []ReturnState{},
		Violations: append([]string{}, s.violations...),
	}
	for _, e := range s.arrival {
		order := OrderState{
			OrderID: e.code, Pob: e.pob, Status: e.status, Behaviour: e.behaviour,
			OnHold: !e.released, Released: e.released,
			Ordered: maps.Clone(e.ordered), Stopped: maps.Clone(e.stopped), Packed: maps.Clone(e.packed), Short: e.short(),
			PutBack: e.putBack, ManifestCode: e.manifestCode, LeftToVmsflow: e.refusedThere,
			Attempts: e.attempts, Refusals: e.refusals, Answer: e.answer,
		}
		if e.label != nil {
			order.Transporter, order.AWB = e.label.ShippingLabel.Transporter, e.label.ShippingLabel.AwbNumber
		}
		state.Orders = append(state.Orders, order)
	}
	for _, e := range s.announced {
		state.Expected = append(state.Expected, e.state())
	}
	for _, p := range s.parcels {
		state.Returns = append(state.Returns, p.state())
	}
	return state
}
