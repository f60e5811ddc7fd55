package order

import (
	"fmt"
	"strings"
)

// QCCode is what Ajio is told of a unit that came back (contracts/ajio-vms.md §7.2, documented).
type QCCode string

// The QC codes.
const (
	Good    QCCode = "GOOD"    // sellable
	Bad     QCCode = "BAD"     // not sellable
	Missing QCCode = "MISSING" // not in the parcel
)

// Ajio's reasons for a QC code (contracts/ajio-vms.md §7.3, assumed). GOOD has none.
const (
	QCDamaged     = "DAMAGED"
	QCUsed        = "USED"
	QCWrongItem   = "WRONG_ITEM"
	QCTagMissing  = "TAG_MISSING"
	QCNotReceived = "NOT_RECEIVED"
)

// QCRow is what the warehouse says of one unit (contracts/increff-erp.md §4.2).
type QCRow struct {
	UnitCode string `json:"unit_code"` // returnItemCode: return or order item id, "-", running number
	ItemCode string `json:"item_code"` // channelSkuCode
	Pass     bool   `json:"pass"`
	Reason   string `json:"reason,omitempty"` // qcReason, with FAIL
}

// QCRule is what a reason of the warehouse means at Ajio.
type QCRule struct {
	Code   QCCode `json:"code"`
	Reason string `json:"reason"`
}

// QCTable gives the rule for each qcReason of a FAIL, in capitals; a reason that it does not name is WRONG_ITEM if it ends
// in _MISMATCH, and else OtherReason's.
type QCTable map[string]QCRule

// OtherReason is the key of a QCTable for reasons that have no row of their own: brands add theirs.
const OtherReason = "OTHER"

// DefaultQCTable is the mapping of contracts/increff-erp.md §4.2, assumed.
func DefaultQCTable() QCTable {
	return QCTable{
		"PRODUCT_MISSING": {Missing, QCNotReceived},
		"USED_PRODUCT":    {Bad, QCUsed},
		"TAG_MISSING":     {Bad, QCTagMissing},
		"OTHER_BRAND":     {Bad, QCWrongItem},
		OtherReason:       {Bad, QCDamaged},
	}
}

// rule is what becomes of a row.
func (t QCTable) rule(row QCRow) QCRule {
	if row.Pass {
		return QCRule{Code: Good}
	}
	reason := strings.ToUpper(strings.TrimSpace(row.Reason))
	if rule, named := t[reason]; named {
		return rule
	}
	if strings.HasSuffix(reason, "_MISMATCH") { // brands add their own (contracts/increff-erp.md §4.2, assumed)
		return QCRule{Code: Bad, Reason: QCWrongItem}
	}
	return t[OtherReason]
}

// UnitResult is the QC of one unit.
type UnitResult struct {
	UnitCode     string `json:"unit_code,omitempty"`      // the warehouse's returnItemCode; empty for a unit that no row names
	OrderItemID  string `json:"order_item_id,omitempty"`  // empty for a unit that belongs to no line
	ReturnItemID string `json:"return_item_id,omitempty"` // empty while Ajio has announced nothing
	ItemCode     string `json:"item_code"`
	Code         QCCode `json:"code"`
	Reason       string `json:"reason,omitempty"` // Ajio's word
	Said         string `json:"said,omitempty"`   // the warehouse's word
}

// ReturnLine is how many units of an order line a return brings back. ReturnItemID is empty for a parcel that Ajio has
// not announced.
type ReturnLine struct {
	OrderItemID  string `json:"order_item_id"`
	ReturnItemID string `json:"return_item_id,omitempty"`
	ItemCode     string `json:"item_code"`
	Units        int    `json:"units"`
}

// QCVerdict is what the warehouse's rows come to.
type QCVerdict struct {
	Units   []UnitResult `json:"units"`
	Surplus []UnitResult `json:"surplus,omitempty"` // units that the return has no room for
	// Unreported counts the units that no row names.
	Unreported int `json:"unreported,omitempty"`
}

