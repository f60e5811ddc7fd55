package audit

import (
	"fmt"

	"vmsflow/internal/gst"
	"vmsflow/internal/increff"
	"vmsflow/internal/order"
	"vmsflow/internal/postgres"
	"vmsflow/internal/warehouse/warehousetest"
)

// returnComparison is one return, as the systems tell of it.
type returnComparison struct {
	homecoming
	row ReturnRow
	f   *facts
	r   *Report
}

func (c returnComparison) wrong(format string, args ...any) {
	c.r.wrong("%s (%s): "+format, append([]any{c.name(), c.Story}, args...)...)
}

func (c returnComparison) same(what string, at map[string]string) {
	var first, firstAt string
	for i, system := range sorted(at) {
		if i == 0 {
			first, firstAt = at[system], system
		} else if at[system] != first {
			c.wrong("%s is %q at %s, but %q at %s", what, first, firstAt, at[system], system)
		}
	}
}

// times says when something that is due happened not once, or something else happened at all.
func (c returnComparison) times(what string, n int, due bool, twice *int) {
	expected := 0
	if due {
		expected = 1
	}
	if n > 1 {
		*twice++
	}
	if n != expected {
		c.wrong("%d %s, expected %d", n, what, expected)
	}
}

// outcome: the return ended everywhere as its story wants.
func (c returnComparison) outcome() {
	at := map[string]string{"the story": string(c.Story.Outcome()), "Postgres": string(c.row.Outcome)}
	for i, run := range c.runs {
		at[fmt.Sprintf("run %d of its workflow", i+1)] = string(run.Result.Outcome)
	}
	c.same("the outcome", at)
	status := order.StatusReturnProcessed
	switch {
	case c.Story.Outcome() == order.ReturnCancelled:
		status = order.StatusReturnCancelled
	case !c.Story.IsProcessed():
		status = "" // nobody expects it
	}
	if c.ajio.Status != status {
		c.wrong("it is %q at Ajio, expected %q", c.ajio.Status, status)
	}
}

// parcelCame: the gateway took the QC of the parcel, and the warehouse knew what to expect.
func (c returnComparison) parcelCame() {
	if c.Story.HasParcel() && c.parcel.Status != warehousetest.Reported {
		c.wrong("its parcel is %q in the warehouse (%s)", c.parcel.Status, c.parcel.Answer)
	}
	expected := 0
	for _, item := range c.ajio.Items {
		expected += item.Units
	}
	if c.Story.IsAnnouncedFirst() && len(c.told) != expected {
		c.wrong("the warehouse was told to expect %d units, Ajio expects %d", len(c.told), expected)
	}
}

// units: every unit of the parcel is the same to everybody, and as many are bad and missing as the story wants.
func (c returnComparison) units() {
	_, found := c.row.counted()
	c.agree("item", c.inParcel(), found, "in the parcel", "in Postgres")
	if !c.Story.IsProcessed() {
		return
	}
	atAjio, items := c.atAjio()
	inPostgres, _ := c.row.counted()
	c.agree("item", c.inParcel(), items, "in the parcel", "at Ajio")
	c.agree("line", atAjio, inPostgres, "at Ajio", "in Postgres")
	c.agree("line", atAjio, c.runs[0].counted(), "at Ajio", "in its workflow")
	bad, missing := c.Story.Unsound()
	if total := atAjio.total(); total.bad != bad || total.missing != missing {
		c.lost(max(total.bad-bad, bad-total.bad)+max(total.missing-missing, missing-total.missing),
			"%d bad and %d missing units at Ajio, expected %d and %d", total.bad, total.missing, bad, missing)
	}
	for _, item := range c.ajio.Items {
		if gone := item.Cancelled + item.Good + item.Bad + item.Missing; gone != item.Units {
			c.lost(max(gone-item.Units, item.Units-gone), "item %s: %d units announced, but %d checked or withdrawn", item.ReturnItemID, item.Units, gone)
		}
		for _, reason := range sorted(item.Reasons) {
			if reason != c.Story.Reason() {
				c.wrong("item %s: Ajio was given the reason %s, expected %q", item.ReturnItemID, reason, c.Story.Reason())
			}
		}
	}
}

func (c returnComparison) lost(units int, format string, args ...any) {
	c.r.UnitsLost += units
	c.wrong(format, args...)
}

// agree compares two counts, line by line or item by item.
func (c returnComparison) agree(what string, a, b by, here, there string) {
	keys := map[string]bool{}
	for key := range a {
		keys[key] = true
	}
	for key := range b {
		keys[key] = true
	}
	for _, key := range sorted(keys) {
		if differing := a[key].differs(b[key]); differing != 0 {
			c.lost(differing, "%s %s: %s %s, %s %s", what, key, a[key], here, b[key], there)
		}
	}
}

