package audit

import (
	"fmt"

	"vmsflow/dev/simulator/world"
	"vmsflow/internal/ajio/ajiotest"
	"vmsflow/internal/erp/erptest"
	"vmsflow/internal/increff"
	"vmsflow/internal/order"
	"vmsflow/internal/warehouse/warehousetest"
	"vmsflow/workflows/contract"
)

// homecoming is one return with all that the systems tell of it.
type homecoming struct {
	world.Returned
	ajio   ajiotest.ReturnState // the zero value where Ajio does not know it
	erp    erptest.ReturnState  // likewise
	parcel warehousetest.ReturnState
	rows   []ReturnRow
	runs   []ReturnRun
	told   []warehousetest.Unit // what the warehouse was told to expect
}

func (h homecoming) workflowID() string {
	if h.Kind == order.RTO {
		return contract.RTOWorkflowID(h.Pob, h.OrderID)
	}
	return contract.ReturnWorkflowID(h.Pob, h.ReturnID)
}

// name is what people call it.
func (h homecoming) name() string {
	if h.ReturnID == "" {
		return "RTO of order " + h.OrderID
	}
	return "return " + h.ReturnID
}

// is says whether something under these two names is about the return: a return has its id, an RTO may have none.
func (h homecoming) is(returnID, orderID string) bool {
	if returnID == "" {
		return h.Kind == order.RTO && orderID == h.OrderID
	}
	return returnID == h.ReturnID
}

// gather finds what the systems tell of each return. Return ids are Ajio's and unique over its POBs, as order ids are.
func gather(e Evidence) []homecoming {
	var all []homecoming
	for _, returned := range e.Returned {
		h := homecoming{Returned: returned}
		for _, state := range e.Ajio.Returns {
			if h.is(state.ReturnID, state.OrderID) {
				h.ajio = state
			}
		}
		for _, erp := range e.ERP {
			for _, state := range erp.Returns {
				if h.is(state.ReturnOrderCode, state.ForwardOrderCode) {
					h.erp = state
				}
			}
		}
		for _, warehouse := range e.Warehouse {
			h = h.inWarehouse(warehouse)
		}
		for _, row := range e.Postgres.Returns {
			if h.is(row.ReturnID, row.OrderID) {
				h.rows = append(h.rows, row)
			}
		}
		for _, run := range e.Runs {
			if run.WorkflowID == h.workflowID() {
				h.runs = append(h.runs, run)
			}
		}
		all = append(all, h)
	}
	return all
}

// inWarehouse adds what a warehouse tells.
func (h homecoming) inWarehouse(warehouse Warehouse) homecoming {
	for _, state := range warehouse.Returns {
		if h.is(state.ReturnCode, state.OrderCode) {
			h.parcel = state
		}
	}
	for _, state := range warehouse.Expected {
		if state.ReturnCode == h.ReturnID {
			h.told = state.Units
		}
	}
	return h
}

// checked counts units by their QC.
type checked struct{ good, bad, missing int }

func (c checked) plus(code order.QCCode, units int) checked {
	switch code {
	case order.Good:
		c.good += units
	case order.Bad:
		c.bad += units
	case order.Missing:
		c.missing += units
	}
	return c
}

func (c checked) String() string {
	return fmt.Sprintf("%d good, %d bad, %d missing", c.good, c.bad, c.missing)
}

func (c checked) total() int { return c.good + c.bad + c.missing }

// differs counts the units by which two counts differ.
func (c checked) differs(other checked) int {
	abs := func(n int) int { return max(n, -n) }
	return max(abs(c.good-other.good), abs(c.bad-other.bad), abs(c.missing-other.missing))
}

// by counts units by something that they share, a line or an item.
type by map[string]checked

func (b by) add(key string, code order.QCCode, units int) {
	b[key] = b[key].plus(code, units)
}

func (b by) total() checked {
	var total checked
	for _, count := range b {
		total.good, total.bad, total.missing = total.good+count.good, total.bad+count.bad, total.missing+count.missing
	}
	return total
}

// atAjio counts a return's units by line and by item.
func (h homecoming) atAjio() (lines, items by) {
	lines, items = by{}, by{}
	for _, item := range h.ajio.Items {
		for code, units := range map[order.QCCode]int{order.Good: item.Good, order.Bad: item.Bad, order.Missing: item.Missing} {
			lines.add(item.OrderItemID, code, units)
			items.add(item.ItemCode, code, units)
		}
	}
	return lines, items
}

// counted gives them by line and by item, surplus units among the items.
func (row ReturnRow) counted() (lines, items by) {
	lines, items = by{}, by{}
	for _, unit := range row.Units {
		lines.add(unit.OrderItemID, unit.Code, 1)
		items.add(unit.ItemCode, unit.Code, 1)
	}
	for _, unit := range row.Surplus {
		items.add(unit.ItemCode, unit.Code, 1)
	}
	return lines, items
}

// counted gives them by line, as the workflow told them when it ended.
func (run ReturnRun) counted() by {
	lines := by{}
	for _, line := range run.Result.Lines {
		lines.add(line.OrderItemID, order.Good, line.Good)
		lines.add(line.OrderItemID, order.Bad, line.Bad)
		lines.add(line.OrderItemID, order.Missing, line.Missing)
	}
	return lines
}

// inParcel counts them as the warehouse found them, by item.
func (h homecoming) inParcel() by {
	items := by{}
	for _, unit := range h.parcel.Units {
		items.add(unit.SKU, codeOf(unit), 1)
	}
	return items
}

// codeOf is what a unit of a parcel must be at Ajio (contracts/increff-erp.md §4.2).
func codeOf(unit warehousetest.UnitState) order.QCCode {
	switch {
	case unit.QcStatus == increff.QCPass:
		return order.Good
	case unit.QcStatus == "" || unit.QcReason == increff.ProductMissing:
		return order.Missing
	default:
		return order.Bad
	}
}
