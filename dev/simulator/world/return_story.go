package world

import (
	"slices"

	"vmsflow/internal/order"
)

// ReturnStory is what comes back of one order.
type ReturnStory string

// The stories of orders that were shipped. Where nothing else is said everything comes back in one parcel, Ajio has
// announced it, every unit passes the QC, and the ERP makes the right credit note.
const (
	Kept             ReturnStory = "kept" // nothing comes back
	GoodReturn       ReturnStory = "good_return"
	TwoReturns       ReturnStory = "two_returns"        // a unit each, one after the other
	BadUnit          ReturnStory = "bad_unit"           // one unit comes back, and fails for a reason of the standard set
	BadForOwnReason  ReturnStory = "bad_for_own_reason" // one unit fails for a reason of the brand's own
	UnitUnnamed      ReturnStory = "unit_unnamed"       // one unit is not in the parcel, and nobody says so
	ProductMissing   ReturnStory = "product_missing"    // the same, and the warehouse says so
	QCInParts        ReturnStory = "qc_in_parts"        // first the parcel, then unit by unit
	QCTwice          ReturnStory = "qc_twice"           // the warehouse sends its call again
	RTOAnnounced     ReturnStory = "rto_announced"      // and the parcel comes afterwards
	RTOParcelFirst   ReturnStory = "rto_parcel_first"   // announced within the grace
	RTOUnannounced   ReturnStory = "rto_unannounced"    // vmsflow asks for it after the grace
	Withdrawn        ReturnStory = "withdrawn"          // by Ajio, and the parcel never comes
	WithdrawnHere    ReturnStory = "withdrawn_here"     // while the parcel waits for its QC
	WithdrawnTooLate ReturnStory = "withdrawn_too_late" // the parcel comes after the return has ended
	NoteLate         ReturnStory = "note_late"          // the credit note
	NoteNever        ReturnStory = "note_never"         // until an operator closes the return
	NoteEarly        ReturnStory = "note_early"         // before the QC
	NoteByURL        ReturnStory = "note_by_url"        // the ERP posts where its PDF is, and not the PDF
	NoteTwice        ReturnStory = "note_twice"         // the same again
	NoteChanged      ReturnStory = "note_changed"       // then the same number with another time: refused
	NoteRenumbered   ReturnStory = "note_renumbered"    // then another number: refused
	NoteUnknownFirst ReturnStory = "note_unknown_first" // over a return that nobody knows; it and the next: refused, then right
	NoteIRNFirst     ReturnStory = "note_irn_first"     // with the IRN of another document
	NoteQRFirst      ReturnStory = "note_qr_first"      // with a QR whose signature does not hold
	NoteOverFirst    ReturnStory = "note_over_first"    // over more than the units are worth
)

// NeverShipped is the story of an order that was not: a parcel comes back all the same.
const NeverShipped ReturnStory = "never_shipped"

// returnStories is what comes back of every so many shipped orders: of those whose invoices the ERP makes, of those whose
// invoices vmsflow makes, and of both where Ajio settles by return sales invoice. What the smallest demo should show
// stands first.
var (
	returnStories = map[order.InvoicingModel][]ReturnStory{
		order.ERPModel: {
			NoteIRNFirst, NoteNever, RTOUnannounced, WithdrawnHere, NoteEarly, TwoReturns, Kept,
			NoteByURL, NoteQRFirst, BadForOwnReason, NoteChanged, Withdrawn, RTOParcelFirst, NoteOverFirst, UnitUnnamed, Kept,
			NoteRenumbered, NoteUnknownFirst, GoodReturn, Kept,
		},
		order.RMSModel: {
			BadUnit, Withdrawn, RTOParcelFirst, UnitUnnamed, NoteTwice, QCInParts, ProductMissing, RTOAnnounced, NoteLate, Kept,
			GoodReturn, QCTwice, BadForOwnReason, WithdrawnTooLate, RTOUnannounced, NoteOverFirst, NoteNever, TwoReturns, NoteEarly, Kept,
			NoteQRFirst, NoteIRNFirst, NoteByURL, WithdrawnHere, NoteChanged, Kept,
		},
	}
	rsiStories = []ReturnStory{GoodReturn, RTOUnannounced, BadForOwnReason, Kept, BadUnit, TwoReturns, RTOAnnounced, Kept}
)

// ReturnStories lists the stories, each once.
func ReturnStories() []ReturnStory {
	all := append(slices.Concat(returnStories[order.ERPModel], returnStories[order.RMSModel], rsiStories), NeverShipped)
	slices.Sort(all)
	return slices.Compact(all)
}

