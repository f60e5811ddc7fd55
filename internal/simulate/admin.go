package simulate

import (
	"encoding/json"
	"net/http"
)

// FaultOrder is the body of POST {prefix}/faults: chances of faults from now on, drawn with this seed, and how often
// a business call is refused (Plan.RefuseEvery). An empty one lets the system behave well again.
type FaultOrder struct {
	Seed        uint64 `json:"seed"`
	Rates       []Rate `json:"rates"`
	RefuseEvery int    `json:"refuse_every,omitempty"`
}

// Admin lets another process look into a simulator and upset it, under a prefix such as /_sim/erp:
// GET {prefix}/ledger, GET {prefix}/state, POST {prefix}/faults.
func Admin(mux *http.ServeMux, prefix string, ledger *Ledger, faults *Plan, state func() any) {
	mux.HandleFunc("GET "+prefix+"/ledger", func(w http.ResponseWriter, _ *http.Request) { WriteJSON(w, ledger.Calls(nil)) })
	mux.HandleFunc("GET "+prefix+"/state", func(w http.ResponseWriter, _ *http.Request) { WriteJSON(w, state()) })
	mux.HandleFunc("POST "+prefix+"/faults", func(w http.ResponseWriter, r *http.Request) {
		var wanted FaultOrder
		if err := json.NewDecoder(r.Body).Decode(&wanted); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		faults.Random(wanted.Seed, wanted.Rates...)
		faults.RefuseEvery(wanted.RefuseEvery)
		w.WriteHeader(http.StatusNoContent)
	})
}

// WriteJSON answers 200 with a value as JSON.
func WriteJSON(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(v)
}
