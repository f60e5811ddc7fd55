package activities

import (
	"context"

	"vmsflow/internal/order"
)

// QC judges what warehouses say of returned goods.
type QC struct {
	// Tables gives each POB's, from the channels file.
	Tables map[string]order.QCTable
}

// JudgeQC is the name of QC.JudgeQC, a local activity as JudgeInvoice: the table may change between two replays.
const JudgeQC = "JudgeQC"

// JudgeQCInput is the warehouse's rows and the units that they are about.
type JudgeQCInput struct {
	Pob   string             `json:"pob"`
	Lines []order.ReturnLine `json:"lines"`
	Rows  []order.QCRow      `json:"rows"`
}

// JudgeQC says what each unit of a return is to Ajio. Units that no row names are MISSING.
func (a *QC) JudgeQC(_ context.Context, in JudgeQCInput) (order.QCVerdict, error) {
	table, ok := a.Tables[in.Pob]
	if !ok {
		return order.QCVerdict{}, unknownPob(in.Pob)
	}
	return order.JudgeQC(in.Lines, in.Rows, table, true), nil
}