// unshippedPerReturn is how many orders that the seller did not ship have one parcel that comes back.
const unshippedPerReturn = 3

// returning hands out the stories of returns.
type returning struct {
	world     *World
	shipped   map[[2]string]int // by invoicing and settlement model
	unshipped int
}

// next is what comes back of an order.
func (r *returning) next(p part) ReturnStory {
	switch outcome := p.story.Outcome(p.pob.Model); {
	case outcome == order.Completed && r.world.Return != "":
		return r.world.Return
	case outcome == order.Completed:
		stories := returnStories[p.pob.Model]
		if p.pob.Settlement == order.RSIModel {
			stories = rsiStories
		}
		models := [2]string{string(p.pob.Model), string(p.pob.Settlement)}
		r.shipped[models]++
		return stories[(r.shipped[models]-1)%len(stories)]
	case outcome == order.CancelledByCustomer || r.world.Return != "":
		return Kept
	default:
		r.unshipped++
		if r.unshipped%unshippedPerReturn == 1 {
			return NeverShipped
		}
		return Kept
	}
}

// Kind is which kind of return it is.
func (s ReturnStory) Kind() order.ReturnKind {
	switch s {
	case RTOAnnounced, RTOParcelFirst, RTOUnannounced, NeverShipped:
		return order.RTO
	default:
		return order.CustomerReturn
	}
}

// Returns is how many returns come of it.
func (s ReturnStory) Returns() int {
	switch s {
	case Kept, "":
		return 0
	case TwoReturns:
		return 2
	default:
		return 1
	}
}

// Outcome is how each of its returns ends if vmsflow does everything right.
func (s ReturnStory) Outcome() order.ReturnOutcome {
	switch s {
	case Withdrawn, WithdrawnHere, WithdrawnTooLate:
		return order.ReturnCancelled
	case NoteNever:
		return order.ReturnClosed
	default:
		return order.ReturnCompleted
	}
}

// Settlement says why units of its returns stand on the settlement list, apart from those that fail the QC; empty when
// none do.
func (s ReturnStory) Settlement() order.SettlementReason {
	switch s {
	case WithdrawnHere, WithdrawnTooLate:
		return order.SettleCancelled
	case NoteNever:
		return order.SettleClosed
	case NeverShipped:
		return order.SettleNotShipped
	default:
		return ""
	}
}

// Unsound counts the units that fail the QC; all others pass.
func (s ReturnStory) Unsound() (bad, missing int) {
	switch s {
	case BadUnit, BadForOwnReason:
		return 1, 0
	case UnitUnnamed, ProductMissing:
		return 0, 1
	default:
		return 0, 0
	}
}

// Reason is Ajio's for the unit that fails; empty when none does.
func (s ReturnStory) Reason() string {
	switch s {
	case BadUnit:
		return order.QCUsed
	case BadForOwnReason:
		return order.QCDamaged
	case UnitUnnamed, ProductMissing:
		return order.QCNotReceived
	default:
		return ""
	}
}

// Attention is what its return shows in the end: of a parcel that nobody awaited somebody must find out whose it is.
func (s ReturnStory) Attention() string {
	switch s {
	case NeverShipped:
		return "not_shipped"
	case WithdrawnTooLate:
		return "parcel_of_a_cancelled_return"
	default:
		return ""
	}
}

// IsProcessed says that Ajio takes the QC of its returns: it has not withdrawn them, and they are of what was shipped.
func (s ReturnStory) IsProcessed() bool {
	return s.Outcome() != order.ReturnCancelled && s != NeverShipped
}

// HasParcel says that something comes back of it.
func (s ReturnStory) HasParcel() bool { return s != Kept && s != Withdrawn }

// IsAnnouncedFirst says that Ajio announces its returns before their parcels come.
func (s ReturnStory) IsAnnouncedFirst() bool {
	return s != RTOParcelFirst && s != RTOUnannounced && s != NeverShipped
}

// Single says that each of its returns brings back one unit, and not everything.
func (s ReturnStory) Single() bool { return s == TwoReturns || s == BadUnit || s == NeverShipped }

// leastUnits is what must be shipped for the story to be possible. Where a unit fails another one passes.
func (s ReturnStory) leastUnits() int {
	switch s {
	case TwoReturns, BadForOwnReason, UnitUnnamed, ProductMissing, QCInParts:
		return 2
	default:
		return 1
	}
}
