// Package wire is what Ajio's API looks like: paths, query spellings, limits, enumerations and bodies, each with
// how sure we are of it. The client (internal/ajio) and the simulator (internal/ajio/ajiotest) both build on it;
// whoever reads Ajio's own specification changes this package and contracts/ajio-vms.md, nothing else.
//
// The tags are those of contracts/ajio-vms.md §1: documented, inferred, assumed. Ajio's spellings stand in the
// struct tags. The package knows shapes, not rules: what an answer means stands in internal/ajio.
package wire

import (
	"encoding/json"
	"time"

	"vmsflow/internal/order"
)

// HeaderAPIKey carries the bare token (documented, §2). HTTP does not mind the case of its letters.
const HeaderAPIKey = "apiKey"

// PathLogin stands directly under the host (documented, §3).
const PathLogin = "/authToken"

// Prefix is in front of every other path; partner is the integrator's slug (documented for orders, §2).
func Prefix(partner string) string { return "/ds/" + partner }

// Paths under Prefix (§2.2).
const (
	PathPendency        = "/orders/pendency"            // GET, documented
	PathOrders          = "/orders"                     // POST acknowledges, GET reads; both documented
	PathCancel          = "/orders/cancel"              // POST, assumed
	PathB2BInvoice      = "/orders/b2bInvoice"          // POST, PUT and GET; all assumed
	PathInvoiceDocument = "/orders/b2bInvoice/document" // POST, assumed
	PathB2CInvoice      = "/orders/b2cInvoice"          // GET, assumed
	PathShippingLabel   = "/orders/shippingLabel"       // GET, assumed
	PathManifest        = "/manifest"                   // POST, GET ?orderId= and GET /{manifest_id}; all assumed
	PathReturns         = "/return"                     // GET, assumed
	PathRTO             = "/return/rto"                 // POST, documented
	PathQC              = "/return/qc"                  // POST, assumed
	PathRSI             = "/return/rsi"                 // GET, assumed
	PathCreditNote      = "/return/creditNote"          // POST, assumed
)

// Query parameters.
const (
	QueryPageNumber   = "pageNumber"        // inferred, §2
	QueryPageSize     = "pageSize"          // inferred, §2
	QueryDateFrom     = "orderDateFrom"     // assumed, §5.1; inclusive
	QueryDateTo       = "orderDateTo"       // assumed, §5.1; exclusive
	QueryOrderIDs     = "orderIds"          // documented, comma list inferred, §5.3; for returns assumed, §7.1
	QueryOrderStatus  = "orderStatus"       // inferred, §5.3
	QueryOrderID      = "orderId"           // assumed, §6.4 to §6.6, §6.9
	QueryReturnStatus = "returnOrderStatus" // inferred, §7.1
	QueryReturnType   = "returnType"        // inferred, §7.1
	QueryReturnIDs    = "returnOrderIds"    // assumed, §7.1
	QueryReturnID     = "returnOrderId"     // assumed, §7.4
)

// QueryTime is how times stand in queries, in UTC (assumed, §2).
const QueryTime = "2006-01-02T15:04:05"

// Limits.
const (
	TokenLife        = 30 * time.Minute // documented, §3
	MaxPageSize      = 50               // inferred, §2
	MaxOrderIDs      = 50               // assumed, §5.3
	MaxReturnIDs     = 50               // assumed, §7.1
	MaxManifest      = 250              // documented, §6.8
	MaxDocument      = 10 << 20         // bytes of a PDF; assumed, §10
	RequestsOfMinute = 60               // per user; assumed, §2
)

// Status is an order's status. A value that is not listed here is data for a person, not an error.
type Status string

// The statuses (documented, §5.3).
const (
	StatusCancelled       Status = "CANCELLED"
	StatusConfirmed       Status = "CONFIRMED"
	StatusPacked          Status = "PACKED"
	StatusReadyToDispatch Status = "READY_TO_DISPATCH"
	StatusDispatched      Status = "DISPATCHED"
	StatusDelivered       Status = "DELIVERED"
)

