package erptest

import (
	"crypto/rsa"
	"time"
)

// Behaviour is what the ERP does about the invoice of one order.
type Behaviour string

// The behaviours. The wrong ones post a wrong document first, expect a refusal, and then the right one.
const (
	Full        Behaviour = "full"         // all units; also what the empty Behaviour means
	Partial     Behaviour = "partial"      // one unit less; an order of a single unit is invoiced in full
	Duplicate   Behaviour = "duplicate"    // the same invoice posted twice
	Late        Behaviour = "late"         // Options.LateBy later than usual
	Never       Behaviour = "never"        // no invoice
	WrongPO     Behaviour = "wrong_po"     // first for a PO nobody knows
	WrongSKU    Behaviour = "wrong_sku"    // first with a SKU that was not in the posting
	WrongIRN    Behaviour = "wrong_irn"    // first with an IRN of another document
	WrongQR     Behaviour = "wrong_qr"     // first with a QR whose signature does not hold
	Changed     Behaviour = "changed"      // the right one, then the same number with another time
	AfterCancel Behaviour = "after_cancel" // waits for the cancellation and posts all the same
)

// Options describe one simulated ERP. The zero value takes postings from anybody and has no gateway yet.
type Options struct {
	// GatewayURL, and the credential for it. The URL may be set later with Server.SetGatewayURL.
	GatewayURL, GatewayUsername, GatewayPassword string
	// Username and Password, when set, are wanted as authUsername and authPassword with every call.
	Username, Password string
	// DynamicAuth wants, with postings, the Authorization header that GET /credential gives out.
	DynamicAuth bool
	// Behaviour chooses per order; nil is always Full.
	Behaviour func(orderCode string) Behaviour
	// InvoiceDelay is the time from the posting to the invoice, LateBy what Late adds to it.
	InvoiceDelay, LateBy time.Duration
	// RetryEvery is the pause before a repeat, a second when zero; MaxRetryAfter caps the gateway's wishes.
	RetryEvery, MaxRetryAfter time.Duration
	// FirstInvoice is the running number of the first invoice of a financial year; 1 when zero.
	FirstInvoice int
	// VaryForms walks through the four forms of a time and adds fields that nobody knows.
	VaryForms bool
	// Key signs the QR codes; nil makes a new RSA-2048 key, which takes a moment.
	Key *rsa.PrivateKey
	// Workers is how many postings to the gateway run at once; 8 when zero.
	Workers int
	// Now is the clock; nil is time.Now.
	Now func() time.Time
}
