package erptest

import (
	"crypto/rsa"
	"time"
)

// Behaviour is what the ERP does about the invoice of one order.
type Behaviour string

// The behaviours that post one document.
const (
	Full        Behaviour = "full"         // all units; also what the empty Behaviour means
	Partial     Behaviour = "partial"      // one unit less; an order of a single unit is invoiced in full
	Late        Behaviour = "late"         // Options.LateBy later than usual
	Never       Behaviour = "never"        // no invoice
	AfterCancel Behaviour = "after_cancel" // waits for the cancellation and posts all the same
	ByURL       Behaviour = "by_url"       // without its PDF, which is served under Options.PublicURL
	LowerCase   Behaviour = "lower_case"   // number in lower case; IRN and QR are those of the upper-case one
	UnknownKey  Behaviour = "unknown_key"  // QR signed with a key that nobody pinned
	WrongTotal  Behaviour = "wrong_total"  // TotInvVal of the QR ten rupees too high, outside the tolerance
)

// The behaviours that post two. The wrong ones post a wrong document first, expect a refusal, and then the right one.
const (
	Duplicate   Behaviour = "duplicate"    // the same invoice posted twice
	Changed     Behaviour = "changed"      // the right one, then the same number with another time
	WrongPO     Behaviour = "wrong_po"     // first for a PO nobody knows
	WrongSKU    Behaviour = "wrong_sku"    // first with a SKU that was not in the posting
	WrongIRN    Behaviour = "wrong_irn"    // first with an IRN of another document
	WrongQR     Behaviour = "wrong_qr"     // first with a QR whose signature does not hold
	WrongBuyer  Behaviour = "wrong_buyer"  // first with a QR made out to somebody else
	WrongNumber Behaviour = "wrong_number" // first under a number that breaks the GST rule, IRN and QR made for it
)

// Note is what the ERP does about the credit note of one return.
type Note string

// The notes that are posted once.
const (
	NoteRight   Note = "right"    // over the units that passed the QC; also what the empty Note means
	NoteLate    Note = "late"     // Options.LateBy later than usual
	NoteNever   Note = "never"    // no note
	NoteByURL   Note = "by_url"   // without its PDF, which is served under Options.PublicURL
	NoteAboveQC Note = "above_qc" // over all units of the return, passed or not: accepted, for a person to look at
)

// The notes that are posted twice: the right one and something else. The wrong ones come first and expect a refusal.
const (
	NoteTwice         Note = "twice"          // the same note again
	NoteChanged       Note = "changed"        // then the same number with another time
	NoteRenumbered    Note = "renumbered"     // then another number over the same return
	NoteUnknownReturn Note = "unknown_return" // first over a return that nobody knows
	NoteWrongIRN      Note = "wrong_irn"      // first with an IRN of another document
	NoteWrongQR       Note = "wrong_qr"       // first with a QR whose signature does not hold
	NoteOverValue     Note = "over_value"     // first over more than all units of the return are worth
)

// Options describe one simulated ERP. The zero value takes postings from anybody and has no gateway yet.
type Options struct {
	// GatewayURL, and the credential for it. The URL may be set later with Server.SetGatewayURL.
	GatewayURL, GatewayUsername, GatewayPassword string
	// PublicURL is how vmsflow reaches the ERP's documents, such as https://erp.example; ByURL needs it. For a Server
	// made by NewServer it is its own URL when empty.
	PublicURL string
	// Username and Password, when set, are wanted as authUsername and authPassword with every call.
	Username, Password string
	// DynamicAuth wants, with postings, the Authorization header that GET /credential gives out.
	DynamicAuth bool
	// Behaviour chooses per order; nil is always Full.
	Behaviour func(orderCode string) Behaviour
	// Note chooses per return; nil is always NoteRight. A note before the QC is posted by Server.CreditEarly.
	Note func(orderCode, returnCode string) Note
	// RefuseEvery refuses every n-th posting with 400 and takes it when it is sent again
	// (simulate.Plan.RefuseEvery). GET /credential is never refused by it.
	RefuseEvery int
	// InvoiceDelay is the time from the posting to the invoice, NoteDelay to the credit note, LateBy what Late and
	// NoteLate add to it.
	InvoiceDelay, NoteDelay, LateBy time.Duration
	// RetryEvery is the pause before a repeat, a second when zero; MaxRetryAfter caps the gateway's wishes.
	RetryEvery, MaxRetryAfter time.Duration
	// FirstInvoice is the running number of the first invoice of a financial year, FirstNote of the first credit note; 1
	// when zero.
	FirstInvoice, FirstNote int
	// VaryForms walks through the four forms of a time and adds fields that nobody knows.
	VaryForms bool
	// Key signs the QR codes; nil makes a new RSA-2048 key, which takes a moment.
	Key *rsa.PrivateKey
	// Workers is how many postings to the gateway run at once; 8 when zero.
	Workers int
	// Now is the clock; nil is time.Now.
	Now func() time.Time
}
