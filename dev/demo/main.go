// Command demo shows vmsflow at work on one machine: the real programs around a Temporal server, a Postgres and a
// simulated outside world, into which orders come and some go back. It shows how far they are, audits what happened, says where
// the Web UI is, and stays until Ctrl-C. No process outlives it.
//
//	make demo
//	make demo DEMO_FLAGS="-orders 200 -faults storm"
//
// With -exit it ends by itself, with exit code 0 only if the audit found nothing: that is how CI runs it.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"vmsflow/dev/simulator/world"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdout)
	interrupted := errors.Is(err, context.Canceled) && ctx.Err() != nil
	stop()
	switch {
	case err == nil, errors.Is(err, flag.ErrHelp):
	case interrupted:
		fmt.Fprintln(os.Stderr, "demo: interrupted; everything is stopped")
		os.Exit(130)
	default:
		fmt.Fprintln(os.Stderr, "demo:", err)
		os.Exit(1)
	}
}

// settings are the flags.
type settings struct {
	world   world.Options
	exit    bool
	kill    bool
	summary string
	binDir  string
	dir     string
}

func parse(args []string, out io.Writer) (settings, error) {
	var s settings
	fs := flag.NewFlagSet("demo", flag.ContinueOnError)
	fs.SetOutput(out)
	fs.IntVar(&s.world.Count, "orders", 25, "how many orders come in; from 5 on every outcome of an order is among them, from 25 on every outcome of a return")
	fs.DurationVar(&s.world.Hold, "hold", 5*time.Second, "how long acknowledgements are held; in production 4h and more")
	fs.Uint64Var(&s.world.Seed, "seed", 1, "makes the orders and the faults; the same seed makes the same ones")
	returns := fs.Bool("returns", true, "some of it comes back")
	faults := fs.String("faults", string(world.SomeFaults), "how badly the outside systems behave: none, some or storm")
	fs.IntVar(&s.world.IRPLoseEvery, "irp-loses", 0, "the IRP registers every `n`-th invoice, but its answer is lost; 0 for none")
	fs.IntVar(&s.world.RefuseEvery, "refuse-every", 0, "Ajio refuses every `n`-th business call, and an operator's script has them retried; 0 for none")
	fs.BoolVar(&s.kill, "kill", true, "kill -9 worker and gateway once in the middle and start them again")
	fs.BoolVar(&s.exit, "exit", false, "end after the audit instead of waiting for Ctrl-C")
	fs.StringVar(&s.summary, "summary", "", "`file` to write the summary to, as JSON")
	fs.StringVar(&s.binDir, "bin", "", "`folder` of the programs; the one of this program when empty")
	fs.StringVar(&s.dir, "dir", "", "`folder` for logs and evidence, kept; a temporary one, kept after a failure, when empty")
	if err := fs.Parse(args); err != nil {
		return s, err
	}
	if fs.NArg() > 0 {
		return s, fmt.Errorf("unexpected argument %q; the demo takes flags only (see -help)", fs.Arg(0))
	}
	s.world.Faults = world.Faults(*faults)
	if !*returns {
		s.world.Return = world.Kept
	}
	if s.binDir == "" {
		program, err := os.Executable()
		if err != nil {
			return s, err
		}
		s.binDir = filepath.Dir(program)
	}
	return s, nil
}

func run(ctx context.Context, args []string, out io.Writer) error {
	s, err := parse(args, out)
	if err != nil {
		return err
	}
	w, err := world.New(s.world)
	if err != nil {
		return err
	}
	temporary := s.dir == ""
	if temporary {
		if s.dir, err = os.MkdirTemp("", "vmsflow-demo-"); err != nil {
			return err
		}
	} else if err := os.MkdirAll(s.dir, 0o755); err != nil {
		return err
	}
	err = show(ctx, s, w, out)
	switch {
	case err != nil && ctx.Err() == nil:
		fmt.Fprintf(out, "\nLogs and evidence are in %s\n", s.dir)
	case temporary:
		err = errors.Join(err, os.RemoveAll(s.dir))
	}
	return err
}
