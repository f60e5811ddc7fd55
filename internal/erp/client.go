package erp

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"sync"
	"time"

	"vmsflow/internal/increff"
)

// Answer is what the ERP answered; it is kept and not read.
type Answer = increff.Answer

// Book is one of the ERP's books, each with a URL of its own (contracts/increff-erp.md §2.2, documented).
type Book string

// The books.
const (
	Orders  Book = "order"
	Returns Book = "return"
)

// Config says where one client's ERP is and how to sign in.
type Config struct {
	// OrderURL receives the order postings, ReturnURL the return postings. One of them may be empty.
	OrderURL, ReturnURL string
	// CredentialURL makes the authentication dynamic: on a 401 it is asked for headers. Empty: static only.
	CredentialURL string
	// Headers are sent with every call, the one for the credential included.
	Headers map[string]string
	// HTTPClient is used instead of a plain one, when set.
	HTTPClient *http.Client
	// Timeout is when the outcome becomes unknown; 45 s when zero.
	Timeout time.Duration
}

// Client posts messages to one client's ERP. It is safe for concurrent use.
type Client struct {
	urls          map[Book]string
	credentialURL string
	static        http.Header
	sender        increff.Sender

	refreshing chan struct{} // holds a token while somebody fetches the credential
	mu         sync.Mutex
	current    credential
}

// credential is the header that signs calls in; its number tells whether somebody else has renewed it.
type credential struct {
	number int
	header http.Header
}

// New makes a client, or says what is wrong with the configuration.
func New(c Config) (*Client, error) {
	urls := map[Book]string{}
	for book, url := range map[Book]string{Orders: c.OrderURL, Returns: c.ReturnURL} {
		if url == "" {
			continue
		}
		if err := increff.CheckURL("the ERP's "+string(book)+" URL", url); err != nil {
			return nil, err
		}
		urls[book] = url
	}
	if len(urls) == 0 {
		return nil, errors.New("the ERP has neither an order URL nor a return URL")
	}
	if c.CredentialURL != "" {
		if err := increff.CheckURL("the ERP's credential URL", c.CredentialURL); err != nil {
			return nil, err
		}
	}
	static, err := increff.ParseHeaders(c.Headers)
	if err != nil {
		return nil, fmt.Errorf("headers for the ERP: %w", err)
	}
	return &Client{
		urls: urls, credentialURL: c.CredentialURL, static: static,
		sender:     increff.NewSender(c.HTTPClient, c.Timeout),
		refreshing: make(chan struct{}, 1),
		current:    credential{header: static},
	}, nil
}

// Has says whether a book has a URL.
func (c *Client) Has(book Book) bool { return c.urls[book] != "" }

// Post sends a stored message to a book that the ERP has. A repeat of the same bytes is always allowed: the ERP drops
// the second message with one messageId (contracts/increff-erp.md §8). Failures are *increff.Error.
//
// With dynamic authentication a 401 fetches the credential and repeats the call once; a second 401 is
// increff.KindAuth, as is the first one without a credential URL.
func (c *Client) Post(ctx context.Context, book Book, body []byte) (Answer, error) {
	used := c.credential()
	answer, err := c.post(ctx, book, body, used)
	if c.credentialURL == "" || !increff.IsKind(err, increff.KindAuth) {
		return answer, err
	}
	renewed, err := c.renew(ctx, used)
	if err != nil {
		return answer, err
	}
	return c.post(ctx, book, body, renewed)
}

func (c *Client) post(ctx context.Context, book Book, body []byte, with credential) (Answer, error) {
	return c.sender.Send(ctx, increff.Request{
		Call: "ERP " + string(book) + " posting", OrderID: orderCode(body),
		Method: http.MethodPost, URL: c.urls[book], Header: with.header, Body: body,
	})
}

// renew fetches the credential, unless another call has done so since the old one was used.
func (c *Client) renew(ctx context.Context, old credential) (credential, error) {
	select {
	case c.refreshing <- struct{}{}:
		defer func() { <-c.refreshing }()
	case <-ctx.Done():
		return credential{}, &increff.Error{Kind: increff.KindTransport, Call: "ERP credential", Message: ctx.Err().Error()}
	}
	if current := c.credential(); current.number != old.number {
		return current, nil
	}
	header, err := c.fetchCredential(ctx)
	if err != nil {
		return credential{}, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.current = credential{number: old.number + 1, header: header}
	return c.current, nil
}

// fetchCredential asks for headers with the static ones. Those that come back replace the static ones of the
// same name, the others stay (contracts/increff-erp.md §8.1).
func (c *Client) fetchCredential(ctx context.Context) (http.Header, error) {
	const call = "ERP credential"
	answer, err := c.sender.Send(ctx, increff.Request{
		Call: call, Method: http.MethodGet, URL: c.credentialURL, Header: c.static,
	})
	if failed, ok := errors.AsType[*increff.Error](err); ok && failed.Kind == increff.KindRefused {
		failed.Kind = increff.KindAuth // no credential to be had: a person must mend it
	}
	if err != nil {
		return nil, err
	}
	var fetched map[string]string
	if err := json.Unmarshal(answer.Body, &fetched); err != nil {
		// Their words may hold half a credential, so they stay out of the error.
		return nil, &increff.Error{
			Kind: increff.KindTransport, Call: call, Status: answer.Status,
			Message: "the answer is not a flat JSON object of strings",
		}
	}
	header, err := increff.ParseHeaders(fetched)
	if err != nil {
		return nil, &increff.Error{Kind: increff.KindTransport, Call: call, Status: answer.Status, Message: err.Error()}
	}
	merged := c.static.Clone()
	maps.Copy(merged, header)
	return merged, nil
}

func (c *Client) credential() credential {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.current
}

// orderCode reads from a message which forward order it is about; empty when it names none.
func orderCode(body []byte) string {
	var about struct {
		OrderCode        string `json:"orderCode"`
		ForwardOrderCode string `json:"forwardOrderCode"`
	}
	_ = json.Unmarshal(body, &about) // only for the text of an error
	return cmp.Or(about.OrderCode, about.ForwardOrderCode)
}
