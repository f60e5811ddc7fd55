package warehousetest

import (
	"vmsflow/internal/increff"
	"vmsflow/internal/warehouse"
)

// entry is what the warehouse knows of one order. Quantities are by SKU.
type entry struct {
	code, pob string
	items     []warehouse.OutwardItem // in the order's sequence
	ordered   map[string]int
	stopped   map[string]int // absolute totals
	behaviour Behaviour
	status    Status
	released  bool
	putBack   bool

	found    map[string]int // what the packer finds, fixed when he first goes
	report   []byte         // the pack as reported; a repeat must be the same
	attempts int
	refusals int
	answer   string // the gateway's refusal
	packed   map[string]int
	label    *increff.PackResponse

	manifestCode string
	refusedThere bool // the manifest's answer left it out: Ajio refused it, vmsflow goes on
}

// open is what may be packed of a SKU.
func (e *entry) open(sku string) int { return e.ordered[sku] - e.stopped[sku] }

// remaining is what may be packed altogether.
func (e *entry) remaining() int {
	units := 0
	for sku := range e.ordered {
		units += e.open(sku)
	}
	return units
}

// short is what was neither stopped nor found for a labelled parcel; nil when nothing is missing.
func (e *entry) short() map[string]int {
	if e.label == nil {
		return nil
	}
	var short map[string]int
	for sku := range e.ordered {
		if missing := e.open(sku) - e.packed[sku]; missing > 0 {
			if short == nil {
				short = map[string]int{}
			}
			short[sku] = missing
		}
	}
	return short
}

// find decides what the packer finds, once: later stops can only take away from it.
func (e *entry) find() {
	if e.found != nil {
		return
	}
	e.found = map[string]int{}
	missing := 0
	if e.behaviour == Short {
		missing = 1
	}
	for _, item := range e.items {
		sku := item.ChannelSkuCode
		units := e.open(sku)
		if e.behaviour == Nothing {
			units = 0
		}
		if missing > 0 && units > 0 {
			units, missing = units-1, 0
		}
		e.found[sku] = units
	}
}
