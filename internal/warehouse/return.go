package warehouse

import (
	"vmsflow/internal/increff"
	"vmsflow/internal/order"
)

// ReturnOrder is the body of POST /return/return-orders (contracts/increff-erp.md §6.4).
type ReturnOrder struct {
	ForwardOrderCode  string       `json:"forwardOrderCode"`
	ReturnOrderCode   string       `json:"returnOrderCode"`
	LocationCode      string       `json:"locationCode"` // the POB
	ReturnOrderTime   increff.Time `json:"returnOrderTime"`
	ReturnOrderStatus string       `json:"returnOrderStatus"`
	OrderType         string       `json:"orderType"`
	AwbNumber         string       `json:"awbNumber"`   // of the way back
	Transporter       string       `json:"transporter"` // the forward order's carrier: Ajio's feed has none
	OrderItems        []ReturnItem `json:"orderItems"`  // one row is one unit
}

// ReturnItem is one unit that is expected.
type ReturnItem struct {
	ItemCode       string `json:"itemCode"` // order.UnitCode; the warehouse reports the unit's QC under it
	Reason         string `json:"reason"`   // the customer's, which Ajio's feed does not tell
	ChannelSkuCode string `json:"channelSkuCode"`
}

// returnCreated is the status with which a return comes to a warehouse, whatever Ajio calls it by then: Increff's own
// word, and the same on every repeat.
const returnCreated = "RETURN_CREATED"

// NewReturnOrder writes a return for the warehouse, with the units that Ajio expects.
func NewReturnOrder(e order.Expectation, carrier string) ReturnOrder {
	r := ReturnOrder{
		ForwardOrderCode: e.OrderID, ReturnOrderCode: e.ReturnID, LocationCode: e.Pob,
		ReturnOrderTime: increff.At(e.ReturnDate), ReturnOrderStatus: returnCreated,
		OrderType: increff.ReturnOrderType(e.Kind), AwbNumber: e.TrackingNumber, Transporter: carrier,
		OrderItems: []ReturnItem{},
	}
	for _, line := range e.ReturnLines() {
		for n := range line.Units {
			r.OrderItems = append(r.OrderItems, ReturnItem{ItemCode: order.UnitCode(line, n+1), ChannelSkuCode: line.ItemCode})
		}
	}
	return r
}
