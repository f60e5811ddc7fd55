package order

import (
	"fmt"
	"time"
)

// ReturnKind says why goods come back. It is the value of the search attribute ReturnKind.
type ReturnKind string

// The kinds of return.
const (
	CustomerReturn ReturnKind = "customer_return" // the customer sends units back; an order may have several
	RTO            ReturnKind = "rto"             // return to origin: the parcel never reached the customer; one per order
)

// ReturnStage is how far a return has come. It shares the search attribute OrderStage with forward orders.
type ReturnStage string

// The stages of a return.
const (
	ReturnExpected    ReturnStage = "expected"     // Ajio has announced it
	RTOReceived       ReturnStage = "rto_received" // the parcel is here and Ajio has announced nothing
	ReturnReceived    ReturnStage = "received"     // the parcel is here, announced or about to be
	QCDone            ReturnStage = "qc_done"
	QCReported        ReturnStage = "qc_reported" // Ajio has taken the QC
	ReturnPostedToERP ReturnStage = "posted_to_erp"
	CreditNoted       ReturnStage = "credit_noted"
	RSIArchived       ReturnStage = "rsi_archived"
	ReturnEnded       ReturnStage = "ended"
)

// ReturnStages lists the stages; of two that are each other's alternative both stand in it.
func ReturnStages() []ReturnStage {
	return []ReturnStage{
		ReturnExpected, RTOReceived, ReturnReceived, QCDone, QCReported, ReturnPostedToERP, CreditNoted, RSIArchived, ReturnEnded,
	}
}

// ReturnOutcome is how a return ended.
type ReturnOutcome string

// The outcomes of a return.
const (
	ReturnCompleted ReturnOutcome = "completed"
	ReturnCancelled ReturnOutcome = "cancelled" // Ajio withdrew it
	ReturnClosed    ReturnOutcome = "closed"    // an operator gave it up
)

// SettlementModel says which document settles the money of a return, as Increff spells it (contracts/increff-erp.md §8.1).
type SettlementModel string

// The settlement models.
const (
	CreditNoteModel SettlementModel = "CREDIT_NOTE" // the ERP's credit note goes to Ajio
	RSIModel        SettlementModel = "RSI"         // Ajio invoices the return to the seller; its document is archived
)

// ReturnStatus is where a return stands at Ajio (contracts/ajio-vms.md §7.1, documented).
type ReturnStatus string

// The statuses of a return at Ajio, in their order. A return is cancelled before it is delivered.
const (
	StatusReturnInitiated ReturnStatus = "RETURN_INITIATED"
	StatusReturnCreated   ReturnStatus = "RETURN_CREATED"
	StatusReturnDelivered ReturnStatus = "RETURN_DELIVERED"
	StatusReturnProcessed ReturnStatus = "RETURN_PROCESSED"
	StatusReturnCancelled ReturnStatus = "RETURN_CANCELLED"
)

// TakesQC says whether Ajio takes a QC result in this status (contracts/ajio-vms.md §7.3, assumed).
func (s ReturnStatus) TakesQC() bool { return s == StatusReturnCreated || s == StatusReturnDelivered }

// Expectation is a return that Ajio has announced, as it was last read.
type Expectation struct {
	Pob            string         `json:"pob"`
	ReturnID       string         `json:"return_order_id"`
	OrderID        string         `json:"order_id"` // of the forward order
	Kind           ReturnKind     `json:"return_type"`
	Status         ReturnStatus   `json:"return_status"`
	ReturnDate     time.Time      `json:"return_date"`
	TrackingNumber string         `json:"tracking_number,omitempty"` // the AWB of the way back
	Items          []ExpectedItem `json:"return_order_items"`
}

// ExpectedItem is one row of an expectation. Several rows may name one order line.
type ExpectedItem struct {
	ReturnItemID string `json:"return_item_id"`
	OrderItemID  string `json:"order_item_id"`
	ItemCode     string `json:"item_code"`
	// Units is return_quantity less cancelled_return_quantity.
	Units int `json:"units"`
}

