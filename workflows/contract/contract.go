// Package contract is what the programs around the workflows must agree on: workflow names and ids, task
// queues, and the names and payloads of signals, updates and queries.
//
// It stands below the workflows, so that gateway, starter and activities can address an order without importing
// its code. A new signal, update or query is declared here and nowhere else.
package contract

import (
	"fmt"
	"strings"
	"time"

	"vmsflow/internal/increff"
	"vmsflow/internal/order"
)

// Workflow types.
const (
	ForwardOrder = "ForwardOrder"
	ReturnOrder  = "ReturnOrder"
	Manifest     = "Manifest"
	ChannelSync  = "ChannelSync"
	ReturnSync   = "ReturnSync"
	InboxSweep   = "InboxSweep"
	OrderSweep   = "OrderSweep"
)

// Task queues. Each outside system has its own, so that one that is down holds up nobody else.
const (
	QueueOrders    = "orders" // all workflows, and the activities that touch Postgres only
	QueueERP       = "erp"
	QueueWarehouse = "warehouse"
	QueueEInvoice  = "einvoice" // the IRP, and the making of our own invoices
)

// QueueAjio is the queue of all calls to Ajio with one POB's credential, because Ajio throttles per credential.
func QueueAjio(pob string) string { return "ajio:" + pob }

// OrderWorkflowID names the workflow of a forward order.
func OrderWorkflowID(pob, orderID string) string { return "order:" + pob + ":" + orderID }

// ReturnWorkflowID names the workflow of a customer return, of which an order may have several.
func ReturnWorkflowID(pob, returnID string) string { return "return:" + pob + ":" + returnID }

// RTOWorkflowID names the workflow of an order's return to origin: there is one parcel, and it may be here before Ajio
// has given the return an id.
func RTOWorkflowID(pob, orderID string) string { return "rto:" + pob + ":" + orderID }

// ManifestWorkflowID names the workflow of a manifest; key is the warehouse's manifest id or, without one, a
// hash of the set of orders.
func ManifestWorkflowID(pob, key string) string { return "manifest:" + pob + ":" + key }

// SyncWorkflowID names the channel sync of a POB. The Schedule that starts it has the same id.
func SyncWorkflowID(pob string) string { return "sync:" + pob }

// ReturnSyncWorkflowID names the sync of a POB's returns, and its Schedule.
func ReturnSyncWorkflowID(pob string) string { return "sync-returns:" + pob }

// InboxSweepWorkflowID names the sweep that delivers messages whose signal was lost, and its Schedule.
const InboxSweepWorkflowID = "inbox-sweep"

// OrderSweepWorkflowID names the sweep that finds open orders without a workflow, and its Schedule.
const OrderSweepWorkflowID = "order-sweep"

// ParseOrderWorkflowID takes an order's workflow id apart.
func ParseOrderWorkflowID(id string) (pob, orderID string, err error) {
	parts := strings.SplitN(id, ":", 3)
	if len(parts) != 3 || parts[0] != "order" || parts[1] == "" || parts[2] == "" {
		return "", "", fmt.Errorf("%q is not an order's workflow id; expected order:<pob>:<order id>", id)
	}
	return parts[1], parts[2], nil
}

// ParseReturnWorkflowID takes a return's workflow id apart. That of a customer return names no order, that of an RTO no
// return.
func ParseReturnWorkflowID(id string) (pob, orderID, returnID string, err error) {
	parts := strings.SplitN(id, ":", 3)
	switch {
	case len(parts) != 3 || parts[1] == "" || parts[2] == "":
	case parts[0] == "return":
		return parts[1], "", parts[2], nil
	case parts[0] == "rto":
		return parts[1], parts[2], "", nil
	}
	return "", "", "", fmt.Errorf("%q is not a return's workflow id; expected return:<pob>:<return id> or rto:<pob>:<order id>", id)
}

// Signals to a ForwardOrder. A signal may come early, twice or in any order; each carries the id of the document
// that it stands for, by which repeats are dropped.
const (
	SignalPODetails         = "po-details"          // payload order.PurchaseOrder
	SignalERPInvoice        = "erp-invoice"         // payload ERPInvoice
	SignalPacked            = "packed"              // payload increff.PackRequest
	SignalManifested        = "manifested"          // payload ManifestOutcome
	SignalCustomerCancelled = "customer-cancelled"  // payload CustomerCancellation
	SignalDifference        = "difference-reported" // payload Difference
)

// OrderSignals lists the signals a ForwardOrder takes.
func OrderSignals() []string {
	return []string{
		SignalPODetails, SignalERPInvoice, SignalPacked, SignalManifested, SignalCustomerCancelled, SignalDifference,
	}
}

