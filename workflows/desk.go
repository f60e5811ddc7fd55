package workflows

import (
	"fmt"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"vmsflow/activities"
	"vmsflow/workflows/contract"
)

// desk is the operator's side of a workflow: the step that is parked, the decision on it, and what was noted on the
// way. A step that is refused is not a failure; it waits here until a person decides.
type desk struct {
	parked    *contract.Parked
	decision  decision
	attention string
	notes     []contract.Note

	// ending is why the lifecycle stops short of its end; stop interrupts whatever the main line waits for.
	ending *ending
	stop   workflow.CancelFunc
	// show brings search attributes and current details up to date.
	show func(workflow.Context)
}

type decision int

const (
	undecided decision = iota
	retryStep
	skipStep
)

// step is one thing to do on the outside.
type step struct {
	name string
	// canSkip says that the order can go on when a person did the step by hand.
	canSkip bool
	// settled says that the step has been done by other means while it was parked; nil when there are none.
	settled func() bool
}

// do runs a step until it is done. A refusal parks it; the operator's decision repeats it, skips it or, by cancelling
// the order, ends the lifecycle. The error is nil, an *ending, or a bug.
func (d *desk) do(ctx workflow.Context, s step, call func(workflow.Context) error) error {
	for {
		if d.interrupted(ctx) {
			return d.ending
		}
		d.show(ctx)
		err := call(ctx)
		if err == nil {
			return nil
		}
		if temporal.IsCanceledError(err) && d.ending != nil {
			return d.ending
		}
		d.park(ctx, s, activities.RefusalOf(err))
		settled := s.settled != nil && s.settled()
		switch {
		case d.interrupted(ctx):
			return d.ending
		case settled || d.decision == skipStep:
			return nil
		}
	}
}

// interrupted reports whether the main line must stop. Compensation runs on a context that is never cancelled and
// is not interrupted by the very ending that it carries out.
func (d *desk) interrupted(ctx workflow.Context) bool {
	return d.ending != nil && ctx.Err() != nil
}

// park waits for a person, or for the step to be settled by other means.
func (d *desk) park(ctx workflow.Context, s step, refusal activities.Refusal) {
	d.parked = &contract.Parked{
		Step: s.name, Reason: refusal.Attention, Message: refusal.Message, Since: workflow.Now(ctx), CanSkip: s.canSkip,
	}
	d.attention, d.decision = refusal.Attention, undecided
	d.note(ctx, "Parked at %q: %s", s.name, refusal.Message)
	d.show(ctx)
	// The error is the context's cancellation, which interrupted reports.
	_ = workflow.Await(ctx, func() bool {
		return d.decision != undecided || s.settled != nil && s.settled()
	})
	d.parked, d.attention = nil, ""
}

// note keeps something that a person may want to know. Notes never hold personal data.
func (d *desk) note(ctx workflow.Context, format string, args ...any) {
	d.notes = append(d.notes, contract.Note{At: workflow.Now(ctx), Text: fmt.Sprintf(format, args...)})
	if len(d.notes) > maxNotes {
		d.notes = d.notes[len(d.notes)-maxNotes:]
	}
}

// maxNotes bounds what a sender who repeats a wrong message for ever can pile up.
const maxNotes = 50

// takeDecisions registers the updates by which an operator answers a parked step.
func (d *desk) takeDecisions(ctx workflow.Context) error {
	if err := d.takeDecision(ctx, contract.UpdateRetryStep, retryStep, "Try the parked step again, after its cause was mended.",
		func(contract.Decision) error { return nil }); err != nil {
		return err
	}
	return d.takeDecision(ctx, contract.UpdateSkipStep, skipStep, "Go on without the parked step, because it was done by hand.",
		func(answer contract.Decision) error {
			if !d.parked.CanSkip {
				return fmt.Errorf("step %q cannot be skipped: what comes after it needs its result; retry it or cancel the order", d.parked.Step)
			}
			if answer.Reason == "" {
				return fmt.Errorf("say in reason who did %q by hand, and how", d.parked.Step)
			}
			return nil
		})
}

func (d *desk) takeDecision(ctx workflow.Context, update string, taken decision, description string, check func(contract.Decision) error) error {
	handle := func(ctx workflow.Context, answer contract.Decision) error {
		d.note(ctx, "%s on %q: %s", update, d.parked.Step, answer.Reason)
		d.decision = taken
		return nil
	}
	validate := func(_ workflow.Context, answer contract.Decision) error {
		if d.parked == nil {
			return fmt.Errorf("no step is parked, so there is nothing to decide")
		}
		return check(answer)
	}
	return workflow.SetUpdateHandlerWithOptions(ctx, update, handle, workflow.UpdateHandlerOptions{Validator: validate, Description: description})
}
