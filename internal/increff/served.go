package increff

// B2BInvoicePosting is the ERP's e-invoice: POST /ajio-vms/b2bInvoice/posting (contracts/increff-erp.md §3.1).
type B2BInvoicePosting struct {
	InvoiceNumber        string `json:"invoiceNumber"`
	InvoiceDate          Time   `json:"invoiceDate"`
	ForwardPurchaseOrder string `json:"forwardPurchaseOrder"` // the Ajio PO number
	IrnNumber            string `json:"irnNumber"`
	QrCode               string `json:"qrCode"` // the signed JWT, not an image
	// IsPartialInvoice is mandatory; nil when the body does not have it.
	IsPartialInvoice   *bool              `json:"isPartialInvoice,omitempty"`
	InvoiceLineEntries []InvoiceLineEntry `json:"invoiceLineEntries,omitempty"`
	InvoicePdf         string             `json:"invoicePdf,omitempty"` // base64; counts when both are given
	InvoiceURL         string             `json:"invoiceURL,omitempty"`
}

// InvoiceLineEntry is how many units of a SKU a partial invoice covers.
type InvoiceLineEntry struct {
	ChannelSkuCode string `json:"channelSkuCode"`
	Quantity       int    `json:"quantity"`
}

// PackRequest is the warehouse's report of a packed order: POST /usp/order/pack (contracts/increff-erp.md §4.1).
type PackRequest struct {
	OrderCode       string          `json:"orderCode"`
	LocationCode    string          `json:"locationCode"`
	ChannelName     string          `json:"channelName"`
	Weight          *float64        `json:"weight,omitempty"` // grams
	PackageSku      string          `json:"packageSku,omitempty"`
	FulfillmentType string          `json:"fulfillmentType,omitempty"`
	PackageDetails  *PackageDetails `json:"packageDetails,omitempty"`
	ShipmentItems   []ShipmentItem  `json:"shipmentItems"`
}

// PackageDetails is the size of the parcel, in the unit of the warehouse; vmsflow only keeps it.
type PackageDetails struct {
	Length  float64 `json:"length"`
	Breadth float64 `json:"breadth"`
	Height  float64 `json:"height"`
}

// The fulfilment types of a pack. MultiShipmentPartial is refused: an Ajio order is one parcel.
const (
	BlockComplete         = "BLOCK_COMPLETE"
	SingleShipmentPartial = "SINGLE_SHIPMENT_PARTIAL"
	MultiShipmentPartial  = "MULTI_SHIPMENT_PARTIAL"
)

// ShipmentItem is how many units of a SKU went into the parcel.
type ShipmentItem struct {
	ChannelSkuCode string `json:"channelSkuCode"`
	// QuantityToPack is mandatory and may be 0, which means short; nil when the body does not have it.
	QuantityToPack      *int     `json:"quantityToPack,omitempty"`
	ExternalSerialCodes []string `json:"externalSerialCodes,omitzero"`
}

// PackResponse gives the packer the label and Ajio's B2C invoice.
type PackResponse struct {
	OrderCode      string        `json:"orderCode"`
	LocationCode   string        `json:"locationCode"`
	ChannelID      string        `json:"channelId"`
	ShipmentCode   string        `json:"shipmentCode"`
	ShipmentID     int64         `json:"shipmentId"`
	ShippingLabel  ShippingLabel `json:"shippingLabel"`
	InvoiceURL     string        `json:"invoiceUrl"`
	InvoiceCode    string        `json:"invoiceCode"`
	InvoiceDate    Time          `json:"invoiceDate"`
	InvoiceDetails None          `json:"invoiceDetails"` // Ajio owns these figures
}

// ShippingLabel is the label of a parcel.
type ShippingLabel struct {
	Transporter      string `json:"transporter"`
	AwbNumber        string `json:"awbNumber"`
	ShippingLabelURL string `json:"shippingLabelUrl"`
}

// ManifestLimit is the most shipments of one manifest (contracts/increff-erp.md §4.3); the 251st is refused.
const ManifestLimit = 250