// What an acknowledgement says (documented, §5.2).
const (
	AckAccept = "Acknowledge"
	AckCancel = "Cancel"
)

// CancelReason is why the seller cancels (assumed, §5.4).
type CancelReason string

// The reasons (assumed, §5.4).
const (
	ReasonOutOfStock    CancelReason = "OUT_OF_STOCK"
	ReasonDamaged       CancelReason = "DAMAGED"
	ReasonSellerRequest CancelReason = "SELLER_REQUEST"
)

// What a writing call says of itself (FAILED documented, the others in §5.4 and §6.8; assumed).
const (
	Success        = "SUCCESS"
	PartialSuccess = "PARTIAL_SUCCESS"
	Failed         = "FAILED"
)

// Payment methods (assumed, §5.1).
const (
	PaymentCOD     = "COD"
	PaymentPrepaid = "PREPAID"
)

// Login is the body of POST /authToken (documented, §3).
type Login struct {
	Username string `json:"username"`
	Password string `json:"password"`
}

// LoginAnswer is the answer to it. The refresh token that Ajio adds is of no use (documented, §3).
type LoginAnswer struct {
	Success    bool   `json:"success"`
	StatusCode Count  `json:"statusCode"` // 0 is the good case; it is not the HTTP status
	Result     *Token `json:"result"`
}

// Token is the result of a login.
type Token struct {
	AccessToken  string `json:"accessToken"`
	RefreshToken string `json:"refreshToken"`
	ExpiresIn    Count  `json:"expiresIn"` // seconds; assumed
}

// Envelope is how a call fails with HTTP 4xx or 5xx (documented for the login, else assumed; §2.1).
type Envelope struct {
	Success      bool   `json:"success"`
	StatusCode   Count  `json:"statusCode"`
	ErrorMessage string `json:"error_message"`
}

// Page says where in a list an answer stands (documented, §2).
type Page struct {
	Number        Count `json:"number"`
	Size          Count `json:"size"`
	TotalElements Count `json:"totalElements"`
	TotalPages    Count `json:"totalPages"`
}

// Rows is a list answer with its rows left unread, so that one bad row does not lose the others.
type Rows struct {
	Orders []json.RawMessage `json:"orders"`
	Page   Page              `json:"page"`
}

// Item says what is sold (documented, §5.1).
type Item struct {
	BrandName Text `json:"brand_name"`
	Color     Text `json:"color"`
	EAN       Text `json:"ean"`
	ItemCode  Text `json:"item_code"`
	Name      Text `json:"name"`
	Size      Text `json:"size"`
}

// PendingOrder is a row of the pendency as far as we read it (documented, §5.1).
type PendingOrder struct {
	OrderID        Text          `json:"order_id"`
	OrderDate      Time          `json:"order_date"`
	PaymentMethod  Text          `json:"payment_method"`
	Carrier        Text          `json:"carrier"`         // may be null; assumed
	TrackingNumber Text          `json:"tracking_number"` // may be null; assumed
	Lines          []PendingLine `json:"order_lines"`
}

// PendingLine is a line of it. The quantity is net of what the customer cancelled (assumed, §11.1).
type PendingLine struct {
	OrderItemID     Text  `json:"order_item_id"`
	OrderedQuantity Count `json:"ordered_quantity"`
	Item            Item  `json:"item_details"`
}

// PendingPrices is what a pendency line says of money, in rupees. The purchase order repeats what binds, so the
// client does not read it; base price and tax are per unit (documented, per unit assumed; §5.1).
type PendingPrices struct {
	MRP            order.Paise `json:"mrp"`
	UnitPrice      order.Paise `json:"unit_price"`
	SellerDiscount order.Paise `json:"seller_discount"`
	B2BBasePrice   order.Paise `json:"b2b_base_price"`
	B2BTax         order.Paise `json:"b2b_tax"`
}

// Acknowledgement is the body of POST /orders (documented, §5.2).
type Acknowledgement struct {
	OrderID string    `json:"order_id"`
	Status  string    `json:"status"` // AckAccept or AckCancel
	Lines   []AckLine `json:"order_lines"`
}

