package ajiotest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"vmsflow/internal/ajio/wire"
	"vmsflow/internal/order"
)

// readReturns answers GET P/return, newest last: by status and type, by return ids or by order ids (§7.1).
func (s *Server) readReturns(asked request) reply {
	page, refused := s.paging(asked.query)
	if refused != nil {
		return *refused
	}
	ids, orderIDs := list(asked.query.Get(wire.QueryReturnIDs)), list(asked.query.Get(wire.QueryOrderIDs))
	if len(ids) > wire.MaxReturnIDs || len(orderIDs) > wire.MaxReturnIDs {
		return envelope(http.StatusBadRequest, simLimit, "%d return ids and %d order ids in one call, at most %d", len(ids), len(orderIDs), wire.MaxReturnIDs)
	}
	status, kind := asked.query.Get(wire.QueryReturnStatus), asked.query.Get(wire.QueryReturnType)
	rows, shown := []wire.Return{}, []string{}
	for _, r := range s.returns {
		switch {
		case r.Pob != asked.account.Pob, asked.now.Before(r.ListedAt):
		case status != "" && string(r.Status) != status:
		case kind != "" && wire.ReturnType(r.Kind) != kind:
		case ids != nil && !slices.Contains(ids, r.ReturnID):
		case orderIDs != nil && !slices.Contains(orderIDs, r.OrderID):
		default:
			rows = append(rows, s.returnRow(r))
		}
	}
	answer := cut(page, rows)
	for _, row := range answer.Orders {
		shown = append(shown, string(row.ReturnID))
	}
	return reply{body: answer, detail: map[string]any{
		"status": status, "type": kind, "by_id": ids != nil || orderIDs != nil, "page": page.number,
		"rows": len(answer.Orders), "total": len(rows), "return_ids": shown,
	}}
}

// list reads a comma list, nil when there is none.
func list(text string) []string {
	if text == "" {
		return nil
	}
	return strings.Split(text, ",")
}

func (s *Server) returnRow(r *returned) wire.Return {
	row := wire.Return{
		ReturnID: wire.Text(r.ReturnID), ReturnDate: wire.At(r.ReturnDate), OrderID: wire.Text(r.OrderID),
		Type: wire.Text(wire.ReturnType(r.Kind)), Status: wire.Text(r.Status), TrackingNumber: wire.Text(r.TrackingNumber),
	}
	if s.options.Quirks.UnknownValues {
		row.Status = "SIM_NEW_STATUS"
	}
	if s.options.Quirks.LateCarrier && r.DeliveredAt == nil {
		row.TrackingNumber = ""
	}
	for i, item := range r.Items {
		row.Items = append(row.Items, wire.ReturnItem{
			ReturnItemID: wire.Text(item.ReturnItemID), OrderItemID: wire.Text(item.OrderItemID),
			Quantity: wire.Count(item.Units), Cancelled: wire.Count(item.Cancelled), Item: r.articles[i].item(),
		})
	}
	return row
}

// reasons are the matrix of codes and reasons (§7.3, assumed).
var reasons = map[order.QCCode][]string{
	order.Good:    {""},
	order.Bad:     {order.QCDamaged, order.QCUsed, order.QCWrongItem, order.QCTagMissing},
	order.Missing: {order.QCNotReceived},
}

// createRTO answers POST P/return/rto (§7.2): one RTO per order, over everything that was shipped.
func (s *Server) createRTO(asked request) reply {
	var body wire.RTO
	if err := json.Unmarshal(asked.body, &body); err != nil || body.OrderID == "" {
		return envelope(http.StatusBadRequest, simBadRequest, "the body is not an RTO")
	}
	o := s.find(asked, body.OrderID)
	switch {
	case o == nil:
		return failedReturn("", simUnknownOrder, "there is no order %s", body.OrderID)
	case !o.shipped():
		return failedReturn("", simState, "order is %s", o.Status)
	}
	if earlier := s.rtoOf(o.Pob, o.OrderID); earlier != nil {
		earlier.RTOCount++
		return failedReturn(earlier.ReturnID, simAlreadyDone, "the order comes back as %s", earlier.ReturnID)
	}
	units, qc := map[string]int{}, map[order.QCCode]int{}
	for _, item := range body.Items {
		line := o.line(item.OrderItemID)
		if line == nil || line.ItemCode != item.ItemID {
			return failedReturn("", simBadRequest, "item %q of line %q is not in the order", item.ItemID, item.OrderItemID)
		}
		if problem := fault(item.QCCode, item.Reason, int(item.Quantity)); problem != "" {
			return failedReturn("", simBadRequest, "line %s: %s", item.OrderItemID, problem)
		}
		units[item.ItemID] += int(item.Quantity)
		qc[item.QCCode] += int(item.Quantity)
	}
	shipped := map[string]int{}
	a := Announcement{OrderID: o.OrderID, Pob: o.Pob, Kind: order.RTO, Status: order.StatusReturnCreated}
	for _, line := range o.Lines {
		shipped[line.ItemCode] += line.Invoiced
		if line.Invoiced > 0 {
			a.Lines = append(a.Lines, AnnouncedLine{OrderItemID: line.OrderItemID, ItemCode: line.ItemCode, Units: line.Invoiced})
		}
	}
	for item, n := range shipped {
		if units[item] != n {
			return failedReturn("", simQuantity, "item %s: QC of %d units, %d were shipped", item, units[item], n)
		}
	}
	r := must(s.makeReturn(a, asked.now))
	r.BySeller, r.RTOCount, r.ListedAt = true, 1, asked.now.Add(s.options.RTODelay)
	return reply{
		body: wire.ReturnAnswer{ReturnID: wire.Text(r.ReturnID), Outcome: done()}, effect: true,
		detail: map[string]any{"return_order_id": r.ReturnID, "qc": qc},
	}
}

