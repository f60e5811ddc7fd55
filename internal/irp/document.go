package irp

import (
	"time"

	"vmsflow/internal/gst"
	"vmsflow/internal/irp/wire"
)

// What a document is made of, in the IRP's own words (contracts/gst-einvoice.md §6.1, §7).
type (
	Document = wire.Document
	TranDtls = wire.TranDtls
	DocDtls  = wire.DocDtls
	Party    = wire.Party
	Item     = wire.Item
	ValDtls  = wire.ValDtls
	RefDtls  = wire.RefDtls
	PrecDoc  = wire.PrecDoc
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
