package postgres_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"vmsflow/internal/gst"
	"vmsflow/internal/postgres/pgtest"
)

func TestANewDatabaseHasTheDefaultRates(t *testing.T) {
	t.Parallel()
	rates, err := pgtest.New(t).Rates(t.Context())
	require.NoError(t, err)
	require.Equal(t, gst.DefaultRates(), rates)
}

func TestTheTableOfRatesIsReplacedAsAWhole(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	since := time.Date(2026, time.April, 1, 0, 0, 0, 0, gst.IST)
	mine := []gst.RateRow{
		{HSNPrefix: "4202", Rate: 1800, ValidFrom: since, ValidTo: since.AddDate(1, 0, -1)},
		{HSNPrefix: "62", UpToPaise: 2_500_00, Rate: 500, ValidFrom: since},
		{HSNPrefix: "62", Rate: 1800, ValidFrom: since},
	}
	for range 2 {
		require.NoError(t, db.ReplaceRates(t.Context(), mine))
		rates, err := db.Rates(t.Context())
		require.NoError(t, err)
		require.Equal(t, mine, rates)
	}

	late := gst.RateRow{HSNPrefix: "61", Rate: 500, ValidFrom: time.Date(2026, time.March, 31, 20, 0, 0, 0, time.UTC)}
	require.NoError(t, db.ReplaceRates(t.Context(), []gst.RateRow{late}))
	rates, err := db.Rates(t.Context())
	require.NoError(t, err)
	require.Equal(t, since, rates[0].ValidFrom, "the day of a moment is that of IST")

	for name, wrong := range map[string]gst.RateRow{
		"no prefix":           {Rate: 500, ValidFrom: since},
		"letters":             {HSNPrefix: "6A", Rate: 500, ValidFrom: since},
		"no beginning":        {HSNPrefix: "62", Rate: 500},
		"an end before it":    {HSNPrefix: "62", Rate: 500, ValidFrom: since, ValidTo: since.AddDate(0, 0, -1)},
		"a bound below zero":  {HSNPrefix: "62", UpToPaise: -1, Rate: 500, ValidFrom: since},
		"above a hundred":     {HSNPrefix: "62", Rate: 10_001, ValidFrom: since},
		"the same once more":  mine[1],
		"the same, otherwise": {HSNPrefix: "62", UpToPaise: 2_500_00, Rate: 1200, ValidFrom: since},
	} {
		require.Error(t, db.ReplaceRates(t.Context(), []gst.RateRow{mine[0], mine[1], wrong}), name)
	}
	require.Error(t, db.ReplaceRates(t.Context(), nil))
	kept, err := db.Rates(t.Context())
	require.NoError(t, err)
	require.Equal(t, rates, kept, "a table that is wrong anywhere changes nothing")
}

func TestRatesAreReplacedByOneAtATime(t *testing.T) {
	t.Parallel()
	db := crowded(t)
	require.Empty(t, together(16, func(int) error { return db.ReplaceRates(t.Context(), gst.DefaultRates()) }))
	rates, err := db.Rates(t.Context())
	require.NoError(t, err)
	require.Equal(t, gst.DefaultRates(), rates)
}
