package workflows

import (
	"fmt"
	"io"
	"strings"
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"vmsflow/internal/increff"
	"vmsflow/internal/order"
	"vmsflow/workflows/searchattr"
)

// shown is what the Temporal Web UI says of an order. show compares it with what is true and sends only what
// changed: an update of search attributes is an event, and it is sent when the order next waits or acts, so that
// stages which pass within one workflow task cost one event, not several.
type shown struct {
	stage         order.Stage
	purchaseOrder string
	invoiceNumber string
	attention     string
	dueAt         time.Time
}

// showOrder brings search attributes and current details up to date.
func (o *forwardOrder) showOrder(ctx workflow.Context) {
	workflow.SetCurrentDetails(ctx, o.details())

	now := shown{stage: o.stage, attention: o.attention(), dueAt: o.dueAt}
	if o.po != nil {
		now.purchaseOrder = o.po.Number
	}
	if o.invoice != nil {
		now.invoiceNumber = o.invoice.Number
	}
	var updates []temporal.SearchAttributeUpdate
	updates = keyword(updates, searchattr.OrderStage, string(o.shown.stage), string(now.stage))
	updates = keyword(updates, searchattr.PurchaseOrder, o.shown.purchaseOrder, now.purchaseOrder)
	updates = keyword(updates, searchattr.InvoiceNumber, o.shown.invoiceNumber, now.invoiceNumber)
	updates = keyword(updates, searchattr.Attention, o.shown.attention, now.attention)
	updates = due(updates, o.shown.dueAt, now.dueAt)
	upsert(ctx, updates)
	o.shown = now
}

func keyword(updates []temporal.SearchAttributeUpdate, key temporal.SearchAttributeKeyKeyword, before, now string) []temporal.SearchAttributeUpdate {
	switch {
	case now == before:
		return updates
	case now == "":
		return append(updates, key.ValueUnset())
	default:
		return append(updates, key.ValueSet(now))
	}
}

func due(updates []temporal.SearchAttributeUpdate, before, now time.Time) []temporal.SearchAttributeUpdate {
	switch {
	case now.Equal(before):
		return updates
	case now.IsZero():
		return append(updates, searchattr.DueAt.ValueUnset())
	default:
		return append(updates, searchattr.DueAt.ValueSet(now))
	}
}

// upsert sends the updates in one event. The only error is a wrong type, which is a bug of ours and no reason to
// stop an order.
func upsert(ctx workflow.Context, updates []temporal.SearchAttributeUpdate) {
	if len(updates) == 0 {
		return
	}
	if err := workflow.UpsertTypedSearchAttributes(ctx, updates...); err != nil {
		workflow.GetLogger(ctx).Error("search attributes were not updated", "error", err)
	}
}

// details is the order's page in the Web UI: where it stands, what it waits for, until when, and what to do.
func (o *forwardOrder) details() string {
	var page strings.Builder
	o.describeStanding(&page)
	o.describeUnits(&page)
	o.describeDocuments(&page)
	o.describeNotes(&page)
	return page.String()
}

// describeStanding says where the order is, what it waits for and what to do.
func (o *forwardOrder) describeStanding(page io.Writer) {
	line := func(format string, args ...any) { fmt.Fprintf(page, format+"\n", args...) }

	if o.outcome != "" {
		line("### Ended: %s", words(string(o.outcome)))
	} else {
		line("### %s", words(string(o.stage)))
	}
	if o.ending != nil {
		line("**Why:** %s", o.ending.reason)
		if o.ending.ruling.Note != "" {
			line("\n> %s", o.ending.ruling.Note)
		}
	}
	o.describeDesk(page, o.answers)
}

// describeDesk says what the main line waits for and what a person should do.
func (d *desk) describeDesk(page io.Writer, answers func() string) {
	line := func(format string, args ...any) { fmt.Fprintf(page, format+"\n", args...) }
	if d.waitingFor != "" {
		line("Waits for **%s**.", d.waitingFor)
	}
	if !d.dueAt.IsZero() {
		line("Due **%s**.", d.dueAt.In(increff.IST).Format("2 Jan 2006 15:04 IST"))
	}
	if d.parked != nil {
		line("\n**Parked** at “%s”: %s", d.parked.Step, d.parked.Message)
		line("\nAnswer with the update %s.", answers())
	} else if attention := d.attention(); attention != "" {
		line("\n**Attention:** %s. %s", words(attention), d.advice())
	}
}

// describeNotes lists what happened on the way.
func (d *desk) describeNotes(page io.Writer) {
	if len(d.notes) == 0 {
		return
	}
	fmt.Fprintf(page, "\n**Notes**\n")
	for _, n := range d.notes {
		fmt.Fprintf(page, "- %s: %s\n", n.At.In(increff.IST).Format("2 Jan 15:04 IST"), n.Text)
	}
}

// answers lists the updates that an operator may send to a parked order.
func (o *forwardOrder) answers() string {
	answers := "`retry-step` after mending the cause"
	if o.parked.CanSkip {
		answers += ", `skip-step` if it was done by hand"
	}
	if _, err := o.sellerMayCancel(); err == nil {
		answers += ", `cancel-order` to give it up"
	}
	return answers
}

