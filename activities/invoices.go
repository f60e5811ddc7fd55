package activities

import (
	"context"
	"time"

	"vmsflow/internal/einvoice"
)

// Invoices judges the e-invoices that ERPs post.
type Invoices struct {
	// Rules gives each POB's.
	Rules map[string]einvoice.Rules
}

// JudgeInvoice is the name of Invoices.JudgeInvoice, a local activity: workflows call it by name, because its receiver
// is the worker's.
const JudgeInvoice = "JudgeInvoice"

// JudgeInput is an invoice and what its order knows of itself.
type JudgeInput struct {
	Pob     string           `json:"pob"`
	Posting einvoice.Posting `json:"posting"`
	Facts   einvoice.Facts   `json:"facts"`
}

// JudgeInvoice judges an invoice by the rules INV-1 to INV-7, with this worker's keys.
func (a *Invoices) JudgeInvoice(_ context.Context, in JudgeInput) (einvoice.Verdict, error) {
	rules, ok := a.Rules[in.Pob]
	if !ok {
		return einvoice.Verdict{}, unknownPob(in.Pob)
	}
	in.Facts.Now = time.Now()
	return einvoice.Check(in.Posting, in.Facts, rules), nil
}
