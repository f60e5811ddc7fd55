package increfftest

import (
	"encoding/json"
	"net/http"

	"vmsflow/internal/increff"
)

// Refuse answers with an error body that lists the broken rules.
func Refuse(w http.ResponseWriter, status int, code, message string, rules ...string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(increff.ErrorBody{Code: code, Message: message, Description: increff.Describe(rules...)})
}

// BadData answers 400 in Increff's own words.
func BadData(w http.ResponseWriter, rules ...string) {
	Refuse(w, http.StatusBadRequest, increff.BadData, "Input validation failed", rules...)
}

// SignedIn checks the static credential; an empty username lets everybody in.
func SignedIn(r *http.Request, username, password string) bool {
	return username == "" || r.Header.Get("authUsername") == username && r.Header.Get("authPassword") == password
}
