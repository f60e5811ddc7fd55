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
	"strconv"
	"strings"
	"time"
	"unicode"
)

const (
	// DefaultTimeout is when the outcome of a call becomes unknown (contracts/increff-erp.md §2.2, documented).
	DefaultTimeout = 45 * time.Second

	// keptBody bounds what we keep of an answer: it is stored, never read, and must not fill a database.
	keptBody = 64 << 10
	// maxMessage bounds their words inside an error, in characters.
	maxMessage = 300
	// maxRetryAfter bounds what we believe of a Retry-After: one odd header must not hold an order for a day.
	maxRetryAfter = time.Hour
)

// Sender makes single calls by the rules of contracts/increff-erp.md §2.2 and judges their answers. It repeats
// nothing: that is the activity's business, or the client's after a 401.
type Sender struct {
	client  *http.Client
	timeout time.Duration
}

// NewSender makes a sender from a caller's HTTP client, nil for a plain one, and a time-out, 0 for 45 s.
func NewSender(client *http.Client, timeout time.Duration) Sender {
	if client == nil {
		transport := http.DefaultTransport.(*http.Transport).Clone()
		transport.MaxIdleConnsPerHost = 32 // workers call one host in parallel
		client = &http.Client{Transport: transport}
	}
	if timeout == 0 {
		timeout = DefaultTimeout
	}
	own := *client
	// A followed redirect would turn a POST into a GET and show our headers to a host nobody configured.
	own.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return Sender{client: &own, timeout: timeout}
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
		return Answer{}, r.failed(KindRefused, withoutURL(err).Error(), nil)
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
	failed.RetryAfter = retryAfter(resp.Header.Get("Retry-After"), time.Now())
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
		return r.failed(KindTransport, withoutURL(err).Error(), nil)
	}
}

func (r Request) failed(kind Kind, message string, cause error) *Error {
	return &Error{Kind: kind, Call: r.Call, OrderID: r.OrderID, Message: tidy(scrub(message, r.Header)), cause: cause}
}

// withoutURL drops the URL that net/http puts before its errors: a configured URL may hold a key.
func withoutURL(err error) error {
	if wrapped, ok := errors.AsType[*url.Error](err); ok {
		return wrapped.Err
	}
	return err
}

// words takes what the other side said out of an answer: the documented error body, or else the bare text.
func words(body []byte) string {
	var documented ErrorBody
	if json.Unmarshal(body, &documented) == nil && documented.Code+documented.Message+documented.Description != "" {
		return documented.Code + " " + documented.Message + " " + documented.Description
	}
	return string(body)
}

// tidy makes one line of at most 300 characters.
func tidy(text string) string {
	printable := strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == unicode.ReplacementChar {
			return ' '
		}
		return r
	}, text)
	characters := []rune(strings.Join(strings.Fields(printable), " "))
	if len(characters) > maxMessage {
		characters = append(characters[:maxMessage-1], '…')
	}
	return string(characters)
}

// retryAfter reads seconds or an HTTP date; 0 when there is none or it is past.
func retryAfter(value string, now time.Time) time.Duration {
	if seconds, err := strconv.Atoi(value); err == nil {
		return time.Duration(min(max(seconds, 0), int(maxRetryAfter/time.Second))) * time.Second
	}
	if date, err := http.ParseTime(value); err == nil {
		return min(max(date.Sub(now), 0), maxRetryAfter)
	}
	return 0
}

// CheckURL reports whether a configured URL can be called. The error does not repeat it.
func CheckURL(what, raw string) error {
	parsed, err := url.Parse(raw)
	if err != nil || parsed.Host == "" || parsed.Scheme != "http" && parsed.Scheme != "https" {
		return fmt.Errorf("%s is not an absolute http or https URL", what)
	}
	return nil
}
