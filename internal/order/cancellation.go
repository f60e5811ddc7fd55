package order

// Party is who asks for a cancellation.
type Party string

// The parties that cancel.
const (
	Customer Party = "customer" // at Ajio, before the acknowledgement
	Seller   Party = "seller"   // through an operator, the warehouse or a short pack
)

// Scope is how much of an order is cancelled.
type Scope string

// The scopes of a cancellation.
const (
	WholeOrder Scope = "whole_order"
	SomeUnits  Scope = "some_units"
)

// Phase is what of an order already exists when it is cancelled: a column of the cancellation table.
type Phase string

// The phases, in their order.
const (
	UntilAcknowledged Phase = "until_acknowledged"
	BeforePosting     Phase = "before_posting" // acknowledged, the ERP knows nothing of it
	BeforeEInvoice    Phase = "before_e_invoice"
	EInvoiceNotPacked Phase = "e_invoice_not_packed"
	PackedOrLater     Phase = "packed_or_later"
)

// PhaseOf returns the column of the cancellation table for an order in this stage.
func PhaseOf(stage Stage, model InvoicingModel) Phase {
	switch stage {
	case Received, Reserved, AckHeld:
		return UntilAcknowledged
	case Acknowledged, POReceived:
		return BeforePosting
	case PostedToERP:
		return BeforeEInvoice
	case Picking:
		if model == RMSModel { // the RMS makes the invoice after packing
			return BeforeEInvoice
		}
		return EInvoiceNotPacked
	case Invoiced:
		if model == RMSModel {
			return PackedOrLater
		}
		return EInvoiceNotPacked
	default:
		return PackedOrLater
	}
}

// Ruling is what a cell of the cancellation table says.
type Ruling struct {
	Allowed bool
	Refusal string // why not, for the person who asked
	// TellAjio and TellERP are the effects outside; the ERP is told only if it knows of the order, and so is the
	// warehouse, always. The stock is released in every case.
	TellAjio, TellERP bool
	// CancelIRN says that the e-invoice is ours and its IRN must be cancelled, or a credit note kept in the books where
	// it is too late for that.
	CancelIRN bool
	// Note is what the operator must know or do besides.
	Note string
}

// Why a seller cancels, in the codes that Ajio and the ERP are told. What a person writes stays in our own books.
const (
	ReasonOutOfStock    = "OUT_OF_STOCK"
	ReasonSellerRequest = "SELLER_REQUEST"
	ReasonShortPack     = "SHORT_AFTER_EINVOICE"
)

// CreditNoteStays is the note on a cancellation after the e-invoice (contracts/increff-erp.md §7.4).
const CreditNoteStays = "An e-invoice exists. The ERP issues a credit note by hand and keeps it: it is not for Ajio. " +
	"Within 24 hours of registration the IRN may be cancelled instead."

// CreditNoteInBooks is the note on a cancellation whose own e-invoice could no longer be cancelled at the IRP
// (contracts/gst-einvoice.md §10).
const CreditNoteInBooks = "More than 24 hours after its registration the IRN can no longer be cancelled. Make a credit note for the " +
	"invoice and keep it in the seller's books: it is not for Ajio."

// CancelledInTemporal is the reason noted when an operator cancels the workflow itself instead of giving a reason
// with the cancel-order update.
const CancelledInTemporal = "cancelled in the Temporal Web UI"

// Cancellation is the cancellation table: who may cancel how much, when, and with which effects
// (contracts/increff-erp.md §7.4, documented).
//
// In the RMS model the invoice follows the packing, so an order of which an e-invoice exists is packed, and cannot be
// cancelled. EInvoiceNotPacked is left for the order that Ajio itself has cancelled meanwhile, and for the one whose
// invoice cannot be registered: at Ajio neither will ever count as packed.
func Cancellation(by Party, scope Scope, phase Phase, model InvoicingModel) Ruling {
	if by == Customer {
		if phase == UntilAcknowledged {
			return Ruling{Allowed: true}
		}
		return Ruling{Refusal: "Ajio no longer lets a customer cancel an acknowledged order; look at the order in Ajio's seller panel"}
	}
	switch phase {
	case UntilAcknowledged, BeforePosting:
		return Ruling{Allowed: true, TellAjio: true}
	case BeforeEInvoice:
		if scope == SomeUnits && model == ERPModel {
			return Ruling{Refusal: "the ERP may already be invoicing: cancel the whole order or nothing"}
		}
		return Ruling{Allowed: true, TellAjio: true, TellERP: scope == WholeOrder}
	case EInvoiceNotPacked:
		if scope == SomeUnits {
			return Ruling{Refusal: "an e-invoice exists and cannot be cut: cancel the whole order or nothing"}
		}
		if model == RMSModel {
			return Ruling{Allowed: true, TellAjio: true, TellERP: true, CancelIRN: true}
		}
		return Ruling{Allowed: true, TellAjio: true, TellERP: true, Note: CreditNoteStays}
	default:
		return Ruling{Refusal: "the parcel is packed: it can only come back as a return"}
	}
}
