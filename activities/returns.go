package activities

import (
	"context"
	"errors"
	"fmt"

	"vmsflow/internal/einvoice"
	"vmsflow/internal/gst"
	"vmsflow/internal/order"
	"vmsflow/internal/postgres"
)

// Returns holds the activities on the books of returns.
type Returns struct {
	DB *postgres.DB
}

// RecordQCInput is the QC of a return.
type RecordQCInput struct {
	Row     int64              `json:"row"`
	Units   []order.UnitResult `json:"units"`
	Surplus []order.UnitResult `json:"surplus,omitempty"`
	Restock bool               `json:"restock"` // the good units go back to stock
	// Revision counts how often the QC was judged anew, because Ajio corrected which units it expects.
	Revision int `json:"revision,omitempty"`
}

// RecordQC enters the QC and puts the good units back to stock, once.
func (a *Returns) RecordQC(ctx context.Context, in RecordQCInput) error {
	return fromPostgres(a.DB.RecordQC(ctx, in.Row, in.Revision, in.Units, in.Surplus, in.Restock))
}

// ListInput is units that people settle with Ajio by hand.
type ListInput struct {
	Row   int64                  `json:"row"`
	Units []order.UnitResult     `json:"units"`
	Why   order.SettlementReason `json:"why"`
}

// ListForSettlement puts units on the settlement list, once for each reason.
func (a *Returns) ListForSettlement(ctx context.Context, in ListInput) error {
	return fromPostgres(a.DB.ListSettlements(ctx, in.Row, in.Units, in.Why))
}

// SaveCreditNoteInput is a credit note that was judged. PDF is base64, when the document came inside the signal.
type SaveCreditNoteInput struct {
	Ref  ReturnRef        `json:"ref"`
	Note order.CreditNote `json:"note"`
	PDF  string           `json:"pdf,omitempty"`
}

// SaveCreditNote enters the note over a return; there is one. Problem says what is wrong with the PDF, or how the note
// contradicts others that are entered, so that the ERP may post another: field, rule and words. A note that is entered
// already keeps the document that it was entered with.
func (a *Returns) SaveCreditNote(ctx context.Context, in SaveCreditNoteInput) (problem string, _ error) {
	note := in.Note
	if in.PDF != "" {
		content, problem := einvoice.ReadPDF(in.PDF)
		if problem != "" {
			return "signedCreditNotePdf: " + problem, nil
		}
		document, err := a.DB.SaveDocument(ctx, postgres.Document{
			Pob: in.Ref.Pob, OrderID: in.Ref.ReturnID, Kind: postgres.KindCreditNote, Number: note.Number,
			ContentType: "application/pdf", Content: content,
		})
		if err != nil {
			return "", err
		}
		note.DocumentID = document.ID
	}
	err := a.DB.SaveCreditNote(ctx, in.Ref.Row, note)
	if clash, ok := errors.AsType[*postgres.NoteClashError](err); ok {
		return problemOf(*clash), nil
	}
	return "", fromPostgres(err)
}

// problemOf says how a note clashes with others, as einvoice.CheckCreditNote does.
func problemOf(clash postgres.NoteClashError) string {
	switch {
	case clash.Accepted != "":
		return fmt.Sprintf("creditNoteNumber: CN-2 the return already has the accepted credit note %s", clash.Accepted)
	case clash.UsedFor != "":
		return fmt.Sprintf("creditNoteNumber: CN-1 %s is the number of the credit note over %s already", gst.DocNoUsed, clash.UsedFor)
	default:
		return fmt.Sprintf("signedQrCode: CN-3 %s TotInvVal: %s is above %s, what earlier credit notes left of the invoice",
			gst.AboveOriginal, clash.Value, clash.Left)
	}
}

// EndReturnInput closes a return.
type EndReturnInput struct {
	Row     int64               `json:"row"`
	Outcome order.ReturnOutcome `json:"outcome"`
	Reason  string              `json:"reason,omitempty"`
}

// EndReturn closes the books of a return.
func (a *Returns) EndReturn(ctx context.Context, in EndReturnInput) error {
	return fromPostgres(a.DB.EndReturn(ctx, in.Row, in.Outcome, in.Reason))
}

// ReturnRecord is what is stored of a return that has ended.
type ReturnRecord struct {
	Expectation *order.Expectation `json:"expectation,omitempty"`
	Units       []order.UnitResult `json:"units"` // nil without a QC
	Surplus     []order.UnitResult `json:"surplus,omitempty"`
	CreditNote  *order.CreditNote  `json:"credit_note,omitempty"` // without its signed QR
	Offline     bool               `json:"offline,omitempty"`     // it has units on the settlement list
	// LateUnits are the codes of those of them that were reported after the QC was finished.
	LateUnits []string            `json:"late_units,omitempty"`
	Outcome   order.ReturnOutcome `json:"outcome"`
	Reason    string              `json:"reason,omitempty"`
}

// ReadReturn reads a return whose books are closed, for a run that takes what comes afterwards. That it runs again was
// recorded before it was started; an earlier run that ended in between took that back.
func (a *Returns) ReadReturn(ctx context.Context, ref ReturnRef) (ReturnRecord, error) {
	if err := a.DB.MarkReturnReopened(ctx, ref.Row); err != nil {
		return ReturnRecord{}, err
	}
	r, err := a.DB.Return(ctx, ref.Row)
	if err != nil {
		return ReturnRecord{}, err
	}
	record := ReturnRecord{Expectation: r.Expectation, Units: r.Units, Surplus: r.Surplus, Outcome: r.Outcome, Reason: r.EndReason}
	if r.QCAt != nil && record.Units == nil { // all that came was surplus
		record.Units = []order.UnitResult{}
	}
	note, err := a.DB.CreditNote(ctx, ref.Row)
	switch {
	case err == nil:
		note.SignedQR = ""
		record.CreditNote = &note
	case !errors.Is(err, postgres.ErrNotFound):
		return ReturnRecord{}, err
	}
	if record.Offline, err = a.DB.HasSettlements(ctx, ref.Row); err != nil {
		return ReturnRecord{}, err
	}
	record.LateUnits, err = a.DB.LateUnits(ctx, ref.Row)
	return record, err
}

// SettleCreditedInput is a credit note that was sent to Ajio after its return had been closed.
type SettleCreditedInput struct {
	Row    int64  `json:"row"`
	Number string `json:"number"` // of the note
}

// SettleCredited marks the good units of a return settled that were listed when an operator closed it: the credit note
// that came after all settles them.
func (a *Returns) SettleCredited(ctx context.Context, in SettleCreditedInput) error {
	return fromPostgres(a.DB.SettleCredited(ctx, in.Row, in.Number))
}