// ERPInvoice is an ERP's invoice posting. An adapter that signals it directly may send its PDF along; the gateway
// takes the PDF out, stores it and sends the id of the stored document instead.
type ERPInvoice struct {
	increff.B2BInvoicePosting
	DocumentID int64 `json:"documentId,omitempty"`
	// Attempt counts the invoices that the order refused after the gateway had taken them, so that one that comes again as
	// it was, because its cause was mended elsewhere, is not dropped as a repeat.
	Attempt int `json:"attempt,omitempty"`
}

// InvoiceKey is the inbox key of the invoice for a purchase order. It has no invoice number in it: a purchase order has
// one invoice (contracts/increff-erp.md §3.1, INV-7).
func InvoiceKey(pob, poNumber string) string { return pob + "/" + poNumber }

// PackedUnits counts what a pack report says went into the parcel, by item.
func PackedUnits(p increff.PackRequest) []order.SKUUnits {
	var items []order.SKUUnits
	for _, item := range p.ShipmentItems {
		if item.QuantityToPack != nil {
			items = append(items, order.SKUUnits{ItemCode: item.ChannelSkuCode, Units: *item.QuantityToPack})
		}
	}
	return items
}

// ManifestOutcome tells an order what became of it in a manifest.
type ManifestOutcome struct {
	Key        string `json:"key"`                   // the warehouse's manifest id or the hash of its set of orders
	ManifestID string `json:"manifest_id,omitempty"` // Ajio's id; empty when Ajio refused this shipment
	Carrier    string `json:"carrier"`
	Refused    string `json:"refused,omitempty"` // Ajio's words when it refused this shipment
}

// CustomerCancellation tells an order what its customer still wants: Remaining counts units by order_item_id.
type CustomerCancellation struct {
	Remaining order.Quantities `json:"remaining"`
	// Whole says that nothing is left.
	Whole bool `json:"whole"`
}

// Difference tells an order that a document came again with other content, or a second one where there can be only
// one. The first stands; a person should know (contracts/increff-erp.md §2.1).
type Difference struct {
	Document string `json:"document"` // such as "invoice AJ/25-26/000421"
	Message  string `json:"message"`  // which fields differ; never their content
}

// Updates of a ForwardOrder, for operators. Each answers when it has been taken, not when its effects are over.
const (
	UpdateRetryStep   = "retry-step"   // payload Decision
	UpdateSkipStep    = "skip-step"    // payload Decision; Reason is required
	UpdateCancelOrder = "cancel-order" // payload CancelRequest; Reason is required
	UpdateReleaseHold = "release-hold" // payload Decision; Reason is required
	UpdateExtendHold  = "extend-hold"  // payload ExtendHold
)

// Decision is an operator's answer; Reason goes into the order's notes and must not hold personal data.
type Decision struct {
	Reason string `json:"reason"`
	// Step, when given, is the parked step that is meant: the answer is refused if another one is parked by then.
	Step string `json:"step,omitempty"`
}

// CancelRequest asks for a cancellation by the seller: of the whole order or, with Units, of these units only. Reason
// goes into the order's notes and must not hold personal data.
type CancelRequest struct {
	Reason string           `json:"reason"`
	Units  order.Quantities `json:"units,omitempty"` // by order_item_id
}

// ExtendHold moves the end of the acknowledgement hold to Until, which must be later than it is now.
type ExtendHold struct {
	Until  time.Time `json:"until"`
	Reason string    `json:"reason"`
}

// QueryState is the query that returns an OrderState or a ManifestState.
const QueryState = "state"

// ManifestState is where a manifest stands. What both states say has the same name in JSON.
type ManifestState struct {
	Pob       string  `json:"pob"`
	Key       string  `json:"key"` // the warehouse's manifest id or the hash of its set of orders
	Attention string  `json:"attention,omitempty"`
	Advice    string  `json:"advice,omitempty"` // what to do about an attention that is no parked step
	Parked    *Parked `json:"parked,omitempty"`
	Notes     []Note  `json:"notes,omitempty"`
}

// OrderState is where an order stands, as its workflow knows it.
type OrderState struct {
	Pob           string        `json:"pob"`
	OrderID       string        `json:"order_id"`
	Stage         order.Stage   `json:"stage"`
	Outcome       order.Outcome `json:"outcome,omitempty"`
	Attention     string        `json:"attention,omitempty"`
	Advice        string        `json:"advice,omitempty"` // what to do about an attention that is no parked step
	WaitingFor    string        `json:"waiting_for,omitempty"`
	DueAt         *time.Time    `json:"due_at,omitempty"`
	Parked        *Parked       `json:"parked,omitempty"`
	PurchaseOrder string        `json:"purchase_order,omitempty"`
	InvoiceNumber string        `json:"invoice_number,omitempty"`
	TrackingNo    string        `json:"tracking_number,omitempty"` // the AWB
	ManifestID    string        `json:"manifest_id,omitempty"`
	Lines         []LineState   `json:"lines"`
	Notes         []Note        `json:"notes,omitempty"`
}

