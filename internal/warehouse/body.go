package warehouse

import (
	"time"

	"vmsflow/internal/increff"
	"vmsflow/internal/order"
)

// OutwardOrder is the body of POST /orders/outward (contracts/increff-erp.md §6.1). It has no custom
// attributes: an undeclared key makes the order FAILED in Increff's OMS.
type OutwardOrder struct {
	ParentOrderCode     string        `json:"parentOrderCode"`
	LocationCode        string        `json:"locationCode"` // the POB
	OrderCode           string        `json:"orderCode"`
	OrderTime           increff.Time  `json:"orderTime"`
	OrderType           string        `json:"orderType"`
	OnHold              bool          `json:"onHold"`
	IsPriority          bool          `json:"isPriority"`
	Gift                bool          `json:"gift"`
	QcStatus            string        `json:"qcStatus"`
	DispatchByTime      increff.Time  `json:"dispatchByTime"`
	StartProcessingTime increff.Time  `json:"startProcessingTime"`
	PaymentMethod       string        `json:"paymentMethod"`
	IsSplitRequired     bool          `json:"isSplitRequired"`
	OrderItems          []OutwardItem `json:"orderItems"`
}

// OutwardItem is one SKU of an order; a SKU stands once.
type OutwardItem struct {
	ChannelSkuCode         string      `json:"channelSkuCode"`
	OrderItemCode          string      `json:"orderItemCode"` // the first line's, where lines were merged
	Quantity               int         `json:"quantity"`
	SellerDiscountPerUnit  order.Paise `json:"sellerDiscountPerUnit"`
	ChannelDiscountPerUnit order.Paise `json:"channelDiscountPerUnit"`
	SellingPricePerUnit    order.Paise `json:"sellingPricePerUnit"` // with tax
	ShippingChargePerUnit  order.Paise `json:"shippingChargePerUnit"`
}

// dispatchWithin is the time from the order to the wanted dispatch, as in the posting to the ERP (assumed).
const dispatchWithin = 24 * time.Hour

// DispatchBy is when an order should have left the warehouse.
func DispatchBy(o order.Order) time.Time { return o.OrderTime.Add(dispatchWithin) }

// NewOutwardOrder writes the order for the warehouse, on hold, with the live units of the PO. Lines of one SKU
// are merged under the first line's code.
func NewOutwardOrder(o order.Order, po order.PurchaseOrder, now time.Time) OutwardOrder {
	outward := OutwardOrder{
		ParentOrderCode: o.ID, LocationCode: o.Pob, OrderCode: o.ID, OrderTime: increff.At(o.OrderTime),
		OrderType: increff.OrderType, OnHold: true, QcStatus: "PASS",
		DispatchByTime: increff.At(DispatchBy(o)), StartProcessingTime: increff.At(now),
		PaymentMethod: increff.PaymentMethod(o.PaymentMethod),
		OrderItems:    []OutwardItem{},
	}
	lines := map[string][]order.POLine{} // by SKU
	for _, line := range po.Lines {
		if line.Units == 0 {
			continue
		}
		if len(lines[line.ItemCode]) == 0 {
			outward.OrderItems = append(outward.OrderItems, OutwardItem{
				ChannelSkuCode: line.ItemCode, OrderItemCode: line.OrderItemID,
			})
		}
		lines[line.ItemCode] = append(lines[line.ItemCode], line)
	}
	for i := range outward.OrderItems {
		item := &outward.OrderItems[i]
		merged := lines[item.ChannelSkuCode]
		item.SellingPricePerUnit = increff.SellingPrice(merged...)
		for _, line := range merged {
			item.Quantity += line.Units
		}
	}
	return outward
}

// Release is what Client.Release tells.
type Release struct {
	OrderID, Pob                string
	DispatchBy, StartProcessing time.Time
}

// releaseBody is the body of PUT /orders/{order} (contracts/increff-erp.md §6.2).
type releaseBody struct {
	DispatchByTime      increff.Time `json:"dispatchByTime"`
	LocationCode        string       `json:"locationCode"`
	OnHold              bool         `json:"onHold"`
	StartProcessingTime increff.Time `json:"startProcessingTime"`
}

func (r Release) body() releaseBody {
	return releaseBody{
		DispatchByTime: increff.At(r.DispatchBy), LocationCode: r.Pob,
		StartProcessingTime: increff.At(r.StartProcessing),
	}
}

// Stop is what Client.Stop tells.
type Stop struct {
	OrderID, Pob string
	Items        []StopItem
}

// StopItem is the absolute total of units of a SKU that must not be packed.
type StopItem struct {
	ChannelSKUCode string
	OrderItemCode  string // that under which the SKU went out in CreateOrder
	Cancelled      int
}

// stopBody is the body of PUT /orders/{order}/cancel (contracts/increff-erp.md §6.3).
type stopBody struct {
	LocationCode string         `json:"locationCode"`
	OrderItems   []stopBodyItem `json:"orderItems"`
}

type stopBodyItem struct {
	ChannelSkuCode    string `json:"channelSkuCode"`
	CancelledQuantity int    `json:"cancelledQuantity"`
	OrderItemCode     string `json:"orderItemCode"`
}

func (s Stop) body() stopBody {
	body := stopBody{LocationCode: s.Pob, OrderItems: []stopBodyItem{}}
	for _, item := range s.Items {
		body.OrderItems = append(body.OrderItems, stopBodyItem{
			ChannelSkuCode: item.ChannelSKUCode, CancelledQuantity: item.Cancelled, OrderItemCode: item.OrderItemCode,
		})
	}
	return body
}
