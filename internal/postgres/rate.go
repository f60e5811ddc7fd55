package postgres

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// TakeRequest counts a request of a client in its fixed minute and reports whether it is within limit; if not,
// retryAfter is the time until the next minute. The count is exact over all processes. Where their clocks
// differ the newest minute counts, so a late clock never opens an old window again.
func (db *DB) TakeRequest(ctx context.Context, client string, limit int, now time.Time) (ok bool, retryAfter time.Duration, err error) {
	minute := now.Truncate(time.Minute)
	if limit > 0 {
		// A refused request writes nothing and returns no row.
		_, err = one(ctx, db.pool, pgx.RowTo[int], `
			INSERT INTO request_windows AS w (client, minute, requests) VALUES ($1, $2, 1)
			ON CONFLICT (client) DO UPDATE
			SET minute = GREATEST(w.minute, EXCLUDED.minute),
				requests = CASE WHEN w.minute < EXCLUDED.minute THEN 1 ELSE w.requests + 1 END
			WHERE w.minute < EXCLUDED.minute OR w.requests < $3
			RETURNING requests`, client, minute, limit)
		switch {
		case err == nil:
			return true, 0, nil
		case !errors.Is(err, ErrNotFound):
			return false, 0, fmt.Errorf("count request of %s: %w", client, err)
		}
	}
	return false, minute.Add(time.Minute).Sub(now), nil
}