// describeUnits says where every unit went.
func (o *forwardOrder) describeUnits(page io.Writer) {
	line := func(format string, args ...any) { fmt.Fprintf(page, format+"\n", args...) }
	line("\n| units of | ordered | live | customer cancelled | seller cancelled | short picked |")
	line("|---|--:|--:|--:|--:|--:|")
	for _, l := range o.book.Lines {
		line("| %s | %d | %d | %d | %d | %d |", l.ItemCode, l.Ordered, l.Live(), l.CustomerCancelled, l.SellerCancelled, l.ShortPicked)
	}
}

// describeDocuments names the documents on the way.
func (o *forwardOrder) describeDocuments(page io.Writer) {
	line := func(format string, args ...any) { fmt.Fprintf(page, format+"\n", args...) }
	if o.po != nil {
		line("\nPO **%s** over ₹%s", o.po.Number, o.po.Amount)
	}
	if o.invoice != nil {
		line("\nInvoice **%s** for %d units", o.invoice.Number, o.invoice.Quantities.Total())
	}
	if o.trackingNumber != "" {
		line("\nAWB **%s** with %s", o.trackingNumber, o.carrier)
	}
	if o.manifestID != "" {
		line("\nManifest **%s**", o.manifestID)
	}
}

// advice is what to do about an attention that is no parked step.
func (d *desk) advice() string {
	if d.parked != nil {
		return ""
	}
	return advice[d.attention()]
}

// advice says what to do about each attention that is not a parked step.
var advice = map[string]string{
	"po_overdue":                      "Ask Ajio for the purchase order; it is read as soon as it is there.",
	"invoice_overdue":                 "Ask the ERP team for the invoice.",
	"invoice_refused":                 "Have the ERP post a right one; the notes say what is wrong.",
	"pack_overdue":                    "Ask the warehouse.",
	"pack_refused":                    "Have the warehouse report the pack again; the notes say what is wrong.",
	"handover_overdue":                "Ask the warehouse to close its manifest.",
	"documents_overdue":               "Ask Ajio for the B2C invoice and the label; a packer may be waiting.",
	"cancelled_after_acknowledgement": "Look at the order in Ajio's seller panel, then cancel it here or settle it with Ajio.",
	"document_differs":                "Ask the sender which document is right; the notes name it.",
	"second_po":                       "The notes say what to do.",
	"second_invoice":                  "The notes say what to do.",
	"second_pack":                     "The notes say what to do.",
	"cancel_refused":                  "The notes say why.",
	"invoice_doubtful":                "The invoice was taken; the notes say what to look at.",
	"expectation_overdue":             "Ask Ajio for the return; it is read as soon as it is there.",
	"forward_order_open":              "Look at the forward order: the return waits until it is handed over.",
	"not_shipped":                     "Ask the warehouse what the parcel is; the units are settled with Ajio by hand.",
	"parcel_overdue":                  "Ask Ajio where the parcel is. If it is lost, `finish-qc` reports its units as missing.",
	"qc_overdue":                      "Ask the warehouse for its QC.",
	"qc_differs":                      "Ask the warehouse which result is right; the notes name the unit.",
	"qc_by_others":                    "Compare Ajio's QC with ours in its seller panel.",
	"announced_without_qc":            "Enter the QC in Ajio's seller panel; the units stand on the settlement list.",
	"not_invoiced":                    "Settle it with Ajio by hand; its units stand on the settlement list.",
	"qc_refused":                      "Have the warehouse report the unit again; the notes say what is wrong.",
	"qc_late":                         "The notes say which unit; settle it by hand.",
	"second_return":                   "The notes say what to do.",
	"cancelled_after_qc":              "Look at the return in Ajio's seller panel and settle it with Ajio.",
	"parcel_of_a_cancelled_return":    "Its units stand on the settlement list; ask Ajio whose they are.",
	"credit_note_overdue":             "Ask the ERP team for the credit note; the law's last day is named above.",
	"credit_note_lapsed":              "The law's last day is over: only a commercial note without GST is possible. Settle it with Ajio, then `close-return`.",
	"credit_note_refused":             "Have the ERP post a right one; the notes say what is wrong.",
	"credit_note_doubtful":            "The note was taken; the notes say what to look at.",
	"second_credit_note":              "The notes say what to do.",
	"rsi_overdue":                     "Ask Ajio for its return sales invoice.",
	ajioDown:                          "Calls are repeated without end; look at Ajio's status.",
	irpDown:                           "Calls are repeated without end; look at the GST portal's status.",
	erpDown:                           "Calls are repeated without end; ask who runs the ERP.",
	warehouseDown:                     "Calls are repeated without end; ask who runs the warehouse system.",
	databaseDown:                      "Calls are repeated without end; look at Postgres.",
}

func words(name string) string { return strings.ReplaceAll(name, "_", " ") }