// ManifestRequest closes a manifest: POST /manifests (contracts/increff-erp.md §4.3).
type ManifestRequest struct {
	Transporter   string         `json:"transporter"`
	LocationCode  string         `json:"locationCode"`
	ManifestID    *int64         `json:"manifestId,omitempty"` // the key of a repeat; without it, the set of order codes
	ManifestItems []ManifestItem `json:"manifestItems"`
}

// ManifestItem is one shipment of a manifest.
type ManifestItem struct {
	OrderCode          string           `json:"orderCode"`
	ShipmentCode       string           `json:"shipmentCode"`
	AwbNumber          string           `json:"awbNumber"`
	PackboxDetailsList []PackboxDetails `json:"packboxDetailsList,omitempty"`
}

// PackboxDetails is one box of a shipment.
type PackboxDetails struct {
	BoxID     int64  `json:"boxId"`
	AwbNumber string `json:"awbNumber"`
}

// ManifestResponse names the shipments that Ajio took; those that are missing are tried alone later.
type ManifestResponse struct {
	ManifestCode  string           `json:"manifestCode"` // Ajio's manifest id
	ManifestItems []ManifestedItem `json:"manifestItems"`
}

// ManifestedItem is one shipment that Ajio took.
type ManifestedItem struct {
	OrderCode    string `json:"orderCode"`
	ShipmentCode string `json:"shipmentCode"`
}

// ManifestDocument answers GET /manifests?manifestCode=…: one of the two is set.
type ManifestDocument struct {
	ManifestURL string `json:"manifestUrl,omitempty"`
	Manifest    []byte `json:"manifest,omitempty"` // base64 in the body
}

// CombinedHandoverRequest manifests and hands over in one: POST /ewms/push/usp/handover/combined
// (contracts/increff-erp.md §4.4).
type CombinedHandoverRequest struct {
	ChannelName  string   `json:"channelName"`
	LocationCode string   `json:"locationCode"`
	OrderCodes   []string `json:"orderCodes"`
	Transporter  string   `json:"transporter"`
}

// CombinedHandoverResponse says where Ajio's manifest document is.
type CombinedHandoverResponse struct {
	HandoverDocumentURL string `json:"handoverDocumentUrl"`
}

// ReturnProcessed is the warehouse's QC of what came back: POST /usp/return (contracts/increff-erp.md §4.2). A return may
// be reported in several calls; one without rows says that the parcel has arrived.
type ReturnProcessed struct {
	ReturnOrderCode  string         `json:"returnOrderCode"` // Ajio's return id; empty for an RTO that Ajio has not announced
	ForwardOrderCode string         `json:"forwardOrderCode"`
	LocationCode     string         `json:"locationCode"`
	ChannelName      string         `json:"channelName"`
	AwbNumber        string         `json:"awbNumber"`
	Transporter      string         `json:"transporter"`
	OrderItems       []ReturnedItem `json:"orderItems"`
}

// The results of a warehouse's QC.
const (
	QCPass = "PASS"
	QCFail = "FAIL"
)

// ReturnedItem is the QC of one unit.
type ReturnedItem struct {
	ReturnItemCode string   `json:"returnItemCode"`     // return or order item id, "-", running number of the unit
	ItemCode       string   `json:"itemCode,omitempty"` // accepted for returnItemCode
	ChannelSkuCode string   `json:"channelSkuCode"`
	QcStatus       string   `json:"qcStatus"`
	QcReason       string   `json:"qcReason,omitempty"`
	ImageUrls      []string `json:"imageUrls,omitempty"` // only with FAIL
}

// CreditNotePosting is the ERP's credit note over one return: POST /ajio-vms/creditNote/posting
// (contracts/increff-erp.md §3.2). It has no date: that is the DocDt of the signed QR.
type CreditNotePosting struct {
	CreditNoteNumber    string `json:"creditNoteNumber"`
	ReturnOrderID       string `json:"returnOrderId"`
	IrnNumber           string `json:"irnNumber"`
	AckNumber           string `json:"ackNumber"`
	AckDate             Time   `json:"ackDate"`
	SignedQrCode        string `json:"signedQrCode"`
	SignedCreditNotePdf string `json:"signedCreditNotePdf,omitempty"` // base64; counts when both are given
	CreditNotePdfURL    string `json:"creditNotePdfUrl,omitempty"`
}
