package ajio

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"vmsflow/internal/ajio/wire"
	"vmsflow/internal/order"
	"vmsflow/internal/remote"
)

// ReturnsPage is one page of the returns, newest last. A return that moves on leaves its list, so rows slide forward
// between two pages: one may come twice or be missed until the next run.
type ReturnsPage struct {
	Returns    []order.Expectation
	Unreadable []UnreadableReturn
	TotalPages int  // may change from page to page
	Empty      bool // Ajio listed nothing: stop paging
}

// UnreadableReturn is a row that is not a return as the contract has it; a person must look at it.
type UnreadableReturn struct {
	ReturnID string // empty when not even that can be read
	Reason   string
}

// Returns reads one page, 0 being the first, of the returns of a kind that are in a status (contracts/ajio-vms.md §7.1).
// A row that cannot be read does not lose the others.
func (c *Client) Returns(ctx context.Context, status order.ReturnStatus, kind order.ReturnKind, page int) (ReturnsPage, error) {
	rows, err := c.returnRows(ctx, call{name: "returns", query: url.Values{
		wire.QueryReturnStatus: {string(status)},
		wire.QueryReturnType:   {wire.ReturnType(kind)},
		wire.QueryPageNumber:   {strconv.Itoa(page + c.pageBase)},
		wire.QueryPageSize:     {strconv.Itoa(wire.MaxPageSize)},
	}})
	if err != nil {
		return ReturnsPage{}, err
	}
	result := ReturnsPage{TotalPages: int(rows.Page.TotalPages), Empty: len(rows.Orders) == 0}
	result.Returns, result.Unreadable = c.readReturns(rows.Orders)
	return result, nil
}

// ReturnsByID reads at most 50 returns. Those that Ajio does not know are not in the answer. When rows cannot be read, the
// others are returned beside an error of KindMalformed that names them.
func (c *Client) ReturnsByID(ctx context.Context, ids []string) ([]order.Expectation, error) {
	k := call{name: "returns", query: url.Values{
		wire.QueryReturnIDs: {strings.Join(ids, ",")}, wire.QueryPageSize: {strconv.Itoa(wire.MaxPageSize)},
	}}
	switch {
	case len(ids) == 0:
		return nil, nil
	case len(ids) > wire.MaxReturnIDs:
		return nil, c.failed(k, KindRefused, 0, fmt.Sprintf("%d return ids in one call, at most %d", len(ids), wire.MaxReturnIDs))
	case len(ids) == 1:
		k.returnID = ids[0]
	}
	return c.someReturns(ctx, k)
}

// RTOsOfOrder reads the RTOs of an order, those that Ajio withdrew among them: the read-back for CreateRTO. An RTO that
// was just created may not be there yet (contracts/ajio-vms.md §7.2, §11).
func (c *Client) RTOsOfOrder(ctx context.Context, orderID string) ([]order.Expectation, error) {
	return c.someReturns(ctx, call{name: "returns", orderID: orderID, query: url.Values{
		wire.QueryReturnType: {wire.TypeRTO}, wire.QueryOrderIDs: {orderID}, wire.QueryPageSize: {strconv.Itoa(wire.MaxPageSize)},
	}})
}

// someReturns reads a list that must fit one page, whose size the query asks for: nobody knows what Ajio's default is.
func (c *Client) someReturns(ctx context.Context, k call) ([]order.Expectation, error) {
	rows, err := c.returnRows(ctx, k)
	if err != nil {
		return nil, err
	}
	if rows.Page.TotalPages > 1 {
		return nil, c.failed(k, KindMalformed, http.StatusOK, fmt.Sprintf("the answer is one of %d pages, although no more was asked than fits one", rows.Page.TotalPages))
	}
	returns, bad := c.readReturns(rows.Orders)
	if len(bad) == 0 {
		return returns, nil
	}
	var unreadable []string
	for _, row := range bad {
		unreadable = append(unreadable, row.Reason)
	}
	return returns, c.failed(k, KindMalformed, http.StatusOK, strings.Join(unreadable, "; "))
}

func (c *Client) returnRows(ctx context.Context, k call) (wire.Rows, error) {
	k.method, k.path = http.MethodGet, wire.PathReturns
	var rows wire.Rows
	err := c.do(ctx, k, &rows)
	return rows, err
}

func (c *Client) readReturns(rows []json.RawMessage) (returns []order.Expectation, bad []UnreadableReturn) {
	for _, row := range rows {
		e, err := c.expectation(row)
		if err != nil {
			bad = append(bad, UnreadableReturn{ReturnID: returnIDOf(row), Reason: remote.OneLine(err.Error(), maxMessage)})
			continue
		}
		returns = append(returns, e)
	}
	return returns, bad
}

