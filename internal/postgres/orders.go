package postgres

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"vmsflow/internal/order"
)

// Order is one forward order as the index knows it. A nil time or quantity means that the step has not been
// taken; a quantity that is set names every line of the order, lines without units with 0.
type Order struct {
	ID                int64                // omsOrderId
	Order             order.Order          // as it was first seen at Ajio
	Model             order.InvoicingModel // of the POB when the order came in
	ItemIDs           map[string]int64     // order_item_id to omsItemId
	Reserved          order.Quantities     // what the order still holds; zeros before Reserve
	AcknowledgedAt    *time.Time
	Confirmed         order.Quantities
	PO                *order.PurchaseOrder `db:"po"`
	SentToWarehouseAt *time.Time
	PostedAt          *time.Time // the ERP accepted OUTWARD_ORDER_CREATE
	Invoice           *order.Invoice
	ReleasedAt        *time.Time
	Released          order.Quantities
	PackedAt          *time.Time
	Packed            order.Quantities
	ManifestID        string // Ajio's; empty before handover
	// EndingAt is when it was decided to take the order back. Until EndedAt, hours may pass in which the outside
	// systems are told.
	EndingAt  *time.Time
	Outcome   order.Outcome // empty while the order is open
	EndedAt   *time.Time
	EndReason string
}

// Entry is an order as the intake finds it in the index.
type Entry struct {
	Order   order.Order          // as it was first seen at Ajio, whatever is listed now
	Model   order.InvoicingModel // of the POB when the order came in
	New     bool                 // entered by this call
	Started bool                 // its workflow runs or has run
	Ended   bool
}

// HeldOrder is an order whose acknowledgement is still due.
type HeldOrder struct {
	OrderID string
	Wanted  order.Quantities // what the customer still wants, as the workflow was last told
}

// RegisterOrder enters an order and its lines. For an order that is known it does nothing and returns what is
// stored: the first content and model stay. An order that breaks order.Order.Validate is not entered.
func (db *DB) RegisterOrder(ctx context.Context, o order.Order, model order.InvoicingModel) (Entry, error) {
	if err := o.Validate(); err != nil {
		return Entry{}, err
	}
	done, err := db.pool.Exec(ctx, `
		WITH new AS (
			INSERT INTO orders (pob, order_id, order_time, content, model)
			VALUES ($1, $2, $3, $4, $5)
			ON CONFLICT (pob, order_id) DO NOTHING
			RETURNING pob, order_id, content
		)
		INSERT INTO order_lines (pob, order_id, order_item_id, position, item_code, ordered, wanted)
		SELECT pob, order_id, line->>'order_item_id', position, line->>'item_code', (line->>'ordered')::int, (line->>'ordered')::int
		FROM new, jsonb_array_elements(content->'lines') WITH ORDINALITY AS lines (line, position)`,
		o.Pob, o.ID, o.OrderTime, o, model)
	if err != nil {
		return Entry{}, fmt.Errorf("register order %s: %w", o.ID, err)
	}
	if done.RowsAffected() > 0 {
		return Entry{Order: o, Model: model, New: true}, nil
	}
	known, err := db.KnownOrders(ctx, o.Pob, []string{o.ID})
	return known[o.ID], err
}

// KnownOrders looks up which of these orders of a POB are entered, by order id.
func (db *DB) KnownOrders(ctx context.Context, pob string, orderIDs []string) (map[string]Entry, error) {
	list, err := many(ctx, db.pool, pgx.RowToStructByName[Entry], `
		SELECT content AS "order", model, false AS new, started_at IS NOT NULL AS started, ended_at IS NOT NULL AS ended
		FROM orders WHERE pob = $1 AND order_id = ANY ($2)`, pob, orderIDs)
	if err != nil {
		return nil, fmt.Errorf("known orders of POB %s: %w", pob, err)
	}
	known := make(map[string]Entry, len(list))
	for _, entry := range list {
		known[entry.Order.ID] = entry
	}
	return known, nil
}

// MarkStarted records that the order's workflow has been started; the first time stays.
func (db *DB) MarkStarted(ctx context.Context, pob, orderID string) error {
	return db.step(ctx, "start", pob, orderID, func(tx pgx.Tx) error {
		return exec(ctx, tx, `UPDATE orders SET started_at = COALESCE(started_at, now()) WHERE pob = $1 AND order_id = $2`, pob, orderID)
	})
}

