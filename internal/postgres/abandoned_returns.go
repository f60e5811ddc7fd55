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

// StartedReturns lists open returns of these POBs that were started, so that a workflow should run them, by ID, those
// after the ID given: at most limit.
func (db *DB) StartedReturns(ctx context.Context, pobs []string, after int64, limit int) ([]Return, error) {
	list, err := manyReturns(ctx, db.pool, `
		r.started_at IS NOT NULL AND r.ended_at IS NULL AND r.pob = ANY ($1) AND r.id > $2 ORDER BY r.id LIMIT $3`, pobs, after, limit)
	if err != nil {
		return nil, fmt.Errorf("open returns: %w", err)
	}
	return list, nil
}

// RecordAbandonedReturn records that an open return has no workflow, and reports whether this is news. A return that has
// ended is not recorded.
func (db *DB) RecordAbandonedReturn(ctx context.Context, id int64, workflowStatus, why string) (isNew bool, err error) {
	err = db.changeReturn(ctx, "abandoned", id, func(tx pgx.Tx, r Return) error {
		if r.Outcome != "" {
			return nil
		}
		isNew = r.AbandonedAt == nil
		return exec(ctx, tx, `
			UPDATE returns SET abandoned_at = COALESCE(abandoned_at, now()), workflow_status = $2, abandoned_why = $3 WHERE id = $1`,
			id, workflowStatus, withoutNUL(why))
	})
	return isNew && err == nil, err
}

// WithdrawAbandonedReturn takes back that a return is abandoned, because its workflow runs again. A repeat does nothing.
func (db *DB) WithdrawAbandonedReturn(ctx context.Context, id int64) error {
	return db.changeReturn(ctx, "abandoned no more", id, func(tx pgx.Tx, r Return) error {
		if r.Outcome != "" {
			return nil
		}
		return exec(ctx, tx, `UPDATE returns SET abandoned_at = NULL, workflow_status = NULL, abandoned_why = NULL WHERE id = $1`, id)
	})
}

// CountAbandonedReturns counts the open returns of these POBs that no workflow runs, as sweeps found them.
func (db *DB) CountAbandonedReturns(ctx context.Context, pobs []string) (int, error) {
	n, err := one(ctx, db.pool, pgx.RowTo[int],
		`SELECT count(*) FROM returns WHERE abandoned_at IS NOT NULL AND ended_at IS NULL AND pob = ANY ($1)`, pobs)
	if err != nil {
		return 0, fmt.Errorf("abandoned returns: %w", err)
	}
	return n, nil
}

// CloseReturn ends an abandoned return in our own books, in one transaction: it ends as closed, and its units, those of
// the QC or else those that Ajio expects, go to the settlement list, unless they are on it for another reason. Nobody
// outside is told. It returns what was closed. A repeat by the same person for the same reason does nothing; another one
// is ErrConflict, and so is a return that ended otherwise or that no sweep found to be abandoned.
func (db *DB) CloseReturn(ctx context.Context, id int64, by, why string) (Return, error) {
	by, why = strings.TrimSpace(withoutNUL(by)), strings.TrimSpace(withoutNUL(why))
	if by == "" || why == "" {
		return Return{}, errors.New("close a return: say who closes it, and why")
	}
	err := db.changeReturn(ctx, "close", id, func(tx pgx.Tx, r Return) error {
		reason := endedBy(r.WorkflowStatus, why)
		switch {
		case r.ClosedBy == by && r.EndReason == reason:
			return nil
		case r.ClosedBy != "":
			return fmt.Errorf("it was closed by %s (%s) at %s: %w", r.ClosedBy, r.EndReason, r.EndedAt.Format(time.RFC3339), ErrConflict)
		case r.Outcome != "":
			return fmt.Errorf("it ended as %s: %w", r.Outcome, ErrConflict)
		case r.AbandonedAt == nil:
			return fmt.Errorf("no sweep has found that its workflow is gone: %w", ErrConflict)
		}
		if err := listClosed(ctx, tx, r); err != nil {
			return err
		}
		return exec(ctx, tx, `
			UPDATE returns SET outcome = $2, ended_at = now(), end_reason = $3, closed_by = $4 WHERE id = $1`,
			id, order.ReturnClosed, reason, by)
	})
	if err != nil {
		return Return{}, err
	}
	return db.Return(ctx, id)
}

// listClosed puts the units of a return on the settlement list that are not on it yet.
func listClosed(ctx context.Context, tx pgx.Tx, r Return) error {
	groups := r.unsettled()
	listed, err := listedUnits(ctx, tx, r.ID)
	if err != nil {
		return err
	}
	for why, units := range listed {
		if why == order.SettleClosed { // its workflow gave the return up and went before it could end it
			return nil
		}
		for group, n := range units {
			if groups[group] -= n; groups[group] <= 0 {
				delete(groups, group)
			}
		}
	}
	return listSettlements(ctx, tx, r, groups, order.SettleClosed)
}

// unsettled counts the units that a return is about.
func (r Return) unsettled() map[unitGroup]int {
	if r.QCAt != nil {
		groups := grouped(r.Units)
		for group, n := range grouped(r.Surplus) {
			groups[group] += n
		}
		return groups
	}
	groups := map[unitGroup]int{}
	if r.Expectation != nil {
		for _, line := range r.Expectation.ReturnLines() {
			groups[unitGroup{OrderItemID: line.OrderItemID, ItemCode: line.ItemCode}] += line.Units
		}
	}
	return groups
}
