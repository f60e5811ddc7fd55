package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"time"

	"vmsflow/dev/simulator/world"
	"vmsflow/internal/ajio/ajiotest"
	"vmsflow/internal/ajio/wire"
	"vmsflow/internal/erp/erptest"
	"vmsflow/internal/order"
	"vmsflow/internal/simulate"
	"vmsflow/internal/warehouse/warehousetest"
)

// lookEvery is how often whoever waits for something looks again.
const lookEvery = 200 * time.Millisecond

// returns lets come back what the orders' stories want, a moment after each order has ended.
func (p *play) returns() {
	begun := map[string]bool{}
	for p.sleep(lookEvery) {
		for _, arrived := range p.arrived() {
			if id := arrived.OrderID; !begun[id] && p.hasEnded(id) {
				begun[id] = true
				p.done.Go(func() { p.comeBack(arrived) })
			}
		}
	}
}

func (p *play) arrived() []world.Arrived {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.cast.Orders)
}

// hasEnded says whether an order is on its way, or will never be.
func (p *play) hasEnded(id string) bool {
	state, _ := p.ajio.Order(id)
	return state.Status == wire.StatusDispatched || state.Status == wire.StatusCancelled
}

// comeBack plays what comes back of one order. When something is not possible the audit will miss it.
func (p *play) comeBack(o world.Arrived) {
	if p.sleep(p.world.Timing.ReturnAfter) {
		if err := p.playReturn(homecoming{play: p, Arrived: o}); err != nil {
			fmt.Printf("order %s (%s): %v\n", o.OrderID, o.Return, err)
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.played++
	p.cast.ReturnsComplete = p.cast.Complete && p.played == len(p.cast.Orders)
}

func (p *play) playReturn(h homecoming) error {
	switch h.Return {
	case world.Kept:
		return nil
	case world.NeverShipped:
		return h.neverShipped()
	case world.TwoReturns:
		return h.two()
	case world.RTOParcelFirst, world.RTOUnannounced:
		return h.unannounced()
	case world.Withdrawn, world.WithdrawnHere, world.WithdrawnTooLate:
		return h.withdrawn()
	default:
		return h.announced(h.lines())
	}
}

// homecoming is what comes back of one order.
type homecoming struct {
	*play
	world.Arrived
}

// lines is what is announced: one unit or everything.
func (h homecoming) lines() []ajiotest.AnnouncedLine {
	if !h.Return.Single() {
		return nil
	}
	state, _ := h.ajio.Order(h.OrderID)
	for _, line := range state.Lines {
		if line.Invoiced > 0 {
			return []ajiotest.AnnouncedLine{{OrderItemID: line.OrderItemID, Units: 1}}
		}
	}
	return nil
}

// announce lets Ajio announce a return and waits until the warehouse has been told of it.
func (h homecoming) announce(lines []ajiotest.AnnouncedLine) (returnID string, err error) {
	kind := h.Return.Kind()
	if state, _ := h.ajio.Order(h.OrderID); kind == order.CustomerReturn && state.Status == wire.StatusDispatched {
		if err := h.ajio.Deliver(h.OrderID); err != nil {
			return "", err
		}
	}
	if returnID, err = h.ajio.Announce(ajiotest.Announcement{OrderID: h.OrderID, Kind: kind, Lines: lines}); err != nil {
		return "", err
	}
	h.enter(returnID)
	h.until(func() bool {
		_, told := h.warehouses[h.Pob].Expected(h.Pob, returnID)
		return told
	})
	return returnID, nil
}

// enter adds a return to the cast.
func (h homecoming) enter(returnID string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.cast.Returns = append(h.cast.Returns, world.Returned{
		ReturnID: returnID, OrderID: h.OrderID, Pob: h.Pob, Kind: h.Return.Kind(), Model: h.Model,
		Settlement: h.world.Pob(h.Pob).Settlement, Story: h.Return, At: time.Now(),
	})
}

// announced plays a return that Ajio announces before its parcel comes.
func (h homecoming) announced(lines []ajiotest.AnnouncedLine) error {
	returnID, err := h.announce(lines)
	if err != nil {
		return err
	}
	if h.Return == world.NoteEarly {
		if err := h.creditEarly(returnID); err != nil {
			return err
		}
	}
	if !h.sleep(h.world.Timing.ParcelAfter) {
		return nil
	}
	if err := h.ajio.MoveReturn(returnID, order.StatusReturnDelivered); err != nil {
		return err
	}
	return h.parcel(h.checked(returnID))
}

// creditEarly has the ERP credit everything before anybody has checked it.
func (h homecoming) creditEarly(returnID string) error {
	state, err := h.ajio.Return(returnID)
	if err != nil {
		return err
	}
	units := map[string]int{}
	for _, item := range state.Items {
		units[item.OrderItemID] += item.Units
	}
	return h.erps[h.Pob].CreditEarly(returnID, h.OrderID, units)
}

// two plays two returns of one order, a unit each.
func (h homecoming) two() error {
	for range h.Return.Returns() {
		if err := h.announced(h.nextUnit()); err != nil {
			return err
		}
	}
	return nil
}

// nextUnit is a unit that no return has brought back yet.
func (h homecoming) nextUnit() []ajiotest.AnnouncedLine {
	back := order.Quantities{}
	for _, r := range h.ajio.Returns() {
		for _, item := range r.Items {
			back[item.OrderItemID] += item.Units
		}
	}
	state, _ := h.ajio.Order(h.OrderID)
	for _, line := range state.Lines {
		if line.Invoiced > back[line.OrderItemID] {
			return []ajiotest.AnnouncedLine{{OrderItemID: line.OrderItemID, Units: 1}}
		}
	}
	return nil
}

// unannounced plays an RTO whose parcel comes first.
func (h homecoming) unannounced() error {
	h.enter("")
	if err := h.parcel(h.checked("")); err != nil || h.Return == world.RTOUnannounced {
		return err
	}
	if h.sleep(h.world.Timing.AnnounceAfter) {
		_, err := h.ajio.Announce(ajiotest.Announcement{OrderID: h.OrderID, Kind: order.RTO})
		return err
	}
	return nil
}

// withdrawn plays a return that Ajio takes back: before the parcel comes, while it waits for its QC, or before a parcel
// that comes all the same.
func (h homecoming) withdrawn() error {
	returnID, err := h.announce(nil)
	if err != nil {
		return err
	}
	withdraw := func() error {
		return h.ajio.MoveReturn(returnID, order.StatusReturnCancelled)
	}
	switch h.Return {
	case world.WithdrawnHere:
		reported := make(chan error, 1)
		h.done.Go(func() { reported <- h.parcel(h.checked(returnID)) })
		h.until(func() bool {
			return len(h.warehouses[h.Pob].Ledger.Calls(isTaken(warehousetest.CallReturn, returnID))) > 0
		})
		if err := withdraw(); err != nil {
			return err
		}
		return <-reported
	case world.WithdrawnTooLate:
		if err := withdraw(); err != nil {
			return err
		}
		withdrawn := time.Now()
		h.until(func() bool { return h.isShown(returnID, withdrawn) })
		if !h.sleep(h.world.Timing.HeardWithin) { // the return ends
			return nil
		}
		return h.parcel(h.checked(returnID))
	default:
		return withdraw()
	}
}

// isShown says whether Ajio has shown vmsflow a return since a moment.
func (h homecoming) isShown(returnID string, since time.Time) bool {
	return len(h.ajio.Ledger.Calls(func(c simulate.Call) bool {
		var detail struct {
			ReturnIDs []string `json:"return_ids"`
		}
		return c.Name == ajiotest.CallReturns && c.Status == http.StatusOK && c.At.After(since) &&
			json.Unmarshal(c.Detail, &detail) == nil && slices.Contains(detail.ReturnIDs, returnID)
	})) > 0
}

// neverShipped plays the parcel of an order that the seller did not send.
func (h homecoming) neverShipped() error {
	if !h.sleep(h.world.Timing.HeardWithin) { // the order is being taken back, and a return waits a minute for its order
		return nil
	}
	state, _ := h.ajio.Order(h.OrderID)
	h.enter("")
	line := state.Lines[0]
	parcel := h.checked("")
	parcel.Units = []warehousetest.Unit{{Code: line.OrderItemID + "-1", SKU: line.ItemCode}}
	return h.parcel(parcel)
}

// checked is a parcel with the QC that the story wants.
func (h homecoming) checked(returnID string) warehousetest.Return {
	parcel := warehousetest.Return{Pob: h.Pob, OrderCode: h.OrderID, ReturnCode: returnID}
	switch h.Return {
	case world.BadUnit:
		parcel.Findings = []warehousetest.Finding{{Reason: "USED_PRODUCT"}}
	case world.BadForOwnReason:
		parcel.Findings = []warehousetest.Finding{{Reason: "COLLAR_FADED"}}
	case world.UnitUnnamed:
		parcel.Findings = []warehousetest.Finding{{Unnamed: true}}
	case world.ProductMissing:
		parcel.Findings = []warehousetest.Finding{{Reason: "PRODUCT_MISSING"}}
	case world.QCInParts:
		parcel.Notice, parcel.PerMessage, parcel.Gap = true, 1, h.world.Timing.QCStep
	case world.QCTwice:
		parcel.Twice = true
	case world.WithdrawnHere:
		parcel.Notice, parcel.Gap = true, h.world.Timing.HeardWithin
	default:
	}
	return parcel
}

// parcel lets a parcel come back and waits until its QC is reported.
func (h homecoming) parcel(r warehousetest.Return) error {
	warehouse := h.warehouses[h.Pob]
	if err := warehouse.Return(r); err != nil {
		return err
	}
	h.until(func() bool {
		for _, known := range warehouse.State().Returns {
			if known.OrderCode == r.OrderCode && known.ReturnCode == r.ReturnCode {
				return known.Status != warehousetest.Reporting
			}
		}
		return false
	})
	return nil
}

// isTaken picks the calls of a name about something that were accepted.
func isTaken(name, key string) func(simulate.Call) bool {
	return func(c simulate.Call) bool { return c.Name == name && c.Key == key && c.Status == http.StatusOK }
}

// until waits for something that vmsflow does, and for as long as the play goes on.
func (p *play) until(is func() bool) {
	for !is() && p.sleep(lookEvery) {
	}
}

// crediting is what the ERP does about the credit note of a return.
func (p *play) crediting(orderID, _ string) erptest.Note {
	switch p.order(orderID).Return {
	case world.NoteLate:
		return erptest.NoteLate
	case world.NoteNever:
		return erptest.NoteNever
	case world.NoteByURL:
		return erptest.NoteByURL
	case world.NoteTwice:
		return erptest.NoteTwice
	case world.NoteChanged:
		return erptest.NoteChanged
	case world.NoteRenumbered:
		return erptest.NoteRenumbered
	case world.NoteUnknownFirst:
		return erptest.NoteUnknownReturn
	case world.NoteIRNFirst:
		return erptest.NoteWrongIRN
	case world.NoteQRFirst:
		return erptest.NoteWrongQR
	case world.NoteOverFirst:
		return erptest.NoteOverValue
	case world.GoodReturn:
		if p.world.Faults == world.Storm { // an ERP that is not sure whether it was heard
			return erptest.NoteTwice
		}
	}
	return erptest.NoteRight
}

// castNow is the cast with the ids that Ajio has given its returns by now.
func (p *play) castNow() world.Cast {
	rtos := map[string]string{}
	for _, r := range p.ajio.Returns() {
		if r.Kind == order.RTO {
			rtos[r.OrderID] = r.ReturnID
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	cast := p.cast
	cast.Orders, cast.Returns = slices.Clone(cast.Orders), slices.Clone(cast.Returns)
	for i, r := range cast.Returns {
		if r.Kind == order.RTO {
			cast.Returns[i].ReturnID = cmp.Or(r.ReturnID, rtos[r.OrderID])
		}
	}
	return cast
}
