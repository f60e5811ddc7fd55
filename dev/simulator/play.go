package main

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"fmt"
	"net/http"
	"sync"
	"time"

	"vmsflow/dev/simulator/world"
	"vmsflow/internal/ajio/ajiotest"
	"vmsflow/internal/erp/erptest"
	"vmsflow/internal/irp/irptest"
	"vmsflow/internal/order"
	"vmsflow/internal/simulate"
	"vmsflow/internal/warehouse/warehousetest"
)

// play is a world that is being played.
type play struct {
	world      world.World
	ajio       *ajiotest.Server
	erps       map[string]*erptest.Server       // by POB
	warehouses map[string]*warehousetest.Server // by POB
	irp        *irptest.Server                  // of all sellers that leave their invoices to vmsflow

	begin sync.Once
	ctx   context.Context
	stop  context.CancelFunc
	done  sync.WaitGroup

	mu     sync.Mutex
	cast   world.Cast
	byID   map[string]world.Order
	played int // orders of which nothing more comes back
}

// newPlay makes the world. The URLs are those of vmsflow's gateway and our own.
func newPlay(w world.World, gateway, self string) (*play, error) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return nil, fmt.Errorf("key for signed QR codes: %w", err)
	}
	p := &play{
		world: w, byID: map[string]world.Order{},
		erps: map[string]*erptest.Server{}, warehouses: map[string]*warehousetest.Server{},
	}
	p.ctx, p.stop = context.WithCancel(context.Background())
	for i, pob := range w.Pobs {
		p.erps[pob.Code] = p.erp(i, gateway, self, key)
		p.warehouses[pob.Code] = p.warehouse(pob, gateway)
	}
	p.irp = p.portal(key)
	if p.ajio, err = p.marketplace(); err != nil {
		return nil, err
	}
	p.upset()
	return p, nil
}

func (p *play) handler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/", p.ajio)
	mux.Handle("/irp/", http.StripPrefix("/irp", p.irp))
	for pob, erp := range p.erps {
		mux.Handle("/"+pob+"/erp/", http.StripPrefix("/"+pob+"/erp", erp))
	}
	for pob, warehouse := range p.warehouses {
		mux.Handle("/"+pob+"/warehouse/", http.StripPrefix("/"+pob+"/warehouse", warehouse))
	}
	mux.HandleFunc("POST /_sim/begin", func(w http.ResponseWriter, _ *http.Request) {
		p.begin.Do(p.run)
		w.WriteHeader(http.StatusNoContent)
	})
	mux.HandleFunc("GET /_sim/world", func(w http.ResponseWriter, _ *http.Request) {
		simulate.WriteJSON(w, p.castNow())
	})
	return mux
}

// close ends everything that is still to happen.
func (p *play) close() {
	p.stop()
	p.done.Wait()
	for pob := range p.erps {
		p.erps[pob].Close()
		p.warehouses[pob].Close()
	}
}

// run lets the orders come in, their customers change their minds, and some of it come back.
func (p *play) run() {
	p.done.Go(p.arrive)
	p.done.Go(p.customers)
	p.done.Go(p.returns)
}

func (p *play) arrive() {
	began := time.Now()
	for _, o := range p.world.Orders {
		if !p.sleep(time.Until(began.Add(o.Arrives))) {
			return
		}
		p.place(o)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.cast.Complete = true
	p.cast.ReturnsComplete = p.played == len(p.cast.Orders)
}

func (p *play) place(o world.Order) {
	placement := ajiotest.Placement{Pob: o.Pob}
	for _, line := range o.Lines {
		placement.Lines = append(placement.Lines, ajiotest.PlacedLine{ItemCode: line.ItemCode, Units: line.Units})
	}
	id := p.ajio.PlaceOrder(placement) // without our lock: Ajio asks us, under its own, when a PO is due
	p.mu.Lock()
	defer p.mu.Unlock()
	p.byID[id] = o
	p.cast.Orders = append(p.cast.Orders, world.Arrived{
		OrderID: id, Pob: o.Pob, Model: p.world.Pob(o.Pob).Model, Story: o.Story,
		Return: o.Return, At: time.Now(),
	})
}

// customers cancels, where the story says so, some time after vmsflow has been shown the order: a customer who
// cancels sooner is one of whom vmsflow never hears.
func (p *play) customers() {
	decided := map[string]bool{}
	for p.sleep(100 * time.Millisecond) {
		for id, listed := range world.FirstListed(p.ajio.Ledger.Calls(nil)) {
			if !decided[id] && time.Since(listed) >= p.world.Timing.CancelAfter {
				decided[id] = true
				p.decide(id)
			}
		}
	}
}

func (p *play) decide(id string) {
	var err error
	switch p.order(id).Story {
	case world.CustomerCancels:
		err = p.ajio.CancelByCustomer(id)
	case world.CustomerTakesLess:
		state, _ := p.ajio.Order(id)
		err = p.ajio.CancelUnitsByCustomer(id, state.Lines[0].OrderItemID, 1)
	}
	if err != nil { // acknowledged before its hold was over; the audit will say so
		fmt.Println(err)
	}
}

func (p *play) order(id string) world.Order {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.byID[id]
}

func (p *play) invoicing(orderID string) erptest.Behaviour {
	o := p.order(orderID)
	if p.world.Pob(o.Pob).Model == order.RMSModel {
		return erptest.Never // vmsflow makes the invoice
	}
	switch o.Story {
	case world.PartlyInvoiced:
		return erptest.Partial
	case world.InvoicedTwice:
		return erptest.Duplicate
	case world.InvoiceChanged:
		return erptest.Changed
	case world.WrongPOFirst:
		return erptest.WrongPO
	case world.WrongSKUFirst:
		return erptest.WrongSKU
	case world.WrongIRNFirst:
		return erptest.WrongIRN
	case world.WrongQRFirst:
		return erptest.WrongQR
	case world.WrongBuyerFirst:
		return erptest.WrongBuyer
	case world.InvoiceByURL:
		return erptest.ByURL
	case world.Plain:
		if p.world.Faults == world.Storm { // an ERP that is not sure whether it was heard
			return erptest.Duplicate
		}
	}
	return erptest.Full
}

func (p *play) packing(orderID string) warehousetest.Behaviour {
	switch p.order(orderID).Story {
	case world.ShortPacked:
		return warehousetest.Short
	case world.NothingPacked:
		return warehousetest.Nothing
	case world.PackedTwice:
		return warehousetest.Twice
	case world.PackedTooEarly:
		return warehousetest.BeforeRelease
	case world.PackedTooMuch:
		return warehousetest.TooMany
	default:
		return warehousetest.Full
	}
}

// sleep reports whether there is still time left to play.
func (p *play) sleep(d time.Duration) bool {
	select {
	case <-p.ctx.Done():
		return false
	case <-time.After(d):
		return true
	}
}
