package ajiotest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"vmsflow/internal/ajio/wire"
)

// acknowledge answers POST P/orders (§5.2).
func (s *Server) acknowledge(asked request) reply {
	var body wire.Acknowledgement
	if err := json.Unmarshal(asked.body, &body); err != nil || body.OrderID == "" {
		return envelope(http.StatusBadRequest, simBadRequest, "the body is not an acknowledgement")
	}
	confirmed, content := map[string]int{}, body.Status
	for _, line := range body.Lines {
		confirmed[line.OrderItemID] = line.Confirmed
		if line.Confirmed != 0 || line.Cancelled != 0 {
			content += fmt.Sprintf("|%s:%d:%d", line.OrderItemID, line.Confirmed, line.Cancelled)
		}
	}
	detail := map[string]any{"status": body.Status, "confirmed": confirmed}
	refuse := func(code, format string, args ...any) reply {
		return refusedItem(body.OrderID, code, detail, format, args...)
	}
	o := s.find(asked, body.OrderID)
	switch {
	case o == nil:
		return refuse(simUnknownOrder, "there is no order %s", body.OrderID)
	case o.ackContent == content:
		return reply{body: acked(body), detail: detail} // the same content again
	case o.AcknowledgedAt != nil:
		return refuse(simAlreadyDone, "the order was answered with other content before")
	case o.Status == wire.StatusCancelled:
		return refuse(simCustomerCancelled, "the customer cancelled this order")
	}
	if code, problem := o.checkAck(body); problem != "" {
		return refuse(code, "%s", problem)
	}
	s.accept(o, body, content, asked.now)
	return reply{body: acked(body), effect: true, detail: detail}
}

// checkAck judges an acknowledgement: every line exactly once, confirmed + cancelled = ordered. A line that the
// customer emptied may be left out (§5.2, §11.1).
func (o *placed) checkAck(body wire.Acknowledgement) (code, problem string) {
	if body.Status != wire.AckAccept && body.Status != wire.AckCancel {
		return simBadRequest, fmt.Sprintf("status %q is neither %s nor %s", body.Status, wire.AckAccept, wire.AckCancel)
	}
	seen, confirmed := map[string]bool{}, 0
	for _, line := range body.Lines {
		ours := o.line(line.OrderItemID)
		switch {
		case ours == nil || seen[line.OrderItemID]:
			return simBadRequest, fmt.Sprintf("line %q is not in the order or stands twice", line.OrderItemID)
		case line.Confirmed < 0 || line.Cancelled < 0 || line.Confirmed+line.Cancelled != ours.wanted():
			return simQuantity, fmt.Sprintf("line %s: %d confirmed and %d cancelled of %d ordered", line.OrderItemID, line.Confirmed, line.Cancelled, ours.wanted())
		}
		seen[line.OrderItemID] = true
		confirmed += line.Confirmed
	}
	for _, line := range o.Lines {
		if line.wanted() > 0 && !seen[line.OrderItemID] {
			return simQuantity, fmt.Sprintf("line %s is missing", line.OrderItemID)
		}
	}
	if (confirmed == 0) != (body.Status == wire.AckCancel) {
		return simQuantity, fmt.Sprintf("%s with %d units confirmed", body.Status, confirmed)
	}
	return "", ""
}

func (s *Server) accept(o *placed, body wire.Acknowledgement, content string, now time.Time) {
	for _, line := range body.Lines {
		ours := o.line(line.OrderItemID)
		ours.Confirmed = line.Confirmed
		ours.SellerCancelled += line.Cancelled
	}
	o.AcknowledgedAt, o.Acknowledgement, o.ackContent, o.plans = &now, body.Status, content, nil
	if body.Status == wire.AckCancel {
		o.Status = wire.StatusCancelled
		return
	}
	o.Status = wire.StatusConfirmed
	delay := time.Duration(0)
	if s.options.PODelay != nil {
		delay = s.options.PODelay(o.OrderID)
	}
	if delay >= 0 {
		due := now.Add(delay)
		o.poDue = &due
	}
}

func acked(body wire.Acknowledgement) wire.AckAnswer {
	order := wire.AckedOrder{OrderID: wire.Text(body.OrderID), Status: wire.Text(body.Status), Lines: []wire.AckedLine{}}
	for _, line := range body.Lines {
		order.Lines = append(order.Lines, wire.AckedLine{
			OrderItemID: wire.Text(line.OrderItemID), Confirmed: wire.QuotedCount(line.Confirmed), Cancelled: wire.QuotedCount(line.Cancelled),
		})
	}
	return wire.AckAnswer{Success: []wire.AckedOrder{order}, FailedItems: []wire.FailedItem{}}
}

// refusedItem is a refusal among failed_items.
func refusedItem(orderID, code string, detail map[string]any, format string, args ...any) reply {
	message := code + ": " + fmt.Sprintf(format, args...)
	detail["refused"] = message
	return reply{detail: detail, body: wire.AckAnswer{
		Success: []wire.AckedOrder{}, FailedItems: []wire.FailedItem{{OrderID: wire.Text(orderID), ErrorMessage: wire.Text(message)}},
	}}
}

func refuseAcknowledge(asked request) reply {
	return refusedItem(keyOf(asked), simState, map[string]any{}, "refused on demand")
}
