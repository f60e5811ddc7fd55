package warehouse

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"vmsflow/internal/increff"
)

// Config says where a seller's warehouse is.
type Config struct {
	// BaseURL is the address before /orders and /return.
	BaseURL string
	// Headers are sent with every call; a warehouse has static authentication only.
	Headers map[string]string
	// HTTPClient is used instead of a plain one, when set.
	HTTPClient *http.Client
	// Timeout is when the outcome becomes unknown; 45 s when zero.
	Timeout time.Duration
}

// Client calls one warehouse. It is safe for concurrent use.
type Client struct {
	base   string
	header http.Header
	sender increff.Sender
}

// New makes a client, or says what is wrong with the configuration.
func New(c Config) (*Client, error) {
	if err := increff.CheckURL("the warehouse's URL", c.BaseURL); err != nil {
		return nil, err
	}
	header, err := increff.ParseHeaders(c.Headers)
	if err != nil {
		return nil, fmt.Errorf("headers for the warehouse: %w", err)
	}
	return &Client{
		base: strings.TrimRight(c.BaseURL, "/"), header: header,
		sender: increff.NewSender(c.HTTPClient, c.Timeout),
	}, nil
}

// CreateOrder tells the warehouse about an order, on hold (§6.1). An order it knows is answered with success.
// Failures of all calls are *increff.Error.
func (c *Client) CreateOrder(ctx context.Context, o OutwardOrder) error {
	return c.send(ctx, "warehouse order", o.OrderCode, http.MethodPost, "/orders/outward", o)
}

// Release lifts the hold, which makes the order available for picking; it cannot be set again (§6.2).
func (c *Client) Release(ctx context.Context, r Release) error {
	return c.send(ctx, "warehouse release", r.OrderID, http.MethodPut, "/orders/"+url.PathEscape(r.OrderID), r.body())
}

// Stop takes units away from an order that is not packed (§6.3). The totals are absolute, so a repeat changes
// nothing.
func (c *Client) Stop(ctx context.Context, s Stop) error {
	return c.send(ctx, "warehouse stop", s.OrderID, http.MethodPut, "/orders/"+url.PathEscape(s.OrderID)+"/cancel", s.body())
}

// ExpectReturn tells the warehouse about a return that Ajio has announced (§6.4). A return it knows is answered with
// success.
func (c *Client) ExpectReturn(ctx context.Context, r ReturnOrder) error {
	return c.send(ctx, "warehouse return", r.ForwardOrderCode, http.MethodPost, "/return/return-orders", r)
}

func (c *Client) send(ctx context.Context, call, orderID, method, path string, body any) error {
	encoded, err := json.Marshal(body)
	if err != nil {
		return fmt.Errorf("%s for order %s: %w", call, orderID, err)
	}
	_, err = c.sender.Send(ctx, increff.Request{
		Call: call, OrderID: orderID, Method: method, URL: c.base + path, Header: c.header, Body: encoded,
	})
	return err
}
