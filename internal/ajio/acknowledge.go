package ajio

import (
	"context"
	"net/http"

	"vmsflow/internal/ajio/wire"
	"vmsflow/internal/order"
)

// AckRequest answers an order. Cancel refuses it as a whole, with nothing confirmed on any line; otherwise
// something must be confirmed (contracts/ajio-vms.md §5.2, §11.1).
type AckRequest struct {
	OrderID string
	Cancel  bool
	Lines   []AckLine
}

// AckLine splits a line's units; confirmed and cancelled add up to what is ordered.
type AckLine struct {
	OrderItemID string
	Confirmed   int
	Cancelled   int
}

// Acknowledge accepts an order, in whole or in part, or refuses it. After it the customer can no longer cancel.
// The same content again succeeds; a refusal is KindRefused.
func (c *Client) Acknowledge(ctx context.Context, r AckRequest) error {
	body := wire.Acknowledgement{OrderID: r.OrderID, Status: wire.AckAccept, Lines: []wire.AckLine{}}
	if r.Cancel {
		body.Status = wire.AckCancel
	}
	for _, line := range r.Lines {
		body.Lines = append(body.Lines, wire.AckLine{OrderItemID: line.OrderItemID, Confirmed: line.Confirmed, Cancelled: line.Cancelled})
	}
	k := call{name: "acknowledge", orderID: r.OrderID, method: http.MethodPost, path: wire.PathOrders, body: body}
	var answer wire.AckAnswer
	if err := c.do(ctx, k, &answer); err != nil {
		return err
	}
	for _, acked := range answer.Success {
		if string(acked.OrderID) == r.OrderID {
			return nil
		}
	}
	return c.failed(k, KindMalformed, http.StatusOK, "the answer names the order neither under success nor under failed_items")
}

// CancelRequest cancels units of an acknowledged order.
type CancelRequest struct {
	OrderID string
	// Lines is what this call cancels, on top of earlier calls; a repeat would cancel the units twice.
	Lines  order.Quantities
	Reason CancelReason
}

// CancelOrder cancels units after the acknowledgement and before packing (contracts/ajio-vms.md §5.4).
func (c *Client) CancelOrder(ctx context.Context, r CancelRequest) error {
	body := wire.Cancellation{OrderID: r.OrderID, Reason: r.Reason, Lines: []wire.CancelLine{}}
	for _, id := range r.Lines.IDs() {
		if units := r.Lines[id]; units != 0 {
			body.Lines = append(body.Lines, wire.CancelLine{OrderItemID: id, Cancelled: units})
		}
	}
	k := call{name: "cancel", orderID: r.OrderID, method: http.MethodPost, path: wire.PathCancel, body: body}
	var answer wire.CancelAnswer
	if err := c.do(ctx, k, &answer); err != nil {
		return err
	}
	return c.settle(k, answer.Outcome)
}
