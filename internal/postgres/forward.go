package postgres

import (
	"context"
	"errors"

	"vmsflow/internal/order"
)

// Forward is what our books have on the forward order of a return.
type Forward struct {
	Return Return
	Order  *Order // nil when we do not know it
	AWB    string // of its shipping label; empty without one
	// Credited sums the credit notes over other returns of the order.
	Credited order.Paise
	// Elsewhere counts the units that other returns of the order expect or brought back, by order_item_id. Returns that Ajio
	// withdrew do not count, nor those that an operator closed before their QC, nor units that were missing.
	Elsewhere order.Quantities
}

// Forward reads what is known of the forward order of a return.
func (db *DB) Forward(ctx context.Context, id int64) (Forward, error) {
	r, err := db.Return(ctx, id)
	if err != nil {
		return Forward{}, err
	}
	f := Forward{Return: r, Elsewhere: order.Quantities{}}
	returns, err := db.ReturnsOfOrder(ctx, r.Pob, r.OrderID)
	if err != nil {
		return Forward{}, err
	}
	for _, other := range returns {
		if other.ID == id {
			continue
		}
		for line, units := range other.takes() {
			f.Elsewhere[line] += units
		}
	}
	notes, err := db.CreditNotesOfOrder(ctx, r.Pob, r.OrderID)
	if err != nil {
		return Forward{}, err
	}
	for _, note := range notes {
		if note.Row != id {
			f.Credited += note.Note.Value
		}
	}
	found, err := db.Order(ctx, r.Pob, r.OrderID)
	switch {
	case errors.Is(err, ErrNotFound):
		return f, nil
	case err != nil:
		return Forward{}, err
	}
	f.Order = &found
	documents, err := db.Documents(ctx, r.Pob, r.OrderID)
	for _, document := range documents {
		if document.Kind == KindShippingLabel {
			f.AWB = document.Number
		}
	}
	return f, err
}

// takes counts the units of the order that a return takes for itself: those of its QC or, before, those that Ajio expects.
func (r Return) takes() order.Quantities {
	switch {
	case r.Outcome == order.ReturnCancelled, r.Outcome == order.ReturnClosed && r.QCAt == nil:
		return nil
	case r.QCAt != nil:
		units := order.Quantities{}
		for _, unit := range r.Units {
			if unit.OrderItemID != "" && unit.Code != order.Missing { // the customer may still send that one
				units[unit.OrderItemID]++
			}
		}
		return units
	case r.Expectation == nil || r.Expectation.Status == order.StatusReturnCancelled:
		return nil
	default:
		return r.Expectation.Units()
	}
}
