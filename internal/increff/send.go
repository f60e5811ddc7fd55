package increff

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"time"

	"vmsflow/internal/remote"
)

const (
	// DefaultTimeout is when the outcome of a call becomes unknown (contracts/increff-erp.md §2.2, documented).
	DefaultTimeout = 45 * time.Second

	// keptBody bounds what we keep of an answer: it is stored, never read, and must not fill a database.
	keptBody = 64 << 10
	// maxMessage bounds their words inside an error, in characters.
	maxMessage = 300
)

// Sender makes single calls by the rules of contracts/increff-erp.md §2.2 and judges their answers. It repeats
// nothing: that is the activity's business, or the client's after a 401.
type Sender struct {
	client  *http.Client
	timeout time.Duration
}

// NewSender makes a sender from a caller's HTTP client, nil for a plain one, and a time-out, 0 for 45 s.
func NewSender(client *http.Client, timeout time.Duration) Sender {
	if timeout == 0 {
		timeout = DefaultTimeout
	}
	const connections = 32 // workers call one host in parallel
	return Sender{client: remote.HTTPClient(client, connections), timeout: timeout}
}

// Request is one call.
type Request struct {
	Call    string // for the error, such as "ERP order posting"
	OrderID string // for the error
	Method  string
	URL     string
	Header  http.Header
	Body    []byte // JSON; nil sends none
}

// Answer is what came back. The body is cut at 64 KiB.
type Answer struct {
	Status int
	Body   []byte
}

// Send makes the call once. Any 2xx is a success; everything else is an *Error, beside the answer if one came.
func (s Sender) Send(ctx context.Context, r Request) (Answer, error) {
	limited, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	req, err := http.NewRequestWithContext(limited, r.Method, r.URL, bytes.NewReader(r.Body))
	if err != nil {
		return Answer{}, r.failed(KindRefused, remote.WithoutURL(err).Error(), nil)
	}
	maps.Copy(req.Header, r.Header)
	if r.Body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	resp, err := s.client.Do(req)
	if err != nil {
		return Answer{}, s.noAnswer(ctx, r, err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, keptBody))
	if err == nil {
		_, err = io.Copy(io.Discard, resp.Body)
	}
	if err != nil {
		return Answer{}, s.noAnswer(ctx, r, fmt.Errorf("the answer broke off after HTTP %d: %w", resp.StatusCode, err))
	}
	answer := Answer{Status: resp.StatusCode, Body: body}
	if answer.Status/100 == 2 {
		return answer, nil
	}
	failed := r.failed(kindOf(answer.Status), words(body), nil)
	failed.Status = answer.Status
	failed.RetryAfter = remote.RetryAfter(resp.Header.Get("Retry-After"), time.Now())
	return answer, failed
}

// kindOf judges the status of an answer that is no success. A redirect counts as refused: repeating it would
// never help, somebody has to mend the configured URL.
func kindOf(status int) Kind {
	switch {
	case status == http.StatusUnauthorized:
		return KindAuth
	case status == http.StatusTooManyRequests:
		return KindThrottled
	case status == http.StatusRequestTimeout, status >= 500, status < 200:
		return KindTransport
	default:
		return KindRefused
	}
}

func (s Sender) noAnswer(ctx context.Context, r Request, err error) *Error {
	switch {
	case ctx.Err() != nil:
		return r.failed(KindTransport, "given up: "+ctx.Err().Error(), ctx.Err())
	case errors.Is(err, context.DeadlineExceeded):
		return r.failed(KindTransport, fmt.Sprintf("no answer within %s, the outcome is unknown", s.timeout), nil)
	default:
		return r.failed(KindTransport, remote.WithoutURL(err).Error(), nil)
	}
}

func (r Request) failed(kind Kind, message string, cause error) *Error {
	return &Error{Kind: kind, Call: r.Call, OrderID: r.OrderID, Message: remote.OneLine(scrub(message, r.Header), maxMessage), cause: cause}
}

// words takes what the other side said out of an answer: the documented error body, or else the bare text.
func words(body []byte) string {
	var documented ErrorBody
	if json.Unmarshal(body, &documented) == nil && documented.Code+documented.Message+documented.Description != "" {
		return documented.Code + " " + documented.Message + " " + documented.Description
	}
	return string(body)
}

// CheckURL reports whether a configured URL can be called. The error does not repeat it.
func CheckURL(what, raw string) error {
	parsed, err := url.Parse(raw)
	if err != nil || parsed.Host == "" || parsed.Scheme != "http" && parsed.Scheme != "https" {
		return fmt.Errorf("%s is not an absolute http or https URL", what)
	}
	return nil
}