const selectOrder = `
	SELECT o.id, o.content AS "order", o.model, o.acknowledged_at, o.po, o.sent_to_warehouse_at, o.posted_at, o.invoice,
		o.released_at, o.packed_at, COALESCE(o.manifest_id, '') AS manifest_id, o.ending_at,
		COALESCE(o.outcome, '') AS outcome, o.ended_at, o.end_reason, units.*
	FROM orders o CROSS JOIN LATERAL (
		SELECT jsonb_object_agg(order_item_id, id) AS item_ids,
			jsonb_object_agg(order_item_id, reserved) AS reserved,
			jsonb_object_agg(order_item_id, confirmed) FILTER (WHERE confirmed IS NOT NULL) AS confirmed,
			jsonb_object_agg(order_item_id, released) FILTER (WHERE released IS NOT NULL) AS released,
			jsonb_object_agg(order_item_id, packed) FILTER (WHERE packed IS NOT NULL) AS packed
		FROM order_lines l WHERE l.pob = o.pob AND l.order_id = o.order_id
	) units
	WHERE `

// Order reads one order, or ErrNotFound.
func (db *DB) Order(ctx context.Context, pob, orderID string) (Order, error) {
	return db.order(ctx, "order "+orderID, `o.pob = $1 AND o.order_id = $2`, pob, orderID)
}

// FindOrder reads the order with this id in any of the POBs, those of a caller's credential; ErrNotFound when
// it is in none of them.
func (db *DB) FindOrder(ctx context.Context, orderID string, pobs []string) (Order, error) {
	return db.order(ctx, "order "+orderID, `o.order_id = $1 AND o.pob = ANY ($2)`, orderID, pobs)
}

// FindOrderByPO reads the order of a purchase order in any of the POBs, or ErrNotFound.
func (db *DB) FindOrderByPO(ctx context.Context, poNumber string, pobs []string) (Order, error) {
	return db.order(ctx, "purchase order "+poNumber, `o.po_number = $1 AND o.pob = ANY ($2)`, poNumber, pobs)
}

// OrderOfIRN names the order that has the e-invoice with this IRN; empty when none has. An IRN stands for seller,
// financial year and number, so two orders with one have used a number twice.
func (db *DB) OrderOfIRN(ctx context.Context, irn string) (string, error) {
	orderID, err := one(ctx, db.pool, pgx.RowTo[string], `SELECT order_id FROM orders WHERE invoice->>'irn' = $1`, irn)
	if err != nil && !errors.Is(err, ErrNotFound) {
		return "", fmt.Errorf("order of an IRN: %w", err)
	}
	return orderID, nil
}

func (db *DB) order(ctx context.Context, what, where string, args ...any) (Order, error) {
	found, err := one(ctx, db.pool, pgx.RowToStructByName[Order], selectOrder+where, args...)
	if err != nil {
		return Order{}, fmt.Errorf("%s: %w", what, err)
	}
	return found, nil
}

// MarkAcknowledged records the units that were confirmed to Ajio; lines that are not named were confirmed with
// 0. A repeat with other units is ErrConflict: Ajio takes one acknowledgement.
func (db *DB) MarkAcknowledged(ctx context.Context, pob, orderID string, confirmed order.Quantities, at time.Time) error {
	return db.step(ctx, "acknowledgement", pob, orderID, func(tx pgx.Tx) error {
		if err := setUnitsOnce(ctx, tx, "confirmed", pob, orderID, confirmed); err != nil {
			return err
		}
		return exec(ctx, tx, `UPDATE orders SET acknowledged_at = COALESCE(acknowledged_at, $3) WHERE pob = $1 AND order_id = $2`, pob, orderID, at)
	})
}

// SavePO records Ajio's purchase order. A repeat with the same number replaces it, since the live units may
// fall; another number is ErrConflict, and so are a number that another order of the POB has and a text that cannot be
// stored.
func (db *DB) SavePO(ctx context.Context, pob, orderID string, po order.PurchaseOrder) error {
	return db.saveDocumentOf(ctx, "po", pob, orderID, po.Number, po)
}

// SaveInvoice records the B2B e-invoice. A repeat with the same number replaces it; another number is
// ErrConflict: a purchase order has one invoice (contracts/increff-erp.md §3.1, INV-7).
func (db *DB) SaveInvoice(ctx context.Context, pob, orderID string, inv order.Invoice) error {
	return db.saveDocumentOf(ctx, "invoice", pob, orderID, inv.Number, inv)
}

