package order

import (
	"fmt"
	"maps"
	"slices"
)

// SKUUnits counts units of one item, as the ERP and the warehouse name them: by item code, not by order line.
type SKUUnits struct {
	ItemCode string `json:"item_code"` // Increff's channelSkuCode
	Units    int    `json:"units"`
}

// ByLine spreads units named by item over the order's lines, in line order, because two lines may carry the same
// item (contracts/increff-erp.md §1). limit is how many units each line can take. It fails when an item is not
// in the order or more units are named than its lines can take.
func ByLine(lines []Line, limit Quantities, units []SKUUnits) (Quantities, error) {
	spread := Quantities{}
	for _, item := range units {
		rest, known := item.Units, false
		for _, line := range lines {
			if line.ItemCode != item.ItemCode {
				continue
			}
			known = true
			take := min(rest, limit[line.OrderItemID]-spread[line.OrderItemID])
			if take > 0 {
				spread[line.OrderItemID] += take
				rest -= take
			}
		}
		switch {
		case !known:
			return nil, fmt.Errorf("channelSkuCode %s is not in order", item.ItemCode)
		case item.Units < 0:
			return nil, fmt.Errorf("channelSkuCode %s: quantity %d is below zero", item.ItemCode, item.Units)
		case rest > 0:
			return nil, fmt.Errorf("channelSkuCode %s: %d units are %d more than the order has", item.ItemCode, item.Units, rest)
		}
	}
	return spread, nil
}

// Minus returns q less other, leaving out lines with nothing left.
func (q Quantities) Minus(other Quantities) Quantities {
	rest := Quantities{}
	for id, units := range q {
		if left := units - other[id]; left > 0 {
			rest[id] = left
		}
	}
	return rest
}

// Equal reports whether both count the same units; a line with zero units equals a missing line.
func (q Quantities) Equal(other Quantities) bool {
	for id, units := range q {
		if other[id] != units {
			return false
		}
	}
	for id, units := range other {
		if q[id] != units {
			return false
		}
	}
	return true
}

// IDs returns the order_item_ids in a fixed order, so that whatever is built from them is the same every time.
func (q Quantities) IDs() []string { return slices.Sorted(maps.Keys(q)) }
