package workflows

import (
	"errors"
	"fmt"
	"time"

	"go.temporal.io/sdk/workflow"

	"vmsflow/activities"
	"vmsflow/workflows/contract"
)

// desk is the operator's side of a workflow: the step that is parked, the decision on it, and what was noted on the
// way. A step that is refused is not a failure; it waits here until a person decides.
type desk struct {
	parked   *contract.Parked
	decision decision
	notes    []contract.Note

	// What needs a person besides a parked step: alert stays until the end, concern until the step that raised it is
	// over.
	alert, concern string

	// What the main line waits for, as operators read it.
	waitingFor string
	dueAt      time.Time

	// stopped is why the lifecycle stops short of its end; stop interrupts whatever the main line waits for.
	stopped error
	stop    workflow.CancelFunc
	// aside is what may have to be done while the main line waits; nil when there is nothing.
	aside *aside
	// show brings search attributes and current details up to date.
	show func(workflow.Context)
}

// attention is the most pressing reason for a person to look, for the search attribute Attention.
func (d *desk) attention() string {
	switch {
	case d.parked != nil:
		return d.parked.Reason
	case d.concern != "":
		return d.concern
	default:
		return d.alert
	}
}

// aside is something that interrupts a wait without ending it.
type aside struct {
	due func() bool
	do  func(workflow.Context) error
}

func (d *desk) isAsideDue() bool { return d.aside != nil && d.aside.due() }

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
	// outage is the attention raised while the other side does not answer; empty where the wait for it has its own.
	outage string
}

// do runs a step until it is done. A refusal parks it; the operator's decision repeats it, skips it or, by cancelling
// the order, ends the lifecycle. skipped says that a person did it. The error is nil, why the lifecycle stops, or a bug.
func (d *desk) do(ctx workflow.Context, s step, call func(workflow.Context) error) (skipped bool, _ error) {
	for {
		if err := d.interrupted(ctx); err != nil {
			return false, err
		}
		d.show(ctx)
		err := call(ctx)
		if err == nil {
			d.concern = ""
			return false, nil
		}
		if err := d.interrupted(ctx); err != nil {
			return false, err // whatever the call came to: compensation reads the other side's state
		}
		if activities.IsOutage(err) {
			if d.concern == "" && s.outage != "" {
				d.concern = s.outage
				d.note(ctx, "No answer at %q for a long time; it is tried again without end. %v", s.name, err)
			}
			if s.settled != nil && s.settled() {
				return false, nil
			}
			continue
		}
		d.park(ctx, s, activities.RefusalOf(err))
		if err := d.interrupted(ctx); err != nil {
			return false, err
		}
		if d.decision == skipStep {
			return true, nil
		}
		if s.settled != nil && s.settled() {
			return false, nil
		}
	}
}

// interrupted returns the ending for which the main line must stop. Compensation runs on a context that is never
// cancelled and is not interrupted by the very ending that it carries out.
func (d *desk) interrupted(ctx workflow.Context) error {
	switch {
	case ctx.Err() == nil:
		return nil
	case d.stopped != nil:
		return d.stopped
	default:
		return ctx.Err()
	}
}

// park waits for a person, or for the step to be settled by other means.
func (d *desk) park(ctx workflow.Context, s step, refusal activities.Refusal) {
	d.parked = &contract.Parked{
		Step: s.name, Reason: refusal.Attention, Message: refusal.Message, Since: workflow.Now(ctx),
		// A step that contradicts our own books, or misses its configuration, did not even begin.
		CanSkip: s.canSkip && refusal.Attention != activities.AttentionConflict && refusal.Attention != activities.AttentionConfiguration,
	}
	d.decision, d.concern = undecided, ""
	d.note(ctx, "Parked at %q: %s", s.name, refusal.Message)
	d.show(ctx)
	// The error is the context's cancellation, which interrupted reports.
	_ = workflow.Await(ctx, func() bool {
		return d.decision != undecided || s.settled != nil && s.settled()
	})
	d.parked = nil
}

// wait is something that the main line waits for.
type wait struct {
	what string // as operators read it
	// until is when the wait is over or, with a name in overdue, when it becomes a matter for a person while it goes on.
	until   time.Time
	overdue string
}

// await blocks until ready, until the time is up for a wait that is not overdue then, or until the lifecycle is to
// stop, which is the error. A wait without until goes on for ever.
func (d *desk) await(ctx workflow.Context, w wait, ready func() bool) error {
	if err := d.interrupted(ctx); err != nil {
		return err
	}
	if ready() {
		return nil
	}
	// The timer is our own, because that of AwaitWithTimeout runs on after the wait and would wake the order for nothing.
	timerCtx, stopTimer := workflow.WithCancel(ctx)
	defer stopTimer()
	d.waitingFor, d.dueAt = w.what, w.until
	d.show(ctx)
	isUp := func() bool { return false }
	if !w.until.IsZero() {
		isUp = workflow.NewTimerWithOptions(timerCtx, w.until.Sub(workflow.Now(ctx)), workflow.TimerOptions{Summary: w.what}).IsReady
	}
	overdue := false
	for ctx.Err() == nil && !ready() {
		// The error is the context's cancellation, which interrupted reports.
		_ = workflow.Await(ctx, func() bool { return ready() || d.isAsideDue() || !overdue && isUp() })
		switch {
		case ctx.Err() != nil:
		case d.isAsideDue():
			concern := d.concern // it is about the wait, which goes on
			if err := d.aside.do(ctx); err != nil {
				return err
			}
			d.waitingFor, d.dueAt, d.concern = w.what, w.until, concern
			d.show(ctx)
		case !ready() && w.overdue == "":
			d.waitingFor, d.dueAt = "", time.Time{}
			return nil
		case !ready():
			overdue = true
			if d.concern == "" { // a refused document says more than that time is up
				d.concern = w.overdue
			}
			d.show(ctx)
		}
	}
	if overdue {
		d.concern = ""
	}
	d.waitingFor, d.dueAt = "", time.Time{}
	return d.interrupted(ctx)
}

// hear lets the listeners take what came in at the same moment as the end of a wait. The engine wakes the main line before
// them, so that after a timer that fired while no worker ran it would decide as if nothing had come since. It costs no
// event.
func (d *desk) hear(ctx workflow.Context) error {
	heard := false
	// The error is the context's cancellation, which interrupted reports.
	_ = workflow.Await(ctx, func() bool {
		was := heard
		heard = true
		return was
	})
	return d.interrupted(ctx)
}

// note keeps something that a person may want to know. Notes never hold personal data. They appear with the next show.
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
				return fmt.Errorf("step %q cannot be skipped: what comes after it needs its result; retry it, or give the whole thing up", d.parked.Step)
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
			return errors.New("no step is parked, so there is nothing to decide")
		}
		if answer.Step != "" && answer.Step != d.parked.Step {
			return fmt.Errorf("step %q is parked, not %q", d.parked.Step, answer.Step)
		}
		return check(answer)
	}
	return workflow.SetUpdateHandlerWithOptions(ctx, update, handle, workflow.UpdateHandlerOptions{Validator: validate, Description: description})
}
