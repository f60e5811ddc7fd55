package audit

import (
	"time"

	"vmsflow/internal/order"
	"vmsflow/workflows/contract"
)

// ReturnRow is a return in the database.
type ReturnRow struct {
	ID       int64               `json:"id"`
	Pob      string              `json:"pob"`
	OrderID  string              `json:"order_id"`
	ReturnID string              `json:"return_id"`
	Kind     order.ReturnKind    `json:"kind"`
	Outcome  order.ReturnOutcome `json:"outcome"` // empty while it is open
	// PO is the order's, by which the units have their value; nil without one.
	PO              *order.PurchaseOrder `json:"po" db:"po"`
	Units           []order.UnitResult   `json:"units"`
	Surplus         []order.UnitResult   `json:"surplus"`
	CreditNote      *order.CreditNote    `json:"credit_note"`
	RSINumber       string               `json:"rsi_number" db:"rsi_number"` // of the archived document
	Settlements     []Settlement         `json:"settlements"`
	DocumentsByKind map[string]int       `json:"documents_by_kind"`
}

// Settlement is units of a return on the settlement list.
type Settlement struct {
	Why      order.SettlementReason `json:"why"`
	ItemCode string                 `json:"item_code"`
	Code     order.QCCode           `json:"code"`
	Units    int                    `json:"units"`
}

// ReturnRun is a run of a ReturnOrder workflow.
type ReturnRun struct {
	WorkflowID    string               `json:"workflow_id"`
	Started       time.Time            `json:"started"`
	Status        string               `json:"status"` // Temporal's: Completed, Running, Failed, …
	Stage         string               `json:"stage"`  // the search attribute OrderStage
	Attention     string               `json:"attention"`
	Result        contract.ReturnState `json:"result"` // of a completed one
	HistoryEvents int64                `json:"history_events"`
	HistoryBytes  int64                `json:"history_bytes"`
}
