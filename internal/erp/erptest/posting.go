package erptest

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"time"

	"vmsflow/internal/erp"
	"vmsflow/internal/increff"
	"vmsflow/internal/increff/increfftest"
	"vmsflow/internal/simulate"
)

// entry is what the ERP knows of one order.
type entry struct {
	created   erp.OrderMessage
	messages  []MessageState
	behaviour Behaviour
	cancelled bool
	invoice   *invoice    // nil until it is made
	documents []*document // what was posted, by step
	status    Status
}

// posting takes one message at POST /orders.
func (s *Server) posting(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return // the caller is gone
	}
	var message erp.OrderMessage
	malformed := json.Unmarshal(body, &message)

	name := callName(message.EventType)
	call := simulate.Call{
		System: "erp", Name: name, Client: message.LocationCode, Key: message.OrderCode, Fault: s.Faults.Draw(name),
		Detail: detail(map[string]any{
			"message_id": message.MessageID, "purchase_order": message.OrderCustomAttributes.PurchaseOrderNumber,
			"quantities": quantities(message.OrderItems),
		}),
	}
	s.receive(w, r, &call, func(w http.ResponseWriter) (bool, func()) {
		if malformed != nil {
			s.refuse(w, "posting", []string{malformed.Error()})
			return false, nil
		}
		return s.take(w, message, string(body))
	})
}

// receive lets a posting through to take, unless a fault is due or the credential is wrong.
func (s *Server) receive(
	w http.ResponseWriter, r *http.Request, call *simulate.Call, take func(http.ResponseWriter) (effect bool, next func()),
) {
	noted := s.Ledger.Note(w, call)
	var next func()
	switch {
	case call.Fault == simulate.TokenExpired:
		s.expireToken()
		increfftest.Refuse(noted, http.StatusUnauthorized, increff.Unauthorized, "Token expired")
	case !s.signedIn(r):
		increfftest.Refuse(noted, http.StatusUnauthorized, increff.Unauthorized, "Wrong credential")
	case s.Faults.Refuses(call, call.Key):
		increfftest.BadData(noted, "partnerCode: no such customer")
	default:
		s.Faults.Serve(call.Fault, noted, r, func(w http.ResponseWriter, _ *http.Request) {
			call.Effect, next = take(w)
		})
	}
	if next != nil { // after the answer, or the invoice could stand in the ledger before its order
		next()
	}
}

func callName(event string) string {
	switch event {
	case erp.OutwardOrderCreate:
		return CallCreate
	case erp.OutwardOrderCancel:
		return CallCancel
	default:
		return CallOther
	}
}

// take gives a message its effect, once, and says what the ERP does next.
func (s *Server) take(w http.ResponseWriter, m erp.OrderMessage, body string) (effect bool, next func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.seen(m.MessageID, body, "order "+m.OrderCode) {
		return false, nil // 200, dropped
	}
	known := s.orders[m.OrderCode]
	switch {
	case m.EventType == erp.OutwardOrderCreate && known != nil:
		s.violated("order %s: a second CREATE, message %d", m.OrderCode, m.MessageID)
		return false, nil
	case m.EventType == erp.OutwardOrderCreate:
		if broken := brokenCreate(m); broken != nil {
			s.refuseLocked(w, "order "+m.OrderCode, broken)
			return false, nil
		}
		return true, s.create(m, body)
	case m.EventType == erp.OutwardOrderCancel && known == nil:
		s.refuseLocked(w, "order "+m.OrderCode, []string{"CANCEL before CREATE"})
		return false, nil
	case m.EventType == erp.OutwardOrderCancel && known.cancelled:
		s.violated("order %s: a second CANCEL, message %d", m.OrderCode, m.MessageID)
		return false, nil
	case m.EventType == erp.OutwardOrderCancel:
		if broken := brokenCancel(m, known.created); broken != nil {
			s.refuseLocked(w, "order "+m.OrderCode, broken)
			return false, nil
		}
		return true, s.cancel(known, m, body)
	default:
		s.refuseLocked(w, "order "+m.OrderCode, []string{"eventType: " + m.EventType + " is not sent for Ajio VMS"})
		return false, nil
	}
}

// seen says whether a message came before. The caller holds the lock.
func (s *Server) seen(messageID int64, body, about string) bool {
	first, seen := s.messages[messageID]
	if seen && first != body {
		s.violated("%s: message %d was repeated with other content", about, messageID)
	}
	return seen
}

