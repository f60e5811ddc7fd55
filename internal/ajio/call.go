package ajio

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"vmsflow/internal/ajio/wire"
	"vmsflow/internal/remote"
)

// maxAnswer bounds what is read of an answer: a document in base64 and what stands around it.
const maxAnswer = wire.MaxDocument/3*4 + 1<<20

// call is one call under the partner's prefix.
type call struct {
	name     string // for errors, such as "acknowledge"
	orderID  string // for errors; empty when the call is not about one order
	returnID string // for errors; empty when the call is not about one return
	method   string
	path     string
	query    url.Values
	body     any // nil sends none
	// inTheMaking says that 404 means "not yet".
	inTheMaking bool
	// partial says that a refusal may carry something of use: the method looks at status and failed_items itself.
	partial bool
}

// answer is what came back.
type answer struct {
	status int
	header http.Header
	body   []byte
}

// do makes a call, signed in, and decodes its answer. Every failure is an *Error.
func (c *Client) do(ctx context.Context, k call, into any) error {
	var body []byte
	if k.body != nil {
		var err error
		if body, err = json.Marshal(k.body); err != nil {
			return c.failed(k, KindRefused, 0, err.Error())
		}
	}
	target := c.base.String() + c.prefix + k.path
	if len(k.query) > 0 {
		target += "?" + k.query.Encode()
	}
	got, err := c.signedIn(ctx, func(token string) (answer, error) {
		if err := c.pace(ctx); err != nil {
			return answer{}, c.failed(k, KindTransport, 0, err.Error())
		}
		return c.exchange(ctx, k, k.method, target, body, token)
	})
	if err != nil {
		return err
	}
	if err := wire.Decode(got.body, into); err != nil {
		return c.failed(k, KindMalformed, got.status, "the answer cannot be read: "+err.Error())
	}
	return nil
}

// signedIn tries a call with a token and, on a 401, once more with a new one: a call answered 401 has had no
// effect (contracts/ajio-vms.md §3, assumed). A second 401 stays.
func (c *Client) signedIn(ctx context.Context, try func(token string) (answer, error)) (answer, error) {
	token, err := c.token(ctx, "")
	if err != nil {
		return answer{}, err
	}
	got, err := try(token)
	if !IsKind(err, KindAuth) {
		return got, err
	}
	if token, err = c.token(ctx, token); err != nil {
		return answer{}, err
	}
	return try(token)
}

// exchange sends one HTTP request and judges the answer by all four shapes of contracts/ajio-vms.md §2.1.
func (c *Client) exchange(ctx context.Context, k call, method, target string, body []byte, token string) (answer, error) {
	limited, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	req, err := http.NewRequestWithContext(limited, method, target, bytes.NewReader(body))
	if err != nil {
		return answer{}, c.failed(k, KindRefused, 0, remote.WithoutURL(err).Error())
	}
	req.Header.Set("Accept", "application/json")
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if token != "" {
		req.Header.Set(wire.HeaderAPIKey, token)
	}
	got, err := c.receive(req)
	switch {
	case ctx.Err() != nil && err != nil:
		failed := c.failed(k, KindTransport, got.status, "given up: "+ctx.Err().Error())
		failed.cause = ctx.Err()
		return got, failed
	case errors.Is(err, context.DeadlineExceeded):
		return got, c.failed(k, KindTransport, got.status, fmt.Sprintf("no answer within %s, the outcome is unknown", c.timeout))
	case errors.Is(err, errTooLong):
		return got, c.failed(k, KindMalformed, got.status, err.Error())
	case err != nil:
		return got, c.failed(k, KindTransport, got.status, remote.WithoutURL(err).Error())
	}
	if failed := c.judge(k, got, token); failed != nil {
		return got, failed
	}
	return got, nil
}

var errTooLong = errors.New("the answer is longer than a document of 10 MiB may be")

// receive sends a request and reads its answer to the end, so that the connection can be used again.
func (c *Client) receive(req *http.Request) (answer, error) {
	resp, err := c.http.Do(req)
	if err != nil {
		return answer{}, err
	}
	defer resp.Body.Close()
	got := answer{status: resp.StatusCode, header: resp.Header}
	got.body, err = io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	if err == nil && len(got.body) > maxAnswer {
		err = errTooLong
	}
	return got, err
}

// judge says what kind of failure an answer is, nil for none. Redirects count as refused: repeating such a call
// would never help, somebody has to mend the configured URL.
func (c *Client) judge(k call, got answer, token string) *Error {
	said := readWords(got.body)
	kind, message := KindRefused, said.message
	wait := remote.RetryAfter(got.header.Get("Retry-After"), c.now())
	switch status := got.status; {
	case status/100 == 2:
		if !said.refused(k.partial) {
			return nil
		}
	case status == http.StatusUnauthorized:
		kind = KindAuth
	case status == http.StatusNotFound && k.inTheMaking:
		kind = KindNotReady
	case status == http.StatusTooManyRequests, status == http.StatusServiceUnavailable && got.header.Get("Retry-After") != "":
		kind = KindThrottled
	case status == http.StatusRequestTimeout, status >= 500:
		kind = KindTransport
	}
	if token != "" {
		message = strings.ReplaceAll(message, token, "…")
	}
	failed := c.failed(k, kind, got.status, message)
	failed.RetryAfter = wait
	return failed
}

// failed makes an error without the credential in its text, whatever Ajio or the network said.
func (c *Client) failed(k call, kind Kind, status int, message string) *Error {
	for _, secret := range []string{c.password, c.username, c.session.Current()} {
		if secret != "" {
			message = strings.ReplaceAll(message, secret, "…")
		}
	}
	return &Error{
		Kind: kind, Call: k.name, OrderID: k.orderID, ReturnID: k.returnID, Status: status, Message: remote.OneLine(message, maxMessage),
	}
}
