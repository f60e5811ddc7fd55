package erp

import (
	"time"

	"vmsflow/internal/increff"
	"vmsflow/internal/order"
)

// The events that vmsflow posts for a forward order. Increff knows four more; for Ajio VMS none of them is
// sent, partial cancellation expressly not (contracts/increff-erp.md §5.1, documented).
const (
	OutwardOrderCreate = "OUTWARD_ORDER_CREATE"
	OutwardOrderCancel = "OUTWARD_ORDER_CANCEL"
)

// OrderMessage is the body of an order posting (contracts/increff-erp.md §5.1 and §5.2). Fields that a
// cancellation leaves out are omitted when empty.
type OrderMessage struct {
	MessageID             int64           `json:"messageId"` // the ERP drops the second message with one id
	EventType             string          `json:"eventType"`
	EventTime             increff.Time    `json:"eventTime"`
	OrderCode             string          `json:"orderCode"`
	ParentOrderCode       string          `json:"parentOrderCode"`
	OmsOrderID            int64           `json:"omsOrderId"`
	OrderType             string          `json:"orderType"`
	OrderTime             increff.Time    `json:"orderTime"`
	TurnAroundTime        increff.Time    `json:"turnAroundTime,omitzero"`
	ChannelName           string          `json:"channelName"`
	ChannelType           string          `json:"channelType"`
	LocationCode          string          `json:"locationCode"`
	PartnerCode           string          `json:"partnerCode"`
	PartnerLocationCode   string          `json:"partnerLocationCode"`
	PaymentMethod         string          `json:"paymentMethod,omitempty"`
	IsPriority            *bool           `json:"isPriority,omitempty"`
	IsSplitRequired       string          `json:"isSplitRequired,omitempty"` // "false", a string as in Increff's sample
	ShippingCharges       *order.Paise    `json:"shippingCharges,omitempty"`
	OrderCustomAttributes OrderAttributes `json:"orderCustomAttributes"`
	BillingAddress        *Address        `json:"billingAddress,omitempty"`
	OrderItems            []OrderItem     `json:"orderItems"`
	VirtualSkuDefinitions *increff.None   `json:"virtualSkuDefinitions,omitempty"`
	BundledSkuDefinitions *increff.None   `json:"bundledSkuDefinitions,omitempty"`
	Shipments             increff.None    `json:"shipments"` // nothing is packed yet
}

// OrderAttributes is where the Ajio PO and the GSTINs travel, and on a cancellation the reason (assumed).
type OrderAttributes struct {
	PurchaseOrderNumber string       `json:"purchaseOrderNumber"`
	PurchaseOrderDate   increff.Time `json:"purchaseOrderDate,omitzero"`
	PurchaseOrderAmount *order.Paise `json:"purchaseOrderAmount,omitempty"` // with tax
	SellerGstin         string       `json:"sellerGstin,omitempty"`
	PartnerGstin        string       `json:"partnerGstin,omitempty"`
	PlaceOfSupply       string       `json:"placeOfSupply,omitempty"` // state code of the partner's GSTIN
	Currency            string       `json:"currency,omitempty"`
	CancelReason        string       `json:"cancelReason,omitempty"`
}

// Address is the partner's billing address.
type Address struct {
	Name    string `json:"name"`
	Line1   string `json:"line1"`
	Line2   string `json:"line2"`
	Line3   string `json:"line3"`
	City    string `json:"city"`
	State   string `json:"state"`
	Zip     string `json:"zip"`
	Country string `json:"country"`
	Email   string `json:"email"`
	Phone   string `json:"phone"`
}

// OrderItem is one line of a posting.
type OrderItem struct {
	OrderItemCode             string          `json:"orderItemCode"`
	ChannelSkuCode            string          `json:"channelSkuCode"`
	Barcode                   string          `json:"barcode,omitempty"`
	OrderedQuantity           int             `json:"orderedQuantity"`
	CancelledQuantity         int             `json:"cancelledQuantity"`
	SellingPricePerUnit       *order.Paise    `json:"sellingPricePerUnit,omitempty"` // Ajio's B2B price with tax
	ChannelDiscount           *order.Paise    `json:"channelDiscount,omitempty"`
	SellerDiscount            *order.Paise    `json:"sellerDiscount,omitempty"`
	GiftChargePerUnit         *order.Paise    `json:"giftChargePerUnit,omitempty"`
	ShippingCharge            *order.Paise    `json:"shippingCharge,omitempty"`
	OmsItemID                 int64           `json:"omsItemId,omitempty"`
	OrderItemCustomAttributes *ItemAttributes `json:"orderItemCustomAttributes,omitempty"`
}

// ItemAttributes holds the free map of a line.
type ItemAttributes struct {
	ChannelMetadata ChannelMetadata `json:"channelMetadata"`
}

// ChannelMetadata is what an ERP needs for its tax invoice; the map is Increff's, the keys are ours.
type ChannelMetadata struct {
	ClientSkuID      string      `json:"clientSkuId"`
	Hsn              string      `json:"hsn"`
	Mrp              order.Paise `json:"mrp"`
	BasePricePerUnit order.Paise `json:"basePricePerUnit"` // without tax
	TaxPerUnit       order.Paise `json:"taxPerUnit"`
	GstRate          GSTRate     `json:"gstRate"`
}

// turnAround is the time from the order to the wanted dispatch (contracts/increff-erp.md §5.1, assumed).
const turnAround = 24 * time.Hour
