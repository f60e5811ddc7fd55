package ajiotest

import (
	"encoding/json"
	"net/http"
	"strings"

	"vmsflow/internal/ajio/wire"
)

// readOrders answers GET P/orders in both forms: by ids, or by status for sweeps (§5.3). Orders that are neither
// acknowledged nor cancelled are not in it, nor are those of other POBs.
func (s *Server) readOrders(asked request) reply {
	page, refused := s.paging(asked.query)
	if refused != nil {
		return *refused
	}
	var found []*placed
	detail := map[string]any{}
	switch ids, status := asked.query.Get(wire.QueryOrderIDs), asked.query.Get(wire.QueryOrderStatus); {
	case ids != "":
		list := strings.Split(ids, ",")
		if len(list) > wire.MaxOrderIDs {
			return envelope(http.StatusBadRequest, simLimit, "%d order ids in one call, at most %d", len(list), wire.MaxOrderIDs)
		}
		detail["asked"] = list
		seen := map[string]bool{}
		for _, id := range list {
			if o := s.find(asked, id); o != nil && o.Status != Pending && !seen[id] {
				seen[id] = true
				found = append(found, o)
			}
		}
	case status != "":
		detail["status"] = status
		for _, o := range s.orders {
			if o.Pob != asked.account.Pob {
				continue
			}
			if s.settle(o, asked.now); o.Status == wire.Status(status) {
				found = append(found, o)
			}
		}
	default:
		return envelope(http.StatusBadRequest, simBadRequest, "either %s or %s is needed", wire.QueryOrderIDs, wire.QueryOrderStatus)
	}
	rows := make([]wire.OrderDetails, 0, len(found))
	for _, o := range found {
		rows = append(rows, s.details(asked, o))
	}
	answer := cut(page, rows)
	detail["rows"] = len(answer.Orders)
	return reply{body: answer, detail: detail}
}

// details shows an order; the fields of the PO are null until it came.
func (s *Server) details(asked request, o *placed) wire.OrderDetails {
	row := wire.OrderDetails{
		OrderID: wire.Text(o.OrderID), OrderDate: wire.At(o.OrderTime), Status: wire.Text(o.Status),
		PaymentMethod: wire.Text(o.PaymentMethod), Carrier: wire.Text(o.Carrier), TrackingNumber: wire.Text(o.TrackingNumber),
	}
	if s.options.Quirks.UnknownValues {
		row.Status = "SIM_NEW_STATUS"
	}
	hasPO := o.PONumber != ""
	if hasPO {
		row.PONumber, row.PODate = wire.Text(o.PONumber), wire.At(*o.POAt)
		if !s.options.Quirks.NoBuyerGSTIN {
			row.BuyerGSTIN = wire.Text(o.buyerGSTIN)
		}
		row.POAmount, row.TotalTax = &o.POAmount, &o.totalTax
		row.POPDFURL = s.link(asked, "po", o.OrderID)
	}
	for i, line := range o.Lines {
		article := o.articles[i]
		shown := wire.DetailsLine{
			OrderItemID: wire.Text(line.OrderItemID), Quantity: wire.Count(line.Ordered), MRP: &article.MRP,
			BasePrice: &article.BasePrice, HSN: wire.Text(article.HSN), CustomerCancelled: wire.Count(line.CustomerCancelled),
			SellerCancelled: wire.Count(line.SellerCancelled), ShortPicked: wire.Count(line.ShortPicked), Item: article.item(),
		}
		if hasPO {
			tax := s.taxOf(o, i) // of what is still live: cancelled and short-picked units bear none
			shown.Tax = &tax
		}
		row.Lines = append(row.Lines, shown)
	}
	return row
}

// cancel answers POST P/orders/cancel (§5.4). Ajio knows of an e-invoice only from the generate call on, and from
// then on nothing can be cancelled; that it may not be cut before is the seller's own rule.
func (s *Server) cancel(asked request) reply {
	var body wire.Cancellation
	if err := json.Unmarshal(asked.body, &body); err != nil || body.OrderID == "" {
		return envelope(http.StatusBadRequest, simBadRequest, "the body is not a cancellation")
	}
	o := s.find(asked, body.OrderID)
	switch {
	case o == nil:
		return failed(simUnknownOrder, "there is no order %s", body.OrderID)
	case o.Status != wire.StatusConfirmed:
		return failed(simState, "order is %s", o.Status)
	case body.Reason != wire.ReasonOutOfStock && body.Reason != wire.ReasonDamaged && body.Reason != wire.ReasonSellerRequest:
		return failed(simBadRequest, "unknown reason %q", body.Reason)
	case len(body.Lines) == 0:
		return failed(simQuantity, "no units to cancel")
	}
	units := map[string]int{}
	for _, line := range body.Lines {
		ours := o.line(line.OrderItemID)
		switch {
		case ours == nil || units[line.OrderItemID] != 0:
			return failed(simBadRequest, "line %q is not in the order or stands twice", line.OrderItemID)
		case line.Cancelled <= 0 || line.Cancelled > ours.Live():
			return failed(simQuantity, "line %s: %d units of %d live ones", line.OrderItemID, line.Cancelled, ours.Live())
		}
		units[line.OrderItemID] = line.Cancelled
	}
	for id, n := range units {
		o.line(id).SellerCancelled += n
	}
	at := asked.now
	o.SellerCancelledAt = &at
	if o.units(LineState.Live) == 0 {
		o.Status = wire.StatusCancelled
	}
	return reply{
		body: wire.CancelAnswer{Outcome: done(), OrderID: o.OrderID}, effect: true,
		detail: map[string]any{"cancelled": units, "reason": body.Reason},
	}
}
