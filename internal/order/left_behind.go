package order

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// LeftBehind is what an order left behind whose workflow is gone without ending it: nobody told the others, and the
// stock is still held. The facts are those of our own books. A call that was under way when the workflow went may have
// reached the other side all the same; where the books can tell, that is Perhaps.
type LeftBehind struct {
	// Reserved counts the units that stock still holds for the order, by item code. Settling it frees them.
	Reserved map[string]int `json:"reserved"`
	// Ending is why the workflow was taking the order back already when it went; empty if it was not.
	Ending        string    `json:"ending,omitempty"`
	Acknowledged  bool      `json:"acknowledged"` // at Ajio, which expects the parcel since then
	PurchaseOrder string    `json:"purchase_order,omitempty"`
	AjioInvoice   Certainty `json:"ajio_invoice"` // whether Ajio has the B2B invoice
	AtWarehouse   Certainty `json:"at_warehouse"`
	Released      bool      `json:"released"` // for picking, or it was about to be
	Packed        bool      `json:"packed"`   // by what the warehouse reported
	InERP         Certainty `json:"in_erp"`   // and not cancelled there
	InvoiceNumber string    `json:"invoice_number,omitempty"`
	IRN           string    `json:"irn,omitempty"` // empty once it is cancelled
	// IRNUnsure: the invoice is a draft of our own. The IRP may have been asked to register it, and its answer is not here.
	IRNUnsure bool `json:"irn_unsure,omitempty"`
	// IRNCancelUntil is until when an IRN that we registered ourselves may be cancelled; nil for an ERP's.
	IRNCancelUntil *time.Time `json:"irn_cancel_until,omitempty"`
	ManifestID     string     `json:"manifest_id,omitempty"`
	// ByHand is what a person must do outside before the order is settled, as Tasks has it.
	ByHand []Task `json:"by_hand"`
}

// Certainty is how sure our books are of something on the other side.
type Certainty string

// How sure our books are. Perhaps: the call was due or begun, and no answer to it is recorded.
const (
	No      Certainty = "no"
	Perhaps Certainty = "perhaps"
	Yes     Certainty = "yes"
)

// Task is something to do by hand in another system.
type Task struct {
	Where string `json:"where"` // Ajio, warehouse, ERP, IRP
	What  string `json:"what"`
}

func (t Task) String() string { return t.Where + ": " + t.What }

// IRNCancelWindow is how long after its registration an IRN may be cancelled (contracts/gst-einvoice.md §10, documented).
const IRNCancelWindow = 24 * time.Hour

// ist is the zone of whoever reads a deadline.
var ist = time.FixedZone("IST", 19800)

// Outcome is how the order ends in our books when it is settled: a parcel in a manifest has left the house.
func (l LeftBehind) Outcome() Outcome {
	if l.ManifestID != "" {
		return Completed
	}
	return CancelledBySeller
}

// Tasks says what a person must do outside, in the order in which to do it: nobody should go on picking, and an IRN
// must be cancelled in time. An order that was manifested needs nothing.
func (l LeftBehind) Tasks() []Task {
	if l.ManifestID != "" {
		return nil
	}
	var tasks []Task
	add := func(where, format string, args ...any) {
		tasks = append(tasks, Task{Where: where, What: fmt.Sprintf(format, args...)})
	}
	if what := l.toStopAtWarehouse(); what != "" {
		add("warehouse", "%s", what)
	}
	add("Ajio", "%s", l.toCancelAtAjio())
	switch l.InERP {
	case Yes:
		add("ERP", "cancel the B2B order for PO %s", l.PurchaseOrder)
	case Perhaps:
		add("ERP", "look for the B2B order for PO %s, whose posting went unanswered, and cancel it if it is there", l.PurchaseOrder)
	case No:
	}
	switch {
	case l.IRN == "":
	case l.IRNUnsure:
		add("IRP", "look up IRN %s of invoice %s, whose registration is not recorded; if it is there, cancel it within 24 hours of "+
			"its registration, later it takes a credit note", l.IRN, l.InvoiceNumber)
	case l.IRNCancelUntil != nil:
		add("IRP", "cancel IRN %s of invoice %s until %s; later it takes a credit note",
			l.IRN, l.InvoiceNumber, l.IRNCancelUntil.In(ist).Format("2 Jan 2006 15:04 IST"))
	default:
		add("ERP", "cancel IRN %s of invoice %s within 24 hours of its registration; later it takes a credit note, which is not for Ajio",
			l.IRN, l.InvoiceNumber)
	}
	return tasks
}