// LineState counts the units of one line. Ordered = CustomerCancelled + SellerCancelled + ShortPicked + Live.
type LineState struct {
	OrderItemID       string `json:"order_item_id"`
	ItemCode          string `json:"item_code"`
	Ordered           int    `json:"ordered"`
	CustomerCancelled int    `json:"customer_cancelled"`
	SellerCancelled   int    `json:"seller_cancelled"`
	ShortPicked       int    `json:"short_picked"`
	Live              int    `json:"live"`
}

// Parked is a step that waits for a person.
type Parked struct {
	Step    string    `json:"step"`
	Reason  string    `json:"reason"` // the value of the search attribute Attention
	Message string    `json:"message"`
	Since   time.Time `json:"since"`
	CanSkip bool      `json:"can_skip"`
}

// Note is something that happened to an order and that a person may want to know: a refused message, a decision.
type Note struct {
	At   time.Time `json:"at"`
	Text string    `json:"text"`
}

// ForwardOrderInput starts a ForwardOrder.
type ForwardOrderInput struct {
	Order  order.Order `json:"order"`
	Policy Policy      `json:"policy"`
}

// Policy is what a channel's configuration says about its orders, fixed when an order starts so that a change of
// configuration never changes an order under way.
type Policy struct {
	Model order.InvoicingModel `json:"model"`
	// PostToERP says that the ERP gets the order although it does not make the invoice; in the ERP model it always does.
	PostToERP           bool          `json:"post_to_erp"`
	AckHold             time.Duration `json:"ack_hold"`
	POOverdueAfter      time.Duration `json:"po_overdue_after"`
	InvoiceOverdueAfter time.Duration `json:"invoice_overdue_after"`
	PackOverdueAfter    time.Duration `json:"pack_overdue_after"`
}

// ManifestInput starts a Manifest: the shipments that a warehouse hands over together.
type ManifestInput struct {
	Pob       string             `json:"pob"`
	Key       string             `json:"key"`
	Carrier   string             `json:"carrier"`
	Shipments []ManifestShipment `json:"shipments"` // 1 to 250
}

// ManifestShipment is one order in a manifest.
type ManifestShipment struct {
	OrderID        string `json:"order_id"`
	TrackingNumber string `json:"tracking_number"` // the AWB
	InvoiceNumber  string `json:"invoice_number"`
}

// ManifestResult is what became of a manifest. Shipments that Ajio refused try again alone, in their own orders.
type ManifestResult struct {
	ManifestID string   `json:"manifest_id"` // Ajio's; empty when it refused every shipment
	URL        string   `json:"url,omitempty"`
	Included   []string `json:"included"`
	// Elsewhere gives, by order id, the Ajio manifest in which a shipment turned out to stand already.
	Elsewhere map[string]string `json:"elsewhere,omitempty"`
	Refused   map[string]string `json:"refused,omitempty"` // order id to Ajio's words
}

// ChannelSyncInput starts one tick of a POB's channel sync.
type ChannelSyncInput struct {
	Pob string `json:"pob"`
}

// ChannelSyncResult counts what one tick found.
type ChannelSyncResult struct {
	Listed     int `json:"listed"`     // orders in the pendency
	Started    int `json:"started"`    // workflows started
	Unreadable int `json:"unreadable"` // rows of the feed that could not be read
	Cancelled  int `json:"cancelled"`  // held orders told that their customer cancelled
	POs        int `json:"pos"`        // purchase orders handed to their orders
}

// OrderSweepResult is what one sweep over the open orders and returns found.
type OrderSweepResult struct {
	Open      int `json:"open"`      // orders that a workflow should run
	Found     int `json:"found"`     // that had none, for the first time
	Withdrawn int `json:"withdrawn"` // found by an earlier sweep, and running again
	Unsettled int `json:"unsettled"` // found by this sweep or an earlier one, and not settled by a person yet
	// Orders are the unsettled ones that were found first, at most MaxSweepOrders; "starter abandoned" lists all.
	Orders []AbandonedOrder `json:"orders,omitempty"`
	// AbandonedReturns counts the open returns that no workflow runs; "starter returns" lists them.
	AbandonedReturns int `json:"abandoned_returns,omitempty"`
}

// MaxSweepOrders keeps a day on which everything was terminated from swelling a history.
const MaxSweepOrders = 25

// AbandonedOrder is an order whose workflow went without ending it, as the sweep shows it.
type AbandonedOrder struct {
	Pob            string    `json:"pob"`
	OrderID        string    `json:"order_id"`
	FoundAt        time.Time `json:"found_at"`
	WorkflowStatus string    `json:"workflow_status"`
	LeftBehind     string    `json:"left_behind"`
}

// AttentionAbandoned is the value of the search attribute Attention on a sweep that ended with unsettled orders or
// abandoned returns.
const AttentionAbandoned = "orders_abandoned"
