package fetch

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"time"
)

// Kind says what to do about a document that was not fetched.
type Kind string

// The kinds of failure.
const (
	KindForbidden Kind = "forbidden" // the URL, or where it leads, breaks a rule: a person must mend it
	KindUnusable  Kind = "unusable"  // what is there is no PDF, or nothing for us: a person must mend it
	KindTransport Kind = "transport" // no whole answer, 408, 429 or 5xx: repeat, after RetryAfter
)

// Error is a document that was not fetched. Its text never holds the query of a URL, which may be a signature or a
// token.
type Error struct {
	Kind Kind
	// URL is the one that was asked for, without its query; "the URL" if it is none.
	URL string
	// Message says which rule is broken, or what happened: "answers HTTP 404".
	Message string
	// RetryAfter is how long the server asks us to wait; 0 when it does not say.
	RetryAfter time.Duration

	cause error
}

func (e *Error) Error() string { return e.URL + " " + e.Message }

// Unwrap gives the context's error when the fetch was given up, so that errors.Is finds context.Canceled.
func (e *Error) Unwrap() error { return e.cause }

// IsKind reports whether err is, or wraps, an Error of this kind.
func IsKind(err error, kind Kind) bool {
	failed, ok := errors.AsType[*Error](err)
	return ok && failed.Kind == kind
}

// broken judges what kept an answer from coming, or from coming whole. Only errors whose text cannot repeat a request
// are quoted: one about an answer that is not HTTP quotes the answer, and that may quote us.
func broken(err error, timeout time.Duration) *Error {
	if forbidden, ok := errors.AsType[*addressError](err); ok {
		return &Error{Kind: KindForbidden, Message: forbidden.Error()}
	}
	message := "gave no readable HTTP answer"
	dns, isDNS := errors.AsType[*net.DNSError](err)
	timedOut, isNet := errors.AsType[net.Error](err)
	certificate, isCertificate := errors.AsType[*tls.CertificateVerificationError](err)
	network, isNetwork := errors.AsType[*net.OpError](err)
	switch {
	case isDNS && dns.IsNotFound:
		message = fmt.Sprintf("names the host %s, which the DNS does not know", dns.Name)
	case isDNS:
		message = fmt.Sprintf("names the host %s, about which the DNS does not answer", dns.Name)
	case errors.Is(err, context.DeadlineExceeded):
		message = fmt.Sprintf("gave no whole answer within %s", timeout)
	case isNet && timedOut.Timeout():
		message = "does not answer: no connection in time"
	case isCertificate:
		message = "has a certificate that cannot be trusted: " + certificate.Err.Error()
	case isNetwork:
		message = "does not answer: " + network.Error()
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		message = "broke off its answer"
	}
	return &Error{Kind: KindTransport, Message: message}
}
