package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/jackc/pgx/v5"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/log"

	"vmsflow/dev/audit"
	"vmsflow/dev/simulator/world"
	"vmsflow/dev/stack"
)

// show runs the whole demo and leaves nothing running.
func show(ctx context.Context, s settings, w world.World, out io.Writer) (err error) {
	started := time.Now()
	fmt.Fprintf(out, "Starting Temporal, Postgres, the simulated outside world, gateway and worker …\n")
	running, err := stack.Start(ctx, stack.Options{World: w, Dir: s.dir, BinDir: s.binDir})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, running.Stop()) }()
	temporal, err := client.DialContext(ctx, client.Options{HostPort: running.TemporalAddress, Logger: quiet{}})
	if err != nil {
		return err
	}
	defer temporal.Close()
	db, err := pgx.Connect(ctx, running.DatabaseURL)
	if err != nil {
		return err
	}
	defer db.Close(context.WithoutCancel(ctx))
	if err := running.Begin(ctx); err != nil {
		return err
	}
	fmt.Fprintf(out, "Web UI: %s  (after %s)\n", running.UIURL, time.Since(started).Round(100*time.Millisecond))

	shown := &demo{settings: s, world: w, stack: running, temporal: temporal, db: db, out: out, started: started}
	evidence, err := shown.untilAllEnded(ctx)
	if err != nil {
		return err
	}
	shown.sayOperated()
	sum := summarize(evidence)
	sum.print(out)
	if sum.verdict() != nil {
		fmt.Fprintf(out, "\n%s\n%s\n", running.LogTail(stack.Worker), running.LogTail(stack.Gateway))
	}
	if err := shown.keep(evidence, sum); err != nil {
		return err
	}
	if !s.exit {
		fmt.Fprintf(out, "\nThe orders in the Web UI: %s?query=WorkflowType%%3D%%22ForwardOrder%%22 (and ReturnOrder)\nEverything runs on until Ctrl-C.\n", running.UIURL)
		select {
		case <-ctx.Done():
		case err := <-running.Failed():
			return err
		}
	}
	return sum.verdict()
}

// demo is a running demo.
type demo struct {
	settings
	world    world.World
	stack    *stack.Stack
	temporal client.Client
	db       *pgx.Conn
	out      io.Writer
	started  time.Time
	seen     bool // the first order
	killed   bool // worker and gateway, once

	operated time.Time // when the operator's script last ran
	repaired int       // steps that it had tried again
	given    int       // returns that it gave up
}

// patience is how long all orders and returns together may take: what they wait for, what a small machine needs for each,
// and room for the retries of a storm, whose intervals grow.
func (d *demo) patience() time.Duration {
	patience := 90*time.Second + d.world.Hold + time.Duration(d.world.Count+d.world.Returns())*500*time.Millisecond
	if d.world.Returns() > 0 {
		patience += time.Minute
	}
	if d.world.Faults == world.Storm {
		patience *= 3
	}
	if d.kill { // a call that was under way is repeated only after its own time-out
		patience += 4 * time.Minute
	}
	return patience
}

// untilAllEnded waits for orders and returns and gathers the evidence. What does not end in time is a finding
// of the audit, not an error.
func (d *demo) untilAllEnded(ctx context.Context) (audit.Evidence, error) {
	limited, cancel := context.WithTimeout(ctx, d.patience())
	defer cancel()
	err := d.watch(limited)
	if err != nil && (ctx.Err() != nil || !errors.Is(err, context.DeadlineExceeded)) {
		return audit.Evidence{}, err
	}
	if err != nil {
		fmt.Fprintf(d.out, "Some orders or returns did not end within %s.\n", d.patience())
	}
	collecting, cancel := context.WithTimeout(ctx, 2*time.Minute) // the simulator itself may hang
	defer cancel()
	return audit.Collect(collecting, d.sources())
}

func (d *demo) sources() audit.Sources {
	return audit.Sources{World: d.world, SimulatorURL: d.stack.SimulatorURL, DatabaseURL: d.stack.DatabaseURL, Temporal: d.temporal}
}

// keep writes summary and evidence.
func (d *demo) keep(evidence audit.Evidence, sum summary) error {
	if err := writeJSON(filepath.Join(d.dir, "evidence.json"), evidence); err != nil {
		return err
	}
	if d.summary == "" {
		return nil
	}
	return writeJSON(d.summary, sum)
}

func writeJSON(path string, value any) error {
	encoded, err := json.MarshalIndent(value, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(path, append(encoded, '\n'), 0o644)
}

// quiet keeps the Temporal client's log out of the demo's output.
type quiet struct{}

func (quiet) Debug(string, ...any) {}
func (quiet) Info(string, ...any)  {}
func (quiet) Warn(string, ...any)  {}
func (quiet) Error(string, ...any) {}

var _ log.Logger = quiet{}
