package postgres_test

import (
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"vmsflow/internal/postgres/pgtest"
)

// However many workers ask at once, no minute holds more calls than the limit, and hardly fewer.
func TestNoMinuteHoldsMoreCallsThanTheLimit(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	const limit, calls = 60, 200
	var mu sync.Mutex
	var due []time.Time
	var wg sync.WaitGroup
	for range 10 {
		wg.Go(func() {
			for range calls / 10 {
				wait, err := db.TakeAjioSlot(t.Context(), "DV1", limit)
				at := time.Now().Add(wait)
				mu.Lock()
				due = append(due, at)
				mu.Unlock()
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	slices.SortFunc(due, time.Time.Compare)
	for i, start := range due {
		within := 0
		for _, at := range due[i:] {
			if at.Sub(start) < time.Minute {
				within++
			}
		}
		require.LessOrEqual(t, within, limit, "calls in the minute from call %d on", i)
	}
	rate := float64(calls-1) / due[len(due)-1].Sub(due[0]).Minutes()
	require.Greater(t, rate, 0.95*limit, "calls a minute")
}

func TestPobsDoNotWaitForEachOther(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	for range 20 {
		_, err := db.TakeAjioSlot(t.Context(), "DV1", 60)
		require.NoError(t, err)
	}
	wait, err := db.TakeAjioSlot(t.Context(), "DV2", 60)
	require.NoError(t, err)
	require.Zero(t, wait)
}
