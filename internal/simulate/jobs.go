package simulate

import (
	"context"
	"sync"
	"time"
)

// Jobs runs what a simulated system does by itself, later: send an invoice, pack an order, close a manifest. A
// fixed number of workers takes the jobs that are due, so a simulator never floods what it calls; a job that
// has to wait comes back through After instead of holding a worker.
type Jobs struct {
	ctx    context.Context
	cancel context.CancelFunc
	done   sync.WaitGroup

	mu     sync.Mutex
	due    []func(context.Context)
	wake   *sync.Cond
	closed bool
}

// NewJobs starts the workers, eight when workers is 0.
func NewJobs(workers int) *Jobs {
	if workers <= 0 {
		workers = 8
	}
	j := &Jobs{}
	j.ctx, j.cancel = context.WithCancel(context.Background())
	j.wake = sync.NewCond(&j.mu)
	for range workers {
		j.done.Go(j.work)
	}
	return j
}

// After runs a job once the delay is over and a worker is free; after Close it is dropped. The job's context
// ends with Close.
func (j *Jobs) After(delay time.Duration, job func(context.Context)) {
	enqueue := func() {
		j.mu.Lock()
		defer j.mu.Unlock()
		if !j.closed {
			j.due = append(j.due, job)
			j.wake.Signal()
		}
	}
	if delay <= 0 {
		enqueue()
		return
	}
	time.AfterFunc(delay, enqueue)
}

// Close ends the running jobs through their context, waits for them and drops the rest.
func (j *Jobs) Close() {
	j.mu.Lock()
	j.closed, j.due = true, nil
	j.wake.Broadcast()
	j.mu.Unlock()
	j.cancel()
	j.done.Wait()
}

func (j *Jobs) work() {
	for {
		j.mu.Lock()
		for len(j.due) == 0 && !j.closed {
			j.wake.Wait()
		}
		if j.closed {
			j.mu.Unlock()
			return
		}
		job := j.due[0]
		j.due = j.due[1:]
		j.mu.Unlock()
		job(j.ctx)
	}
}
