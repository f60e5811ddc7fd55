package erptest

import "time"

// Status is where the invoice of an order or the credit note of a return stands.
type Status string

// The states of an invoice or a note.
const (
	Pending  Status = "pending"  // not answered yet, or never to be sent
	Accepted Status = "accepted" // the gateway answered 200
	Refused  Status = "refused"  // the gateway answered 4xx; the ERP does not repeat that
	Withheld Status = "withheld" // the order was cancelled first; or a note's prices are not known
	NotDue   Status = "not_due"  // no note: nothing passed the QC, or Ajio invoices the return itself
)

// State is a snapshot of the ERP's books.
type State struct {
	Orders     []OrderState  `json:"orders"`
	Returns    []ReturnState `json:"returns"`
	Violations []string      `json:"violations"`
}

// OrderState is one order in the books.
type OrderState struct {
	OrderCode     string         `json:"order_code"`
	Pob           string         `json:"pob"`
	PurchaseOrder string         `json:"purchase_order"`
	Behaviour     Behaviour      `json:"behaviour"`
	Messages      []MessageState `json:"messages"`
	Cancelled     bool           `json:"cancelled"`
	Invoice       InvoiceState   `json:"invoice"`
}

// MessageState is one message that had an effect.
type MessageState struct {
	MessageID int64     `json:"message_id"`
	EventType string    `json:"event_type"`
	At        time.Time `json:"at"`
}

// InvoiceState is the invoice of an order.
type InvoiceState struct {
	Status     Status         `json:"status"`
	Number     string         `json:"number,omitempty"` // as posted
	IRN        string         `json:"irn,omitempty"`
	Date       time.Time      `json:"date,omitzero"`
	Partial    bool           `json:"partial,omitempty"`
	Quantities map[string]int `json:"quantities,omitempty"` // by SKU
	Attempts   int            `json:"attempts"`             // of all documents
	Answer     string         `json:"answer,omitempty"`     // the gateway's refusal of the right document
	// Documents are what was posted, spoilt ones included, in that order.
	Documents []DocumentState `json:"documents,omitempty"`
}

// DocumentState is one document that was posted, and the last answer to it.
type DocumentState struct {
	Variant  string `json:"variant"` // "right", or how it was spoilt
	Number   string `json:"number"`
	IRN      string `json:"irn"`
	URL      string `json:"url,omitempty"` // of the PDF, when it was not posted
	Attempts int    `json:"attempts"`
	Status   int    `json:"status"` // of the answer; 0 for none
	Answer   string `json:"answer,omitempty"`
}

// State returns a snapshot, orders as they arrived.
func (s *Server) State() State {
	s.mu.Lock()
	defer s.mu.Unlock()
	state := State{Orders: []OrderState{}, Returns: []ReturnState{}, Violations: append([]string{}, s.violations...)}
	for _, e := range s.arrival {
		state.Orders = append(state.Orders, OrderState{
			OrderCode: e.created.OrderCode, Pob: e.created.LocationCode,
			PurchaseOrder: e.created.OrderCustomAttributes.PurchaseOrderNumber,
			Behaviour:     e.behaviour, Cancelled: e.cancelled,
			Messages: append([]MessageState{}, e.messages...), Invoice: e.invoiceState(),
		})
	}
	for _, e := range s.returns {
		state.Returns = append(state.Returns, e.state())
	}
	return state
}

func (e *entry) invoiceState() InvoiceState {
	state := InvoiceState{Status: e.status, Answer: rightAnswer(e.documents)}
	state.Documents, state.Attempts = documentStates(e.documents)
	if e.invoice == nil {
		return state
	}
	state.Number, state.IRN, state.Date, state.Partial = e.invoice.number, e.invoice.qr.IRN, e.invoice.date, e.invoice.partial
	state.Quantities = map[string]int{}
	for _, line := range e.invoice.quantities {
		state.Quantities[line.ChannelSkuCode] = line.Quantity
	}
	return state
}

// documentStates are the documents as another process sees them, and how often they were posted altogether.
func documentStates(documents []*document) (states []DocumentState, attempts int) {
	for _, d := range documents {
		attempts += d.attempts
		states = append(states, DocumentState{
			Variant: string(d.variant), Number: d.number, IRN: d.irn, URL: d.url,
			Attempts: d.attempts, Status: d.reply.Status, Answer: d.answer(),
		})
	}
	return states, attempts
}

// rightAnswer is the gateway's refusal of the right document, empty for none.
func rightAnswer(documents []*document) string {
	for _, d := range documents {
		if d.variant == right && !d.reply.Again() {
			return d.answer()
		}
	}
	return ""
}
