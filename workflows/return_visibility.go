package workflows

import (
	"cmp"
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

// shownReturn is what the Temporal Web UI says of a return, as shown is of an order.
type shownReturn struct {
	stage         order.ReturnStage
	kind          order.ReturnKind
	returnID      string
	purchaseOrder string
	invoiceNumber string
	settlement    string
	attention     string
	dueAt         time.Time
}

// showReturn brings search attributes and current details up to date.
func (r *returnOrder) showReturn(ctx workflow.Context) {
	workflow.SetCurrentDetails(ctx, r.details())

	was := r.shown
	now := shownReturn{
		stage: r.stage, kind: r.Kind, returnID: r.ReturnID, settlement: r.settlement(), attention: r.attention(), dueAt: r.dueAt,
		purchaseOrder: r.shipped.PO.Number, invoiceNumber: r.shipped.Invoice.Number,
	}
	var updates []temporal.SearchAttributeUpdate
	updates = keyword(updates, searchattr.OrderStage, string(was.stage), string(now.stage))
	updates = keyword(updates, searchattr.ReturnKind, string(was.kind), string(now.kind))
	updates = keyword(updates, searchattr.AjioReturnId, was.returnID, now.returnID)
	updates = keyword(updates, searchattr.PurchaseOrder, was.purchaseOrder, now.purchaseOrder)
	updates = keyword(updates, searchattr.InvoiceNumber, was.invoiceNumber, now.invoiceNumber)
	updates = keyword(updates, searchattr.Settlement, was.settlement, now.settlement)
	updates = keyword(updates, searchattr.Attention, was.attention, now.attention)
	updates = due(updates, was.dueAt, now.dueAt)
	upsert(ctx, updates)
	r.shown = now
}

// details is the return's page in the Web UI: where it stands, what it waits for, until when, and what to do.
func (r *returnOrder) details() string {
	var page strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&page, format+"\n", args...) }
	switch {
	case r.outcome != "":
		line("### Ended: %s", words(string(r.outcome)))
	case r.stage != "":
		line("### %s", words(string(r.stage)))
	}
	if r.ending != nil {
		line("**Why:** %s", r.ending.reason)
	}
	r.describeDesk(&page, r.answers)
	r.describeReturn(&page)
	r.describeSettlement(&page)
	r.describeNotes(&page)
	return page.String()
}

// answers lists the updates that an operator may send to a parked return.
func (r *returnOrder) answers() string {
	answers := "`retry-step` after mending the cause"
	if r.parked.CanSkip {
		answers += ", `skip-step` if it was done by hand"
	}
	if r.mayClose() == nil {
		answers += ", `close-return` to give it up: its units go to the settlement list"
	}
	return answers
}

// describeReturn says what comes back and with which papers.
func (r *returnOrder) describeReturn(page io.Writer) {
	line := func(format string, args ...any) { fmt.Fprintf(page, format+"\n", args...) }
	if lines := r.lineStates(); lines != nil {
		line("\n| units of | expected | good | bad | missing |")
		line("|---|--:|--:|--:|--:|")
		for _, l := range lines {
			line("| %s | %d | %d | %d | %d |", cell(l.ItemCode), l.Expected, l.Good, l.Bad, l.Missing)
		}
	}
	if r.expectation != nil {
		line("\nAjio's return **%s**, %s", cell(r.ReturnID), words(strings.ToLower(string(r.expectation.Status))))
		if r.expectation.TrackingNumber != "" {
			line("\nAWB of the way back **%s**", cell(r.expectation.TrackingNumber))
		}
	}
	if r.shipped.Shipped {
		line("\nPO **%s**, invoice **%s**", r.shipped.PO.Number, r.shipped.Invoice.Number)
	}
	switch by := r.creditNoteBy(); {
	case r.creditNote != nil:
		line("\nCredit note **%s** over ₹%s", r.creditNote.Number, r.creditNote.Value)
	case r.rsiNumber != "":
		line("\nAjio's return sales invoice **%s**", cell(r.rsiNumber))
	case !by.IsZero() && r.outcome == "":
		line("\nThe law takes a credit note until **%s** (30 November after the financial year of the supply).", by.In(increff.IST).Format("2 January 2006"))
	}
}

// describeSettlement lists what people settle with Ajio by hand.
func (r *returnOrder) describeSettlement(page io.Writer) {
	if len(r.listed) == 0 {
		return
	}
	fmt.Fprintf(page, "\n**On the settlement list** (`starter settlements --return %s`)\n", cell(r.ReturnID))
	for _, entry := range r.listed {
		for _, unit := range entry.units {
			fmt.Fprintf(page, "- %s: %s %s %s\n", words(string(entry.why)), unit.ItemCode, unit.Code, cmp.Or(unit.Said, unit.Reason))
		}
	}
}
