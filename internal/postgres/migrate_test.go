package postgres_test

import (
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"vmsflow/internal/postgres/pgtest"
)

func TestProcessesMayMigrateAnEmptyDatabaseAtTheSameTime(t *testing.T) {
	t.Parallel()
	url := pgtest.URL(t)
	conn, err := pgx.Connect(t.Context(), url)
	require.NoError(t, err)
	_, err = conn.Exec(t.Context(), `DROP SCHEMA public CASCADE; CREATE SCHEMA public`)
	require.NoError(t, err)
	require.NoError(t, conn.Close(t.Context()))

	one, two := pgtest.Open(t, url), pgtest.Open(t, url)
	current, err := one.SchemaIsCurrent(t.Context())
	require.NoError(t, err)
	require.False(t, current)

	require.Empty(t, together(4, func(i int) error {
		if i%2 == 0 {
			return one.Migrate(t.Context())
		}
		return two.Migrate(t.Context())
	}))

	current, err = two.SchemaIsCurrent(t.Context())
	require.NoError(t, err)
	require.True(t, current)
	register(t, one, anOrder("S1", 1))
	require.NoError(t, two.Migrate(t.Context()), "migrating again does nothing")
	read(t, two, "S1")
}

func TestASchemaOfANewerProgramCountsAsCurrent(t *testing.T) {
	t.Parallel()
	url := pgtest.URL(t)
	conn, err := pgx.Connect(t.Context(), url)
	require.NoError(t, err)
	_, err = conn.Exec(t.Context(), `INSERT INTO goose_db_version (version_id, is_applied) VALUES (99999, true)`)
	require.NoError(t, err)
	require.NoError(t, conn.Close(t.Context()))

	db := pgtest.Open(t, url)
	current, err := db.SchemaIsCurrent(t.Context())
	require.NoError(t, err)
	require.True(t, current)
	require.NoError(t, db.Migrate(t.Context()))
}
