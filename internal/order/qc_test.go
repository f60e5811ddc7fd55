package order_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"vmsflow/internal/order"
)

// theLines are two units of one line and one of another, of the same item, and one of a third.
var theLines = []order.ReturnLine{
	{OrderItemID: "L1", ReturnItemID: "R1", ItemCode: "A", Units: 2},
	{OrderItemID: "L2", ReturnItemID: "R2", ItemCode: "A", Units: 1},
	{OrderItemID: "L3", ReturnItemID: "R3", ItemCode: "B", Units: 1},
}

// said writes units as "code>line item result reason", those without a line as surplus.
func said(units []order.UnitResult) (texts []string) {
	for _, u := range units {
		texts = append(texts, strings.TrimSpace(fmt.Sprintf("%s>%s %s %s %s", u.UnitCode, u.ReturnItemID, u.ItemCode, u.Code, u.Reason)))
	}
	return texts
}

func TestTheRowsOfAWarehouseAreSpreadOverTheUnitsOfAReturn(t *testing.T) {
	t.Parallel()
	pass := func(code, item string) order.QCRow { return order.QCRow{UnitCode: code, ItemCode: item, Pass: true} }
	fail := func(code, item, reason string) order.QCRow {
		return order.QCRow{UnitCode: code, ItemCode: item, Reason: reason}
	}
	for name, c := range map[string]struct {
		rows       []order.QCRow
		finished   bool
		units      []string
		surplus    []string
		unreported int
	}{
		"a unit goes to the line that its code names": {
			rows:  []order.QCRow{pass("R2-1", "A"), pass("R1-2", "A"), pass("L3-1", "B")},
			units: []string{"R2-1>R2 A GOOD", "R1-2>R1 A GOOD", "L3-1>R3 B GOOD"}, unreported: 1,
		},
		"a code that names no line goes to the first with room for its item, after those that do": {
			rows:  []order.QCRow{pass("X-1", "A"), pass("1", "A"), pass("R1-1", "A")},
			units: []string{"R1-1>R1 A GOOD", "X-1>R1 A GOOD", "1>R2 A GOOD"}, unreported: 1,
		},
		"another article under a code that names a line is what is wrong with the unit": {
			rows:  []order.QCRow{fail("R3-1", "Z", "PRODUCT_MISMATCH")},
			units: []string{"R3-1>R3 B BAD WRONG_ITEM"}, unreported: 3,
		},
		"but a good one is no unit of that line": {
			rows:  []order.QCRow{pass("R3-1", "A"), pass("R3-2", "Z")},
			units: []string{"R3-1>R1 A GOOD"}, surplus: []string{"R3-2> Z GOOD"}, unreported: 3,
		},
		"what finds no room is surplus": {
			rows:  []order.QCRow{pass("R3-1", "B"), fail("R3-2", "B", "USED_PRODUCT"), pass("Z-1", "Z")},
			units: []string{"R3-1>R3 B GOOD"}, surplus: []string{"R3-2> B BAD USED", "Z-1> Z GOOD"}, unreported: 3,
		},
		"finished, the units that nobody named are missing": {
			rows: []order.QCRow{pass("R1-2", "A"), fail("R3-1", "B", "PRODUCT_MISSING")}, finished: true,
			units: []string{"R1-2>R1 A GOOD", "R3-1>R3 B MISSING NOT_RECEIVED", ">R1 A MISSING NOT_RECEIVED", ">R2 A MISSING NOT_RECEIVED"},
		},
		"unfinished, they are not reported yet": {unreported: 4},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			verdict := order.JudgeQC(theLines, c.rows, order.DefaultQCTable(), c.finished)
			require.Equal(t, c.units, said(verdict.Units))
			require.Equal(t, c.surplus, said(verdict.Surplus))
			require.Equal(t, c.unreported, verdict.Unreported)
		})
	}
}

func TestAResultRemembersItsRow(t *testing.T) {
	t.Parallel()
	rows := []order.QCRow{{UnitCode: "R1-1", ItemCode: "A", Pass: true}, {UnitCode: "R1-2", ItemCode: "A", Reason: "USED_PRODUCT"}}
	verdict := order.JudgeQC(theLines[:1], rows, order.DefaultQCTable(), true)
	for i, unit := range verdict.Units {
		row, ok := unit.Row()
		require.True(t, ok)
		require.Equal(t, rows[i], row)
	}
	_, ok := order.UnitResult{Code: order.Missing}.Row()
	require.False(t, ok)
}

func TestTheReasonsOfAWarehouseBecomeAjios(t *testing.T) {
	t.Parallel()
	table := order.DefaultQCTable()
	table["FIT_MISMATCH"] = order.QCRule{Code: order.Bad, Reason: order.QCUsed}
	for reason, want := range map[string]string{
		"PRODUCT_MISSING": "MISSING NOT_RECEIVED", "USED_PRODUCT": "BAD USED", "used_product ": "BAD USED", "TAG_MISSING": "BAD TAG_MISSING",
		"COLOUR_MISMATCH": "BAD WRONG_ITEM", "FABRIC_MISMATCH": "BAD WRONG_ITEM", "Sleeve_mismatch": "BAD WRONG_ITEM", "OTHER_BRAND": "BAD WRONG_ITEM",
		"FIT_MISMATCH": "BAD USED", "STAIN_DAMAGE": "BAD DAMAGED", "GLUE_ON_COLLAR": "BAD DAMAGED", "": "BAD DAMAGED",
	} {
		verdict := order.JudgeQC(theLines[:1], []order.QCRow{{UnitCode: "R1-1", ItemCode: "A", Reason: reason}}, table, false)
		require.Equal(t, []string{"R1-1>R1 A " + want}, said(verdict.Units), reason)
		require.Equal(t, reason, verdict.Units[0].Said, "the warehouse's word stays as it was")
	}
}
