package postgres

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"vmsflow/internal/order"
)

// RecordQC enters the QC of a return and, with restock, puts its good units back to stock, in one transaction and once;
// an item that has no stock yet gets a row. Surplus units never go to stock: whose they are is settled by hand.
//
// A repeat with the same units does nothing, also where Ajio announced the return in between and the units have their
// return item ids now; other units are ErrConflict. So are a return that has ended, unless Ajio withdrew it before its parcel
// came, and a unit that cannot be stored.
func (db *DB) RecordQC(ctx context.Context, id int64, units, surplus []order.UnitResult, restock bool) error {
	return db.changeReturn(ctx, "QC", id, func(tx pgx.Tx, r Return) error {
		switch {
		case r.QCAt != nil && !(sameUnits(r.Units, units) && sameUnits(r.Surplus, surplus)):
			return fmt.Errorf("another QC was entered at %s: %w", r.QCAt.Format(time.RFC3339), ErrConflict)
		case r.QCAt != nil:
			return nil
		case r.Outcome != "" && r.Outcome != order.ReturnCancelled:
			return fmt.Errorf("it ended as %s: %w", r.Outcome, ErrConflict)
		}
		if err := insertUnits(ctx, tx, id, units, surplus); err != nil {
			return err
		}
		if restock {
			if err := restockGood(ctx, tx, r.Pob, units); err != nil {
				return err
			}
		}
		return exec(ctx, tx, `UPDATE returns SET qc_at = now() WHERE id = $1`, id)
	})
}

// sameUnits compares what was found, whatever the order in which it stands.
func sameUnits(a, b []order.UnitResult) bool {
	return maps.Equal(tally(a), tally(b))
}

// tally counts units that are alike but for their return item ids, which an RTO gets only after its QC.
func tally(units []order.UnitResult) map[order.UnitResult]int {
	counts := map[order.UnitResult]int{}
	for _, unit := range units {
		unit.ReturnItemID = ""
		counts[unit]++
	}
	return counts
}

func insertUnits(ctx context.Context, tx pgx.Tx, id int64, units, surplus []order.UnitResult) error {
	all := slices.Concat(units, surplus)
	text, err := unitsJSON(all)
	if err != nil || len(all) == 0 {
		return err
	}
	return exec(ctx, tx, `
		INSERT INTO return_units (return_row, position, surplus, order_item_id, return_item_id, item_code, code, reason, said)
		SELECT $1, position, position > $3, COALESCE(unit->>'order_item_id', ''), COALESCE(unit->>'return_item_id', ''),
			unit->>'item_code', unit->>'code', COALESCE(unit->>'reason', ''), COALESCE(unit->>'said', '')
		FROM jsonb_array_elements($2::jsonb) WITH ORDINALITY AS units (unit, position)`, id, text, len(units))
}

// unitsJSON writes units for the database, or says which one it would not take.
func unitsJSON(units []order.UnitResult) (json.RawMessage, error) {
	for _, unit := range units {
		switch {
		case unit.ItemCode == "":
			return nil, fmt.Errorf("a unit of line %q has no item code: %w", unit.OrderItemID, ErrConflict)
		case unit.Code != order.Good && unit.Code != order.Bad && unit.Code != order.Missing:
			return nil, fmt.Errorf("a unit of item %q has the QC code %q: %w", unit.ItemCode, unit.Code, ErrConflict)
		}
	}
	text, err := json.Marshal(units)
	if err != nil {
		return nil, fmt.Errorf("write units: %w", err)
	}
	if hasNUL(text) {
		return nil, fmt.Errorf("a unit has a NUL character, which no database takes: %w", ErrConflict)
	}
	return text, nil
}

// restockGood adds the good units to what is on hand.
func restockGood(ctx context.Context, tx pgx.Tx, pob string, units []order.UnitResult) error {
	good := map[string]int{}
	for _, unit := range units {
		if unit.Code == order.Good {
			good[unit.ItemCode]++
		}
	}
	// INSERT takes its locks row by row, in the order of lockStock.
	return exec(ctx, tx, `
		INSERT INTO stock AS s (pob, item_code, on_hand)
		SELECT $1, key, value::int FROM jsonb_each_text($2::jsonb) ORDER BY key COLLATE "C"
		ON CONFLICT (pob, item_code) DO UPDATE SET on_hand = s.on_hand + EXCLUDED.on_hand`, pob, good)
}
