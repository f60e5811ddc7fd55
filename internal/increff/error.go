package increff

import (
	"errors"
	"fmt"
	"time"
)

// Kind says what to do about a call that did not succeed.
type Kind string

// The kinds of failure (contracts/increff-erp.md §2.2).
const (
	KindTransport Kind = "transport" // outcome unknown, 408, 5xx or a broken answer: repeat without end
	KindThrottled Kind = "throttled" // 429: repeat after RetryAfter
	KindAuth      Kind = "auth"      // the credential does not help: a person must mend it
	KindRefused   Kind = "refused"   // every other answer: a person must look at it
)

// Error is a call to an ERP or a warehouse that did not succeed. Its text holds no header value, so that no
// credential reaches a log or a history.
type Error struct {
	Kind    Kind
	Call    string // what was tried, such as "ERP order posting"
	OrderID string // empty when the call was not about an order
	Status  int    // HTTP status, 0 without an answer
	Message string // their words, at most 300 characters
	// RetryAfter is how long they ask us to wait; 0 when they do not say.
	RetryAfter time.Duration

	cause error
}

func (e *Error) Error() string {
	about := e.Call
	if e.OrderID != "" {
		about += " for order " + e.OrderID
	}
	switch {
	case e.Status == 0:
		return fmt.Sprintf("%s: %s: %s", about, e.Kind, e.Message)
	case e.Message == "":
		return fmt.Sprintf("%s: %s: HTTP %d", about, e.Kind, e.Status)
	default:
		return fmt.Sprintf("%s: %s: HTTP %d: %s", about, e.Kind, e.Status, e.Message)
	}
}

// Unwrap gives the context's error when the call was given up, so that errors.Is finds context.Canceled.
func (e *Error) Unwrap() error { return e.cause }

// IsKind reports whether err is, or wraps, an Error of this kind.
func IsKind(err error, kind Kind) bool {
	failed, ok := errors.AsType[*Error](err)
	return ok && failed.Kind == kind
}
