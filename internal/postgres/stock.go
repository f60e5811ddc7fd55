package postgres

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"vmsflow/internal/order"
)

// StockLevel is a count of one item: all units in the warehouse, the reserved ones among them.
type StockLevel struct {
	ItemCode string `json:"item_code"`
	OnHand   int    `json:"on_hand"`
}

// StockRow is the stock of one item. Reserved never exceeds OnHand; the difference can be reserved.
type StockRow struct {
	ItemCode string `json:"item_code"`
	OnHand   int    `json:"on_hand"`
	Reserved int    `json:"reserved"`
}

// LoadStock sets the units on hand of the named items; other items stay as they are. A level that is negative,
// named twice, or below what orders hold (ErrConflict) is refused by its item, and then nothing is loaded.
func (db *DB) LoadStock(ctx context.Context, pob string, levels []StockLevel) error {
	items, onHand := make([]string, len(levels)), make([]int, len(levels))
	seen := make(map[string]bool, len(levels))
	for i, level := range levels {
		switch {
		case level.ItemCode == "" || seen[level.ItemCode]:
			return fmt.Errorf("load stock of POB %s: item %q is empty or stands twice", pob, level.ItemCode)
		case level.OnHand < 0:
			return fmt.Errorf("load stock of POB %s: item %s with %d units", pob, level.ItemCode, level.OnHand)
		}
		seen[level.ItemCode] = true
		items[i], onHand[i] = level.ItemCode, level.OnHand
	}
	err := db.inTx(ctx, func(tx pgx.Tx) error {
		rows, err := lockStock(ctx, tx, pob, items)
		if err != nil {
			return err
		}
		for i, item := range items {
			if reserved := rows[item].Reserved; onHand[i] < reserved {
				return fmt.Errorf("item %s: %d units on hand, but orders hold %d: %w", item, onHand[i], reserved, ErrConflict)
			}
		}
		return exec(ctx, tx, `
			INSERT INTO stock (pob, item_code, on_hand)
			SELECT $1, item_code, on_hand FROM unnest($2::text[], $3::int[]) AS level (item_code, on_hand)
			ORDER BY item_code COLLATE "C"
			ON CONFLICT (pob, item_code) DO UPDATE SET on_hand = EXCLUDED.on_hand`, pob, items, onHand)
	})
	if err != nil {
		return fmt.Errorf("load stock of POB %s: %w", pob, err)
	}
	return nil
}

// Stock lists the stock of a POB by item code.
func (db *DB) Stock(ctx context.Context, pob string) ([]StockRow, error) {
	rows, err := many(ctx, db.pool, pgx.RowToStructByName[StockRow],
		`SELECT item_code, on_hand, reserved FROM stock WHERE pob = $1 ORDER BY item_code`, pob)
	if err != nil {
		return nil, fmt.Errorf("stock of POB %s: %w", pob, err)
	}
	return rows, nil
}

// Reserve takes stock for the lines of a registered order and answers what each line of the order got: all the
// units it asks for or none. Lines come first that stand first. Every later call gives the first answer, also
// after some units were released. ErrConflict: a line is not in the order, is of another item or asks for more than
// it ordered, or the order has ended and holds nothing any more.
func (db *DB) Reserve(ctx context.Context, pob, orderID string, lines []order.Line) (order.Quantities, error) {
	var granted order.Quantities
	err := db.step(ctx, "reservation", pob, orderID, func(tx pgx.Tx) error {
		reservedAt, endedAt, err := reservationState(ctx, tx, pob, orderID)
		switch {
		case err != nil:
			return err
		case endedAt != nil:
			return fmt.Errorf("it has ended: %w", ErrConflict)
		case reservedAt != nil:
			granted, err = units(ctx, tx, "granted", pob, orderID)
			return err
		}
		granted, err = reserve(ctx, tx, pob, orderID, lines)
		return err
	})
	return granted, err
}

func reservationState(ctx context.Context, tx pgx.Tx, pob, orderID string) (reservedAt, endedAt *time.Time, err error) {
	err = tx.QueryRow(ctx, `SELECT reserved_at, ended_at FROM orders WHERE pob = $1 AND order_id = $2`, pob, orderID).
		Scan(&reservedAt, &endedAt)
	return reservedAt, endedAt, err
}

