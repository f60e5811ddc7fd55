package order

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Stage is how far a forward order has come. It is the value of the search attribute OrderStage.
type Stage string

// The stages of a forward order, in their order.
const (
	Received        Stage = "received"
	Reserved        Stage = "reserved"
	AckHeld         Stage = "ack_held"
	Acknowledged    Stage = "acknowledged"
	POReceived      Stage = "po_received"
	PostedToERP     Stage = "posted_to_erp"
	Invoiced        Stage = "invoiced"
	Picking         Stage = "picking"
	Packed          Stage = "packed"
	InvoiceUploaded Stage = "invoice_uploaded"
	Labelled        Stage = "labelled"
	Manifested      Stage = "manifested"
	Ended           Stage = "ended"
)

// Stages lists the stages in the order in which the ERP model passes them.
func Stages() []Stage {
	return []Stage{
		Received, Reserved, AckHeld, Acknowledged, POReceived, PostedToERP, Invoiced, Picking, Packed,
		InvoiceUploaded, Labelled, Manifested, Ended,
	}
}

// Outcome is how a forward order ended.
type Outcome string

// The outcomes of a forward order.
const (
	Completed           Outcome = "completed"
	CancelledByCustomer Outcome = "cancelled_by_customer"
	CancelledBySeller   Outcome = "cancelled_by_seller"
	Rejected            Outcome = "rejected" // no stock for any line
)

// InvoicingModel says who makes the B2B e-invoice.
type InvoicingModel string

// The invoicing models (contracts/increff-erp.md §7.2).
const (
	ERPModel InvoicingModel = "erp" // Model 1: the client's ERP makes the e-invoice before picking
	RMSModel InvoicingModel = "rms" // Model 2: our RMS makes it after packing
)

// Order is a B2C order as Ajio's pendency lists it. It holds nothing of the consumer.
type Order struct {
	Pob            string    `json:"pob"`
	ID             string    `json:"order_id"`
	OrderTime      time.Time `json:"order_time"`
	PaymentMethod  string    `json:"payment_method"` // COD or PREPAID
	Carrier        string    `json:"carrier,omitempty"`
	TrackingNumber string    `json:"tracking_number,omitempty"` // the AWB; Ajio may name it only with the PO
	Lines          []Line    `json:"lines"`
}

// Line is one line of an order. Where its units went is in the Book.
type Line struct {
	OrderItemID string `json:"order_item_id"`
	ItemCode    string `json:"item_code"` // Ajio's variant id, Increff's channelSkuCode; stock runs on it
	EAN         string `json:"ean,omitempty"`
	Name        string `json:"name,omitempty"`
	// Ordered is net of what the customer cancelled before we saw the order.
	Ordered int `json:"ordered"`
}

// Units sums the ordered units over all lines.
func (o Order) Units() int {
	units := 0
	for _, line := range o.Lines {
		units += line.Ordered
	}
	return units
}

// maxOrdered is far above what a consumer orders of one article, and low enough that no sum over an order's lines
// leaves the range of a database's int.
const maxOrdered = 1_000_000

// Validate reports what is wrong with an order as it came from Ajio. What passes can be stored.
func (o Order) Validate() error {
	switch {
	case o.ID == "":
		return fmt.Errorf("order without an order_id")
	case hasNUL(o.Pob, o.ID, o.PaymentMethod, o.Carrier, o.TrackingNumber):
		return fmt.Errorf("order %q: a NUL character, which no database takes", o.ID)
	case o.Pob == "":
		return fmt.Errorf("order %s: no POB", o.ID)
	case len(o.Lines) == 0:
		return fmt.Errorf("order %s: no order lines", o.ID)
	}
	seen := map[string]bool{}
	for _, line := range o.Lines {
		switch {
		case hasNUL(line.OrderItemID, line.ItemCode, line.EAN, line.Name):
			return fmt.Errorf("order %s, line %q: a NUL character, which no database takes", o.ID, line.OrderItemID)
		case line.OrderItemID == "" || seen[line.OrderItemID]:
			return fmt.Errorf("order %s: order_item_id %q is empty or stands twice", o.ID, line.OrderItemID)
		case line.ItemCode == "":
			return fmt.Errorf("order %s, line %s: no item_code", o.ID, line.OrderItemID)
		case line.Ordered < 1 || line.Ordered > maxOrdered:
			return fmt.Errorf("order %s, line %s: ordered quantity %d is not between 1 and %d", o.ID, line.OrderItemID, line.Ordered, maxOrdered)
		}
		seen[line.OrderItemID] = true
	}
	return nil
}

