package postgres

import (
	"context"
	"embed"
	"fmt"
	"io/fs"

	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Migrations are the numbered SQL files that make the schema. A released file is never edited: running
// databases have it behind them.
func Migrations() fs.FS {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		panic(err) // the folder is embedded: only a wrong name in this function gets here
	}
	return files
}

// Migrate brings the schema up to date. Any number of processes may call it at the same time: an advisory
// lock lets one work while the others wait, for at most five minutes.
func (db *DB) Migrate(ctx context.Context) error {
	return db.withGoose(func(provider *goose.Provider) error {
		_, err := provider.Up(ctx)
		return err
	})
}

// SchemaIsCurrent reports whether every migration of this program has been run. A schema that is newer than
// the program counts as current, so that old processes keep serving while new ones are rolled out.
func (db *DB) SchemaIsCurrent(ctx context.Context) (bool, error) {
	current := false
	err := db.withGoose(func(provider *goose.Provider) error {
		pending, err := provider.HasPending(ctx)
		current = !pending
		return err
	})
	return current, err
}

func (db *DB) withGoose(do func(*goose.Provider) error) error {
	// Asking every second instead of every five keeps a start that finds the lock taken quick.
	locker, err := lock.NewPostgresSessionLocker(lock.WithLockTimeout(1, 300))
	if err != nil {
		return fmt.Errorf("migrations: %w", err)
	}
	sqlDB := stdlib.OpenDBFromPool(db.pool)
	defer sqlDB.Close() // the pool stays open
	provider, err := goose.NewProvider(goose.DialectPostgres, sqlDB, Migrations(), goose.WithSessionLocker(locker))
	if err != nil {
		return fmt.Errorf("migrations: %w", err)
	}
	if err := do(provider); err != nil {
		return fmt.Errorf("migrations: %w", err)
	}
	return nil
}
