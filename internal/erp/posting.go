package erp

import (
	"time"

	"vmsflow/internal/increff"
	"vmsflow/internal/order"
)

// Posting is everything that an order posting is made of.
type Posting struct {
	// MessageID is unique per message and the same on every repeat.
	MessageID int64
	// OmsOrderID is our own number of the order, OmsItemIDs of its lines by order_item_id.
	OmsOrderID int64
	OmsItemIDs map[string]int64
	EventTime  time.Time
	Order      order.Order
	PO         order.PurchaseOrder
	Channel    Channel
	// ClientSKUs gives the seller's own SKU by item_code. A SKU without one goes by its item_code, as in the
	// article master.
	ClientSKUs map[string]string
}

// Channel is what a POB's configuration knows about selling to Ajio.
type Channel struct {
	Pob                 string
	PartnerCode         string // customer code in the ERP
	PartnerLocationCode string // customer-location code in the ERP
	SellerGSTIN         string
	PartnerGSTIN        string // Ajio's buying GSTIN, used when the PO names none
	PlaceOfSupply       string // state code; belongs to PartnerGSTIN, whose first two characters stand in when it is empty
	BillingAddress      Address
}

// NewCreate writes OUTWARD_ORDER_CREATE with the final quantities: lines of the PO without live units are left
// out, nothing else may be invoiced (contracts/increff-erp.md §5.1).
func NewCreate(p Posting) OrderMessage {
	m := p.header(OutwardOrderCreate)
	m.TurnAroundTime = increff.At(p.Order.OrderTime.Add(turnAround))
	m.PaymentMethod = increff.PaymentMethod(p.Order.PaymentMethod)
	m.IsPriority = new(false)
	m.IsSplitRequired = "false"
	m.ShippingCharges = new(order.Paise(0))
	m.BillingAddress = new(p.Channel.BillingAddress)
	m.VirtualSkuDefinitions, m.BundledSkuDefinitions = new(increff.None{}), new(increff.None{})

	partner, place := p.partner()
	attributes := &m.OrderCustomAttributes
	attributes.PurchaseOrderDate = increff.At(p.PO.Date)
	attributes.PurchaseOrderAmount = new(p.PO.Amount)
	attributes.SellerGstin, attributes.PartnerGstin = p.Channel.SellerGSTIN, partner
	attributes.PlaceOfSupply = place
	attributes.Currency = "INR"

	for i, line := range p.liveLines() {
		p.price(&m.OrderItems[i], line)
	}
	return m
}

// NewCancel writes OUTWARD_ORDER_CANCEL for the whole order; the EventTime and MessageID of p are the
// cancellation's own. It is sent only after a CREATE was accepted (contracts/increff-erp.md §5.2).
func NewCancel(p Posting, reason string) OrderMessage {
	m := p.header(OutwardOrderCancel)
	m.OrderCustomAttributes.CancelReason = reason
	for i := range m.OrderItems {
		m.OrderItems[i].CancelledQuantity = m.OrderItems[i].OrderedQuantity
	}
	return m
}

// header is what both messages have.
func (p Posting) header(event string) OrderMessage {
	m := OrderMessage{
		MessageID: p.MessageID, EventType: event, EventTime: increff.At(p.EventTime),
		// An Ajio order is one shipment, so parent and order are the same.
		OrderCode: p.Order.ID, ParentOrderCode: p.Order.ID, OmsOrderID: p.OmsOrderID,
		OrderType: increff.OrderType, OrderTime: increff.At(p.Order.OrderTime),
		ChannelName: increff.ChannelName, ChannelType: "MARKETPLACE", LocationCode: p.Channel.Pob,
		PartnerCode: p.Channel.PartnerCode, PartnerLocationCode: p.Channel.PartnerLocationCode,
		OrderCustomAttributes: OrderAttributes{PurchaseOrderNumber: p.PO.Number},
		OrderItems:            []OrderItem{},
	}
	for _, line := range p.liveLines() {
		m.OrderItems = append(m.OrderItems, OrderItem{
			OrderItemCode: line.OrderItemID, ChannelSkuCode: line.ItemCode, OrderedQuantity: line.Units,
		})
	}
	return m
}

// price adds to a line what only a CREATE carries.
func (p Posting) price(item *OrderItem, line order.POLine) {
	sku := p.ClientSKUs[line.ItemCode]
	if sku == "" {
		sku = line.ItemCode
	}
	tax := increff.TaxPerUnit(line)
	item.Barcode = p.barcode(line)
	item.SellingPricePerUnit = new(increff.SellingPrice(line))
	item.ChannelDiscount, item.SellerDiscount = new(order.Paise(0)), new(order.Paise(0))
	item.GiftChargePerUnit, item.ShippingCharge = new(order.Paise(0)), new(order.Paise(0))
	item.OmsItemID = p.OmsItemIDs[line.OrderItemID]
	item.OrderItemCustomAttributes = &ItemAttributes{ChannelMetadata: ChannelMetadata{
		ClientSkuID: sku, Hsn: line.HSN, Mrp: line.MRP,
		BasePricePerUnit: line.BasePrice, TaxPerUnit: tax, GstRate: GSTRate(line.TaxRate),
	}}
}

func (p Posting) liveLines() []order.POLine {
	var live []order.POLine
	for _, line := range p.PO.Lines {
		if line.Units > 0 {
			live = append(live, line)
		}
	}
	return live
}

// barcode is the EAN of the PO, or of the order when the PO has none.
func (p Posting) barcode(line order.POLine) string {
	if line.EAN != "" {
		return line.EAN
	}
	for _, ordered := range p.Order.Lines {
		if ordered.OrderItemID == line.OrderItemID {
			return ordered.EAN
		}
	}
	return ""
}

// partner is Ajio's buying GSTIN and the place of supply, its state code: the PO's own, else the POB's.
func (p Posting) partner() (gstin, placeOfSupply string) {
	if p.PO.BuyerGSTIN != "" {
		return p.PO.BuyerGSTIN, stateOf(p.PO.BuyerGSTIN)
	}
	if p.Channel.PlaceOfSupply != "" {
		return p.Channel.PartnerGSTIN, p.Channel.PlaceOfSupply
	}
	return p.Channel.PartnerGSTIN, stateOf(p.Channel.PartnerGSTIN)
}

func stateOf(gstin string) string { return gstin[:min(2, len(gstin))] }