// JudgeQC spreads the warehouse's rows over the units of a return. A row goes to the line that its UnitCode begins with,
// else to the first with room for its item, else it is surplus; the units that no row names are left out, and with
// finished they are MISSING.
func JudgeQC(lines []ReturnLine, rows []QCRow, table QCTable, finished bool) QCVerdict {
	var verdict QCVerdict
	room := make([]int, len(lines))
	for i, line := range lines {
		room[i] = line.Units
	}
	place := func(row QCRow, fits func(ReturnLine) bool) bool {
		for i, line := range lines {
			if room[i] > 0 && fits(line) {
				room[i]--
				verdict.Units = append(verdict.Units, table.result(row, line))
				return true
			}
		}
		return false
	}
	var loose []QCRow
	for _, row := range rows {
		// A unit that failed may be another article than the line's: that is what is wrong with it.
		named := func(line ReturnLine) bool {
			return names(row.UnitCode, line) && (line.ItemCode == row.ItemCode || !row.Pass)
		}
		if !place(row, named) {
			loose = append(loose, row)
		}
	}
	for _, row := range loose {
		if !place(row, func(line ReturnLine) bool { return line.ItemCode == row.ItemCode }) {
			verdict.Surplus = append(verdict.Surplus, table.result(row, ReturnLine{ItemCode: row.ItemCode}))
		}
	}
	for i, line := range lines {
		for range room[i] {
			if finished {
				missing := UnitResult{OrderItemID: line.OrderItemID, ReturnItemID: line.ReturnItemID, ItemCode: line.ItemCode}
				missing.Code, missing.Reason = Missing, QCNotReceived
				verdict.Units = append(verdict.Units, missing)
			} else {
				verdict.Unreported++
			}
		}
	}
	return verdict
}

func (t QCTable) result(row QCRow, line ReturnLine) UnitResult {
	rule := t.rule(row)
	return UnitResult{
		UnitCode: row.UnitCode, OrderItemID: line.OrderItemID, ReturnItemID: line.ReturnItemID, ItemCode: line.ItemCode,
		Code: rule.Code, Reason: rule.Reason, Said: row.Reason,
	}
}

// Row is the row that a result was made of; ok is false for a unit that no row named.
func (u UnitResult) Row() (row QCRow, ok bool) {
	return QCRow{UnitCode: u.UnitCode, ItemCode: u.ItemCode, Pass: u.Code == Good, Reason: u.Said}, u.UnitCode != ""
}

// names says whether a unit code belongs to a line: "<return or order item id>-<running number>"
// (contracts/increff-erp.md §1 and §8.1, assumed).
func names(unitCode string, line ReturnLine) bool {
	i := strings.LastIndexByte(unitCode, '-')
	if i < 0 {
		return false
	}
	id := unitCode[:i]
	return id == line.ReturnItemID || id == line.OrderItemID
}

// UnitCode names the n-th unit of a line, counted from 1.
func UnitCode(line ReturnLine, n int) string {
	id := line.ReturnItemID
	if id == "" {
		id = line.OrderItemID
	}
	return fmt.Sprintf("%s-%d", id, n)
}

// Count counts units by line that have this code.
func Count(units []UnitResult, code QCCode) Quantities {
	count := Quantities{}
	for _, unit := range units {
		if unit.Code == code && unit.OrderItemID != "" {
			count[unit.OrderItemID]++
		}
	}
	return count
}

// ReturnLines lists the units of an expectation line by line; rows without any are left out.
func (e Expectation) ReturnLines() []ReturnLine {
	var lines []ReturnLine
	for _, item := range e.Items {
		if item.Units > 0 {
			lines = append(lines, ReturnLine{
				OrderItemID: item.OrderItemID, ReturnItemID: item.ReturnItemID, ItemCode: item.ItemCode, Units: item.Units,
			})
		}
	}
	return lines
}

// ReturnLines lists what a parcel that comes back unannounced should hold: all that was shipped.
func (s Shipped) ReturnLines() []ReturnLine {
	var lines []ReturnLine
	for _, line := range s.Lines {
		if units := s.Quantities[line.OrderItemID]; units > 0 {
			lines = append(lines, ReturnLine{OrderItemID: line.OrderItemID, ItemCode: line.ItemCode, Units: units})
		}
	}
	return lines
}
