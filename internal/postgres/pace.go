package postgres

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// paceBurst is how many calls may follow each other at once: enough for the documents of one parcel, few enough to
// cost little of the limit.
const paceBurst = 3

// TakeAjioSlot books the next call to Ajio with a POB's credential and returns how long to wait for it. It is exact
// over all workers, and in every minute, wherever it starts, at most perMinute calls fall due: Ajio counts calls per
// user and minute (contracts/ajio-vms.md §2). Whoever dies while waiting leaves a slot unused, never one too many.
func (db *DB) TakeAjioSlot(ctx context.Context, pob string, perMinute int) (time.Duration, error) {
	// A burst at the start of a minute comes on top of the steady calls, so those make room for it.
	burst := min(paceBurst, max(perMinute-1, 1))
	interval := time.Minute / time.Duration(max(perMinute-burst, 1))
	wait, err := one(ctx, db.pool, pgx.RowTo[time.Duration], `
		INSERT INTO ajio_pace AS p (pob, next_at) VALUES ($1, clock_timestamp() + $2::interval)
		ON CONFLICT (pob) DO UPDATE SET next_at = GREATEST(p.next_at, clock_timestamp()) + $2::interval
		RETURNING next_at - clock_timestamp() - $2::interval * $3`, pob, interval, burst)
	if err != nil {
		return 0, fmt.Errorf("pace of POB %s: %w", pob, err)
	}
	return max(wait, 0), nil
}