// AckLine is a line of it; both counts add up to what is ordered (assumed, §5.2).
type AckLine struct {
	OrderItemID string `json:"order_item_id"`
	Confirmed   int    `json:"confirmed_quantity"`
	Cancelled   int    `json:"cancelled_quantity"`
}

// AckAnswer is the answer to it (documented, §5.2).
type AckAnswer struct {
	Success     []AckedOrder `json:"success"`
	FailedItems []FailedItem `json:"failed_items"`
}

// AckedOrder is an order that went through. Its quantities come as strings (documented, §5.2).
type AckedOrder struct {
	OrderID Text        `json:"order_id"`
	Status  Text        `json:"order_status"`
	Lines   []AckedLine `json:"order_lines"`
}

// AckedLine is a line of it.
type AckedLine struct {
	OrderItemID Text        `json:"order_item_id"`
	Confirmed   QuotedCount `json:"confirmed_quantity"`
	Cancelled   QuotedCount `json:"cancelled_quantity"`
}

// FailedItem is an order that was refused inside an HTTP 200 (documented for the acknowledgement, §2.1).
type FailedItem struct {
	OrderID      Text `json:"order_id"`
	ErrorMessage Text `json:"error_message"`
}

// OrderDetails is a row of GET /orders (documented, §5.3). The PO fields are null until the PO comes (assumed).
type OrderDetails struct {
	OrderID        Text          `json:"order_id"`
	OrderDate      Time          `json:"order_date"`
	Status         Text          `json:"status"`
	PaymentMethod  Text          `json:"payment_method"`
	Carrier        Text          `json:"carrier"`
	TrackingNumber Text          `json:"tracking_number"`
	PONumber       Text          `json:"po_number"`
	PODate         Time          `json:"po_date"`
	POAmount       *order.Paise  `json:"po_amount"` // rupees, with tax
	TotalTax       *order.Paise  `json:"total_tax"`
	POPDFURL       Text          `json:"po_pdf_url"`
	BuyerGSTIN     Text          `json:"buyer_gstin"` // assumed
	Lines          []DetailsLine `json:"order_lines"`
}

// DetailsLine is a line of it. Quantity is gross; the three counts say what became of the rest (documented, their
// sum assumed; §5.3).
type DetailsLine struct {
	OrderItemID       Text         `json:"order_item_id"`
	Quantity          Count        `json:"quantity"`
	MRP               *order.Paise `json:"mrp"`
	BasePrice         *order.Paise `json:"item_base_price"` // per unit, without tax
	HSN               Text         `json:"hsn"`
	CustomerCancelled Count        `json:"customer_cancelled_qty"`
	SellerCancelled   Count        `json:"seller_cancelled_qty"`
	ShortPicked       Count        `json:"seller_short_picked_qty"`
	Item              Item         `json:"item_details"`
	Tax               *TaxSummary  `json:"tax_summary"` // comes with the PO
}

// TaxSummary is a line's tax, the amounts per line in rupees, the rates in percent (cess documented, the others
// inferred; §5.3). A rate is read like money: two places are enough for every GST rate.
type TaxSummary struct {
	CessAmount order.Paise `json:"cess_amount"`
	CessRate   order.Paise `json:"cess_rate"`
	CGSTAmount order.Paise `json:"cgst_amount"`
	CGSTRate   order.Paise `json:"cgst_rate"`
	IGSTAmount order.Paise `json:"igst_amount"`
	IGSTRate   order.Paise `json:"igst_rate"`
	SGSTAmount order.Paise `json:"sgst_amount"`
	SGSTRate   order.Paise `json:"sgst_rate"`
}

// Outcome is the answer of a writing call (FAILED documented for RTOs, else assumed; §2.1).
type Outcome struct {
	Status       Text `json:"status"`
	ErrorMessage Text `json:"error_message"`
}

// Cancellation is the body of POST /orders/cancel (assumed, §5.4).
type Cancellation struct {
	OrderID string       `json:"order_id"`
	Lines   []CancelLine `json:"order_lines"`
	Reason  CancelReason `json:"reason"`
}

