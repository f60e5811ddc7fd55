package activities

import (
	"context"

	"vmsflow/internal/order"
	"vmsflow/internal/warehouse"
)

// AnnounceReturnInput is a return that Ajio has announced. Carrier is that of the forward order, empty where it is not
// known.
type AnnounceReturnInput struct {
	Expectation order.Expectation `json:"expectation"`
	Carrier     string            `json:"carrier,omitempty"`
}

// AnnounceReturn tells the warehouse which units are on their way back. A warehouse answers a return that it knows with
// success and does nothing, so a repeat is harmless, and a later change at Ajio does not reach it. A return of which
// Ajio expects no unit any more is not announced.
func (a *Warehouse) AnnounceReturn(ctx context.Context, in AnnounceReturnInput) error {
	if in.Expectation.Units().Total() == 0 {
		return nil
	}
	client, err := a.client(in.Expectation.Pob)
	if err != nil {
		return err
	}
	return fromWarehouse(client.ExpectReturn(ctx, warehouse.NewReturnOrder(in.Expectation, in.Carrier)))
}