func hasNUL(texts ...string) bool {
	return slices.ContainsFunc(texts, func(text string) bool { return strings.ContainsRune(text, 0) })
}

// Quantities counts units by order_item_id.
type Quantities map[string]int

// Total sums the units over all lines.
func (q Quantities) Total() int {
	total := 0
	for _, units := range q {
		total += units
	}
	return total
}

// PurchaseOrder is Ajio's B2B purchase order to the seller for one B2C order (contracts/ajio-vms.md §5.3).
type PurchaseOrder struct {
	Number         string    `json:"po_number"`
	Date           time.Time `json:"po_date"`
	Amount         Paise     `json:"po_amount"` // with tax
	BuyerGSTIN     string    `json:"buyer_gstin,omitempty"`
	Carrier        string    `json:"carrier,omitempty"`
	TrackingNumber string    `json:"tracking_number,omitempty"`
	Lines          []POLine  `json:"lines"`
}

// POLine is one line of a purchase order. Amounts are Ajio's own and rule over anything computed.
type POLine struct {
	OrderItemID string `json:"order_item_id"`
	ItemCode    string `json:"item_code"`
	EAN         string `json:"ean,omitempty"`
	HSN         string `json:"hsn,omitempty"`
	Units       int    `json:"units"` // live units: ordered less every cancellation
	MRP         Paise  `json:"mrp"`
	BasePrice   Paise  `json:"base_price"` // per unit, without tax
	IGST        Paise  `json:"igst"`       // per line, as the other taxes
	CGST        Paise  `json:"cgst"`
	SGST        Paise  `json:"sgst"`
	Cess        Paise  `json:"cess"`
	// TaxRate is the whole GST rate in hundredths of a percent: 500 is 5 %.
	TaxRate int `json:"tax_rate"`
}

// Tax sums the line's taxes.
func (l POLine) Tax() Paise { return l.IGST + l.CGST + l.SGST + l.Cess }

// Units counts the live units of the purchase order by line. Lines without any are left out: Ajio goes on showing
// lines that the customer emptied before we ever saw the order.
func (po PurchaseOrder) Units() Quantities {
	units := Quantities{}
	for _, line := range po.Lines {
		if line.Units > 0 {
			units[line.OrderItemID] = line.Units
		}
	}
	return units
}

// Value is what these units cost by the purchase order, with tax. Where only some units of a line count, so does their
// share of its tax, rounded half up.
func (po PurchaseOrder) Value(units Quantities) Paise {
	var value Paise
	for _, line := range po.Lines {
		n := Paise(units[line.OrderItemID])
		if n == 0 || line.Units == 0 {
			continue
		}
		value += line.BasePrice*n + (2*line.Tax()*n+Paise(line.Units))/(2*Paise(line.Units))
	}
	return value
}

// MatchesConfirmed reports where the purchase order differs from what was confirmed; nil when it agrees. A
// difference stops the order for a person before anything is posted to the ERP (contracts/ajio-vms.md §5.3).
func (po PurchaseOrder) MatchesConfirmed(confirmed Quantities) error {
	covered := 0
	for _, line := range po.Lines {
		want := confirmed[line.OrderItemID]
		if line.Units != want {
			return fmt.Errorf("line %s: confirmed %d units, the PO has %d", line.OrderItemID, want, line.Units)
		}
		covered += want
	}
	if left := confirmed.Total() - covered; left != 0 {
		return fmt.Errorf("the PO leaves out lines with %d confirmed units", left)
	}
	return nil
}

// Invoice is the B2B e-invoice from the seller to Ajio, as the order needs it. The document itself never travels
// with it.
type Invoice struct {
	Number     string     `json:"invoice_number"`
	Date       time.Time  `json:"invoice_date"`
	IRN        string     `json:"irn"`
	SignedQR   string     `json:"signed_qr"`
	AckNumber  string     `json:"ack_number,omitempty"`
	AckDate    *time.Time `json:"ack_date,omitempty"`
	Quantities Quantities `json:"quantities"` // by order_item_id; lines that are not invoiced are left out
	// DocumentID names the PDF in Postgres.
	DocumentID int64 `json:"document_id,omitempty"`
}