// expectation reads a row. A status or type that nobody knows is for a person: nobody can say what such a return waits for.
func (c *Client) expectation(row json.RawMessage) (order.Expectation, error) {
	var listed wire.Return
	if err := json.Unmarshal(row, &listed); err != nil {
		return order.Expectation{}, fmt.Errorf("return %q: %w", returnIDOf(row), err)
	}
	e := order.Expectation{
		Pob: c.pob, ReturnID: string(listed.ReturnID), OrderID: string(listed.OrderID), Kind: kindOf(string(listed.Type)),
		Status: order.ReturnStatus(listed.Status), ReturnDate: listed.ReturnDate.Time, TrackingNumber: string(listed.TrackingNumber),
	}
	for _, item := range listed.Items {
		e.Items = append(e.Items, order.ExpectedItem{
			ReturnItemID: string(item.ReturnItemID), OrderItemID: string(item.OrderItemID), ItemCode: string(item.Item.ItemCode),
			Units: int(item.Quantity - item.Cancelled),
		})
	}
	if err := e.Validate(); err != nil {
		return e, err
	}
	switch e.Status {
	case order.StatusReturnInitiated, order.StatusReturnCreated, order.StatusReturnDelivered, order.StatusReturnProcessed, order.StatusReturnCancelled:
	default:
		return e, fmt.Errorf("return %s: return_status %q is not known", e.ReturnID, e.Status)
	}
	if e.ReturnDate.IsZero() { // it decides which document settles the return
		return e, fmt.Errorf("return %s: no return_date", e.ReturnID)
	}
	return e, nil
}

// kindOf reads a return_type; what it does not know stays as it is, for Validate to name.
func kindOf(returnType string) order.ReturnKind {
	switch returnType {
	case wire.TypeRTO:
		return order.RTO
	case wire.TypeCustomerReturn:
		return order.CustomerReturn
	default:
		return order.ReturnKind(returnType)
	}
}

// returnIDOf reads from a bad row at least which return it is.
func returnIDOf(row json.RawMessage) string {
	var about struct {
		ReturnID wire.Text `json:"return_order_id"`
	}
	_ = json.Unmarshal(row, &about) // decodes what it can
	return string(about.ReturnID)
}

// RTORequest announces a parcel that came back although Ajio has announced none, with its QC. The units of an item add up
// to what was shipped of it.
type RTORequest struct {
	OrderID string
	Items   []RTOItem
}

// RTOItem counts the units of an order line that have one code and reason.
type RTOItem struct {
	ItemCode    string
	OrderItemID string
	Units       int
	Code        order.QCCode
	Reason      string // empty for order.Good
}

// CreateRTO makes the return of a parcel and gives its id. An order has one: where Ajio says FAILED and names a return,
// that is the answer, whoever asked for it first (contracts/ajio-vms.md §7.2, §11.1).
func (c *Client) CreateRTO(ctx context.Context, r RTORequest) (returnID string, _ error) {
	body := wire.RTO{OrderID: r.OrderID, Items: []wire.RTOItem{}}
	for _, item := range r.Items {
		body.Items = append(body.Items, wire.RTOItem{
			ItemID: item.ItemCode, OrderItemID: item.OrderItemID, Quantity: wire.Count(item.Units), QCCode: item.Code, Reason: item.Reason,
		})
	}
	k := call{name: "create RTO", orderID: r.OrderID, method: http.MethodPost, path: wire.PathRTO, body: body, partial: true}
	var answer struct {
		wire.ReturnAnswer
		FailedItems []json.RawMessage `json:"failed_items"`
	}
	if err := c.do(ctx, k, &answer); err != nil {
		return "", err
	}
	failed := strings.EqualFold(string(answer.Status), wire.Failed)
	switch {
	case failed && answer.ReturnID != "":
		return string(answer.ReturnID), nil
	case failed:
		return "", c.failed(k, KindRefused, http.StatusOK, string(answer.ErrorMessage))
	case len(answer.FailedItems) > 0:
		return "", c.failed(k, KindRefused, http.StatusOK, itemMessage(answer.FailedItems[0]))
	}
	if err := c.settle(k, answer.Outcome); err != nil {
		return "", err
	}
	if answer.ReturnID == "" {
		return "", c.failed(k, KindMalformed, http.StatusOK, "the answer names no return_order_id")
	}
	return string(answer.ReturnID), nil
}

// QCRequest is the QC of a return: every expected unit stands in one of its rows.
type QCRequest struct {
	ReturnID string
	Items    []QCItem
}

// QCItem counts the units of a return item that have one code and reason.
type QCItem struct {
	ReturnItemID string
	Units        int
	Code         order.QCCode
	Reason       string // empty for order.Good
}

// PerformQC reports the QC; the return becomes RETURN_PROCESSED. A second one is KindRefused, so a repeat reads
// ReturnsByID first (contracts/ajio-vms.md §7.3, §11).
func (c *Client) PerformQC(ctx context.Context, r QCRequest) error {
	body := wire.QC{ReturnID: r.ReturnID, Items: []wire.QCItem{}}
	for _, item := range r.Items {
		body.Items = append(body.Items, wire.QCItem{
			ReturnItemID: item.ReturnItemID, Quantity: wire.Count(item.Units), QCCode: item.Code, Reason: item.Reason,
		})
	}
	k := call{name: "QC", returnID: r.ReturnID, method: http.MethodPost, path: wire.PathQC, body: body}
	var answer wire.ReturnAnswer
	if err := c.do(ctx, k, &answer); err != nil {
		return err
	}
	return c.settle(k, answer.Outcome)
}

// sameReturn keeps another return's paper from being taken for ours. An answer that names no return passes.
func (c *Client) sameReturn(k call, answered wire.Text) error {
	if answered == "" || string(answered) == k.returnID {
		return nil
	}
	return c.failed(k, KindMalformed, http.StatusOK, "the answer is about return "+string(answered))
}
