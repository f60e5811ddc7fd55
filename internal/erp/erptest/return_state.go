package erptest

import (
	"time"

	"vmsflow/internal/order"
)

// ReturnState is one return in the books.
type ReturnState struct {
	ReturnOrderCode  string                `json:"return_order_code"`
	ForwardOrderCode string                `json:"forward_order_code"`
	Pob              string                `json:"pob"`
	OrderType        string                `json:"order_type,omitempty"`
	SettlementModel  order.SettlementModel `json:"settlement_model,omitempty"`
	// Messages are those that had an effect: one, or none as long as only a note that came too early is known.
	Messages []MessageState `json:"messages"`
	Units    []UnitState    `json:"units"`
	Note     NoteState      `json:"note"`
}

// UnitState is the QC of one unit as it was posted.
type UnitState struct {
	ItemCode      string `json:"item_code"`
	OrderItemCode string `json:"order_item_code"`
	SKU           string `json:"sku"`
	QcStatus      string `json:"qc_status"`
	QcReason      string `json:"qc_reason,omitempty"`
}

// NoteState is the credit note over a return.
type NoteState struct {
	Plan     Note        `json:"plan"`
	Status   Status      `json:"status"`
	Number   string      `json:"number,omitempty"`
	IRN      string      `json:"irn,omitempty"`
	Date     time.Time   `json:"date,omitzero"`
	Value    order.Paise `json:"value,omitempty"` // TotInvVal of the right note's QR
	Early    bool        `json:"early,omitempty"` // made before the QC was posted
	Attempts int         `json:"attempts"`        // of all documents
	// Answer is the gateway's refusal of the right document, or why there is none.
	Answer    string          `json:"answer,omitempty"`
	Documents []DocumentState `json:"documents,omitempty"`
}

func (e *returnEntry) state() ReturnState {
	state := ReturnState{
		ReturnOrderCode: e.code, ForwardOrderCode: e.order, Pob: e.pob,
		Messages: []MessageState{}, Units: []UnitState{}, Note: e.noteState(),
	}
	if e.posted == nil {
		return state
	}
	state.OrderType, state.SettlementModel = e.posted.OrderType, e.posted.OrderCustomAttributes.SettlementModel
	state.Messages = append(state.Messages, e.message)
	for _, item := range e.posted.OrderItems {
		unit := UnitState{
			ItemCode: item.ItemCode, OrderItemCode: item.OrderItemCode, SKU: item.ChannelSkuCode, QcStatus: item.QcStatus,
		}
		if item.QcReason != nil {
			unit.QcReason = *item.QcReason
		}
		state.Units = append(state.Units, unit)
	}
	return state
}

func (e *returnEntry) noteState() NoteState {
	state := NoteState{Plan: e.plan, Status: e.status, Answer: e.why}
	state.Documents, state.Attempts = documentStates(e.documents)
	if refused := rightAnswer(e.documents); refused != "" {
		state.Answer = refused
	}
	if e.note != nil {
		state.Number, state.IRN, state.Date, state.Early = e.note.number, e.note.qr.IRN, e.note.date, e.note.early
		state.Value = order.Paise(e.note.qr.TotalPaise)
	}
	return state
}