// posting: the ERP booked the units with their QC.
func (c returnComparison) posting() {
	if !c.Story.IsProcessed() {
		return
	}
	lines, _ := c.atAjio()
	passed, failed := order.Quantities{}, order.Quantities{}
	for _, unit := range c.erp.Units {
		if unit.QcStatus == increff.QCPass {
			passed[unit.OrderItemCode]++
		} else {
			failed[unit.OrderItemCode]++
		}
	}
	for _, line := range sorted(lines) {
		units := lines[line]
		if passed[line] != units.good || failed[line] != units.bad+units.missing {
			c.lost(max(1, units.total()-passed[line]-failed[line]), "line %s: %s at Ajio, %d passed and %d failed in the ERP", line, units, passed[line], failed[line])
		}
	}
	c.same("the settlement model", map[string]string{"the ERP": string(c.erp.SettlementModel), "the POB": string(c.Settlement), "Ajio": string(c.ajio.Model)})
}

// isCredited says that the ERP's credit note settles the return.
func (c returnComparison) isCredited() bool {
	return c.settledBy(order.CreditNoteModel)
}

// settledBy says that a document of this model settles the return: one that was processed and not given up, and has a good
// unit.
func (c returnComparison) settledBy(model order.SettlementModel) bool {
	lines, _ := c.atAjio()
	return c.Settlement == model && c.Story.IsProcessed() && c.Story.Outcome() == order.ReturnCompleted && lines.total().good > 0
}

// creditNote: one number, one IRN and one document everywhere, and no more than the units are worth.
func (c returnComparison) creditNote() {
	documents, note := c.row.DocumentsByKind[postgres.KindCreditNote], c.row.CreditNote
	if !c.isCredited() {
		if note != nil || c.ajio.CreditNoteNumber != "" {
			c.r.CreditNotesWrong++
			c.wrong("no credit note settles it, but Ajio has %q, and Postgres one: %t", c.ajio.CreditNoteNumber, note != nil)
		}
		return
	}
	if note == nil || c.ajio.CreditNoteDate == nil || documents != 1 {
		c.r.CreditNotesWrong++
		c.wrong("a credit note settles it; Postgres has one: %t, with %d documents, Ajio has %q", note != nil, documents, c.ajio.CreditNoteNumber)
		return
	}
	before := len(c.r.Mismatches)
	c.same("the credit note's number", map[string]string{"Ajio": c.ajio.CreditNoteNumber, "Postgres": note.Number, "the ERP": c.erp.Note.Number})
	c.same("the credit note's IRN", map[string]string{"Ajio": c.ajio.CreditNoteIRN, "Postgres": note.IRN, "the ERP": c.erp.Note.IRN})
	c.same("the credit note's date", map[string]string{
		"Ajio": c.ajio.CreditNoteDate.In(gst.IST).Format("2006-01-02"), "Postgres": note.Date.In(gst.IST).Format("2006-01-02"),
	})
	c.same("the credit note's value", map[string]string{"Postgres": note.Value.String(), "the ERP": c.erp.Note.Value.String()})
	if limit := c.value() + tolerance; note.Value > limit {
		c.wrong("credit note %s is over %s, the units are worth %s", note.Number, note.Value, c.value())
	}
	if c.ajio.CreditNoteSHA256 == "" && c.ajio.CreditNoteURL == "" {
		c.wrong("Ajio has no document of credit note %s", note.Number)
	}
	if len(c.r.Mismatches) > before {
		c.r.CreditNotesWrong++
	}
}

// tolerance is by how much totals may differ by rounding (contracts/gst-einvoice.md §7).
const tolerance order.Paise = 1_00

// value is what the units of the return cost by the purchase order.
func (c returnComparison) value() order.Paise {
	if c.row.PO == nil {
		return 0
	}
	lines, _ := c.atAjio()
	units := order.Quantities{}
	for line, checked := range lines {
		units[line] = checked.total()
	}
	return c.row.PO.Value(units)
}

// rsi: Ajio's return sales invoice is archived where it settles the return, and nowhere else.
func (c returnComparison) rsi() {
	due := c.settledBy(order.RSIModel)
	if archived := c.row.DocumentsByKind[postgres.KindRSI]; due && archived != 1 || !due && archived != 0 || due && c.row.RSINumber != c.ajio.RSINumber {
		c.r.RSIsWrong++
		c.wrong("Ajio's return sales invoice is %q, %d documents are archived, the last as %q", c.ajio.RSINumber, archived, c.row.RSINumber)
	}
}

// settlements: exactly the units that no document settles stand on the list, for the right reason.
func (c returnComparison) settlements() {
	due := map[string]int{}
	entry := func(why order.SettlementReason, item string, code order.QCCode) string {
		return fmt.Sprintf("item %s, %s, %s", item, code, why)
	}
	for _, unit := range c.parcel.Units {
		code, why := codeOf(unit), c.Story.Settlement()
		if why == "" && code != order.Good {
			why = order.SettleQC
		}
		if why != "" {
			due[entry(why, unit.SKU, code)]++
		}
	}
	listed := map[string]int{}
	for _, s := range c.row.Settlements {
		due[entry(s.Why, s.ItemCode, s.Code)] += 0
		listed[entry(s.Why, s.ItemCode, s.Code)] += s.Units
	}
	for _, key := range sorted(due) {
		if wrong := listed[key] - due[key]; wrong != 0 {
			c.r.SettlementsWrong += max(wrong, -wrong)
			c.wrong("%s: %d units stand on the settlement list, expected %d", key, listed[key], due[key])
		}
	}
}
