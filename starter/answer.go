package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"
	"golang.org/x/sync/errgroup"

	"vmsflow/workflows/contract"
)

// answer is what an operator tells orders, returns and manifests, one update to each.
type answer struct {
	verb    string // such as retry
	update  string
	kinds   []string // of what the flags select
	mustSay string   // what why must say; empty where it may be left out
	why     string
	filter  filter
	all     bool // everything that the filter leaves, even without one
	yes     bool
	dryRun  bool
	// timeout is how long one workflow may take to say whether it accepts.
	timeout time.Duration
	// payload is what one workflow is told, or why it cannot be.
	payload func(*work) (any, error)
}

func (a *answer) flags(command *cobra.Command) {
	a.filter.flags(command)
	flags := command.Flags()
	flags.StringVar(&a.why, "why", "", "why, for the notes; no personal data")
	flags.BoolVar(&a.all, "all", false, "everything that waits for this answer, as far as the other flags leave it")
	flags.BoolVar(&a.yes, "yes", false, "do not ask before answering what the flags selected")
	flags.BoolVar(&a.dryRun, "dry-run", false, "only print what would be done")
	flags.DurationVar(&a.timeout, "timeout", 30*time.Second, "how long to wait for each workflow")
}

// selects reports whether the flags select what to answer, as the names do otherwise.
func (a *answer) selects() bool {
	return a.all || a.filter.parked || a.filter.attention != "" || a.filter.step != ""
}

// wanted is what the flags select: what is parked to a decision on that, everything that needs a person to the other
// answers.
func (a *answer) wanted() filter {
	wanted := a.filter
	wanted.parked = wanted.parked || a.decides()
	return wanted
}

// decides reports whether it is the answer to a parked step.
func (a *answer) decides() bool {
	return a.update == contract.UpdateRetryStep || a.update == contract.UpdateSkipStep
}

// check finds wrong use before anything is connected to.
func (a *answer) check(names []string) error {
	a.why = strings.TrimSpace(a.why)
	switch {
	case len(names) == 0 && !a.selects():
		return exit(exitUsage, "%s: name %ss, or select them with --attention, --step or --all", a.verb, a.kinds[0])
	case len(names) > 0 && a.selects():
		return exit(exitUsage, "%s: name %ss or select them by flags, not both", a.verb, a.kinds[0])
	case a.mustSay != "" && a.why == "":
		return exit(exitUsage, "%s: say with --why %s", a.verb, a.mustSay)
	case a.timeout <= 0:
		return exit(exitUsage, "--timeout must be above zero")
	}
	return nil
}

// The results of one update.
const (
	resultDone     = "done"
	resultRefused  = "refused"
	resultNotFound = "not_found"
	resultNoAnswer = "no_answer"
)

// answered is what became of one update.
type answered struct {
	WorkflowID string `json:"workflow_id,omitempty"`
	Name       string `json:"name"`
	Result     string `json:"result"`
	Step       string `json:"step,omitempty"` // that was parked
	Message    string `json:"message,omitempty"`
}

// answer tells the named workflows, or those that the flags select, what the operator decided.
func (t *tool) answer(ctx context.Context, a *answer, names []string) error {
	if err := a.check(names); err != nil {
		return err
	}
	chosen, err := t.choose(ctx, a, names)
	if err != nil {
		return err
	}
	if a.dryRun {
		return t.print(chosen, func(w io.Writer) { a.plan(w, chosen) })
	}
	if a.selects() && len(chosen) > 0 {
		if err := table(t.errOut, func(w io.Writer) { a.plan(w, chosen) }); err != nil {
			return err
		}
		if err := t.confirm(a); err != nil {
			return err
		}
	}
	results := make([]*answered, len(chosen))
	var group errgroup.Group
	group.SetLimit(lookers)
	for i, w := range chosen {
		group.Go(func() error {
			results[i] = t.tell(ctx, a, w)
			return nil
		})
	}
	_ = group.Wait() // what went wrong stands in each result
	if err := t.print(results, func(w io.Writer) { resultRows(w, results) }); err != nil {
		return err
	}
	return failures(results)
}