// create books the order; afterwards its invoice is due.
func (s *Server) create(m erp.OrderMessage, body string) (next func()) {
	e := &entry{created: m, behaviour: Full, status: Pending}
	if s.options.Behaviour != nil {
		if chosen := s.options.Behaviour(m.OrderCode); chosen != "" {
			e.behaviour = chosen
		}
	}
	s.remember(e, m, body)
	s.orders[m.OrderCode] = e
	s.arrival = append(s.arrival, e)
	delay := s.options.InvoiceDelay
	if e.behaviour == Never || e.behaviour == AfterCancel {
		return nil
	}
	if e.behaviour == Late {
		delay += s.options.LateBy
	}
	return func() { s.deliver(s.invoicing(e), 0, delay) }
}

// cancel books the cancellation. An ordinary ERP stops here; AfterCancel posts its invoice now.
func (s *Server) cancel(e *entry, m erp.OrderMessage, body string) (next func()) {
	e.cancelled = true
	s.remember(e, m, body)
	if e.behaviour != AfterCancel {
		if e.status == Pending {
			e.status = Withheld
		}
		return nil
	}
	return func() { s.deliver(s.invoicing(e), 0, s.options.InvoiceDelay) }
}

func (s *Server) remember(e *entry, m erp.OrderMessage, body string) {
	s.messages[m.MessageID] = body
	e.messages = append(e.messages, MessageState{MessageID: m.MessageID, EventType: m.EventType, At: time.Now()})
}

func (s *Server) refuse(w http.ResponseWriter, about string, broken []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refuseLocked(w, about, broken)
}

func (s *Server) refuseLocked(w http.ResponseWriter, about string, broken []string) {
	s.violated("%s: %s", about, increff.Describe(broken...))
	increfftest.BadData(w, broken...)
}

// brokenCreate lists what an ERP could not book.
func brokenCreate(m erp.OrderMessage) []string {
	var broken []string
	for field, value := range map[string]string{
		"orderCode": m.OrderCode, "locationCode": m.LocationCode, "partnerCode": m.PartnerCode,
		"purchaseOrderNumber": m.OrderCustomAttributes.PurchaseOrderNumber,
		"sellerGstin":         m.OrderCustomAttributes.SellerGstin,
		"partnerGstin":        m.OrderCustomAttributes.PartnerGstin,
	} {
		if value == "" {
			broken = append(broken, field+": missing")
		}
	}
	if m.MessageID == 0 {
		broken = append(broken, "messageId: missing")
	}
	if len(m.OrderItems) == 0 {
		broken = append(broken, "orderItems: empty")
	}
	for _, item := range m.OrderItems {
		switch {
		case item.OrderedQuantity <= 0 || item.CancelledQuantity != 0:
			broken = append(broken, item.OrderItemCode+": only final quantities are posted")
		case item.SellingPricePerUnit == nil || item.OrderItemCustomAttributes == nil:
			broken = append(broken, item.OrderItemCode+": no price or no channelMetadata")
		}
	}
	return broken
}

// brokenCancel lists where a cancellation is not that of the whole order.
func brokenCancel(m, created erp.OrderMessage) []string {
	ordered := map[string]int{}
	for _, item := range created.OrderItems {
		ordered[item.OrderItemCode] = item.OrderedQuantity
	}
	var broken []string
	for _, item := range m.OrderItems {
		if item.CancelledQuantity != ordered[item.OrderItemCode] || item.OrderedQuantity != item.CancelledQuantity {
			broken = append(broken, fmt.Sprintf("%s: %d of %d units cancelled, only the whole order can be",
				item.OrderItemCode, item.CancelledQuantity, ordered[item.OrderItemCode]))
		}
		delete(ordered, item.OrderItemCode)
	}
	for code := range ordered {
		broken = append(broken, code+": missing in the cancellation")
	}
	return broken
}

// quantities are the units of a posting by orderItemCode, less the cancelled ones.
func quantities(items []erp.OrderItem) map[string]int {
	units := map[string]int{}
	for _, item := range items {
		units[item.OrderItemCode] += item.OrderedQuantity - item.CancelledQuantity
	}
	return units
}

func detail(v any) json.RawMessage {
	encoded, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("erptest: %v", err))
	}
	return encoded
}
