package irp

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"vmsflow/internal/irp/wire"
	"vmsflow/internal/remote"
)

const (
	// maxAnswer bounds what is read of an answer: a signed invoice of 1000 lines and what stands around it.
	maxAnswer = 8 << 20
)

// call is one call of the interface.
type call struct {
	name   string // for errors, such as "register"
	about  string // for errors: the document or its IRN; empty for the login
	method string
	path   string
	body   any // nil sends none
}

// do makes a call, signed in, and decodes the Data of its answer. Every failure is an *Error.
func (c *Client) do(ctx context.Context, k call, into any) error {
	data, err := c.signedIn(ctx, func(token string) (json.RawMessage, error) { return c.exchange(ctx, k, token) })
	if err != nil {
		return err
	}
	if err := unseal(data, into); err != nil {
		return c.failed(k, KindMalformed, http.StatusOK, "the answer's Data cannot be read: "+err.Error())
	}
	return nil
}

// signedIn tries a call with a token and, when that is not valid any more, once again with a new one: such a call has
// had no effect (contracts/gst-einvoice.md §6.4, assumed). A second refusal stays.
func (c *Client) signedIn(ctx context.Context, try func(token string) (json.RawMessage, error)) (json.RawMessage, error) {
	token, err := c.token(ctx, "")
	if err != nil {
		return nil, err
	}
	data, err := try(token)
	if !IsKind(err, KindAuth) {
		return data, err
	}
	if token, err = c.token(ctx, token); err != nil {
		return nil, err
	}
	return try(token)
}

// exchange sends one HTTP request and returns the Data of its answer. Without a token it is the login.
func (c *Client) exchange(ctx context.Context, k call, token string) (json.RawMessage, error) {
	limited, cancel := context.WithTimeout(ctx, c.config.Timeout)
	defer cancel()
	req, err := c.request(limited, k, token)
	if err != nil {
		return nil, c.failed(k, KindRefused, 0, remote.WithoutURL(err).Error())
	}
	got, err := c.receive(req)
	switch {
	case ctx.Err() != nil && err != nil:
		failed := c.failed(k, KindUnavailable, got.status, "given up: "+ctx.Err().Error())
		failed.cause = ctx.Err()
		return nil, failed
	case errors.Is(err, context.DeadlineExceeded):
		return nil, c.failed(k, KindUnavailable, got.status, fmt.Sprintf("no answer within %s, the outcome is unknown", c.config.Timeout))
	case errors.Is(err, errTooLong):
		return nil, c.failed(k, KindMalformed, got.status, err.Error())
	case err != nil:
		return nil, c.failed(k, KindUnavailable, got.status, remote.WithoutURL(err).Error())
	}
	data, failed := c.judge(k, got)
	if failed != nil {
		return nil, failed
	}
	return data, nil
}

func (c *Client) request(ctx context.Context, k call, token string) (*http.Request, error) {
	var body []byte
	if k.body != nil {
		var err error
		if body, err = seal(k.body); err != nil {
			return nil, err
		}
	}
	req, err := http.NewRequestWithContext(ctx, k.method, c.base+k.path, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Accept", "application/json")
	if k.body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	req.Header.Set(wire.HeaderClientID, c.config.ClientID)
	req.Header.Set(wire.HeaderClientSecret, c.config.ClientSecret)
	if token != "" {
		req.Header.Set(wire.HeaderGSTIN, c.config.GSTIN)
		req.Header.Set(wire.HeaderUserName, c.config.Username)
		req.Header.Set(wire.HeaderToken, token)
	}
	return req, nil
}

// received is what came back.
type received struct {
	status int
	header http.Header
	body   []byte
}

var errTooLong = errors.New("the answer is longer than 8 MiB")

// receive sends a request and reads its answer to the end, so that the connection can be used again.
func (c *Client) receive(req *http.Request) (received, error) {
	resp, err := c.http.Do(req)
	if err != nil {
		return received{}, err
	}
	defer resp.Body.Close()
	got := received{status: resp.StatusCode, header: resp.Header}
	got.body, err = io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	if err == nil && len(got.body) > maxAnswer {
		err = errTooLong
	}
	return got, err
}

// judge returns the Data of an answer, or what kind of failure it is. A refusal is told by its codes, whatever its
// HTTP status below 500. Redirects and other 4xx count as refused: repeating such a call would never help, somebody
// has to mend the configured URL.
func (c *Client) judge(k call, got received) (json.RawMessage, *Error) {
	var answer wire.Answer
	readable := json.Unmarshal(got.body, &answer) == nil && answer.Status != nil
	success := got.status/100 == 2
	var failed *Error
	switch {
	case success && readable && *answer.Status == wire.Done:
		return answer.Data, nil
	case got.status == http.StatusTooManyRequests, got.status == http.StatusServiceUnavailable && got.header.Get("Retry-After") != "":
		failed = c.failed(k, KindThrottled, got.status, "")
		failed.RetryAfter = remote.RetryAfter(got.header.Get("Retry-After"), c.config.Now())
	case got.status >= 500, got.status == http.StatusRequestTimeout:
		failed = c.failed(k, KindUnavailable, got.status, text(got.body))
	case readable && *answer.Status != wire.Done:
		codes, message := reasons(answer.ErrorDetails)
		failed = c.failed(k, kindOf(codes), got.status, message)
		failed.Codes = codes
	case success:
		failed = c.failed(k, KindMalformed, got.status, "the answer does not say whether the call succeeded")
	case got.status == http.StatusUnauthorized, got.status == http.StatusForbidden:
		failed = c.failed(k, KindAuth, got.status, text(got.body))
	default:
		failed = c.failed(k, KindRefused, got.status, text(got.body))
	}
	return nil, failed
}

// failed makes an error without any part of the credential in its text, whatever the IRP or the network said.
func (c *Client) failed(k call, kind Kind, status int, message string) *Error {
	for _, secret := range []string{
		c.config.Password, c.config.ClientSecret, c.config.ClientID, c.config.Username, c.session.Current(),
	} {
		if secret != "" {
			message = strings.ReplaceAll(message, secret, "…")
		}
	}
	return &Error{Kind: kind, Call: k.name, About: k.about, Status: status, Message: remote.OneLine(message, maxMessage)}
}

// text is the beginning of a body that is no answer, for people.
func text(body []byte) string {
	return string(bytes.ToValidUTF8(body[:min(len(body), 4*maxMessage)], nil))
}
