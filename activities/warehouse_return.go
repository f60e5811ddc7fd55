package activities

import (
	"context"

	"vmsflow/internal/order"
)

// AnnounceReturnInput is a return that the warehouse should expect.
type AnnounceReturnInput struct {
	Expectation order.Expectation `json:"expectation"`
	Carrier     string            `json:"carrier,omitempty"` // of the forward order; Ajio's feed names none
}

// AnnounceReturn tells the warehouse which units to expect.
func (a *Warehouse) AnnounceReturn(ctx context.Context, in AnnounceReturnInput) error {
	return errNotBuilt
}
