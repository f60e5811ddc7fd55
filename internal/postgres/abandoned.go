package postgres

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"vmsflow/internal/order"
)

// AbandonedOrder is an order whose workflow went without ending it: an operator terminated it, it failed by a bug, or
// it was deleted. Nothing was compensated.
type AbandonedOrder struct {
	Pob            string           `json:"pob"`
	OrderID        string           `json:"order_id"`
	FoundAt        time.Time        `json:"found_at"`
	WorkflowStatus string           `json:"workflow_status"` // as Temporal spells it, such as Terminated, or WorkflowGone
	Why            string           `json:"why"`             // what Temporal keeps of the reason; may be empty
	LeftBehind     order.LeftBehind `json:"left_behind"`
	MarkedEnding   bool             `json:"-"`                    // the finding set the order's EndingAt, not its workflow
	SettledAt      *time.Time       `json:"settled_at,omitempty"` // nil while a person has to do something
	SettledBy      string           `json:"settled_by,omitempty"`
	SettledWhy     string           `json:"settled_why,omitempty"`
}

// WorkflowGone is the status of a workflow that Temporal does not have: it was deleted, or ended longer ago than the
// namespace keeps.
const WorkflowGone = "Gone"

// sweepName stands as settled_by where the sweep found that nobody is needed any more.
const sweepName = "order-sweep"

const abandonedColumns = `pob, order_id, found_at, workflow_status, why, left_behind, marked_ending, settled_at, settled_by, settled_why`

// OpenOrder is an order that was started and has not ended, so that a workflow should run it.
type OpenOrder struct {
	ID        int64
	Pob       string
	OrderID   string
	Abandoned bool // it was found without a workflow and is not settled
}

// OpenOrders lists open orders of these POBs by ID, those after the ID given: at most limit.
func (db *DB) OpenOrders(ctx context.Context, pobs []string, after int64, limit int) ([]OpenOrder, error) {
	list, err := many(ctx, db.pool, pgx.RowToStructByName[OpenOrder], `
		SELECT o.id, o.pob, o.order_id, EXISTS (
			SELECT FROM abandoned_orders a WHERE a.pob = o.pob AND a.order_id = o.order_id AND a.settled_at IS NULL
		) AS abandoned
		FROM orders o
		WHERE o.started_at IS NOT NULL AND o.ended_at IS NULL AND o.pob = ANY ($1) AND o.id > $2
		ORDER BY o.id LIMIT $3`, pobs, after, limit)
	if err != nil {
		return nil, fmt.Errorf("open orders: %w", err)
	}
	return list, nil
}

// Abandoned lists the abandoned orders of these POBs that nobody has settled, the first found coming first.
func (db *DB) Abandoned(ctx context.Context, pobs []string) ([]AbandonedOrder, error) {
	list, err := many(ctx, db.pool, pgx.RowToStructByName[AbandonedOrder], `
		SELECT `+abandonedColumns+` FROM abandoned_orders
		WHERE settled_at IS NULL AND pob = ANY ($1) ORDER BY found_at, pob, order_id`, pobs)
	if err != nil {
		return nil, fmt.Errorf("abandoned orders: %w", err)
	}
	return list, nil
}

// FindAbandoned reads what was found of one order, settled or not, or ErrNotFound.
func (db *DB) FindAbandoned(ctx context.Context, pob, orderID string) (AbandonedOrder, error) {
	found, err := findAbandoned(ctx, db.pool, pob, orderID)
	if err != nil {
		return AbandonedOrder{}, fmt.Errorf("order %s among the abandoned: %w", orderID, err)
	}
	return found, nil
}

func findAbandoned(ctx context.Context, q querier, pob, orderID string) (AbandonedOrder, error) {
	return one(ctx, q, pgx.RowToStructByName[AbandonedOrder],
		`SELECT `+abandonedColumns+` FROM abandoned_orders WHERE pob = $1 AND order_id = $2`, pob, orderID)
}

// RecordAbandoned records that an open order has no workflow and what that left behind, and reports whether this is
// news. Found again, it is brought up to date: a call that was under way may have written its answer meanwhile. An
// order that has ended is not recorded. One that is not packed is marked as ending, so that the gateway tells the
// warehouse and the ERP that it is cancelled; a packed one is left as it is, since its parcel may be leaving.
func (db *DB) RecordAbandoned(ctx context.Context, pob, orderID, workflowStatus, why string) (isNew bool, err error) {
	err = db.step(ctx, "abandoned", pob, orderID, func(tx pgx.Tx) error {
		o, err := one(ctx, tx, pgx.RowToStructByName[Order], selectOrder+`o.pob = $1 AND o.order_id = $2`, pob, orderID)
		if err != nil || o.EndedAt != nil {
			return err
		}
		earlier, err := findAbandoned(ctx, tx, pob, orderID)
		if err != nil && !errors.Is(err, ErrNotFound) {
			return err
		}
		isNew = err != nil || earlier.SettledAt != nil
		left, err := leftBehind(ctx, tx, o)
		if err != nil {
			return err
		}
		mark := isNew && o.EndingAt == nil && !left.Packed && o.ManifestID == ""
		if isNew || !earlier.MarkedEnding {
			left.Ending = o.EndReason // else it is ours
		}
		left.ByHand = left.Tasks()
		if mark {
			if err := exec(ctx, tx, `UPDATE orders SET ending_at = now(), end_reason = $3 WHERE pob = $1 AND order_id = $2`,
				pob, orderID, withoutNUL(endedBy(workflowStatus, why))); err != nil {
				return err
			}
		}
		return exec(ctx, tx, `
			INSERT INTO abandoned_orders AS a (pob, order_id, workflow_status, why, left_behind, marked_ending)
			VALUES ($1, $2, $3, $4, $5, $6)
			ON CONFLICT (pob, order_id) DO UPDATE SET
				found_at = CASE WHEN a.settled_at IS NULL THEN a.found_at ELSE now() END,
				marked_ending = CASE WHEN a.settled_at IS NULL THEN a.marked_ending ELSE EXCLUDED.marked_ending END,
				workflow_status = EXCLUDED.workflow_status, why = EXCLUDED.why, left_behind = EXCLUDED.left_behind,
				settled_at = NULL, settled_by = '', settled_why = ''`,
			pob, orderID, workflowStatus, withoutNUL(why), left, mark)
	})
	return isNew && err == nil, err
}

