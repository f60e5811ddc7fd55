package ajiotest

import (
	"time"

	"vmsflow/internal/order"
)

// Options says which sellers the simulator serves and how it behaves. Only Accounts is needed.
type Options struct {
	Accounts []Account
	Partner  string           // the slug in the paths; "vmsflow" when empty
	Now      func() time.Time // time.Now when nil
	PageBase int              // the number of the first page: 0 or 1

	// ThrottlePerMinute is how many calls a user may make in a fixed minute, the login not counted, nor the
	// download of documents: 60 when 0, no limit when negative.
	ThrottlePerMinute int
	// PODelay is how long after the acknowledgement an order's PO comes; negative: never. At once when nil.
	PODelay func(orderID string) time.Duration
	// DocumentDelay is how long after READY_TO_DISPATCH B2C invoice and label are there.
	DocumentDelay time.Duration
	// RTODelay is how long after the seller asked for an RTO Ajio shows it.
	RTODelay time.Duration
	// RSIDelay is how long after the QC the return sales invoice is there, in the RSI model.
	RSIDelay time.Duration
	// RefuseEvery refuses every n-th writing call (simulate.Plan.RefuseEvery): an acknowledgement among failed_items,
	// the last shipment of a manifest there too, every other call as FAILED. Logins and reads are never refused.
	RefuseEvery int
	// Seed makes the orders; the same seed and the same calls make the same orders.
	Seed   uint64
	Quirks Quirks
}

// Account is the credential of one POB.
type Account struct {
	Pob      string `json:"pob"`
	Username string `json:"username"`
	Password string `json:"password"`
	// State is the GST state code of the seller, "27" when empty. A buyer in the same state is charged CGST and
	// SGST, any other IGST.
	State string `json:"state,omitempty"`
	// BuyerGSTIN is Ajio's buying unit for every order of the POB; when empty each order has one of three.
	BuyerGSTIN string `json:"buyer_gstin,omitempty"`
	// NoEInvoicing exempts the seller: the invoice is uploaded without an IRN.
	NoEInvoicing bool `json:"no_e_invoicing,omitempty"`
	// ReturnModel is the document that settles the POB's returns, order.CreditNoteModel when empty.
	ReturnModel order.SettlementModel `json:"return_model,omitempty"`
}

// Quirks are the switches of contracts/ajio-vms.md §9 and §10. The zero value answers as the contract's examples.
type Quirks struct {
	NewLoginKillsTokens bool // older tokens of the user die with a new login
	PlainKeys           bool // "listing_price" without the trailing blank of Ajio's published sample
	UnknownFields       bool // every object has a field that nobody knows
	UnknownValues       bool // statuses and payment methods that nobody knows
	StringNumbers       bool // every number is a string
	Milliseconds        bool // epochs count milliseconds
	LateCarrier         bool // carrier and AWB are null in the pendency, the AWB of a return until its parcel arrives
	NoBuyerGSTIN        bool // buyer_gstin is null also when the PO has come: the POB's configuration names it
	NullInvoice         bool // an order without invoice answers 200 with invoice_number null instead of 404
	Documents           DocumentForm
	// DocumentBase is in front of the documents' URLs instead of the simulator's own address.
	DocumentBase string
}

// DocumentForm is how B2C invoice and label are handed over.
type DocumentForm string

// The forms.
const (
	AsInExamples  DocumentForm = ""        // the B2C invoice as a URL, the label as content
	AlwaysContent DocumentForm = "content" // base64 in "document"
	AlwaysURL     DocumentForm = "url"     // "document_url"
)
