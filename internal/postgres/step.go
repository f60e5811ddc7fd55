package postgres

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"vmsflow/internal/order"
)

// step runs do in a transaction that holds the row of one order, so that two steps of an order follow each
// other. Its errors name what and the order; an unknown order is ErrNotFound.
//
// Locks are always taken in the same sequence, the order's row before rows of stock, which keeps steps of
// different orders from waiting for each other in a circle.
func (db *DB) step(ctx context.Context, what, pob, orderID string, do func(pgx.Tx) error) error {
	err := db.inTx(ctx, func(tx pgx.Tx) error {
		_, err := one(ctx, tx, pgx.RowTo[int64],
			`SELECT id FROM orders WHERE pob = $1 AND order_id = $2 FOR NO KEY UPDATE`, pob, orderID)
		if err != nil {
			return err
		}
		return do(tx)
	})
	if err != nil {
		return fmt.Errorf("order %s, %s: %w", orderID, what, err)
	}
	return nil
}

func exec(ctx context.Context, tx pgx.Tx, sql string, args ...any) error {
	_, err := tx.Exec(ctx, sql, args...)
	return err
}

// units reads one quantity of an order by order_item_id; lines where it is NULL are left out. The column is
// one of order_lines and never comes from outside.
func units(ctx context.Context, tx pgx.Tx, column, pob, orderID string) (order.Quantities, error) {
	return one(ctx, tx, pgx.RowTo[order.Quantities], `
		SELECT COALESCE(jsonb_object_agg(order_item_id, `+column+`) FILTER (WHERE `+column+` IS NOT NULL), '{}')
		FROM order_lines WHERE pob = $1 AND order_id = $2`, pob, orderID)
}

// setUnits writes one quantity for every line of an order; lines that are not named get 0. Names that are no
// lines of the order, and units outside 0..ordered, are ErrConflict.
func setUnits(ctx context.Context, tx pgx.Tx, column, pob, orderID string, quantities order.Quantities) error {
	ordered, err := units(ctx, tx, "ordered", pob, orderID)
	if err != nil {
		return err
	}
	if err := within(quantities, ordered); err != nil {
		return err
	}
	return exec(ctx, tx, `
		UPDATE order_lines SET `+column+` = COALESCE(($3::jsonb->>order_item_id)::int, 0)
		WHERE pob = $1 AND order_id = $2`, pob, orderID, orEmpty(quantities))
}

// setUnitsOnce is setUnits for a quantity that never changes: other units than those stored are ErrConflict.
func setUnitsOnce(ctx context.Context, tx pgx.Tx, column, pob, orderID string, quantities order.Quantities) error {
	stored, err := units(ctx, tx, column, pob, orderID)
	if err != nil {
		return err
	}
	if len(stored) == 0 {
		return setUnits(ctx, tx, column, pob, orderID, quantities)
	}
	if err := within(quantities, stored); err != nil {
		return err
	}
	for id, have := range stored {
		if quantities[id] != have {
			return fmt.Errorf("line %s: %d units are recorded, not %d: %w", id, have, quantities[id], ErrConflict)
		}
	}
	return nil
}

// within reports the first line, in the order of their ids, that is not one of limit or whose units are
// outside 0..limit.
func within(quantities, limit order.Quantities) error {
	for _, id := range slices.Sorted(maps.Keys(quantities)) {
		most, known := limit[id]
		switch {
		case !known:
			return fmt.Errorf("line %s is not in the order: %w", id, ErrConflict)
		case quantities[id] < 0 || quantities[id] > most:
			return fmt.Errorf("line %s: %d units are not between 0 and %d: %w", id, quantities[id], most, ErrConflict)
		}
	}
	return nil
}

// orEmpty keeps a nil map from being written as the JSON word null.
func orEmpty[M ~map[K]V, K comparable, V any](m M) M {
	if m == nil {
		return M{}
	}
	return m
}

// withoutNUL makes a text from outside storable. It is for what people and other systems say on the side, such as the
// reason of a cancellation: Postgres takes no NUL, and no order may hang on one. A text that is a key or goes out
// again is refused instead (order.Order.Validate, hasNUL, the gateway).
func withoutNUL(text string) string { return strings.ReplaceAll(text, "\x00", "\uFFFD") }

// hasNUL reports whether JSON that encoding/json wrote holds a NUL, which jsonb refuses. A backslash of its own is
// written twice.
func hasNUL(text []byte) bool {
	return strings.Contains(strings.ReplaceAll(string(text), `\\`, ``), `\u0000`)
}

// violates reports whether err is the breach of this constraint or unique index.
func violates(err error, constraint string) bool {
	var refused *pgconn.PgError
	return errors.As(err, &refused) && refused.ConstraintName == constraint
}
