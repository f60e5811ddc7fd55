package audit

import (
	"vmsflow/dev/simulator/world"
	"vmsflow/internal/ajio/ajiotest"
	"vmsflow/internal/erp/erptest"
	"vmsflow/internal/order"
)

// returnsOfStories: of each order come as many returns as its story wants, and every unit that was shipped is kept or was
// checked at Ajio, in the number that the story wants.
func returnsOfStories(f *facts, r *Report) {
	for _, o := range f.Cast {
		came, back := 0, order.Quantities{}
		for _, h := range f.homecomings {
			if h.OrderID == o.OrderID {
				came++
				lines, _ := h.atAjio()
				for line, units := range lines {
					back[line] += units.total()
				}
			}
		}
		if came != o.Return.Returns() {
			r.wrong("order %s (%s): %d returns came of it, expected %d", o.OrderID, o.Return, came, o.Return.Returns())
			continue
		}
		unitsKept(f.ajio[o.OrderID], o.Return, back, r)
	}
}

// unitsKept holds what came back of an order against what was shipped.
func unitsKept(o ajiotest.OrderState, story world.ReturnStory, back order.Quantities, r *Report) {
	lose := func(units int, format string, args ...any) {
		r.UnitsLost += max(units, -units)
		r.wrong("order %s (%s): "+format, append([]any{o.OrderID, story}, args...)...)
	}
	shipped := 0
	for _, line := range o.Lines {
		shipped += line.Invoiced
		kept := line.Invoiced - back[line.OrderItemID]
		if kept < 0 || kept > 0 && story.IsProcessed() && story != world.Kept && !story.Single() {
			lose(kept, "line %s: %d units shipped, but %d checked at Ajio", line.OrderItemID, line.Invoiced, back[line.OrderItemID])
		}
	}
	total, wanted := back.Total(), 0
	switch {
	case story == world.Kept, !story.IsProcessed():
	case story.Single():
		wanted = story.Returns()
	default:
		return // line by line, above
	}
	if total != wanted {
		lose(total-wanted, "%d of %d shipped units were checked at Ajio, expected %d", total, shipped, wanted)
	}
}

// everyReturnOnce: each return has one workflow, whose runs all ended as its story wants, and one row, and there are no
// others. One run is the rule; a second one is for what came after the end.
func everyReturnOnce(f *facts, r *Report) {
	known := map[string]bool{}
	rows := 0
	for _, h := range f.homecomings {
		known[h.workflowID()] = true
		rows += len(h.rows)
		c := returnComparison{homecoming: h, f: f, r: r}
		if n := len(h.runs); n < 1 || n > 2 {
			c.wrong("its workflow ran %d times, expected once, and once more for what comes after its end", n)
		}
		for i, run := range h.runs {
			attention := ""
			if i == len(h.runs)-1 {
				attention = h.Story.Attention()
			}
			switch {
			case run.Status != "Completed":
				c.wrong("its workflow is %s at stage %s (attention: %q)", run.Status, run.Stage, run.Attention)
			case run.Stage != string(order.ReturnEnded) || run.Attention != attention:
				c.wrong("its workflow is closed, but shows stage %s and attention %q", run.Stage, run.Attention)
			}
		}
		if n := len(h.rows); n != 1 {
			c.wrong("it has %d rows in Postgres, expected one", n)
		}
	}
	for _, run := range f.Runs {
		if !known[run.WorkflowID] {
			r.wrong("workflow %s is of a return that never came", run.WorkflowID)
		}
	}
	if rows != len(f.Postgres.Returns) {
		r.wrong("%d returns stand in Postgres, but only %d of them came", len(f.Postgres.Returns), rows)
	}
}

// everyReturnAgrees: Ajio, Postgres, Temporal, the ERP and the warehouse tell the same of each return, and it is what its
// story wants.
func everyReturnAgrees(f *facts, r *Report) {
	for _, h := range f.homecomings {
		if len(h.rows) != 1 || len(h.runs) == 0 || h.runs[0].Status != "Completed" {
			continue // everyReturnOnce has said so
		}
		c := returnComparison{homecoming: h, row: h.rows[0], f: f, r: r}
		c.outcome()
		c.parcelCame()
		c.units()
		c.posting()
		c.creditNote()
		c.rsi()
		c.settlements()
	}
}

// returnsToldOnce: Ajio takes each QC, RTO and credit note once, and no credit note number is used twice.
func returnsToldOnce(f *facts, r *Report) {
	qcs := countByKey(effects(f.Ajio.Calls, ajiotest.CallQC))
	rtos := countByKey(effects(f.Ajio.Calls, ajiotest.CallCreateRTO))
	notes := countByKey(effects(f.Ajio.Calls, ajiotest.CallCreditNote))
	postings := map[string]int{}
	for _, erp := range f.ERP {
		for id, n := range countByKey(effects(erp.Calls, erptest.CallReturn)) {
			postings[id] += n
		}
	}
	for _, h := range f.homecomings {
		c := returnComparison{homecoming: h, f: f, r: r}
		c.times("QCs were taken by Ajio", qcs[h.ReturnID], h.Story.IsProcessed(), &r.QCsTwice)
		if h.Kind == order.RTO {
			c.times("RTOs were made by Ajio for us", rtos[h.OrderID], h.Story == world.RTOUnannounced, &r.RTOsTwice)
		}
		c.times("credit notes were taken by Ajio", notes[h.ReturnID], c.isCredited(), &r.CreditNotesTwice)
		c.times("postings were booked by the ERP", postings[h.ReturnID], h.Story.IsProcessed(), &r.ERPMessagesTwice)
	}
	first := map[string]string{}
	for _, row := range f.Postgres.Returns {
		if row.CreditNote == nil {
			continue
		}
		if other, taken := first[row.CreditNote.IRN]; taken {
			r.CreditNotesTwice++
			r.wrong("return %s has credit note %s, which is that of return %s", row.ReturnID, row.CreditNote.Number, other)
		}
		first[row.CreditNote.IRN] = row.ReturnID
	}
}

// restocked are the units that passed the QC and can be sold again, by the warehouses. Units of which nobody knows whose they
// are stay out of the stock: those of a return that Ajio withdrew, and of an order that was never shipped.
func (f *facts) restocked() map[Item]int {
	units := map[Item]int{}
	for _, h := range f.homecomings {
		if h.Story.IsProcessed() {
			for sku, n := range h.parcel.Restocked {
				units[Item{h.Pob, sku}] += n
			}
		}
	}
	return units
}
