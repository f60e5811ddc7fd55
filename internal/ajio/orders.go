package ajio

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"vmsflow/internal/ajio/wire"
	"vmsflow/internal/order"
)

// OrderInfo is what Ajio knows of an acknowledged order, or of one that was cancelled before.
type OrderInfo struct {
	OrderID        string
	Status         Status
	PO             *order.PurchaseOrder // nil until it came, which may be never
	Lines          []OrderInfoLine
	Carrier        string
	TrackingNumber string // the AWB
}

// OrderInfoLine counts what became of a line's units. Quantity is what was ordered; what was refused in the
// acknowledgement is seller-cancelled (contracts/ajio-vms.md §5.3).
type OrderInfoLine struct {
	OrderItemID       string
	ItemCode          string
	Quantity          int
	CustomerCancelled int
	SellerCancelled   int
	ShortPicked       int
}

// live returns the units that are still to be delivered.
func (l OrderInfoLine) live() int {
	return l.Quantity - l.CustomerCancelled - l.SellerCancelled - l.ShortPicked
}

// Live returns the live units by line; lines without any are left out.
func (o OrderInfo) Live() order.Quantities {
	live := order.Quantities{}
	for _, line := range o.Lines {
		if units := line.live(); units > 0 {
			live[line.OrderItemID] = units
		}
	}
	return live
}

// Orders reads at most 50 orders. Those that Ajio does not know or has no acknowledgement for are not in the
// answer. When rows cannot be read, the others are returned beside an error of KindMalformed that names them.
func (c *Client) Orders(ctx context.Context, ids []string) ([]OrderInfo, error) {
	k := call{
		name: "orders", method: http.MethodGet, path: wire.PathOrders,
		query: url.Values{wire.QueryOrderIDs: {strings.Join(ids, ",")}},
	}
	switch {
	case len(ids) == 0:
		return nil, nil
	case len(ids) > wire.MaxOrderIDs:
		return nil, c.failed(k, KindRefused, 0, fmt.Sprintf("%d order ids in one call, at most %d", len(ids), wire.MaxOrderIDs))
	case len(ids) == 1:
		k.orderID = ids[0]
	}
	var rows wire.Rows
	if err := c.do(ctx, k, &rows); err != nil {
		return nil, err
	}
	if rows.Page.TotalPages > 1 {
		return nil, c.failed(k, KindMalformed, http.StatusOK, fmt.Sprintf("the answer is one of %d pages, although no more was asked than fits one", rows.Page.TotalPages))
	}
	var orders []OrderInfo
	var unreadable []string
	for _, row := range rows.Orders {
		info, err := orderInfo(row)
		if err != nil {
			unreadable = append(unreadable, fmt.Sprintf("order %q: %v", orderIDOf(row), err))
			continue
		}
		orders = append(orders, info)
	}
	if unreadable != nil {
		return orders, c.failed(k, KindMalformed, http.StatusOK, strings.Join(unreadable, "; "))
	}
	return orders, nil
}

func orderInfo(row json.RawMessage) (OrderInfo, error) {
	var details wire.OrderDetails
	if err := json.Unmarshal(row, &details); err != nil {
		return OrderInfo{}, err
	}
	if details.OrderID == "" {
		return OrderInfo{}, errors.New("no order_id")
	}
	info := OrderInfo{
		OrderID: string(details.OrderID), Status: Status(details.Status),
		Carrier: string(details.Carrier), TrackingNumber: string(details.TrackingNumber),
	}
	for _, line := range details.Lines {
		info.Lines = append(info.Lines, OrderInfoLine{
			OrderItemID: string(line.OrderItemID), ItemCode: string(line.Item.ItemCode), Quantity: int(line.Quantity),
			CustomerCancelled: int(line.CustomerCancelled), SellerCancelled: int(line.SellerCancelled),
			ShortPicked: int(line.ShortPicked),
		})
	}
	if details.PONumber == "" {
		return info, nil
	}
	po, err := purchaseOrder(details, info.Lines)
	if err != nil {
		return OrderInfo{}, fmt.Errorf("PO %s: %w", details.PONumber, err)
	}
	info.PO = &po
	return info, nil
}

// purchaseOrder reads the PO of an order that has one. Money on which an invoice will be made is never guessed: a
// missing price or amount is an error.
func purchaseOrder(details wire.OrderDetails, lines []OrderInfoLine) (order.PurchaseOrder, error) {
	if details.POAmount == nil {
		return order.PurchaseOrder{}, errors.New("no po_amount")
	}
	po := order.PurchaseOrder{
		Number: string(details.PONumber), Date: details.PODate.Time, Amount: *details.POAmount,
		BuyerGSTIN: string(details.BuyerGSTIN), Carrier: string(details.Carrier),
		TrackingNumber: string(details.TrackingNumber),
	}
	for i, line := range details.Lines {
		ours := order.POLine{
			OrderItemID: string(line.OrderItemID), ItemCode: string(line.Item.ItemCode), EAN: string(line.Item.EAN),
			HSN: string(line.HSN), Units: lines[i].live(),
		}
		if ours.Units != 0 && (line.BasePrice == nil || line.Tax == nil) {
			return po, fmt.Errorf("line %s: no item_base_price or tax_summary", line.OrderItemID)
		}
		if line.MRP != nil {
			ours.MRP = *line.MRP
		}
		if line.BasePrice != nil {
			ours.BasePrice = *line.BasePrice
		}
		if tax := line.Tax; tax != nil {
			ours.IGST, ours.CGST, ours.SGST, ours.Cess = tax.IGSTAmount, tax.CGSTAmount, tax.SGSTAmount, tax.CessAmount
			// A rate with two decimal places reads as hundredths of a percent. The cess is no part of the GST rate.
			ours.TaxRate = int(tax.IGSTRate + tax.CGSTRate + tax.SGSTRate)
		}
		po.Lines = append(po.Lines, ours)
	}
	return po, nil
}