// WithdrawAbandoned takes back that an order is abandoned, because its workflow runs again: an operator has reset it.
// The gateway takes messages for it as before; an ending that the workflow decided meanwhile stays. A repeat does nothing.
func (db *DB) WithdrawAbandoned(ctx context.Context, pob, orderID string) error {
	return db.step(ctx, "abandoned no more", pob, orderID, func(tx pgx.Tx) error {
		err := exec(ctx, tx, `
			UPDATE orders o SET ending_at = NULL, end_reason = ''
			FROM abandoned_orders a
			WHERE o.pob = $1 AND o.order_id = $2 AND o.ended_at IS NULL
				AND a.pob = o.pob AND a.order_id = o.order_id AND a.marked_ending AND a.settled_at IS NULL`, pob, orderID)
		if err != nil {
			return err
		}
		return exec(ctx, tx, `
			UPDATE abandoned_orders SET settled_at = now(), settled_by = $3, settled_why = 'its workflow runs again'
			WHERE pob = $1 AND order_id = $2 AND settled_at IS NULL`, pob, orderID, sweepName)
	})
}

// SettleEnded settles those abandoned orders of these POBs that have ended all the same: their workflow was reset and
// ran to its end before a sweep saw it run.
func (db *DB) SettleEnded(ctx context.Context, pobs []string) error {
	_, err := db.pool.Exec(ctx, `
		UPDATE abandoned_orders a SET settled_at = now(), settled_by = $2, settled_why = 'its workflow ran again and ended it'
		FROM orders o
		WHERE a.settled_at IS NULL AND a.pob = ANY ($1) AND o.pob = a.pob AND o.order_id = a.order_id AND o.ended_at IS NOT NULL`,
		pobs, sweepName)
	if err != nil {
		return fmt.Errorf("settle abandoned orders that have ended: %w", err)
	}
	return nil
}

// SettleAbandoned ends an abandoned order in our own books, in one transaction: an order in a manifest is completed and
// its units leave the stock, any other is cancelled by the seller and its units are free again. Nobody outside is told.
// It returns what was settled. A repeat by the same person for the same reason does nothing; another one is
// ErrConflict, and an order that was not found to be abandoned is ErrNotFound.
func (db *DB) SettleAbandoned(ctx context.Context, pob, orderID, by, why string) (AbandonedOrder, order.Outcome, error) {
	by, why = withoutNUL(by), withoutNUL(why)
	var settled AbandonedOrder
	var outcome order.Outcome
	err := db.step(ctx, "settlement", pob, orderID, func(tx pgx.Tx) error {
		found, err := findAbandoned(ctx, tx, pob, orderID)
		switch {
		case err != nil:
			return err
		case found.SettledAt != nil && (found.SettledBy != by || found.SettledWhy != why):
			return fmt.Errorf("it was settled by %s (%s) at %s: %w",
				found.SettledBy, found.SettledWhy, found.SettledAt.Format(time.RFC3339), ErrConflict)
		case found.SettledAt == nil:
			if err := settle(ctx, tx, found, by, why); err != nil {
				return err
			}
		}
		if settled, err = findAbandoned(ctx, tx, pob, orderID); err != nil {
			return err
		}
		outcome, err = one(ctx, tx, pgx.RowTo[order.Outcome],
			`SELECT outcome FROM orders WHERE pob = $1 AND order_id = $2`, pob, orderID)
		return err
	})
	return settled, outcome, err
}

// settle ends the order, unless a workflow that was reset has done so, and closes the finding with the facts as they
// are now.
func settle(ctx context.Context, tx pgx.Tx, found AbandonedOrder, by, why string) error {
	o, err := one(ctx, tx, pgx.RowToStructByName[Order], selectOrder+`o.pob = $1 AND o.order_id = $2`, found.Pob, found.OrderID)
	if err != nil {
		return err
	}
	left, err := leftBehind(ctx, tx, o)
	if err != nil {
		return err
	}
	left.Ending = found.LeftBehind.Ending
	left.ByHand = left.Tasks()
	if o.EndedAt == nil {
		if err := endOrder(ctx, tx, found.Pob, found.OrderID, left.Outcome(), endedBy(found.WorkflowStatus, why)); err != nil {
			return err
		}
	}
	return exec(ctx, tx, `
		UPDATE abandoned_orders SET left_behind = $3, settled_at = now(), settled_by = $4, settled_why = $5
		WHERE pob = $1 AND order_id = $2`, found.Pob, found.OrderID, left, by, why)
}

// endedBy is the reason why an order ends that its workflow did not end, such as "terminated: sold twice".
func endedBy(workflowStatus, why string) string {
	return strings.TrimSuffix(strings.ToLower(workflowStatus)+": "+why, ": ")
}
