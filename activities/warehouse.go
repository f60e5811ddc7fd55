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

// StopInput says what of an order a warehouse keeps and what it gives up.
type StopInput struct {
	PostOrderInput
	// Announced is what the warehouse was given. A stop names absolute totals, so they are counted from here however many
	// stops there were.
	Announced order.Quantities `json:"announced"`
	// Keep is what it still is to pick; empty stops the whole order.
	Keep order.Quantities `json:"keep,omitempty"`
	// Before is what it was to pick until now; StopUnits goes back to it when the warehouse refuses.
	Before order.Quantities `json:"before,omitempty"`
}

// ReleaseInput releases for picking the units to Keep. The others are taken away from the warehouse and from the
// reservation first: they were not invoiced.
type ReleaseInput struct {
	StopInput
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
	if err := a.DB.MarkReleased(ctx, in.Order.Pob, in.Order.ID, in.Keep); err != nil {
		return fromPostgres(err)
	}
	if err := a.DB.KeepReserved(ctx, in.Order.Pob, in.Order.ID, in.Keep); err != nil {
		return fromPostgres(err)
	}
	if in.Announced.Minus(in.Keep).Total() > 0 {
		if err := client.Stop(ctx, stopOf(in.StopInput)); err != nil {
			return fromWarehouse(err)
		}
	}
	return fromWarehouse(client.Release(ctx, warehouse.Release{
		OrderID: in.Order.ID, Pob: in.Order.Pob, DispatchBy: warehouse.DispatchBy(in.Order), StartProcessing: time.Now(),
	}))
}

// StopUnits takes some units of an order back from the warehouse. From before its answer on the gateway takes only what
// is left for packed; a warehouse that refuses has packed already, and then everything stays as it was.
func (a *Warehouse) StopUnits(ctx context.Context, in StopInput) error {
	client, err := a.client(in.Order.Pob)
	if err != nil {
		return err
	}
	known, err := a.DB.Order(ctx, in.Order.Pob, in.Order.ID)
	if err != nil {
		return err
	}
	release := func(units order.Quantities) error {
		if known.ReleasedAt == nil {
			return nil
		}
		return fromPostgres(a.DB.MarkReleased(ctx, in.Order.Pob, in.Order.ID, units))
	}
	if err := release(in.Keep); err != nil {
		return err
	}
	err = fromWarehouse(client.Stop(ctx, stopOf(in)))
	if err != nil && RefusalOf(err).Attention == AttentionWarehouseRefused {
		if err := release(in.Before); err != nil {
			return err // tried again as a whole
		}
	}
	return err
}

// StopOrder takes a whole order back from the warehouse. Where the answer to the announcement was lost it is announced
// again first, on hold, so that the stop finds it; a warehouse that refuses the announcement does not have the order.
func (a *Warehouse) StopOrder(ctx context.Context, in StopInput) error {
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
	return fromWarehouse(client.Stop(ctx, stopOf(in)))
}

func (a *Warehouse) client(pob string) (*warehouse.Client, error) {
	client, ok := a.Clients[pob]
	if !ok {
		return nil, unknownPob(pob)
	}
	return client, nil
}

// stopOf names the units that are given up in all, per item, under the code with which the item went out: that of its
// first line.
func stopOf(in StopInput) warehouse.Stop {
	stop := warehouse.Stop{OrderID: in.Order.ID, Pob: in.Order.Pob}
	at := map[string]int{}
	for _, line := range in.PO.Lines {
		announced := in.Announced[line.OrderItemID]
		if announced == 0 {
			continue
		}
		i, known := at[line.ItemCode]
		if !known {
			i = len(stop.Items)
			at[line.ItemCode] = i
			stop.Items = append(stop.Items, warehouse.StopItem{ChannelSKUCode: line.ItemCode, OrderItemCode: line.OrderItemID})
		}
		stop.Items[i].Cancelled += announced - in.Keep[line.OrderItemID]
	}
	return stop
}