// saveDocumentOf fills the column and its _number, which are po or invoice.
func (db *DB) saveDocumentOf(ctx context.Context, column, pob, orderID, number string, content any) error {
	text, err := json.Marshal(content)
	if err != nil {
		return fmt.Errorf("order %s, %s: %w", orderID, column, err)
	}
	if hasNUL(text) {
		return fmt.Errorf("order %s, %s: a NUL character, which no database takes: %w", orderID, column, ErrConflict)
	}
	return db.step(ctx, column+" "+number, pob, orderID, func(tx pgx.Tx) error {
		stored, err := one(ctx, tx, pgx.RowTo[string], `
			UPDATE orders
			SET `+column+` = CASE WHEN COALESCE(`+column+`_number, $3) = $3 THEN $4 ELSE `+column+` END,
				`+column+`_number = COALESCE(`+column+`_number, $3)
			WHERE pob = $1 AND order_id = $2
			RETURNING `+column+`_number`, pob, orderID, number, json.RawMessage(text))
		switch {
		case violates(err, "orders_by_po"), violates(err, "orders_by_irn"):
			return fmt.Errorf("the number belongs to another order: %w", ErrConflict)
		case err == nil && stored != number:
			return fmt.Errorf("the order has %q: %w", stored, ErrConflict)
		}
		return err
	})
}

// MarkPOSignalled records that the workflow has been told of its purchase order, or that there will be none; the first
// time stays.
func (db *DB) MarkPOSignalled(ctx context.Context, pob, orderID string) error {
	return db.step(ctx, "PO signalled", pob, orderID, func(tx pgx.Tx) error {
		return exec(ctx, tx, `UPDATE orders SET po_signalled_at = COALESCE(po_signalled_at, now()) WHERE pob = $1 AND order_id = $2`, pob, orderID)
	})
}

// MarkSentToWarehouse records the units that the warehouse was given, on hold; lines that are not named went
// with 0. The first time stays, the units are those of the last call, because a stop takes some away.
func (db *DB) MarkSentToWarehouse(ctx context.Context, pob, orderID string, units order.Quantities) error {
	return db.step(ctx, "sent to the warehouse", pob, orderID, func(tx pgx.Tx) error {
		if err := setUnits(ctx, tx, "at_warehouse", pob, orderID, units); err != nil {
			return err
		}
		return exec(ctx, tx, `UPDATE orders SET sent_to_warehouse_at = COALESCE(sent_to_warehouse_at, now()) WHERE pob = $1 AND order_id = $2`, pob, orderID)
	})
}

// MarkReleased records the units released for picking; lines that are not named were released with 0. The
// first time stays, the units are those of the last call.
func (db *DB) MarkReleased(ctx context.Context, pob, orderID string, units order.Quantities) error {
	return db.step(ctx, "release", pob, orderID, func(tx pgx.Tx) error {
		if err := setUnits(ctx, tx, "released", pob, orderID, units); err != nil {
			return err
		}
		return exec(ctx, tx, `UPDATE orders SET released_at = COALESCE(released_at, now()) WHERE pob = $1 AND order_id = $2`, pob, orderID)
	})
}

// SavePacked records the units that were packed; lines that are not named were packed with 0. A repeat with
// other units is ErrConflict: an Ajio order is one parcel, packed once.
func (db *DB) SavePacked(ctx context.Context, pob, orderID string, units order.Quantities) error {
	return db.step(ctx, "pack", pob, orderID, func(tx pgx.Tx) error {
		if err := setUnitsOnce(ctx, tx, "packed", pob, orderID, units); err != nil {
			return err
		}
		return exec(ctx, tx, `UPDATE orders SET packed_at = COALESCE(packed_at, now()) WHERE pob = $1 AND order_id = $2`, pob, orderID)
	})
}

