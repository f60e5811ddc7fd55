package erptest

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"time"

	"vmsflow/internal/erp"
	"vmsflow/internal/increff"
	"vmsflow/internal/order"
	"vmsflow/internal/simulate"
)

// returnEntry is what the ERP knows of one return.
type returnEntry struct {
	code, order, pob string
	posted           *erp.ReturnMessage // nil as long as the note is early
	message          MessageState
	plan             Note
	note             *note       // nil until it is made
	documents        []*document // what was posted, by step
	status           Status
	why              string // why there is no note
}

// returning takes one message at POST /returns.
func (s *Server) returning(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return // the caller is gone
	}
	var message erp.ReturnMessage
	malformed := json.Unmarshal(body, &message)
	call := simulate.Call{
		System: "erp", Name: CallReturn, Client: message.LocationCode, Key: message.ReturnOrderCode,
		Fault: s.Faults.Draw(CallReturn),
		Detail: detail(map[string]any{
			"message_id": message.MessageID, "order_code": message.ForwardOrderCode,
			"settlement_model": message.OrderCustomAttributes.SettlementModel, "units": message.OrderItems,
		}),
	}
	s.receive(w, r, &call, func(w http.ResponseWriter) (bool, func()) {
		if malformed != nil {
			s.refuse(w, "return posting", []string{malformed.Error()})
			return false, nil
		}
		return s.takeReturn(w, message, body)
	})
}

// takeReturn gives a message its effect, once, and says what the ERP does next.
func (s *Server) takeReturn(w http.ResponseWriter, m erp.ReturnMessage, body []byte) (effect bool, next func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	about := "return " + m.ReturnOrderCode
	if s.seen(m.MessageID, string(body), about) {
		return false, nil // 200, dropped
	}
	known := s.findReturn(m.ReturnOrderCode)
	if known != nil && known.posted != nil {
		s.violated("%s: a second posting, message %d", about, m.MessageID)
		return false, nil
	}
	if broken := append(brokenReturn(m, body), s.contradicts(m)...); broken != nil {
		s.refuseLocked(w, about, broken)
		return false, nil
	}
	s.messages[m.MessageID] = string(body)
	if known == nil {
		known = s.newReturn(m.ReturnOrderCode, m.ForwardOrderCode, m.LocationCode)
	}
	known.posted = &m
	known.message = MessageState{MessageID: m.MessageID, EventType: m.EventType, At: time.Now()}
	if known.note != nil {
		return true, nil // it came before the QC
	}
	return true, s.credit(known)
}

func (s *Server) newReturn(code, orderCode, pob string) *returnEntry {
	e := &returnEntry{code: code, order: orderCode, pob: pob, plan: NoteRight, status: Pending}
	if s.options.Note != nil {
		if chosen := s.options.Note(orderCode, code); chosen != "" {
			e.plan = chosen
		}
	}
	s.returns = append(s.returns, e)
	return e
}

// findReturn finds a return by its code, nil for none. The caller holds the lock.
func (s *Server) findReturn(code string) *returnEntry {
	for _, e := range s.returns {
		if e.code == code {
			return e
		}
	}
	return nil
}

// brokenReturn lists what an ERP could not book.
func brokenReturn(m erp.ReturnMessage, body []byte) []string {
	var broken []string
	attributes := m.OrderCustomAttributes
	for _, mandatory := range []struct{ field, value string }{
		{"returnOrderCode", m.ReturnOrderCode}, {"forwardOrderCode", m.ForwardOrderCode}, {"locationCode", m.LocationCode},
		{"purchaseOrderNumber", attributes.PurchaseOrderNumber}, {"invoiceNumber", attributes.InvoiceNumber},
		{"irn", attributes.Irn}, {"sellerGstin", attributes.SellerGstin}, {"partnerGstin", attributes.PartnerGstin},
	} {
		if mandatory.value == "" {
			broken = append(broken, mandatory.field+": missing")
		}
	}
	if m.MessageID == 0 || attributes.InvoiceDate.IsZero() || m.ReturnOrderTime.IsZero() || m.EventTime.IsZero() {
		broken = append(broken, "messageId, eventTime, returnOrderTime, invoiceDate: all four are mandatory")
	}
	if m.EventType != erp.ReturnOrderComplete || m.Status != "COMPLETED" || m.ChannelName != increff.ChannelName {
		broken = append(broken, fmt.Sprintf("eventType, status, channelName: %s, %s, %s", m.EventType, m.Status, m.ChannelName))
	}
	if m.OrderType != increff.CustomerReturn && m.OrderType != increff.ReturnToOrigin {
		broken = append(broken, "orderType: "+m.OrderType)
	}
	if model := attributes.SettlementModel; model != order.CreditNoteModel && model != order.RSIModel {
		broken = append(broken, "settlementModel: "+string(model))
	}
	var raw struct {
		Shipments json.RawMessage `json:"shipments"`
	}
	if json.Unmarshal(body, &raw) != nil || string(raw.Shipments) != "[]" {
		broken = append(broken, "shipments: is [] for Ajio VMS")
	}
	return append(broken, brokenUnits(m.OrderItems)...)
}

func brokenUnits(items []erp.ReturnItem) []string {
	if len(items) == 0 {
		return []string{"orderItems: empty"}
	}
	var broken []string
	seen := map[string]bool{}
	for _, item := range items {
		if item.ItemCode == "" || seen[item.ItemCode] {
			broken = append(broken, item.ItemCode+": itemCode is empty or stands twice; one row is one unit")
		}
		seen[item.ItemCode] = true
		passed := item.QcStatus == increff.QCPass && item.QcReason == nil
		failed := item.QcStatus == increff.QCFail
		if !passed && !failed || item.ImageUrls != nil || item.OrderItemCode == "" || item.ChannelSkuCode == "" {
			broken = append(broken, item.ItemCode+": orderItemCode, channelSkuCode, and PASS without qcReason or FAIL")
		}
	}
	return broken
}

// contradicts lists what of a return posting does not fit the order as the ERP has it. The caller holds the lock.
func (s *Server) contradicts(m erp.ReturnMessage) []string {
	e := s.orders[m.ForwardOrderCode]
	if e == nil {
		return nil
	}
	var broken []string
	if e.cancelled {
		broken = append(broken, "forwardOrderCode: cancelled")
	}
	if e.status == Accepted && e.invoice.qr.IRN != m.OrderCustomAttributes.Irn {
		broken = append(broken, "irn: the order's invoice has "+e.invoice.qr.IRN)
	}
	left, sku := quantities(e.created.OrderItems), map[string]string{}
	for _, item := range e.created.OrderItems {
		sku[item.OrderItemCode] = item.ChannelSkuCode
	}
	for _, other := range s.returns {
		if other.order == m.ForwardOrderCode && other.posted != nil {
			for _, item := range other.posted.OrderItems {
				left[item.OrderItemCode]--
			}
		}
	}
	for _, item := range m.OrderItems {
		left[item.OrderItemCode]--
		switch {
		case sku[item.OrderItemCode] != item.ChannelSkuCode:
			broken = append(broken, fmt.Sprintf("%s: orderItemCode %s is another SKU or none of the order", item.ItemCode, item.OrderItemCode))
		case left[item.OrderItemCode] < 0:
			broken = append(broken, item.ItemCode+": more units come back than were sold")
		}
	}
	return broken
}
