package activities

import (
	"context"
	"errors"
	"fmt"

	"go.temporal.io/sdk/temporal"
)

// maxProblems is how many problems an error names. With a database down every one of thousands of orders fails, and
// the failure of an activity has to fit into a history.
const maxProblems = 20

// typeProblems marks the error of an activity that went on past what failed.
const typeProblems = "Problems"

// problems collects what went wrong with single orders, calls or messages, so that one of them does not keep the others
// waiting.
type problems struct {
	named []error
	more  int
	again bool // at least one may succeed when it is repeated
}

// add notes a problem; nil is none.
func (p *problems) add(err error) {
	if err == nil {
		return
	}
	app, ok := errors.AsType[*temporal.ApplicationError](err)
	p.again = p.again || !ok || !app.NonRetryable()
	if len(p.named) < maxProblems {
		p.named = append(p.named, err)
	} else {
		p.more++
	}
}

// err joins the problems; nil when there were none. Temporal drops the result of an activity that fails, so what was
// done goes along in the error. The activity is repeated unless no repeat could help, and not before the other side
// allows. An activity that was interrupted says so, even if nothing had failed.
func (p *problems) err(ctx context.Context, done any) error {
	p.add(ctx.Err())
	if len(p.named) == 0 {
		return nil
	}
	text := errors.Join(p.named...).Error()
	if p.more > 0 {
		text += fmt.Sprintf("\nand %d more", p.more)
	}
	options := temporal.ApplicationErrorOptions{NonRetryable: !p.again, Details: []any{done}}
	for _, err := range p.named {
		if app, ok := errors.AsType[*temporal.ApplicationError](err); ok {
			options.NextRetryDelay = max(options.NextRetryDelay, app.NextRetryDelay())
		}
	}
	return temporal.NewApplicationErrorWithOptions(text, typeProblems, options)
}

// DoneDespite reads what an activity did that met problems on its way; done stays as it is when err does not say. It
// works on both sides of the activity boundary.
func DoneDespite(err error, done any) {
	if app, ok := errors.AsType[*temporal.ApplicationError](err); ok && app.Type() == typeProblems {
		_ = app.Details(done) // no details: nothing is known to be done
	}
}
