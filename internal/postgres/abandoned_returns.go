package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// isRunning holds for a return that is not over: it has not ended, or was reopened.
const isRunning = `(r.ended_at IS NULL OR r.reopened_at IS NOT NULL)`

// StartedReturns lists returns of these POBs that were started and are not over, so that a workflow should run them, by
// ID, those after the ID given: at most limit, without their units. One that was reopened counts as started.
func (db *DB) StartedReturns(ctx context.Context, pobs []string, after int64, limit int) ([]Return, error) {
	list, err := returnsAlone(ctx, db.pool, `
		(r.started_at IS NOT NULL OR r.reopened_at IS NOT NULL) AND `+isRunning+` AND r.pob = ANY ($1) AND r.id > $2
		ORDER BY r.id LIMIT $3`, pobs, after, limit)
	if err != nil {
		return nil, fmt.Errorf("returns that should run: %w", err)
	}
	return list, nil
}

// RecordAbandonedReturn records that a return has no workflow, and reports whether this is news. One that is over is not
// recorded.
func (db *DB) RecordAbandonedReturn(ctx context.Context, id int64, workflowStatus, why string) (isNew bool, err error) {
	err = db.changeReturn(ctx, "abandoned", id, func(tx pgx.Tx, r Return) error {
		if r.isOver() {
			return nil
		}
		isNew = r.AbandonedAt == nil
		return exec(ctx, tx, `
			UPDATE returns SET abandoned_at = COALESCE(abandoned_at, now()), workflow_status = $2, abandoned_why = $3 WHERE id = $1`,
			id, workflowStatus, withoutNUL(why))
	})
	return isNew && err == nil, err
}

// WithdrawAbandonedReturn takes back that a return is abandoned, because its workflow runs again. Messages that could not
// be delivered while it was gone are tried again; what it refused itself stays refused. A repeat does nothing.
func (db *DB) WithdrawAbandonedReturn(ctx context.Context, id int64) error {
	return db.changeReturn(ctx, "abandoned no more", id, func(tx pgx.Tx, r Return) error {
		if r.AbandonedAt == nil || r.isOver() {
			return nil
		}
		if err := exec(ctx, tx, `
			UPDATE inbox SET error = '' WHERE return_row = $1 AND signalled_at IS NULL AND error <> '' AND `+notSetAside, id); err != nil {
			return err
		}
		return exec(ctx, tx, `UPDATE returns SET abandoned_at = NULL, workflow_status = NULL, abandoned_why = NULL WHERE id = $1`, id)
	})
}

// isOver says whether a return has ended and was not reopened since.
func (r Return) isOver() bool { return r.Outcome != "" && r.ReopenedAt == nil }

// CountAbandonedReturns counts the returns of these POBs that no workflow runs although one should, as sweeps found them.
func (db *DB) CountAbandonedReturns(ctx context.Context, pobs []string) (int, error) {
	n, err := one(ctx, db.pool, pgx.RowTo[int],
		`SELECT count(*) FROM returns r WHERE abandoned_at IS NOT NULL AND `+isRunning+` AND pob = ANY ($1)`, pobs)
	if err != nil {
		return 0, fmt.Errorf("abandoned returns: %w", err)
	}
	return n, nil
}
