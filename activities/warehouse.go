package activities

import (
	"context"
	"time"

	"vmsflow/internal/increff"
	"vmsflow/internal/order"
	"vmsflow/internal/postgres"
	"vmsflow/internal/warehouse"
)

// Warehouse holds the calls to the sellers' warehouses.
type Warehouse struct {
	DB      *postgres.DB
	Clients map[string]*warehouse.Client // by POB
}

// AnnounceOrder gives the warehouse an order on hold, so that it can plan while the ERP invoices.
func (a *Warehouse) AnnounceOrder(ctx context.Context, in PostOrderInput) error {
	client, err := a.client(in.Order.Pob)
	if err != nil {
		return err
	}
	// A PO that reached the order past the channel sync is entered here, for the gateway to find the order by; one
	// that belongs to another order stops this one.
	if err := a.DB.SavePO(ctx, in.Order.Pob, in.Order.ID, in.PO); err != nil {
		return fromPostgres(err)
	}
	if err := client.CreateOrder(ctx, warehouse.NewOutwardOrder(in.Order, in.PO, time.Now())); err != nil {
		return fromWarehouse(err)
	}
	return fromPostgres(a.DB.MarkSentToWarehouse(ctx, in.Order.Pob, in.Order.ID, in.PO.Units()))
}

// ReleaseInput releases an order for picking.
type ReleaseInput struct {
	PostOrderInput
	// Units is what may be picked. Units of the PO that are not in it were not invoiced; they are taken away from
	// the warehouse and from the reservation first.
	Units order.Quantities `json:"units"`
	// Invoice is the ERP's; nil where the RMS makes it after packing.
	Invoice *order.Invoice `json:"invoice,omitempty"`
}

// ReleaseForPicking lifts the warehouse's hold. A hold that was lifted cannot be set again.
func (a *Warehouse) ReleaseForPicking(ctx context.Context, in ReleaseInput) error {
	client, err := a.client(in.Order.Pob)
	if err != nil {
		return err
	}
	// Written before the hold is lifted: a pack report may come back at once and is checked against them.
	if in.Invoice != nil {
		if err := a.DB.SaveInvoice(ctx, in.Order.Pob, in.Order.ID, *in.Invoice); err != nil {
			return fromPostgres(err)
		}
	}
	if err := a.DB.MarkReleased(ctx, in.Order.Pob, in.Order.ID, in.Units); err != nil {
		return fromPostgres(err)
	}
	if err := a.DB.KeepReserved(ctx, in.Order.Pob, in.Order.ID, in.Units); err != nil {
		return fromPostgres(err)
	}
	if gone := in.PO.Units().Minus(in.Units); gone.Total() > 0 {
		if err := client.Stop(ctx, stopOf(in.PostOrderInput, gone)); err != nil {
			return fromWarehouse(err)
		}
	}
	return fromWarehouse(client.Release(ctx, warehouse.Release{
		OrderID: in.Order.ID, Pob: in.Order.Pob, DispatchBy: warehouse.DispatchBy(in.Order), StartProcessing: time.Now(),
	}))
}

// StopOrder takes a whole order back from the warehouse. Where the answer to the announcement was lost it is announced
// again first, on hold, so that the stop finds it; a warehouse that refuses the announcement does not have the order.
func (a *Warehouse) StopOrder(ctx context.Context, in PostOrderInput) error {
	client, err := a.client(in.Order.Pob)
	if err != nil {
		return err
	}
	known, err := a.DB.Order(ctx, in.Order.Pob, in.Order.ID)
	if err != nil {
		return err
	}
	if known.SentToWarehouseAt == nil {
		err := client.CreateOrder(ctx, warehouse.NewOutwardOrder(in.Order, in.PO, time.Now()))
		if increff.IsKind(err, increff.KindRefused) {
			return nil
		}
		if err != nil {
			return fromWarehouse(err)
		}
	}
	return fromWarehouse(client.Stop(ctx, stopOf(in, in.PO.Units())))
}

func (a *Warehouse) client(pob string) (*warehouse.Client, error) {
	client, ok := a.Clients[pob]
	if !ok {
		return nil, unknownPob(pob)
	}
	return client, nil
}

// stopOf names the units per item, under the code with which the item went out: that of its first line.
func stopOf(in PostOrderInput, units order.Quantities) warehouse.Stop {
	stop := warehouse.Stop{OrderID: in.Order.ID, Pob: in.Order.Pob}
	at := map[string]int{}
	for _, line := range in.PO.Lines {
		if line.Units == 0 {
			continue
		}
		i, known := at[line.ItemCode]
		if !known {
			i = len(stop.Items)
			at[line.ItemCode] = i
			stop.Items = append(stop.Items, warehouse.StopItem{ChannelSKUCode: line.ItemCode, OrderItemCode: line.OrderItemID})
		}
		stop.Items[i].Cancelled += units[line.OrderItemID]
	}
	return stop
}
