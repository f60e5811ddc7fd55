package activities

import (
	"context"

	"vmsflow/internal/order"
	"vmsflow/internal/postgres"
)

// Returns holds the activities on the books of returns.
type Returns struct {
	DB *postgres.DB
}

// FindForward reads what the return needs to know of its forward order. While the order is still on its way to the
// parcel the call fails and is repeated every minute: a return that is faster than its order waits for it.
func (a *Returns) FindForward(ctx context.Context, ref ReturnRef) (order.Shipped, error) {
	return order.Shipped{}, errNotBuilt
}

// RecordQCInput is the QC of a return.
type RecordQCInput struct {
	Row     int64              `json:"row"`
	Units   []order.UnitResult `json:"units"`
	Surplus []order.UnitResult `json:"surplus,omitempty"`
	Restock bool               `json:"restock"` // the good units go back to stock
}

// RecordQC enters the QC and puts the good units back to stock, once.
func (a *Returns) RecordQC(ctx context.Context, in RecordQCInput) error {
	return errNotBuilt
}

// ListInput is units that people settle with Ajio by hand.
type ListInput struct {
	Row   int64              `json:"row"`
	Units []order.UnitResult `json:"units"`
	// Why is one of the reasons of order.SettlementWhy.
	Why order.SettlementReason `json:"why"`
}

// ListForSettlement puts units on the settlement list, once for each reason.
func (a *Returns) ListForSettlement(ctx context.Context, in ListInput) error {
	return errNotBuilt
}

// SaveCreditNoteInput is a credit note that was judged. PDF is base64, when the document came inside the signal.
type SaveCreditNoteInput struct {
	Ref  ReturnRef        `json:"ref"`
	Note order.CreditNote `json:"note"`
	PDF  string           `json:"pdf,omitempty"`
}

// SaveCreditNote enters the note over a return; there is one. Problem says what is wrong with the PDF.
func (a *Returns) SaveCreditNote(ctx context.Context, in SaveCreditNoteInput) (problem string, _ error) {
	return "", errNotBuilt
}

// EndReturnInput closes a return.
type EndReturnInput struct {
	Row     int64               `json:"row"`
	Outcome order.ReturnOutcome `json:"outcome"`
	Reason  string              `json:"reason,omitempty"`
}

// EndReturn closes the books of a return.
func (a *Returns) EndReturn(ctx context.Context, in EndReturnInput) error {
	return errNotBuilt
}

// ReturnRecord is what is stored of a return that has ended.
type ReturnRecord struct {
	Expectation *order.Expectation  `json:"expectation,omitempty"`
	Units       []order.UnitResult  `json:"units,omitempty"`
	Outcome     order.ReturnOutcome `json:"outcome"`
	Reason      string              `json:"reason,omitempty"`
}

// ReadReturn reads a return whose books are closed.
func (a *Returns) ReadReturn(ctx context.Context, ref ReturnRef) (ReturnRecord, error) {
	return ReturnRecord{}, errNotBuilt
}
