// Command worker runs vmsflow's workflows and activities. Any number of workers may run side by side; they need
// Postgres, Temporal and the outside systems, and nothing needs to reach them.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"sync"
	"syscall"

	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/worker"

	"vmsflow/internal/config"
	"vmsflow/internal/postgres"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	slog.SetDefault(slog.New(slog.NewJSONHandler(os.Stderr, nil)))
	err := run(ctx, os.Args[1:], os.Stdout)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "worker:", err)
		os.Exit(1)
	}
}

// run works until ctx is done. Everything that is wrong with the configuration is reported at once.
func run(ctx context.Context, args []string, out io.Writer) error {
	if len(args) > 0 {
		return fmt.Errorf("unexpected argument %q; the worker is configured by environment variables and the channels file", args[0])
	}
	program, channels, configErr := config.LoadProgram()
	options, temporalErr := config.TemporalOptions()
	if err := errors.Join(configErr, temporalErr); err != nil {
		return err
	}
	db, err := postgres.Open(ctx, program.DatabaseURL)
	if err != nil {
		return err
	}
	defer db.Close()
	current, err := db.SchemaIsCurrent(ctx)
	if err != nil {
		return err
	}
	if !current {
		return errors.New("the database schema is not this version's: run `starter setup` first")
	}
	temporal, err := client.DialContext(ctx, options)
	if err != nil {
		return fmt.Errorf("reach Temporal at %s: %w", options.HostPort, err)
	}
	defer temporal.Close()

	failed := make(chan error, 1)
	workers, err := newWorkers(temporal, db, channels, func(err error) {
		select {
		case failed <- err:
		default: // the first one ends the process
		}
	})
	if err != nil {
		return err
	}
	defer stopAll(workers)
	for _, w := range workers {
		if err := w.Start(); err != nil {
			return fmt.Errorf("start a worker: %w", err)
		}
	}
	fmt.Fprintf(out, "worker ready: %d channels\n", len(channels))
	select {
	case <-ctx.Done():
		return nil
	case err := <-failed:
		return fmt.Errorf("a worker gave up: %w", err)
	}
}

// stopAll lets calls that are under way end, for as long as stopTimeout, on all queues at the same time.
func stopAll(workers []worker.Worker) {
	var all sync.WaitGroup
	for _, w := range workers {
		all.Go(w.Stop)
	}
	all.Wait()
}
