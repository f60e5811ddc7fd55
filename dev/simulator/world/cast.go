package world

import (
	"encoding/json"
	"time"

	"vmsflow/internal/ajio/ajiotest"
	"vmsflow/internal/order"
	"vmsflow/internal/simulate"
)

// Cast is what the simulator answers at GET /_sim/world: which orders and returns have come in so far.
type Cast struct {
	Orders  []Arrived  `json:"orders"`
	Returns []Returned `json:"returns"`
	// Complete says that no more orders will come, ReturnsComplete that no more returns will, and that the warehouses
	// have reported every parcel.
	Complete        bool `json:"complete"`
	ReturnsComplete bool `json:"returns_complete"`
}

// Arrived is an order that came in, with the id that Ajio gave it.
type Arrived struct {
	OrderID string               `json:"order_id"`
	Pob     string               `json:"pob"`
	Model   order.InvoicingModel `json:"model"`
	Story   Story                `json:"story"`
	Return  ReturnStory          `json:"return"`
	At      time.Time            `json:"at"`
}

// Returned is a return that was announced, or whose parcel is here.
type Returned struct {
	// ReturnID is Ajio's; empty for an RTO that Ajio has not announced.
	ReturnID   string                `json:"return_id,omitempty"`
	OrderID    string                `json:"order_id"`
	Pob        string                `json:"pob"`
	Kind       order.ReturnKind      `json:"kind"`
	Model      order.InvoicingModel  `json:"model"` // of the order
	Settlement order.SettlementModel `json:"settlement"`
	Story      ReturnStory           `json:"story"`
	At         time.Time             `json:"at"`
}

// FirstListed reads from Ajio's ledger when vmsflow was first shown each order: the earliest moment from which it
// can have known of it. A pendency whose answer was lost shows nothing, and one of a single second is how an order is read
// again: whatever else was ordered in that second vmsflow passes over.
func FirstListed(calls []simulate.Call) map[string]time.Time {
	first := map[string]time.Time{}
	for _, call := range calls {
		if call.Name != ajiotest.CallPendency || call.Status != 200 {
			continue
		}
		var detail struct {
			OrderIDs      []string `json:"order_ids"`
			WithinASecond bool     `json:"within_a_second"`
		}
		_ = json.Unmarshal(call.Detail, &detail) // a page without rows has no detail
		if detail.WithinASecond {
			continue
		}
		for _, id := range detail.OrderIDs {
			if _, seen := first[id]; !seen {
				first[id] = call.At
			}
		}
	}
	return first
}
