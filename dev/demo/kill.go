package main

import (
	"context"

	"vmsflow/dev/stack"
)

// killInTheMiddle kills worker and gateway without warning once a third of the orders has been acknowledged, and
// starts them again: that is when everything is under way at once.
func (d *demo) killInTheMiddle(ctx context.Context, line *line) error {
	if !d.kill || d.killed {
		return nil
	}
	acknowledged, err := d.acknowledgements(ctx)
	if err != nil || acknowledged < max(1, d.world.Count/3) {
		return err
	}
	d.killed = true
	for _, name := range []string{stack.Worker, stack.Gateway} {
		if err := d.stack.Kill(name); err != nil {
			return err
		}
		line.above("kill -9 %s, after %d acknowledgements", name, acknowledged)
	}
	for _, name := range []string{stack.Gateway, stack.Worker} {
		if err := d.stack.Restart(ctx, name); err != nil {
			return err
		}
		line.above("%s runs again", name)
	}
	return nil
}
