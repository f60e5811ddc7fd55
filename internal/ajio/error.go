package ajio

import (
	"errors"
	"fmt"
	"time"
)

// Kind says what to do about a call that did not succeed.
type Kind string

// The kinds of failure (contracts/ajio-vms.md §2.1).
const (
	// KindTransport: no usable answer, 5xx or a time-out. The outcome is unknown; a writing call reads back before
	// it is repeated.
	KindTransport Kind = "transport"
	// KindThrottled: 429, or 503 with a Retry-After. The call had no effect; repeat after RetryAfter.
	KindThrottled Kind = "throttled"
	// KindAuth: the login is refused, or a new token is. A person must mend the credential.
	KindAuth Kind = "auth"
	// KindNotReady: the document is still being made. Repeat later.
	KindNotReady Kind = "not_ready"
	// KindRefused: Ajio, or a limit of the contract, says no. A repeat would be refused again; a person must look.
	KindRefused Kind = "refused"
	// KindMalformed: an answer that cannot be read. The outcome is unknown, as with KindTransport.
	KindMalformed Kind = "malformed"
)

// Error is a call to Ajio that did not succeed. Its text never holds a token, the username or the password.
type Error struct {
	Kind     Kind
	Call     string // what was tried, such as "acknowledge"
	OrderID  string // empty when the call was not about one order
	ReturnID string // empty when the call was not about one return
	Status   int    // HTTP status, 0 without an answer
	Message  string // Ajio's words, at most 300 characters; nothing is ever decided on them
	// RetryAfter is how long Ajio asks us to wait; 0 when it does not say.
	RetryAfter time.Duration

	cause error
}

func (e *Error) Error() string {
	about := "Ajio, " + e.Call
	if e.OrderID != "" {
		about += " of order " + e.OrderID
	}
	if e.ReturnID != "" {
		about += " of return " + e.ReturnID
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
func IsKind(err error, k Kind) bool {
	failed, ok := errors.AsType[*Error](err)
	return ok && failed.Kind == k
}

// regrade turns one kind of failure into another that fits the call better.
func regrade(err error, from, to Kind) error {
	if failed, ok := errors.AsType[*Error](err); ok && failed.Kind == from {
		failed.Kind = to
	}
	return err
}

// maxMessage bounds Ajio's words inside an error, in characters.
const maxMessage = 300
