package ajiotest

import (
	"encoding/json"
	"net/http"

	"vmsflow/internal/simulate"
)

// AdminPrefix is where the simulator's own calls stand, for other processes: GET ledger, GET orders ([]OrderState),
// GET catalogue ([]Article), POST orders (SeedOrder), POST cancel (CustomerCancel), POST faults
// (simulate.FaultOrder). They need no token and are not in the ledger.
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

func (s *Server) admin() {
	simulate.Admin(s.mux, AdminPrefix, s.Ledger, s.Faults, func() any { return s.Orders() })
	s.mux.HandleFunc("GET "+AdminPrefix+"/orders", func(w http.ResponseWriter, _ *http.Request) { simulate.WriteJSON(w, s.Orders()) })
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
	s.mux.HandleFunc("POST "+AdminPrefix+"/cancel", func(w http.ResponseWriter, r *http.Request) {
		var wanted CustomerCancel
		err := json.NewDecoder(r.Body).Decode(&wanted)
		switch {
		case err != nil:
		case wanted.OrderItemID == "":
			err = s.CancelByCustomer(wanted.OrderID)
		default:
			err = s.CancelUnitsByCustomer(wanted.OrderID, wanted.OrderItemID, wanted.Units)
		}
		if err != nil {
			http.Error(w, err.Error(), http.StatusConflict)
			return
		}
		w.WriteHeader(http.StatusNoContent)
	})
}
