package main

import (
	"context"
	"fmt"

	"vmsflow/dev/stack"
)

// killInTheMiddle kills worker and gateway without warning and starts them again, once, while everything is under way at
// the same time.
func (d *demo) killInTheMiddle(ctx context.Context, p progress, line *line) error {
	if !d.kill || d.killed {
		return nil
	}
	when, err := d.isMiddle(ctx, p)
	if err != nil || when == "" {
		return err
	}
	d.killed = true
	for _, name := range []string{stack.Worker, stack.Gateway} {
		if err := d.stack.Kill(name); err != nil {
			return err
		}
		line.above("kill -9 %s, after %s", name, when)
	}
	for _, name := range []string{stack.Gateway, stack.Worker} {
		if err := d.stack.Restart(ctx, name); err != nil {
			return err
		}
		line.above("%s runs again", name)
	}
	return nil
}

// isMiddle says that a third of the returns has begun, or where there are none that a third of the orders has been
// acknowledged; empty before.
func (d *demo) isMiddle(ctx context.Context, p progress) (when string, err error) {
	if returns := p.returns.expected; returns > 0 {
		if begun := len(p.cast.Returns); begun >= max(1, returns/3) {
			when = fmt.Sprintf("%d of %d returns have begun", begun, returns)
		}
		return when, nil
	}
	acknowledged, err := d.acknowledgements(ctx)
	if err == nil && acknowledged >= max(1, d.world.Count/3) {
		when = fmt.Sprintf("%d acknowledgements", acknowledged)
	}
	return when, err
}
