package postgres

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/pgxpool"
)

// ErrNotFound says that no row has the key that was asked for.
var ErrNotFound = errors.New("not found")

// ErrConflict says that the call contradicts what is stored. Repeating it does not help: a person or the
// sender has to decide.
var ErrConflict = errors.New("conflicts with what is stored")

// DB is a pool of connections. It is safe for concurrent use.
type DB struct {
	pool *pgxpool.Pool
}

// Open prepares a pool for a postgres:// URL or a key=value string; pool_max_conns in it sets the size. It
// does not connect: Ping does.
func Open(ctx context.Context, url string) (*DB, error) {
	config, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, fmt.Errorf("database URL: %w", err)
	}
	if config.ConnConfig.RuntimeParams["application_name"] == "" {
		config.ConnConfig.RuntimeParams["application_name"] = "vmsflow"
	}
	config.AfterConnect = func(_ context.Context, conn *pgx.Conn) error {
		// Without this, times come back in the zone of the host and compare differently from one to the next.
		conn.TypeMap().RegisterType(&pgtype.Type{
			Name: "timestamptz", OID: pgtype.TimestamptzOID, Codec: &pgtype.TimestamptzCodec{ScanLocation: time.UTC},
		})
		return nil
	}
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	return &DB{pool: pool}, nil
}

// Close waits until all connections are back and closes them.
func (db *DB) Close() { db.pool.Close() }

// Ping reports whether the database answers.
func (db *DB) Ping(ctx context.Context) error { return db.pool.Ping(ctx) }

// inTx runs do in one transaction. The isolation is Postgres's default, READ COMMITTED: what must not change
// between reading and writing is locked.
func (db *DB) inTx(ctx context.Context, do func(pgx.Tx) error) error {
	return pgx.BeginFunc(ctx, db.pool, do)
}

// querier is what a pool and a transaction have in common.
type querier interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
}

// one reads exactly one row; none is ErrNotFound, two are an error.
func one[T any](ctx context.Context, q querier, to pgx.RowToFunc[T], sql string, args ...any) (T, error) {
	rows, _ := q.Query(ctx, sql, args...) // its error comes out of CollectExactlyOneRow
	row, err := pgx.CollectExactlyOneRow(rows, to)
	if errors.Is(err, pgx.ErrNoRows) {
		return row, ErrNotFound
	}
	return row, err
}

// many reads all rows.
func many[T any](ctx context.Context, q querier, to pgx.RowToFunc[T], sql string, args ...any) ([]T, error) {
	rows, _ := q.Query(ctx, sql, args...) // its error comes out of CollectRows
	return pgx.CollectRows(rows, to)
}
