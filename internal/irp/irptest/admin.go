package irptest

import (
	"encoding/json"
	"net/http"

	"vmsflow/internal/simulate"
)

// AdminPrefix is where the simulator's own calls stand, for other processes: GET ledger, GET state (State), GET key
// (PublicKey), POST faults (simulate.FaultOrder), POST signature (SignatureOrder), POST eway_bill (EWayBillOrder). They
// need no token and are not in the ledger.
const AdminPrefix = "/_sim/irp"

// PublicKey is the answer to GET key: what another process pins to verify QRs.
type PublicKey struct {
	KeyID  string `json:"kid"`
	PEM    string `json:"pem"`
	Issuer string `json:"issuer"`
}

// SignatureOrder is the body of POST signature.
type SignatureOrder struct {
	Signature Signature `json:"signature"`
}

// EWayBillOrder is the body of POST eway_bill.
type EWayBillOrder struct {
	IRN    string `json:"irn"`
	Active bool   `json:"active"`
}

func (s *Server) admin() {
	simulate.Admin(s.mux, AdminPrefix, s.Ledger, s.Faults, func() any { return s.State() })
	s.mux.HandleFunc("GET "+AdminPrefix+"/key", func(w http.ResponseWriter, _ *http.Request) {
		simulate.WriteJSON(w, PublicKey{KeyID: s.KeyID(), PEM: s.PublicKeyPEM(), Issuer: Issuer})
	})
	s.mux.HandleFunc("POST "+AdminPrefix+"/signature", ordered(func(o SignatureOrder) error { return s.SignWith(o.Signature) }))
	s.mux.HandleFunc("POST "+AdminPrefix+"/eway_bill", ordered(func(o EWayBillOrder) error { return s.SetEWayBill(o.IRN, o.Active) }))
}

// ordered reads an order and carries it out.
func ordered[T any](carryOut func(T) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var order T
		err := json.NewDecoder(r.Body).Decode(&order)
		if err == nil {
			err = carryOut(order)
		}
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		w.WriteHeader(http.StatusNoContent)
	}
}
