package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"
)

// Value reads one value that no method returns, because only people and tests look at it.
func Value[T any](ctx context.Context, db *DB, sql string, args ...any) (T, error) {
	return one(ctx, db.pool, pgx.RowTo[T], sql, args...)
}