// fault says what is wrong with a row of a QC, "" for nothing.
func fault(code order.QCCode, reason string, units int) string {
	for _, allowed := range reasons[code] {
		if reason == allowed && units > 0 {
			return ""
		}
	}
	return "not a number of units with a qc_code and one of its reasons: " + string(code) + " " + reason
}

// performQC answers POST P/return/qc (§7.3): once, with every expected unit.
func (s *Server) performQC(asked request) reply {
	var body wire.QC
	if err := json.Unmarshal(asked.body, &body); err != nil || body.ReturnID == "" {
		return envelope(http.StatusBadRequest, simBadRequest, "the body is not a QC")
	}
	r := s.findReturn(asked, body.ReturnID)
	if r == nil {
		return failedReturn(body.ReturnID, simUnknownOrder, "there is no return %s", body.ReturnID)
	}
	r.QCCount++
	switch {
	case r.Status == order.StatusReturnProcessed:
		return failedReturn(r.ReturnID, simAlreadyDone, "the return is processed")
	case !r.Status.TakesQC():
		return failedReturn(r.ReturnID, simState, "return is %s", r.Status)
	}
	units, qc := map[string]int{}, map[order.QCCode]int{}
	for _, item := range body.Items {
		if r.item(item.ReturnItemID) == nil {
			return failedReturn(r.ReturnID, simBadRequest, "item %q is not in the return", item.ReturnItemID)
		}
		if problem := fault(item.QCCode, item.Reason, int(item.Quantity)); problem != "" {
			return failedReturn(r.ReturnID, simBadRequest, "item %s: %s", item.ReturnItemID, problem)
		}
		units[item.ReturnItemID] += int(item.Quantity)
		qc[item.QCCode] += int(item.Quantity)
	}
	for _, item := range r.Items {
		if units[item.ReturnItemID] != item.expected() {
			return failedReturn(r.ReturnID, simQuantity, "item %s: QC of %d units, %d are expected", item.ReturnItemID, units[item.ReturnItemID], item.expected())
		}
	}
	s.process(r, body, asked.now, qc[order.Good] > 0)
	return reply{
		body: wire.ReturnAnswer{ReturnID: wire.Text(r.ReturnID), Outcome: done()}, effect: true,
		detail: map[string]any{"order_id": r.OrderID, "qc": qc},
	}
}

// process books the QC. A return with good units gets its invoice, where that is its model.
func (s *Server) process(r *returned, body wire.QC, at time.Time, anyGood bool) {
	for _, checked := range body.Items {
		item, units := r.item(checked.ReturnItemID), int(checked.Quantity)
		switch checked.QCCode {
		case order.Good:
			item.Good += units
		case order.Bad:
			item.Bad += units
		case order.Missing:
			item.Missing += units
		}
		if checked.Reason != "" {
			if item.Reasons == nil {
				item.Reasons = map[string]int{}
			}
			item.Reasons[checked.Reason] += units
		}
	}
	r.Status, r.QCAt = order.StatusReturnProcessed, &at
	if r.Model == order.RSIModel && anyGood {
		due := at.Add(s.options.RSIDelay)
		s.rsiCount++
		r.RSIAt, r.RSINumber = &due, fmt.Sprintf("RSI%s%04d", due.UTC().Format("060102"), s.rsiCount)
	}
}

// failedReturn is a failure inside HTTP 200 of a call about a return. It names the return where there is one.
func failedReturn(returnID, code, format string, args ...any) reply {
	refused := failed(code, format, args...)
	refused.body = wire.ReturnAnswer{ReturnID: wire.Text(returnID), Outcome: refused.body.(wire.Outcome)}
	return refused
}

func refuseReturn(request) reply { return failedReturn("", simState, "refused on demand") }