// HeldOrders lists the orders that are neither acknowledged nor ending nor ended, were ordered at or after from and
// were entered before createdBefore, oldest first. The second bound keeps out what came in while the pendency was
// being read.
func (db *DB) HeldOrders(ctx context.Context, pob string, from, createdBefore time.Time) ([]HeldOrder, error) {
	held, err := many(ctx, db.pool, pgx.RowToStructByName[HeldOrder], `
		SELECT o.order_id, jsonb_object_agg(l.order_item_id, l.wanted) AS wanted
		FROM orders o JOIN order_lines l USING (pob, order_id)
		WHERE o.pob = $1 AND o.acknowledged_at IS NULL AND o.ending_at IS NULL AND o.ended_at IS NULL
			AND o.order_time >= $2 AND o.created_at < $3
		GROUP BY o.pob, o.order_id
		ORDER BY o.order_time, o.order_id`, pob, from, createdBefore)
	if err != nil {
		return nil, fmt.Errorf("held orders of POB %s: %w", pob, err)
	}
	return held, nil
}

// SaveWanted records what the customer still wants, after the workflow was told; lines that are not named are wanted
// no more.
func (db *DB) SaveWanted(ctx context.Context, pob, orderID string, wanted order.Quantities) error {
	return db.step(ctx, "wanted units", pob, orderID, func(tx pgx.Tx) error {
		return setUnits(ctx, tx, "wanted", pob, orderID, wanted)
	})
}

// AwaitingPO lists the ids of orders that are acknowledged, neither ending nor ended, and whose workflow has not been
// told of a purchase order: at most limit, the one acknowledged first coming first.
func (db *DB) AwaitingPO(ctx context.Context, pob string, limit int) ([]string, error) {
	ids, err := many(ctx, db.pool, pgx.RowTo[string], `
		SELECT order_id FROM orders
		WHERE pob = $1 AND acknowledged_at IS NOT NULL AND po_signalled_at IS NULL AND ending_at IS NULL AND ended_at IS NULL
		ORDER BY acknowledged_at, order_id LIMIT $2`, pob, limit)
	if err != nil {
		return nil, fmt.Errorf("orders of POB %s awaiting a PO: %w", pob, err)
	}
	return ids, nil
}

// MarkEnding records that an order is being taken back, and why, before anybody outside is told. The first time and
// reason stay until EndOrder, which has the last word; an order that has ended stays as it is. Where RecordAbandoned set
// them, the workflow's reason replaces its, and WithdrawAbandoned takes them back no more.
func (db *DB) MarkEnding(ctx context.Context, pob, orderID, reason string) error {
	return db.step(ctx, "ending", pob, orderID, func(tx pgx.Tx) error {
		err := exec(ctx, tx, `
			UPDATE orders o SET ending_at = COALESCE(ending_at, now()), end_reason = $3
			WHERE pob = $1 AND order_id = $2 AND ended_at IS NULL AND (ending_at IS NULL OR EXISTS (
				SELECT FROM abandoned_orders a
				WHERE a.pob = o.pob AND a.order_id = o.order_id AND a.marked_ending AND a.settled_at IS NULL
			))`, pob, orderID, withoutNUL(reason))
		if err != nil {
			return err
		}
		return exec(ctx, tx, `
			UPDATE abandoned_orders SET marked_ending = false
			WHERE pob = $1 AND order_id = $2 AND marked_ending AND settled_at IS NULL`, pob, orderID)
	})
}

// EndOrder ends an order once. Completed takes the units that it holds out of the stock, they have left the
// house; any other outcome gives them back. A repeat does nothing; a repeat with another outcome is ErrConflict.
func (db *DB) EndOrder(ctx context.Context, pob, orderID string, outcome order.Outcome, reason string) error {
	return db.step(ctx, "end", pob, orderID, func(tx pgx.Tx) error {
		ended, err := one(ctx, tx, pgx.RowTo[order.Outcome],
			`SELECT COALESCE(outcome, '') FROM orders WHERE pob = $1 AND order_id = $2`, pob, orderID)
		switch {
		case err != nil:
			return err
		case ended == outcome:
			return nil
		case ended != "":
			return fmt.Errorf("it ended as %s, not %s: %w", ended, outcome, ErrConflict)
		}
		return endOrder(ctx, tx, pob, orderID, outcome, reason)
	})
}

// endOrder ends an order that is open and locked.
func endOrder(ctx context.Context, tx pgx.Tx, pob, orderID string, outcome order.Outcome, reason string) error {
	if err := giveUpReservation(ctx, tx, pob, orderID, outcome == order.Completed); err != nil {
		return err
	}
	return exec(ctx, tx, `UPDATE orders SET outcome = $3, end_reason = $4, ended_at = now() WHERE pob = $1 AND order_id = $2`,
		pob, orderID, outcome, withoutNUL(reason))
}