func reserve(ctx context.Context, tx pgx.Tx, pob, orderID string, lines []order.Line) (order.Quantities, error) {
	ordered, err := units(ctx, tx, "ordered", pob, orderID)
	if err != nil {
		return nil, err
	}
	itemOf, err := one(ctx, tx, pgx.RowTo[map[string]string],
		`SELECT jsonb_object_agg(order_item_id, item_code) FROM order_lines WHERE pob = $1 AND order_id = $2`, pob, orderID)
	if err != nil {
		return nil, err
	}
	wanted, items := order.Quantities{}, make([]string, len(lines))
	for i, line := range lines {
		wanted[line.OrderItemID] += line.Ordered
		items[i] = line.ItemCode
		if item, known := itemOf[line.OrderItemID]; known && item != line.ItemCode {
			return nil, fmt.Errorf("line %s is of item %s, not %s: %w", line.OrderItemID, item, line.ItemCode, ErrConflict)
		}
	}
	if err := within(wanted, ordered); err != nil {
		return nil, err
	}
	stock, err := lockStock(ctx, tx, pob, items)
	if err != nil {
		return nil, err
	}
	granted := order.Quantities{}
	for id := range ordered {
		granted[id] = 0
	}
	for _, line := range lines {
		row := stock[line.ItemCode]
		if row.OnHand-row.Reserved < line.Ordered {
			continue
		}
		row.Reserved += line.Ordered
		stock[line.ItemCode] = row
		granted[line.OrderItemID] = line.Ordered
	}
	if err := exec(ctx, tx, `
		UPDATE order_lines SET granted = ($3::jsonb->>order_item_id)::int, reserved = ($3::jsonb->>order_item_id)::int
		WHERE pob = $1 AND order_id = $2`, pob, orderID, granted); err != nil {
		return nil, err
	}
	if err := exec(ctx, tx, `UPDATE orders SET reserved_at = now() WHERE pob = $1 AND order_id = $2`, pob, orderID); err != nil {
		return nil, err
	}
	return granted, exec(ctx, tx, `
		UPDATE stock s SET reserved = s.reserved + held.units
		FROM (SELECT item_code, sum(reserved) AS units FROM order_lines WHERE pob = $1 AND order_id = $2 GROUP BY item_code) held
		WHERE s.pob = $1 AND s.item_code = held.item_code AND held.units > 0`, pob, orderID)
}

// KeepReserved lowers what an order holds to keep, line by line; lines that are not named keep nothing. It
// never raises a line, so a repeat, and a call after the order ended, change nothing. Names that are no lines
// of the order are ErrConflict.
func (db *DB) KeepReserved(ctx context.Context, pob, orderID string, keep order.Quantities) error {
	return db.step(ctx, "keeping reserved", pob, orderID, func(tx pgx.Tx) error {
		ordered, err := units(ctx, tx, "ordered", pob, orderID)
		if err != nil {
			return err
		}
		if err := within(keep, ordered); err != nil {
			return err
		}
		return lowerReservation(ctx, tx, pob, orderID, keep, false)
	})
}

// giveUpReservation empties what an order holds. Consumed units leave the stock, the others become free.
func giveUpReservation(ctx context.Context, tx pgx.Tx, pob, orderID string, consumed bool) error {
	return lowerReservation(ctx, tx, pob, orderID, order.Quantities{}, consumed)
}

func lowerReservation(ctx context.Context, tx pgx.Tx, pob, orderID string, keep order.Quantities, consumed bool) error {
	items, err := many(ctx, tx, pgx.RowTo[string],
		`SELECT DISTINCT item_code FROM order_lines WHERE pob = $1 AND order_id = $2 AND reserved > 0`, pob, orderID)
	if err != nil || len(items) == 0 {
		return err
	}
	if _, err := lockStock(ctx, tx, pob, items); err != nil {
		return err
	}
	return exec(ctx, tx, `
		WITH held AS (
			SELECT order_item_id, item_code, reserved, LEAST(reserved, COALESCE(($3::jsonb->>order_item_id)::int, 0)) AS kept
			FROM order_lines WHERE pob = $1 AND order_id = $2
		), lines AS (
			UPDATE order_lines l SET reserved = held.kept
			FROM held WHERE l.pob = $1 AND l.order_id = $2 AND l.order_item_id = held.order_item_id
		), given_up AS (
			SELECT item_code, sum(reserved - kept) AS units FROM held GROUP BY item_code
		)
		UPDATE stock s
		SET reserved = s.reserved - given_up.units, on_hand = s.on_hand - CASE WHEN $4 THEN given_up.units ELSE 0 END
		FROM given_up WHERE s.pob = $1 AND s.item_code = given_up.item_code AND given_up.units > 0`,
		pob, orderID, orEmpty(keep), consumed)
}

// lockStock reads and locks the rows of these items that exist, always in bytewise order of the item codes, so
// that transactions with overlapping items queue up instead of deadlocking.
func lockStock(ctx context.Context, tx pgx.Tx, pob string, items []string) (map[string]StockRow, error) {
	rows, err := many(ctx, tx, pgx.RowToStructByName[StockRow], `
		SELECT item_code, on_hand, reserved FROM stock
		WHERE pob = $1 AND item_code = ANY ($2) ORDER BY item_code FOR NO KEY UPDATE`, pob, items)
	if err != nil {
		return nil, err
	}
	byItem := make(map[string]StockRow, len(rows))
	for _, row := range rows {
		byItem[row.ItemCode] = row
	}
	return byItem, nil
}
