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
// A QC is judged anew, under a higher revision, when Ajio corrects which units it expects: its units replace the others,
// and the stock is moved by the difference, so that the books say what Ajio is told. A unit that is good no longer, or that
// is not ours to sell any more, leaves the stock, unless an order holds it already: that one goes out.
//
// A repeat under the same revision does nothing, also where Ajio announced the return in between and the units have their
// return item ids now; other units are ErrConflict. A lower revision comes late and does nothing. ErrConflict are also a
// first QC of a return that has ended, unless Ajio withdrew it before its parcel came, and a unit that cannot be stored.
func (db *DB) RecordQC(ctx context.Context, id int64, revision int, units, surplus []order.UnitResult, restock bool) error {
	return db.changeReturn(ctx, "QC", id, func(tx pgx.Tx, r Return) error {
		isNew, err := r.takesQC(revision, units, surplus)
		if err != nil || !isNew {
			return err
		}
		if err := replaceUnits(ctx, tx, id, units, surplus); err != nil {
			return err
		}
		wanted := map[string]int{}
		if restock {
			wanted = goodByItem(units)
		}
		restocked, err := moveStock(ctx, tx, r.Pob, r.Restocked, wanted)
		if err != nil {
			return err
		}
		return exec(ctx, tx, `
			UPDATE returns SET qc_at = COALESCE(qc_at, now()), qc_revision = $2, restocked = $3 WHERE id = $1`, id, revision, restocked)
	})
}

// takesQC says whether a QC is news to the return, or why it contradicts the books.
func (r Return) takesQC(revision int, units, surplus []order.UnitResult) (isNew bool, _ error) {
	switch {
	case r.QCAt == nil && r.Outcome != "" && r.Outcome != order.ReturnCancelled:
		return false, fmt.Errorf("it ended as %s: %w", r.Outcome, ErrConflict)
	case r.QCAt == nil || revision > r.QCRevision:
		return true, nil
	case revision == r.QCRevision && !(sameUnits(r.Units, units) && sameUnits(r.Surplus, surplus)):
		return false, fmt.Errorf("another QC was entered at %s: %w", r.QCAt.Format(time.RFC3339), ErrConflict)
	default:
		return false, nil
	}
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

func replaceUnits(ctx context.Context, tx pgx.Tx, id int64, units, surplus []order.UnitResult) error {
	all := slices.Concat(units, surplus)
	text, err := unitsJSON(all)
	if err != nil {
		return err
	}
	if err := exec(ctx, tx, `DELETE FROM return_units WHERE return_row = $1`, id); err != nil || len(all) == 0 {
		return err
	}
	return exec(ctx, tx, `
		INSERT INTO return_units (return_row, position, surplus, unit_code, order_item_id, return_item_id, item_code, code, reason, said)
		SELECT $1, position, position > $3, COALESCE(unit->>'unit_code', ''), COALESCE(unit->>'order_item_id', ''),
			COALESCE(unit->>'return_item_id', ''), unit->>'item_code', unit->>'code', COALESCE(unit->>'reason', ''), COALESCE(unit->>'said', '')
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

func goodByItem(units []order.UnitResult) map[string]int {
	good := map[string]int{}
	for _, unit := range units {
		if unit.Code == order.Good {
			good[unit.ItemCode]++
		}
	}
	return good
}

// moveStock brings what is on hand from the units of a return that are in it to those that should be, and returns those
// that are. Items are locked in the order of lockStock.
func moveStock(ctx context.Context, tx pgx.Tx, pob string, before, wanted map[string]int) (after map[string]int, _ error) {
	items := map[string]bool{}
	for item := range before {
		items[item] = true
	}
	for item := range wanted {
		items[item] = true
	}
	after = map[string]int{}
	for _, item := range slices.Sorted(maps.Keys(items)) {
		moved, err := one(ctx, tx, pgx.RowTo[int], `
			WITH held AS (
				INSERT INTO stock AS s (pob, item_code, on_hand) VALUES ($1, $2, 0)
				ON CONFLICT (pob, item_code) DO UPDATE SET on_hand = s.on_hand
				RETURNING on_hand, reserved
			)
			SELECT GREATEST($3::int, reserved - on_hand) FROM held`, pob, item, wanted[item]-before[item])
		if err != nil {
			return nil, err
		}
		if err := exec(ctx, tx, `UPDATE stock SET on_hand = on_hand + $3 WHERE pob = $1 AND item_code = $2`, pob, item, moved); err != nil {
			return nil, err
		}
		if units := before[item] + moved; units != 0 {
			after[item] = units
		}
	}
	return after, nil
}
