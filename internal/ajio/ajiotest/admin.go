package ajiotest

import (
	"encoding/json"
	"net/http"

	"vmsflow/internal/order"
	"vmsflow/internal/simulate"
)

// AdminPrefix is where the simulator's own calls stand, for other processes: GET ledger, GET orders ([]OrderState),
// GET returns ([]ReturnState), GET catalogue ([]Article), POST orders (SeedOrder), POST cancel (CustomerCancel), POST
// deliver (DeliverOrder), POST returns (Announcement), POST returns/move (MoveOrder), POST faults (simulate.FaultOrder).
// They need no token and are not in the ledger.
const AdminPrefix = "/_sim/ajio"

// SeedOrder is the body of POST orders; the answer is {"order_ids": […]}.
type SeedOrder struct {
	Pob   string `json:"pob"`
	Count int    `json:"count"`
	SeedOptions
}

// SeededOrders is the answer to it.
type SeededOrders struct {
	OrderIDs []string `json:"order_ids"`
}

// CustomerCancel is the body of POST cancel; without an order_item_id it is the whole order.
type CustomerCancel struct {
	OrderID     string `json:"order_id"`
	OrderItemID string `json:"order_item_id,omitempty"`
	Units       int    `json:"units,omitempty"`
}

// DeliverOrder is the body of POST deliver.
type DeliverOrder struct {
	OrderID string `json:"order_id"`
}

// Announced is the answer to POST returns.
type Announced struct {
	ReturnID string `json:"return_id"`
}

// MoveOrder is the body of POST returns/move.
type MoveOrder struct {
	ReturnID string             `json:"return_id"`
	Status   order.ReturnStatus `json:"status"`
}

func (s *Server) admin() {
	simulate.Admin(s.mux, AdminPrefix, s.Ledger, s.Faults, func() any { return s.Orders() })
	s.mux.HandleFunc("GET "+AdminPrefix+"/orders", func(w http.ResponseWriter, _ *http.Request) { simulate.WriteJSON(w, s.Orders()) })
	s.mux.HandleFunc("GET "+AdminPrefix+"/returns", func(w http.ResponseWriter, _ *http.Request) { simulate.WriteJSON(w, s.Returns()) })
	s.mux.HandleFunc("GET "+AdminPrefix+"/catalogue", func(w http.ResponseWriter, _ *http.Request) { simulate.WriteJSON(w, s.catalogue) })
	s.mux.HandleFunc("POST "+AdminPrefix+"/orders", func(w http.ResponseWriter, r *http.Request) {
		var wanted SeedOrder
		err := json.NewDecoder(r.Body).Decode(&wanted)
		if _, known := s.accounts[wanted.Pob]; err != nil || !known || wanted.Count < 1 {
			http.Error(w, "a pob with an account and a count of at least 1 are needed", http.StatusBadRequest)
			return
		}
		simulate.WriteJSON(w, SeededOrders{OrderIDs: s.SeedOrders(wanted.Count, wanted.Pob, wanted.SeedOptions)})
	})
	s.mux.HandleFunc("POST "+AdminPrefix+"/cancel", command(func(wanted CustomerCancel) (any, error) {
		if wanted.OrderItemID == "" {
			return nil, s.CancelByCustomer(wanted.OrderID)
		}
		return nil, s.CancelUnitsByCustomer(wanted.OrderID, wanted.OrderItemID, wanted.Units)
	}))
	s.mux.HandleFunc("POST "+AdminPrefix+"/deliver", command(func(wanted DeliverOrder) (any, error) { return nil, s.Deliver(wanted.OrderID) }))
	s.mux.HandleFunc("POST "+AdminPrefix+"/returns", command(func(wanted Announcement) (any, error) {
		id, err := s.Announce(wanted)
		return Announced{ReturnID: id}, err
	}))
	s.mux.HandleFunc("POST "+AdminPrefix+"/returns/move", command(func(wanted MoveOrder) (any, error) {
		return nil, s.MoveReturn(wanted.ReturnID, wanted.Status)
	}))
}

// command serves one of the simulator's own calls: 409 with the reason when it cannot be done, 204 when there is nothing
// to answer.
func command[wanted any](do func(wanted) (any, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var body wanted
		err := json.NewDecoder(r.Body).Decode(&body)
		var answer any
		if err == nil {
			answer, err = do(body)
		}
		switch {
		case err != nil:
			http.Error(w, err.Error(), http.StatusConflict)
		case answer == nil:
			w.WriteHeader(http.StatusNoContent)
		default:
			simulate.WriteJSON(w, answer)
		}
	}
}
