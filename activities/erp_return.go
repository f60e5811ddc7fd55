package activities

import (
	"context"

	"vmsflow/internal/order"
)

// PostReturnInput is a return for the ERP, with its QC.
type PostReturnInput struct {
	Expectation order.Expectation     `json:"expectation"`
	Units       []order.UnitResult    `json:"units"`
	Shipped     order.Shipped         `json:"shipped"`
	Model       order.SettlementModel `json:"model"`
}

// PostReturn tells the ERP which goods came back (RETURN_ORDER_COMPLETE).
func (a *ERP) PostReturn(ctx context.Context, in PostReturnInput) error { return errNotBuilt }
