package erp

import (
	"strings"
	"time"

	"vmsflow/internal/increff"
	"vmsflow/internal/order"
)

// ReturnOrderComplete is the one event that vmsflow posts for a return (contracts/increff-erp.md §5.3, assumed).
const ReturnOrderComplete = "RETURN_ORDER_COMPLETE"

// ReturnMessage is the body of a return posting (contracts/increff-erp.md §5.3).
type ReturnMessage struct {
	MessageID             int64            `json:"messageId"` // the ERP drops the second message with one id
	EventType             string           `json:"eventType"`
	EventTime             increff.Time     `json:"eventTime"`
	ReturnOrderCode       string           `json:"returnOrderCode"`
	ForwardOrderCode      string           `json:"forwardOrderCode"`
	LocationCode          string           `json:"locationCode"`
	ChannelName           string           `json:"channelName"`
	OrderType             string           `json:"orderType"`
	Status                string           `json:"status"`
	ReturnOrderTime       increff.Time     `json:"returnOrderTime"`
	AwbNumber             string           `json:"awbNumber"`   // of the way back
	Transporter           string           `json:"transporter"` // the forward order's carrier: Ajio's feed has none
	OrderCustomAttributes ReturnAttributes `json:"orderCustomAttributes"`
	OrderItems            []ReturnItem     `json:"orderItems"` // one row is one unit
	Shipments             increff.None     `json:"shipments"`  // documented to be empty for Ajio VMS
}

// ReturnAttributes name the forward document, which a credit note must quote, and how the return is settled (assumed).
type ReturnAttributes struct {
	PurchaseOrderNumber string                `json:"purchaseOrderNumber"`
	InvoiceNumber       string                `json:"invoiceNumber"`
	InvoiceDate         increff.Time          `json:"invoiceDate"`
	Irn                 string                `json:"irn"`
	SellerGstin         string                `json:"sellerGstin"`
	PartnerGstin        string                `json:"partnerGstin"`
	SettlementModel     order.SettlementModel `json:"settlementModel"`
}

// ReturnItem is the QC of one unit.
type ReturnItem struct {
	ItemCode       string   `json:"itemCode"` // the warehouse's returnItemCode, or one that order.UnitCode makes
	OrderItemCode  string   `json:"orderItemCode"`
	ChannelSkuCode string   `json:"channelSkuCode"`
	Reason         string   `json:"reason"` // the customer's, which Ajio's feed does not tell
	QcStatus       string   `json:"qcStatus"`
	QcReason       *string  `json:"qcReason"`  // with FAIL
	ImageUrls      []string `json:"imageUrls"` // null: the images stay with vmsflow
}

// returnCompleted is the status of a return whose QC is done.
const returnCompleted = "COMPLETED"

// ReturnPosting is everything that a return posting is made of.
type ReturnPosting struct {
	// MessageID is unique per message and the same on every repeat.
	MessageID   int64
	EventTime   time.Time
	Expectation order.Expectation
	// Units are the QC as Ajio was told it: the units of the return's lines, without surplus ones.
	Units   []order.UnitResult
	Shipped order.Shipped
	Model   order.SettlementModel
	Channel Channel
}

// NewReturn writes RETURN_ORDER_COMPLETE. It is sent once per return, after Ajio has taken the QC.
func NewReturn(p ReturnPosting) ReturnMessage {
	partner := p.Shipped.PO.BuyerGSTIN
	if partner == "" {
		partner = p.Channel.PartnerGSTIN
	}
	m := ReturnMessage{
		MessageID: p.MessageID, EventType: ReturnOrderComplete, EventTime: increff.At(p.EventTime),
		ReturnOrderCode: p.Expectation.ReturnID, ForwardOrderCode: p.Expectation.OrderID,
		LocationCode: p.Channel.Pob, ChannelName: increff.ChannelName,
		OrderType: increff.ReturnOrderType(p.Expectation.Kind), Status: returnCompleted,
		ReturnOrderTime: increff.At(p.Expectation.ReturnDate),
		AwbNumber:       p.Expectation.TrackingNumber, Transporter: p.Shipped.Carrier,
		OrderCustomAttributes: ReturnAttributes{
			PurchaseOrderNumber: p.Shipped.PO.Number, InvoiceNumber: p.Shipped.Invoice.Number,
			InvoiceDate: increff.At(p.Shipped.Invoice.Date), Irn: p.Shipped.Invoice.IRN,
			SellerGstin: p.Channel.SellerGSTIN, PartnerGstin: partner, SettlementModel: p.Model,
		},
		OrderItems: []ReturnItem{},
	}
	codes := unitCodes(p.Units)
	for i, unit := range p.Units {
		m.OrderItems = append(m.OrderItems, returnItem(unit, codes[i]))
	}
	return m
}

// unitCodes names each unit as the warehouse did, where that is a name of its return item; the others, such as those that
// nobody scanned, get the numbers that are left free there.
func unitCodes(units []order.UnitResult) []string {
	codes, taken := make([]string, len(units)), map[string]bool{}
	for i, unit := range units {
		if _, ofItem := strings.CutPrefix(unit.UnitCode, unit.ReturnItemID+"-"); ofItem && !taken[unit.UnitCode] {
			codes[i], taken[unit.UnitCode] = unit.UnitCode, true
		}
	}
	for i, unit := range units {
		for n := 1; codes[i] == ""; n++ {
			code := order.UnitCode(order.ReturnLine{OrderItemID: unit.OrderItemID, ReturnItemID: unit.ReturnItemID}, n)
			if !taken[code] {
				codes[i], taken[code] = code, true
			}
		}
	}
	return codes
}

// returnItem writes one unit.
func returnItem(unit order.UnitResult, code string) ReturnItem {
	item := ReturnItem{
		ItemCode: code, OrderItemCode: unit.OrderItemID, ChannelSkuCode: unit.ItemCode, QcStatus: increff.QCPass,
	}
	if unit.Code == order.Good {
		return item
	}
	item.QcStatus = increff.QCFail
	switch {
	case unit.Said != "":
		item.QcReason = new(unit.Said)
	case unit.Code == order.Missing: // nobody scanned it
		item.QcReason = new(increff.ProductMissing)
	}
	return item
}
