package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"vmsflow/internal/order"
)

// EndReturn ends a return once. A repeat with the same outcome ends what it was reopened for, and changes nothing else; one
// with another outcome is ErrConflict.
func (db *DB) EndReturn(ctx context.Context, id int64, outcome order.ReturnOutcome, reason string) error {
	return db.changeReturn(ctx, "end", id, func(tx pgx.Tx, r Return) error {
		switch r.Outcome {
		case outcome:
			return exec(ctx, tx, `
				UPDATE returns SET reopened_at = NULL, abandoned_at = NULL, workflow_status = NULL, abandoned_why = NULL
				WHERE id = $1`, id)
		case "":
			return exec(ctx, tx, `
				UPDATE returns SET outcome = $2, ended_at = now(), end_reason = $3,
					abandoned_at = NULL, workflow_status = NULL, abandoned_why = NULL
				WHERE id = $1`, id, outcome, withoutNUL(reason))
		default:
			return fmt.Errorf("it ended as %s, not %s: %w", r.Outcome, outcome, ErrConflict)
		}
	})
}