// CancelLine is a line of it: what this call cancels, on top of earlier calls.
type CancelLine struct {
	OrderItemID string `json:"order_item_id"`
	Cancelled   int    `json:"cancelled_quantity"`
}

// CancelAnswer is the answer to it (assumed, §5.4).
type CancelAnswer struct {
	Outcome
	OrderID string `json:"order_id"`
}

// Generate is the body of POST /orders/b2bInvoice (assumed, §6.1).
type Generate struct {
	OrderID       string        `json:"order_id"`
	PONumber      string        `json:"po_number"`
	InvoiceNumber string        `json:"invoice_number"`
	InvoiceDate   Time          `json:"invoice_date"`
	Lines         []InvoiceLine `json:"order_lines"`
}

// InvoiceLine counts invoiced units.
type InvoiceLine struct {
	OrderItemID Text  `json:"order_item_id"`
	Quantity    Count `json:"quantity"`
}

// GenerateAnswer is the answer to it (assumed, §6.1).
type GenerateAnswer struct {
	Outcome
	OrderID       Text `json:"order_id"`
	InvoiceNumber Text `json:"invoice_number"`
	InvoiceDate   Time `json:"invoice_date"`
	InvoiceURL    Text `json:"invoice_url"`
}

// Attach is the body of PUT /orders/b2bInvoice (assumed, §6.2).
type Attach struct {
	OrderID       string `json:"order_id"`
	InvoiceNumber string `json:"invoice_number"`
	IRN           string `json:"irn"`
	QRCode        string `json:"qr_code"`
	AckNumber     string `json:"ack_number,omitempty"`
	AckDate       *Time  `json:"ack_date,omitempty"`
}

// Upload is the body of POST /orders/b2bInvoice/document: exactly one of the last two (assumed, §6.3).
type Upload struct {
	OrderID       string `json:"order_id"`
	InvoiceNumber string `json:"invoice_number"`
	Document      string `json:"document,omitempty"` // base64 of a PDF
	DocumentURL   string `json:"document_url,omitempty"`
}

// Invoice is the answer to GET /orders/b2bInvoice (assumed, §6.4).
type Invoice struct {
	OrderID       Text          `json:"order_id"`
	PONumber      Text          `json:"po_number"`
	InvoiceNumber Text          `json:"invoice_number"`
	InvoiceDate   Time          `json:"invoice_date"`
	IRN           Text          `json:"irn"`
	DocumentURL   Text          `json:"document_url"`
	Lines         []InvoiceLine `json:"order_lines"`
}

// Document is the answer to GET /orders/b2cInvoice and /orders/shippingLabel (assumed, §6.5, §6.6).
type Document struct {
	OrderID     Text `json:"order_id"`
	Number      Text `json:"document_number"`
	Document    Text `json:"document,omitempty"` // base64 of a PDF
	DocumentURL Text `json:"document_url,omitempty"`
}

// Manifest is the body of POST /manifest (assumed, §6.8).
type Manifest struct {
	Carrier   string     `json:"carrier"`
	Shipments []Shipment `json:"shipments"`
}

// Shipment is a parcel in a manifest.
type Shipment struct {
	OrderID        Text `json:"order_id"`
	TrackingNumber Text `json:"tracking_number"`
	InvoiceNumber  Text `json:"invoice_number"`
}

// ManifestAnswer is the answer to it (assumed, §6.8).
type ManifestAnswer struct {
	Status       Text         `json:"status"`
	ErrorMessage Text         `json:"error_message,omitempty"` // only when the whole manifest failed
	ManifestID   Text         `json:"manifest_id"`
	ManifestURL  Text         `json:"manifest_url"`
	FailedItems  []FailedItem `json:"failed_items"`
}

// ManifestDetails is the answer to GET /manifest (assumed, §6.9).
type ManifestDetails struct {
	ManifestID  Text       `json:"manifest_id"`
	Carrier     Text       `json:"carrier"`
	Date        Time       `json:"manifest_date"`
	ManifestURL Text       `json:"manifest_url"`
	Shipments   []Shipment `json:"shipments"`
}
