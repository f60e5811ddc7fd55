package ajio

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"vmsflow/internal/ajio/wire"
	"vmsflow/internal/order"
	"vmsflow/internal/remote"
)

// PendencyPage is one page of the unacknowledged orders. Between two pages rows slide forward while orders are
// acknowledged, so an order may come twice or be missed until the next run (contracts/ajio-vms.md §5.1).
type PendencyPage struct {
	Orders     []order.Order
	Unreadable []Unreadable
	TotalPages int // may change from page to page
	// Empty says that Ajio listed nothing: stop paging. It is not the same as no Orders; a row whose units are
	// all cancelled is in neither list.
	Empty bool
}

// Unreadable is a row that is not an order as the contract has it; a person must look at it.
type Unreadable struct {
	OrderID string // empty when not even that can be read
	Reason  string
}

// Pendency reads one page, 0 being the first, of the orders that Ajio has no acknowledgement for and whose order
// time is in [from, to), whole seconds. A row that cannot be read does not lose the others.
func (c *Client) Pendency(ctx context.Context, page int, from, to time.Time) (PendencyPage, error) {
	var rows wire.Rows
	err := c.do(ctx, call{
		name: "pendency", method: http.MethodGet, path: wire.PathPendency,
		query: url.Values{
			wire.QueryPageNumber: {strconv.Itoa(page + c.pageBase)},
			wire.QueryPageSize:   {strconv.Itoa(wire.MaxPageSize)},
			wire.QueryDateFrom:   {from.UTC().Format(wire.QueryTime)},
			wire.QueryDateTo:     {to.UTC().Format(wire.QueryTime)},
		},
	}, &rows)
	if err != nil {
		return PendencyPage{}, err
	}
	result := PendencyPage{TotalPages: int(rows.Page.TotalPages), Empty: len(rows.Orders) == 0}
	for _, row := range rows.Orders {
		o, err := c.pendingOrder(row)
		switch {
		case err != nil:
			result.Unreadable = append(result.Unreadable, Unreadable{OrderID: orderIDOf(row), Reason: remote.OneLine(err.Error(), maxMessage)})
		case len(o.Lines) > 0: // an order without units has left the list (contracts/ajio-vms.md §5.1)
			result.Orders = append(result.Orders, o)
		}
	}
	return result, nil
}

// pendingOrder reads a row. Lines that the customer emptied are left out.
func (c *Client) pendingOrder(row json.RawMessage) (order.Order, error) {
	var pending wire.PendingOrder
	if err := json.Unmarshal(row, &pending); err != nil {
		return order.Order{}, err
	}
	o := order.Order{
		Pob: c.pob, ID: string(pending.OrderID), OrderTime: pending.OrderDate.Time,
		PaymentMethod: string(pending.PaymentMethod), Carrier: string(pending.Carrier),
		TrackingNumber: string(pending.TrackingNumber),
	}
	for _, line := range pending.Lines {
		if line.OrderedQuantity == 0 {
			continue
		}
		o.Lines = append(o.Lines, order.Line{
			OrderItemID: string(line.OrderItemID), ItemCode: string(line.Item.ItemCode), EAN: string(line.Item.EAN),
			Name: string(line.Item.Name), Ordered: int(line.OrderedQuantity),
		})
	}
	if len(o.Lines) == 0 && len(pending.Lines) > 0 {
		return o, nil
	}
	if o.OrderTime.IsZero() {
		return o, errors.New("order without an order_date")
	}
	return o, o.Validate()
}

// orderIDOf reads from a bad row at least whose it is.
func orderIDOf(row json.RawMessage) string {
	var about struct {
		OrderID wire.Text `json:"order_id"`
	}
	_ = json.Unmarshal(row, &about) // decodes what it can
	return string(about.OrderID)
}
