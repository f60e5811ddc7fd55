package audit

import (
	"maps"
	"time"

	"vmsflow/internal/ajio/ajiotest"
	"vmsflow/internal/ajio/wire"
	"vmsflow/internal/erp/erptest"
)

// maxShipments is Ajio's limit of a manifest (contracts/ajio-vms.md §6.8, documented).
const maxShipments = 250

// acknowledgedTooEarly: an acknowledgement, or a refusal of an order in stock, may not come before the hold has
// passed since vmsflow was first shown the order. Refusing what is not in stock needs no hold.
func acknowledgedTooEarly(f *facts, r *Report) {
	for _, call := range effects(f.Ajio.Calls, ajiotest.CallAcknowledge) {
		if f.ajio[call.Key].Acknowledgement == wire.AckCancel {
			continue
		}
		listed, shown := f.firstListed[call.Key]
		early := listed.Add(f.Hold).Sub(call.At)
		switch {
		case !shown:
			r.AcknowledgedBeforeHold++
			r.wrong("order %s was acknowledged, but never shown to vmsflow", call.Key)
		case early > 0:
			r.AcknowledgedBeforeHold++
			r.wrong("order %s was acknowledged %s before its hold of %s was over", call.Key, early.Round(time.Millisecond), f.Hold)
		}
	}
}

// acknowledgedAfterCancel: an order that its customer cancelled is never acknowledged.
func acknowledgedAfterCancel(f *facts, r *Report) {
	for _, call := range effects(f.Ajio.Calls, ajiotest.CallAcknowledge) {
		o := f.ajio[call.Key]
		if o.CustomerCancelledAt != nil && !o.CustomerCancelledAt.After(call.At) && wanted(o) == 0 {
			r.AcknowledgedAfterCustomerCancel++
			r.wrong("order %s was acknowledged %s after its customer cancelled it",
				call.Key, call.At.Sub(*o.CustomerCancelledAt).Round(time.Millisecond))
		}
	}
}

func wanted(o ajiotest.OrderState) int {
	units := 0
	for _, line := range o.Lines {
		units += line.Ordered - line.CustomerCancelled
	}
	return units
}

// invoicedTwice: one B2B invoice for an order, and no number for two orders. Two would be a tax error.
func invoicedTwice(f *facts, r *Report) {
	counts := countByKey(effects(f.Ajio.Calls, ajiotest.CallGenerate))
	for _, id := range sorted(counts) {
		if counts[id] > 1 {
			r.B2BInvoicesTwice++
			r.wrong("order %s: %d B2B invoices were generated at Ajio", id, counts[id])
		}
	}
	first := map[string]string{}
	for _, o := range f.Ajio.Orders {
		if o.InvoiceNumber == "" {
			continue
		}
		if other, taken := first[o.InvoiceNumber]; taken {
			r.B2BInvoicesTwice++
			r.wrong("order %s has invoice %s, which is that of order %s", o.OrderID, o.InvoiceNumber, other)
		}
		first[o.InvoiceNumber] = o.OrderID
	}
}

// erpToldTwice: the ERP books each event of an order once.
func erpToldTwice(f *facts, r *Report) {
	for _, erp := range f.ERP {
		for _, event := range []string{erptest.CallCreate, erptest.CallCancel, erptest.CallOther} {
			counts := countByKey(effects(erp.Calls, event))
			for _, id := range sorted(counts) {
				if counts[id] > 1 {
					r.ERPMessagesTwice++
					r.wrong("order %s: the ERP booked %s %d times", id, event, counts[id])
				}
			}
		}
	}
}

// erpToldInOrder: no cancellation before what it cancels.
func erpToldInOrder(f *facts, r *Report) {
	for _, erp := range f.ERP {
		created := map[string]bool{}
		for _, call := range erp.Calls {
			if call.Effect && call.Name == erptest.CallCreate {
				created[call.Key] = true
			}
			if call.Name == erptest.CallCancel && !created[call.Key] {
				r.wrong("order %s: the ERP was told to cancel it before it knew of it", call.Key)
			}
		}
	}
}

// manifests: at most 250 parcels in one, and each parcel in one.
func manifests(f *facts, r *Report) {
	first := map[string]string{}
	for _, made := range f.manifests {
		if len(made.included) > maxShipments {
			r.ManifestsOver250++
			r.wrong("manifest %s has %d shipments, at most %d are allowed", made.id, len(made.included), maxShipments)
		}
		for _, id := range made.included {
			if other, taken := first[id]; taken {
				r.wrong("order %s is in the manifests %s and %s", id, other, made.id)
			}
			first[id] = made.id
		}
	}
}

// stockAdds: what was loaded is either on hand or has left the house and not come back, and nothing is reserved any more.
func stockAdds(f *facts, r *Report) {
	expected := maps.Clone(f.Loaded)
	for _, o := range f.Ajio.Orders {
		if o.Status != wire.StatusDispatched && o.Status != wire.StatusDelivered {
			continue
		}
		for _, line := range o.Lines {
			expected[Item{o.Pob, line.ItemCode}] -= line.Invoiced
		}
	}
	for item, units := range f.restocked() {
		expected[item] += units
	}
	for _, stock := range f.Postgres.Stock {
		leaked := stock.OnHand - expected[stock.Item]
		delete(expected, stock.Item)
		if leaked != 0 {
			r.StockUnitsLeaked += max(leaked, -leaked)
			r.wrong("item %s at %s: %d units on hand, but %d loaded less shipped, with what came back good", stock.Code, stock.Pob, stock.OnHand, stock.OnHand-leaked)
		}
		if stock.Reserved != 0 {
			r.StockUnitsLeaked += stock.Reserved
			r.wrong("item %s at %s: %d units are still reserved", stock.Code, stock.Pob, stock.Reserved)
		}
	}
	for item, units := range expected {
		if units != 0 {
			r.StockUnitsLeaked += max(units, -units)
			r.wrong("item %s at %s: %d units should be on hand, but the stock does not know it", item.Code, item.Pob, units)
		}
	}
}

// contractsKept: the simulators note every breach of the contracts that they see.
func contractsKept(f *facts, r *Report) {
	for _, erp := range f.ERP {
		for _, violation := range erp.Violations {
			r.wrong("ERP of %s: %s", erp.Pob, violation)
		}
	}
	for _, warehouse := range f.Warehouse {
		for _, violation := range warehouse.Violations {
			r.wrong("warehouse of %s: %s", warehouse.Pob, violation)
		}
	}
}

// nothingLeftUndone: no message that vmsflow accepted waits for its order, and no message to an ERP for an answer.
func nothingLeftUndone(f *facts, r *Report) {
	for _, message := range f.Postgres.Undone {
		r.wrong("%s was accepted, but no workflow was told", message)
	}
	for _, message := range f.Postgres.Messages {
		if !message.Accepted {
			r.wrong("order %s: Postgres does not know that the ERP took %s", message.OrderID, message.Event)
		}
	}
}