func (l LeftBehind) toStopAtWarehouse() string {
	switch {
	case l.Packed:
		return "keep the parcel back, or follow it if it has left, and put its goods back on the shelf"
	case l.Released:
		return "stop the picking and put back what was picked"
	case l.AtWarehouse == Yes:
		return "take the order back; it is there on hold"
	case l.AtWarehouse == Perhaps:
		return "look for the order, whose announcement went unanswered, and take it back if it is there"
	default:
		return ""
	}
}

func (l LeftBehind) toCancelAtAjio() string {
	switch {
	case l.AjioInvoice == Yes:
		return fmt.Sprintf("ask Ajio to cancel PO %s; it has the B2B invoice %s, after which a seller cannot", l.PurchaseOrder, l.InvoiceNumber)
	case l.AjioInvoice == Perhaps:
		return fmt.Sprintf("look in the seller panel if PO %s has the B2B invoice %s: if it has, ask Ajio to cancel, else cancel the order",
			l.PurchaseOrder, l.InvoiceNumber)
	case l.PurchaseOrder != "":
		return fmt.Sprintf("cancel the order in the seller panel; it has PO %s", l.PurchaseOrder)
	case l.Acknowledged:
		return "cancel the order in the seller panel; it is acknowledged"
	default:
		return "refuse the order in the seller panel, or cancel it if it turns out to be acknowledged"
	}
}

// String says in one line what is held and how far the order had come.
func (l LeftBehind) String() string {
	var facts []string
	if units := l.held(); units != "" {
		facts = append(facts, units+" reserved")
	}
	for _, fact := range []struct {
		is   bool
		text string
	}{
		{l.Acknowledged, "acknowledged"},
		{l.PurchaseOrder != "", "PO " + l.PurchaseOrder},
		{l.AtWarehouse == Yes && !l.Released && !l.Packed, "at the warehouse on hold"},
		{l.AtWarehouse == Perhaps, "perhaps at the warehouse"},
		{l.Released && !l.Packed, "released for picking"},
		{l.Packed, "packed"},
		{l.InERP == Yes, "in the ERP"},
		{l.InERP == Perhaps, "perhaps in the ERP"},
		{l.InvoiceNumber != "" && !l.IRNUnsure, "e-invoice " + l.InvoiceNumber},
		{l.InvoiceNumber != "" && l.IRNUnsure, "perhaps e-invoice " + l.InvoiceNumber},
		{l.AjioInvoice == Yes, "B2B invoice at Ajio"},
		{l.AjioInvoice == Perhaps, "perhaps a B2B invoice at Ajio"},
		{l.ManifestID != "", "in manifest " + l.ManifestID},
		{l.Ending != "", "was being taken back, some of it may be done"},
	} {
		if fact.is {
			facts = append(facts, fact.text)
		}
	}
	if len(facts) == 0 {
		return "nothing reserved, nothing told"
	}
	return strings.Join(facts, ", ")
}

// held lists the reserved units by item.
func (l LeftBehind) held() string {
	var held []string
	for _, item := range slices.Sorted(maps.Keys(l.Reserved)) {
		held = append(held, fmt.Sprintf("%d × %s", l.Reserved[item], item))
	}
	return strings.Join(held, ", ")
}