// choose finds what is to be answered.
func (t *tool) choose(ctx context.Context, a *answer, names []string) ([]*work, error) {
	if !a.selects() {
		return t.named(ctx, names, a.filter.pob)
	}
	found, err := t.needing(ctx, a.wanted())
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(found, func(w *work) bool { return !slices.Contains(a.kinds, w.Kind) }), nil
}

// named looks up what the operator names: orders and returns as find knows them, and manifests by their workflow id.
// Nothing is answered while one of the names means several of them.
func (t *tool) named(ctx context.Context, names []string, pob string) ([]*work, error) {
	if _, err := t.pobs(pob); err != nil {
		return nil, err
	}
	if _, err := t.engine(ctx); err != nil {
		return nil, err
	}
	all, open, seen := []*work{}, []*work{}, map[string]bool{}
	for _, name := range names {
		w, err := t.workNamed(ctx, name, pob)
		if err != nil {
			return nil, err
		}
		if seen[w.WorkflowID] {
			continue // such as the order's number and its purchase order's
		}
		seen[w.WorkflowID] = true
		all = append(all, w)
		if w.NotFound == "" {
			open = append(open, w)
		}
	}
	t.lookAll(ctx, open)
	return all, nil
}

func (t *tool) workNamed(ctx context.Context, name, pob string) (*work, error) {
	if strings.HasPrefix(name, kindManifest+":") {
		return workOf(name), nil
	}
	found, err := t.find(ctx, name, pob)
	if coded, ok := errors.AsType[*exitError](err); ok && coded.code == exitNotFound {
		return &work{WorkflowID: name, NotFound: err.Error()}, nil
	}
	if err != nil {
		return nil, err
	}
	w := workOf(found.workflowID)
	w.OrderID, w.ReturnID = found.orderID, found.returnID
	w.NotFound, err = t.over(ctx, found)
	return w, err
}

// over says why there is nothing left to answer; empty if there may be something. A return that has ended may run again
// for what came afterwards.
func (t *tool) over(ctx context.Context, found target) (string, error) {
	switch {
	case found.row != nil && found.row.Outcome != "":
		return fmt.Sprintf("the order has ended as %s, so there is nothing to answer", found.row.Outcome), nil
	case found.returned != nil && found.returned.Outcome != "":
		runs, err := t.runs(ctx, found.workflowID)
		if err != nil || runs {
			return "", err
		}
		return fmt.Sprintf("the return has ended as %s, so there is nothing to answer", found.returned.Outcome), nil
	default:
		return "", nil
	}
}

// plan says what will be done, and to which of them it cannot be.
func (a *answer) plan(w io.Writer, chosen []*work) {
	if len(chosen) == 0 {
		row(w, nothingWaits)
		return
	}
	get := 0
	workRows(w, chosen, func(one *work) string {
		_, hindrance := a.read(one)
		if hindrance != nil {
			return "gets none: " + hindrance.Message
		}
		get++
		if a.update == contract.UpdateSkipStep && !one.Parked.CanSkip {
			return "will refuse: this step cannot be skipped"
		}
		return one.Message
	})
	fmt.Fprintf(w, "\n%d of these %d are to get the update %s.\n", get, len(chosen), a.update)
}

const nothingWaits = "Nothing waits for that."

// confirm asks the operator, who must sit at a terminal or have said yes before.
func (t *tool) confirm(a *answer) error {
	if a.yes {
		return nil
	}
	if !t.interactive {
		return exit(exitUsage, "nothing was done: write --yes, because the standard input is no terminal that could be asked")
	}
	fmt.Fprint(t.errOut, "Go on? [y/N] ")
	line, _ := bufio.NewReader(t.in).ReadString('\n') // its end is a no
	switch strings.ToLower(strings.TrimSpace(line)) {
	case "y", "yes":
		return nil
	default:
		return exit(exitFailed, "nothing was done")
	}
}

