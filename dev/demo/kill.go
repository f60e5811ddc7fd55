package main

import (
	"context"
	"fmt"
	"time"

	"vmsflow/dev/stack"
)

// killInTheMiddle kills worker and gateway without warning when a third of the orders has been acknowledged, and
// starts them again: from there on everything is under way at once.
func (d *demo) killInTheMiddle(ctx context.Context) error {
	wanted := max(1, d.world.Count/3)
	fmt.Fprintf(d.out, "Waiting for %d acknowledgements, then worker and gateway are killed …\n", wanted)
	for {
		n, err := d.acknowledgements(ctx)
		if err != nil {
			return err
		}
		if n >= wanted {
			break
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%d of %d acknowledgements: %w", n, wanted, ctx.Err())
		case err := <-d.stack.Failed():
			return err
		case <-time.After(100 * time.Millisecond):
		}
	}
	for _, name := range []string{stack.Worker, stack.Gateway} {
		if err := d.stack.Kill(name); err != nil {
			return err
		}
		fmt.Fprintf(d.out, "kill -9 %s\n", name)
	}
	for _, name := range []string{stack.Gateway, stack.Worker} {
		if err := d.stack.Restart(ctx, name); err != nil {
			return err
		}
		fmt.Fprintf(d.out, "%s runs again\n", name)
	}
	return nil
}
