package activities

import (
	"context"
	"time"

	"vmsflow/internal/einvoice"
	"vmsflow/workflows/contract"
)

// JudgeCreditNote is the name of Invoices.JudgeCreditNote, a local activity as JudgeInvoice.
const JudgeCreditNote = "JudgeCreditNote"

// JudgeCreditNoteInput is a credit note and what its return knows of itself.
type JudgeCreditNoteInput struct {
	Pob     string                     `json:"pob"`
	Posting einvoice.CreditNotePosting `json:"posting"`
	Facts   einvoice.CreditNoteFacts   `json:"facts"`
}

// JudgeCreditNote judges a credit note by the rules CN-1 to CN-3, with this worker's keys.
func (a *Invoices) JudgeCreditNote(_ context.Context, in JudgeCreditNoteInput) (einvoice.CreditNoteVerdict, error) {
	rules, ok := a.Rules[in.Pob]
	if !ok {
		return einvoice.CreditNoteVerdict{}, unknownPob(in.Pob)
	}
	in.Facts.Now = time.Now()
	return einvoice.CheckCreditNote(in.Posting, in.Facts, rules), nil
}

// RefuseCreditNoteInput names the posting that the return refused.
type RefuseCreditNoteInput struct {
	Pob      string `json:"pob"`
	ReturnID string `json:"return_id"`
	Number   string `json:"number"`
	Attempt  int    `json:"attempt"`
}

// RefuseCreditNote lets the ERP post another credit note over a return, for the one that the gateway took is refused.
func (a *Messages) RefuseCreditNote(ctx context.Context, in RefuseCreditNoteInput) error {
	return a.DB.SetAside(ctx, contract.SignalCreditNote, contract.CreditNoteKey(in.Pob, in.ReturnID), in.Number, in.Attempt)
}
