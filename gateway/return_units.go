package main

import (
	"encoding/json"
	"fmt"
	"slices"

	"vmsflow/internal/increff"
	"vmsflow/internal/order"
	"vmsflow/internal/postgres"
	"vmsflow/workflows/contract"
)

// reported is what was accepted of a return's units, by the code of the unit. A unit keeps its first result.
type reported map[string]order.QCRow

// unitsIn reads the units of earlier calls.
func unitsIn(earlier []postgres.Message) (reported, error) {
	known := reported{}
	for _, message := range earlier {
		var report increff.ReturnProcessed
		if err := json.Unmarshal(message.Payload, &report); err != nil {
			return nil, fmt.Errorf("inbox row %d: %w", message.ID, err)
		}
		for _, row := range rowsOf(report) {
			if _, again := known[row.UnitCode]; !again {
				known[row.UnitCode] = row
			}
		}
	}
	return known, nil
}

// rowsOf reads the units of a call that was judged before.
func rowsOf(report increff.ReturnProcessed) []order.QCRow {
	rows := make([]order.QCRow, len(report.OrderItems))
	for i, item := range report.OrderItems {
		rows[i], _ = contract.QCRow(item)
	}
	return rows
}

// contradiction is a unit that was reported otherwise before.
type contradiction struct {
	at     int // in the call's orderItems
	unit   string
	fields []string // in which it differs, as the sender spells them
}

type contradictions []contradiction

// compare says whether a call names units that were not reported before, and which it contradicts.
func (known reported) compare(report increff.ReturnProcessed) (news bool, found contradictions) {
	for i, row := range rowsOf(report) {
		first, again := known[row.UnitCode]
		switch {
		case !again:
			news = true
		case first != row:
			found = append(found, contradiction{at: i, unit: row.UnitCode, fields: fieldsBetween(first, row)})
		}
	}
	return news, found
}

func fieldsBetween(first, second order.QCRow) (fields []string) {
	if first.ItemCode != second.ItemCode {
		fields = append(fields, "channelSkuCode")
	}
	if first.Pass != second.Pass {
		return append(fields, "qcStatus")
	}
	if first.Reason != second.Reason {
		fields = append(fields, "qcReason")
	}
	return fields
}

// problems are what the sender is told.
func (cs contradictions) problems() (problems broken) {
	for _, c := range cs {
		for _, field := range c.fields {
			problems.add(fmt.Sprintf("orderItems[%d].%s", c.at, field), "unit %s was reported otherwise before; that stays", c.unit)
		}
	}
	return problems
}

// units names them, short enough for a note.
func (cs contradictions) units() string {
	if len(cs) == 1 {
		return cs[0].unit
	}
	return fmt.Sprintf("%s and %d others", cs[0].unit, len(cs)-1)
}

func (cs contradictions) fields() (fields []string) {
	for _, c := range cs {
		fields = append(fields, c.fields...)
	}
	slices.Sort(fields)
	return slices.Compact(fields)
}
