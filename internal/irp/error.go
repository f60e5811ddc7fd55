package irp

import (
	"errors"
	"fmt"
	"time"
)

// Kind says what to do about a call that did not succeed.
type Kind string

// The kinds of failure (contracts/gst-einvoice.md §6.4, §15).
const (
	// KindRefused: the IRP, or a rule of the contract, says no. A repeat would be refused again; a person must look.
	KindRefused Kind = "refused"
	// KindAuth: the login is refused, or a new token is. A person must mend the credential.
	KindAuth Kind = "auth"
	// KindDuplicate: this number is registered already, perhaps by our own first attempt. Find and CheckAdoption tell.
	KindDuplicate Kind = "duplicate"
	// KindTooLate: registered more than 24 hours ago, no cancelling any more. A credit note takes its place.
	KindTooLate Kind = "too_late"
	// KindNotActive: nothing to cancel. Find: cancelled means done.
	KindNotActive Kind = "not_active"
	// KindTooOld: registered too long ago to be read back. A person looks into the portal.
	KindTooOld Kind = "too_old"
	// KindThrottled: 429, or 503 with a Retry-After. The call had no effect; repeat after RetryAfter.
	KindThrottled Kind = "throttled"
	// KindUnavailable: no usable answer, 5xx or a time-out. The outcome is unknown; a writing call reads back before
	// it is repeated.
	KindUnavailable Kind = "unavailable"
	// KindMalformed: an answer that cannot be read. The outcome is unknown, as with KindUnavailable.
	KindMalformed Kind = "malformed"
)

// Error is a call to the IRP that did not succeed. Its text never holds a token or any part of the credential.
type Error struct {
	Kind  Kind
	Call  string // what was tried, such as "register"
	About string // type and number of the document, or its IRN; empty for the login
	// Codes are the IRP's, in its order; empty when it named none. They alone decide the Kind.
	Codes  []string
	Status int // HTTP status, 0 without an answer
	// Message is for an operator: the IRP's codes with its words and, where we know it, what to mend. At most 500
	// characters.
	Message string
	// RetryAfter is how long the IRP asks us to wait; 0 when it does not say.
	RetryAfter time.Duration

	cause error
}

func (e *Error) Error() string {
	about := "IRP, " + e.Call
	if e.About != "" {
		about += " " + e.About
	}
	switch {
	case e.Message == "":
		return fmt.Sprintf("%s: %s: HTTP %d", about, e.Kind, e.Status)
	case e.Status == 0 || len(e.Codes) > 0:
		return fmt.Sprintf("%s: %s: %s", about, e.Kind, e.Message)
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

// maxMessage bounds the text inside an error, in characters: a refusal may name many lines.
const maxMessage = 500
