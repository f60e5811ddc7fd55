package wire

import "vmsflow/internal/order"

// The types of a return (assumed, §7.1).
const (
	TypeRTO            = "RTO"
	TypeCustomerReturn = "CUSTOMER_RETURN"
)

// ReturnType is Ajio's word for a kind of return.
func ReturnType(kind order.ReturnKind) string {
	if kind == order.RTO {
		return TypeRTO
	}
	return TypeCustomerReturn
}

// Return is a row of GET /return (documented, §7.1).
type Return struct {
	ReturnID       Text         `json:"return_order_id"`
	ReturnDate     Time         `json:"return_date"`
	OrderID        Text         `json:"order_id"` // of the forward order
	Type           Text         `json:"return_type"`
	Status         Text         `json:"return_status"`
	TrackingNumber Text         `json:"tracking_number"` // may be null; assumed
	Items          []ReturnItem `json:"return_order_items"`
}

// ReturnItem is a row of it. What is expected is the quantity less the cancelled one (inferred, §7.1).
type ReturnItem struct {
	ReturnItemID Text  `json:"return_item_id"`
	OrderItemID  Text  `json:"order_item_id"`
	Quantity     Count `json:"return_quantity"`
	Cancelled    Count `json:"cancelled_return_quantity"`
	Item         Item  `json:"item_details"`
}

// RTO is the body of POST /return/rto (documented, §7.2).
type RTO struct {
	OrderID string    `json:"order_id"`
	Items   []RTOItem `json:"order_items"`
}

// RTOItem is a row of it: one item may stand in several, with different codes (inferred, §7.2).
type RTOItem struct {
	ItemID      string       `json:"item_id"` // the item_code; assumed
	OrderItemID string       `json:"order_item_id"`
	Quantity    Count        `json:"quantity"`
	QCCode      order.QCCode `json:"qc_code"`
	Reason      string       `json:"reason"` // empty for GOOD
}

// ReturnAnswer is the answer to it (documented, §7.2) and to QC (assumed, §7.3).
type ReturnAnswer struct {
	ReturnID Text `json:"return_order_id"`
	Outcome
}

// QC is the body of POST /return/qc (assumed, §7.3).
type QC struct {
	ReturnID string   `json:"return_order_id"`
	Items    []QCItem `json:"order_items"`
}

// QCItem is a row of it.
type QCItem struct {
	ReturnItemID string       `json:"return_item_id"`
	Quantity     Count        `json:"quantity"`
	QCCode       order.QCCode `json:"qc_code"`
	Reason       string       `json:"reason"` // empty for GOOD
}

// RSI is the answer to GET /return/rsi. Return and forward order are documented, the rest is assumed (§7.4); as every
// document it may come inside the answer (§10).
type RSI struct {
	ReturnID     Text         `json:"return_order_id"`
	OrderID      Text         `json:"order_id"`
	Number       Text         `json:"rsi_number"`
	Date         Time         `json:"rsi_date"`
	URL          Text         `json:"rsi_url"`
	Document     Text         `json:"document,omitempty"` // base64 of a PDF
	ForwardOrder ForwardOrder `json:"forward_order"`
	Items        []RSIItem    `json:"items"`
}

// ForwardOrder names the order that a return sales invoice goes back to.
type ForwardOrder struct {
	OrderID       Text `json:"order_id"`
	InvoiceNumber Text `json:"invoice_number"`
	PONumber      Text `json:"po_number"`
}

// RSIItem is a line of a return sales invoice; its amount is in rupees, with tax.
type RSIItem struct {
	ReturnItemID Text        `json:"return_item_id"`
	Quantity     Count       `json:"quantity"`
	Amount       order.Paise `json:"amount"`
}

// CreditNote is the body of POST /return/creditNote: exactly one of the last two (assumed, field set inferred; §7.5).
type CreditNote struct {
	ReturnID    string `json:"return_order_id"`
	Number      string `json:"credit_note_number"`
	Date        Time   `json:"credit_note_date"` // 00:00 IST of the DocDt; assumed, §11.1
	IRN         string `json:"irn"`
	AckNumber   string `json:"ack_number"`
	AckDate     Time   `json:"ack_date"`
	SignedQR    string `json:"signed_qr_code"`
	Document    string `json:"document,omitempty"` // base64 of a PDF
	DocumentURL string `json:"document_url,omitempty"`
}