// read makes the payload for one workflow, or says why it gets none.
func (a *answer) read(w *work) (payload any, hindrance *answered) {
	switch {
	case w.NotFound != "":
		return nil, w.result(resultNotFound, "%s", w.NotFound)
	case w.NoAnswer != "":
		return nil, w.result(resultNoAnswer, "%s", w.NoAnswer)
	}
	payload, err := a.payload(w)
	if err != nil {
		return nil, w.result(resultRefused, "%v", err)
	}
	return payload, nil
}

func (w *work) result(result, format string, args ...any) *answered {
	r := &answered{WorkflowID: w.WorkflowID, Name: w.name(), Result: result, Message: fmt.Sprintf(format, args...)}
	if w.Parked != nil {
		r.Step = w.Parked.Step
	}
	return r
}

// tell sends one workflow the answer and waits until it is taken or refused.
func (t *tool) tell(ctx context.Context, a *answer, w *work) *answered {
	payload, hindrance := a.read(w)
	if hindrance != nil {
		return hindrance
	}
	if a.selects() && t.changed(ctx, a, w) {
		return w.result(resultRefused, "not sent: it changed after it was selected")
	}
	limited, cancel := context.WithTimeout(ctx, a.timeout)
	defer cancel()
	handle, err := t.temporal.UpdateWorkflow(limited, client.UpdateWorkflowOptions{
		WorkflowID: w.WorkflowID, UpdateID: a.updateID(w), UpdateName: a.update, Args: []any{payload},
		WaitForStage: client.WorkflowUpdateStageCompleted,
	})
	if err == nil {
		err = handle.Get(limited, nil)
	}
	refusal, refused := errors.AsType[*temporal.ApplicationError](err)
	switch {
	case err == nil:
		return w.result(resultDone, "")
	case refused:
		return w.result(resultRefused, "%s", refusal.Message())
	case contract.IsGone(err):
		return w.result(resultNotFound, "it has no open workflow")
	case ctx.Err() == nil && isTimeUp(limited, err):
		return w.result(resultNoAnswer, "none within %s, is a worker running? It may still be taken: starter status %s", a.timeout, w.name())
	default:
		return w.result(resultNoAnswer, "%v; it may have been taken: starter status %s", err, w.name())
	}
}

// changed looks again at what the flags selected, because time went by while the operator was asked, and reports
// whether it is no longer what was selected then.
func (t *tool) changed(ctx context.Context, a *answer, w *work) bool {
	before, wanted := w.Parked, a.wanted()
	t.look(ctx, w)
	switch {
	case w.NoAnswer != "" || !wanted.fits(w):
		return true
	case w.Parked == nil || before == nil:
		return w.Parked != before
	default:
		return w.Parked.Step != before.Step || !w.Parked.Since.Equal(before.Since)
	}
}

// updateID names the decision on one parking of one step, so that a repeat of an answer that seemed lost is the same
// answer and not one to the next parking. What is no decision on a step needs none: asked for twice it is the same.
func (a *answer) updateID(w *work) string {
	if !a.decides() || !w.exact {
		return "" // the client makes one
	}
	return fmt.Sprintf("%s %s %s", a.update, w.Parked.Step, w.Parked.Since.UTC().Format(time.RFC3339Nano))
}

func resultRows(w io.Writer, results []*answered) {
	if len(results) == 0 {
		row(w, nothingWaits)
		return
	}
	row(w, "NAME", "RESULT", "STEP", "MESSAGE")
	for _, r := range results {
		row(w, r.Name, strings.ReplaceAll(r.Result, "_", " "), r.Step, oneLine(r.Message))
	}
}

// failures is the exit code for what was not done.
func failures(results []*answered) error {
	missing, failed := 0, 0
	for _, r := range results {
		switch r.Result {
		case resultDone:
		case resultNotFound:
			missing++
		default:
			failed++
		}
	}
	switch {
	case failed > 0:
		return exit(exitFailed, "%d of %d were not done", failed+missing, len(results))
	case missing > 0:
		return exit(exitNotFound, "%d of %d were not found", missing, len(results))
	default:
		return nil
	}
}