// Validate reports what is wrong with an expectation as it came from Ajio. What passes can be stored and run.
func (e Expectation) Validate() error {
	switch {
	case e.ReturnID == "" || e.OrderID == "":
		return fmt.Errorf("return %q of order %q: an id is missing", e.ReturnID, e.OrderID)
	case hasNUL(e.Pob, e.ReturnID, e.OrderID, e.TrackingNumber):
		return fmt.Errorf("return %q: a NUL character, which no database takes", e.ReturnID)
	case e.Pob == "":
		return fmt.Errorf("return %s: no POB", e.ReturnID)
	case e.Kind != CustomerReturn && e.Kind != RTO:
		return fmt.Errorf("return %s: return_type %q is not known", e.ReturnID, e.Kind)
	}
	seen := map[string]bool{}
	for _, item := range e.Items {
		switch {
		case hasNUL(item.ReturnItemID, item.OrderItemID, item.ItemCode):
			return fmt.Errorf("return %s, item %q: a NUL character, which no database takes", e.ReturnID, item.ReturnItemID)
		case item.ReturnItemID == "" || seen[item.ReturnItemID]:
			return fmt.Errorf("return %s: return_item_id %q is empty or stands twice", e.ReturnID, item.ReturnItemID)
		case item.OrderItemID == "" || item.ItemCode == "":
			return fmt.Errorf("return %s, item %s: no order_item_id or item_code", e.ReturnID, item.ReturnItemID)
		case item.Units < 0 || item.Units > maxOrdered:
			return fmt.Errorf("return %s, item %s: %d units are not between 0 and %d", e.ReturnID, item.ReturnItemID, item.Units, maxOrdered)
		}
		seen[item.ReturnItemID] = true
	}
	return nil
}

// Units counts the units that are expected, by order line.
func (e Expectation) Units() Quantities {
	units := Quantities{}
	for _, item := range e.Items {
		if item.Units > 0 {
			units[item.OrderItemID] += item.Units
		}
	}
	return units
}

// Shipped is what the return needs to know of its forward order.
type Shipped struct {
	// Known says that vmsflow has the order; Shipped that the courier took it over. Of an order that is not shipped only
	// Known, Why, Lines, Quantities and Elsewhere tell anything.
	Known   bool `json:"known"`
	Shipped bool `json:"shipped"`
	// Why says why it is not shipped, for people.
	Why            string        `json:"why,omitempty"`
	Lines          []Line        `json:"lines,omitempty"`
	Quantities     Quantities    `json:"quantities,omitempty"` // units that left the house, by order_item_id
	PO             PurchaseOrder `json:"po"`
	Invoice        Invoice       `json:"invoice"` // without its signed QR
	Carrier        string        `json:"carrier,omitempty"`
	TrackingNumber string        `json:"tracking_number,omitempty"` // the AWB of the way out
	// Elsewhere counts the units that other returns of the order expect or brought back, without missing ones, and without
	// returns that were withdrawn or closed before their QC.
	Elsewhere Quantities `json:"elsewhere,omitempty"`
	// Credited sums the credit notes over other returns of the order.
	Credited Paise `json:"credited,omitempty"`
}

// CreditNote is the ERP's credit note over one return, as the return needs it. Its document never travels with it.
type CreditNote struct {
	Number     string    `json:"credit_note_number"`
	Date       time.Time `json:"credit_note_date"` // 00:00 IST of the DocDt in the signed QR
	IRN        string    `json:"irn"`
	SignedQR   string    `json:"signed_qr,omitempty"`
	AckNumber  string    `json:"ack_number"`
	AckDate    time.Time `json:"ack_date"`
	Value      Paise     `json:"value"`       // TotInvVal of the signed QR; 0 where it could not be read
	DocumentID int64     `json:"document_id"` // names the PDF in Postgres
}

// SettlementReason says why a unit is settled with Ajio by hand.
type SettlementReason string

// The reasons why units stand on the settlement list.
const (
	SettleQC         SettlementReason = "qc"          // BAD or MISSING: QC travels, money does not (contracts/increff-erp.md §7.5)
	SettleSurplus    SettlementReason = "surplus"     // came back although the return has no room for it
	SettleNotShipped SettlementReason = "not_shipped" // of an order that vmsflow never shipped
	SettleCancelled  SettlementReason = "cancelled"   // here, although Ajio withdrew the return
	SettleClosed     SettlementReason = "closed"      // an operator gave the return up
	SettleLate       SettlementReason = "late"        // reported after the QC was finished
	// SettleNotInvoiced is for good units of an order that was completed without an invoice, which no credit note can name.
	SettleNotInvoiced SettlementReason = "not_invoiced"
)
