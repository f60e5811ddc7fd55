package main

import (
	"fmt"
	"net/http"
	"strings"
	"time"

	"vmsflow/internal/einvoice"
	"vmsflow/internal/increff"
)

// refusal is an answer that is no success (contracts/increff-erp.md §2.1).
type refusal struct {
	status     int
	body       increff.ErrorBody
	retryAfter time.Duration // 0: no such header
}

func (r *refusal) Error() string { return r.body.Code + " " + r.body.Description }

// broken collects the rules that a body breaks, each in square brackets: a sender learns all of them at once.
type broken []string

// add notes that a field is wrong. The text must not repeat a secret, a QR code or a document.
func (b *broken) add(field, format string, args ...any) {
	*b = append(*b, increff.Describe(field+": "+fmt.Sprintf(format, args...)))
}

func (b *broken) addViolations(violations []einvoice.Violation) {
	for _, v := range violations {
		*b = append(*b, increff.Describe(strings.Trim(v.String(), "[]")))
	}
}

// refused is a refusal that names all of them, or nil.
func (b *broken) refused() error {
	if len(*b) == 0 {
		return nil
	}
	return badData(*b)
}

func badData(rules broken) *refusal {
	return &refusal{status: http.StatusBadRequest, body: increff.ErrorBody{
		Code: increff.BadData, Message: "Input validation failed", Description: strings.Join(rules, " "),
	}}
}

func orderCancelled(rules broken) *refusal {
	return &refusal{status: http.StatusBadRequest, body: increff.ErrorBody{
		Code: increff.OrderCancelled, Message: "The order is cancelled", Description: strings.Join(rules, " "),
	}}
}

func unauthorized() *refusal {
	return &refusal{status: http.StatusUnauthorized, body: increff.ErrorBody{
		Code: increff.Unauthorized, Message: "Unknown credential",
		Description: "[authUsername, authPassword: missing or not known; nothing was stored]",
	}}
}

func tooManyRequests(retryAfter time.Duration) *refusal {
	return &refusal{status: http.StatusTooManyRequests, retryAfter: retryAfter, body: increff.ErrorBody{
		Code: increff.TooManyRequests, Message: "Too many requests",
		Description: fmt.Sprintf("[rate: %d requests a minute over all URLs are used up; wait for Retry-After and repeat]", requestsPerMinute),
	}}
}

func tooLarge() *refusal {
	return &refusal{status: http.StatusRequestEntityTooLarge, body: increff.ErrorBody{
		Code: increff.TooLarge, Message: "Body too large", Description: "[body: is over 15 MiB]",
	}}
}

// inProgress says that what was sent is recorded and goes on by itself; a repeat asks for the result.
func inProgress(field string) *refusal {
	return &refusal{status: http.StatusServiceUnavailable, retryAfter: 10 * time.Second, body: increff.ErrorBody{
		Code: increff.InProgress, Message: "In progress",
		Description: "[" + field + ": is recorded and under way; repeat the same call after Retry-After]",
	}}
}

func internalError() *refusal {
	return &refusal{status: http.StatusInternalServerError, body: increff.ErrorBody{
		Code: increff.InternalError, Message: "Internal error", Description: "[vmsflow: could not handle the call; repeat it]",
	}}
}

// unknown answers a GET for something that does not exist or is another client's: the two look alike.
func unknown(field string) *refusal {
	return &refusal{status: http.StatusNotFound, body: increff.ErrorBody{
		Code: increff.BadData, Message: "Not found", Description: "[" + field + ": is not known]",
	}}
}
