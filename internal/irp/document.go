package irp

import (
	"time"

	"vmsflow/internal/gst"
	"vmsflow/internal/irp/wire"
)

// What is registered, in the IRP's own words (contracts/gst-einvoice.md §6.1, §7).
type (
	// Document is an invoice, a credit note or a debit note. Its method IRN computes the IRN that it will get.
	Document = wire.Document
	// TranDtls says what kind of supply it is.
	TranDtls = wire.TranDtls
	// DocDtls is type, number and day of the document.
	DocDtls = wire.DocDtls
	// Party is seller or buyer.
	Party = wire.Party
	// Item is a line.
	Item = wire.Item
	// ValDtls are the sums over the lines.
	ValDtls = wire.ValDtls
	// RefDtls refers a note to its originals.
	RefDtls = wire.RefDtls
	// PrecDoc is one original.
	PrecDoc = wire.PrecDoc
)

// Values that stand in documents.
const (
	Version   = wire.Version
	TaxScheme = wire.TaxScheme
	Yes       = wire.Yes
	No        = wire.No
)

// On returns the day of a document, in IST.
func On(day time.Time) wire.Date { return wire.Date{Time: day} }

// Percent returns a rate as the IRP writes it.
func Percent(rate gst.Rate) wire.Rate { return wire.Rate(rate) }

// Status is what became of a registration.
type Status = wire.Status

// The statuses.
const (
	StatusActive    = wire.StatusActive
	StatusCancelled = wire.StatusCancelled
)

// CancelReason is why a document is cancelled.
type CancelReason = wire.CancelReason

// The reasons (contracts/gst-einvoice.md §6.3, documented).
const (
	ReasonDuplicate      = wire.ReasonDuplicate
	ReasonMistake        = wire.ReasonMistake
	ReasonOrderCancelled = wire.ReasonOrderCancelled
	ReasonOther          = wire.ReasonOther
)
