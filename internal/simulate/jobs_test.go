package simulate_test

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"vmsflow/internal/simulate"
)

func TestJobsRunAtMostAsManyAsThereAreWorkers(t *testing.T) {
	t.Parallel()
	jobs := simulate.NewJobs(2)
	t.Cleanup(jobs.Close)
	var running, most, done atomic.Int32
	for i := range 20 {
		jobs.After(time.Duration(i%3)*time.Millisecond, func(context.Context) {
			now := running.Add(1)
			for seen := most.Load(); now > seen && !most.CompareAndSwap(seen, now); seen = most.Load() {
			}
			running.Add(-1)
			done.Add(1)
		})
	}
	require.Eventually(t, func() bool { return done.Load() == 20 }, 10*time.Second, time.Millisecond)
	require.LessOrEqual(t, most.Load(), int32(2))
}

func TestCloseEndsWhatRunsAndDropsTheRest(t *testing.T) {
	t.Parallel()
	jobs := simulate.NewJobs(1)
	started := make(chan struct{})
	var late atomic.Bool
	jobs.After(0, func(ctx context.Context) {
		close(started)
		<-ctx.Done()
	})
	jobs.After(0, func(context.Context) { late.Store(true) })
	<-started
	jobs.Close()
	jobs.After(0, func(context.Context) { late.Store(true) })
	require.False(t, late.Load())
}
