package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"time"

	"go.temporal.io/api/workflowservice/v1"

	"vmsflow/dev/simulator/world"
	"vmsflow/internal/ajio/ajiotest"
	"vmsflow/internal/order"
	"vmsflow/internal/simulate"
	"vmsflow/workflows/contract"
	"vmsflow/workflows/searchattr"
)

// watch shows how far orders and returns are until all have ended.
func (d *demo) watch(ctx context.Context) error {
	line := newLine(d.out)
	defer line.end()
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	answered := time.Now()
	for {
		progress, err := d.progress(ctx)
		if err == nil {
			err = d.operator(ctx, progress.cast)
		}
		switch {
		case err != nil && ctx.Err() != nil:
			return ctx.Err()
		case err != nil && time.Since(answered) > silence:
			return err
		case err == nil:
			answered = time.Now()
			done, err := d.look(ctx, progress, line)
			if done || err != nil {
				return err
			}
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case err := <-d.stack.Failed():
			return err
		case <-tick.C:
		}
	}
}

// silence is how long nobody need answer how far things are: a machine with other work may leave Temporal without a turn
// for seconds.
const silence = time.Minute

// look shows how far things are, and does what is due then.
func (d *demo) look(ctx context.Context, p progress, line *line) (done bool, _ error) {
	d.firstOrder(p, line)
	line.show(p.String())
	if p.done() {
		return true, nil
	}
	return false, d.killInTheMiddle(ctx, p, line)
}

// firstOrder says when there is something to look at in the Web UI.
func (d *demo) firstOrder(p progress, line *line) {
	if p.orders.seen > 0 && !d.seen {
		d.seen = true
		line.above("The first order is in the Web UI after %s.", time.Since(d.started).Round(100*time.Millisecond))
	}
}

// progress is how far orders and returns are, by Temporal, and what is still to come, by the simulated world.
type progress struct {
	orders, returns tally
	cast            world.Cast
	needAttention   int
	undelivered     int // messages that were accepted, and no workflow was told
}

// tally counts workflows of one kind.
type tally struct {
	what     string
	expected int
	seen     int // workflows that were started
	running  int
	ended    int
	stages   []string // "picking 3", in the order of the lifecycle
}

// done says that every order and every return that will come has ended, and that nobody has anything left to say: a
// return that has ended may run again for what comes afterwards.
func (p progress) done() bool {
	return p.orders.done() && p.returns.done() && (p.returns.expected == 0 || p.cast.ReturnsComplete && p.undelivered == 0)
}

func (t tally) done() bool { return t.ended >= t.expected && t.running == 0 }

func (t tally) String() string {
	return strings.Join(append([]string{fmt.Sprintf("%d of %d %s ended", t.ended, t.expected, t.what)}, t.stages...), " · ")
}

func (p progress) String() string {
	text := p.orders.String()
	if p.returns.expected > 0 {
		text += " | " + p.returns.String()
	}
	if p.needAttention > 0 {
		text += fmt.Sprintf(" | NEED ATTENTION %d", p.needAttention)
	}
	return text
}

func (d *demo) progress(ctx context.Context) (p progress, err error) {
	// The world first: what it calls complete has been seen by everybody who is asked after it.
	if err = d.ask(ctx, "/_sim/world", &p.cast); err != nil {
		return p, err
	}
	if p.orders, err = d.tally(ctx, contract.ForwardOrder, "orders", d.world.Count, stageNames(order.Stages())); err != nil {
		return p, err
	}
	if p.returns, err = d.tally(ctx, contract.ReturnOrder, "returns", d.world.Returns(), stageNames(order.ReturnStages())); err != nil {
		return p, err
	}
	if p.returns.ended, p.undelivered, err = d.books(ctx); err != nil {
		return p, err
	}
	for _, kind := range []string{contract.ForwardOrder, contract.ReturnOrder} {
		n, err := d.count(ctx, kind, fmt.Sprintf(`AND ExecutionStatus = "Running" AND %s IS NOT NULL`, searchattr.Attention.GetName()))
		if err != nil {
			return p, err
		}
		p.needAttention += n
	}
	return p, nil
}

func stageNames[S ~string](stages []S) []string {
	var names []string
	for _, stage := range stages {
		if string(stage) != string(order.Ended) {
			names = append(names, string(stage))
		}
	}
	return names
}

func (d *demo) tally(ctx context.Context, kind, what string, expected int, stages []string) (tally, error) {
	t := tally{what: what, expected: expected}
	var err error
	if t.seen, err = d.count(ctx, kind, ""); err != nil {
		return t, err
	}
	if t.running, err = d.count(ctx, kind, `AND ExecutionStatus = "Running"`); err != nil {
		return t, err
	}
	t.ended = t.seen - t.running
	for _, stage := range stages {
		n, err := d.count(ctx, kind, fmt.Sprintf(`AND ExecutionStatus = "Running" AND %s = %q`, searchattr.OrderStage.GetName(), stage))
		if err != nil {
			return t, err
		}
		if n > 0 {
			t.stages = append(t.stages, fmt.Sprintf("%s %d", strings.ReplaceAll(stage, "_", " "), n))
		}
	}
	return t, nil
}

func (d *demo) count(ctx context.Context, kind, condition string) (int, error) {
	answer, err := d.temporal.CountWorkflow(ctx, &workflowservice.CountWorkflowExecutionsRequest{
		Query: fmt.Sprintf("WorkflowType = %q %s", kind, condition),
	})
	if err != nil {
		return 0, fmt.Errorf("count workflows: %w", err)
	}
	return int(answer.GetCount()), nil
}

// books counts the returns whose books are closed, whose workflows may have run more than once, and the messages that the
// gateway has accepted and that no workflow was told.
func (d *demo) books(ctx context.Context) (ended, undelivered int, err error) {
	err = d.db.QueryRow(ctx, `SELECT (SELECT count(*) FROM returns WHERE ended_at IS NOT NULL),
		(SELECT count(*) FROM inbox WHERE signalled_at IS NULL AND error = '')`).Scan(&ended, &undelivered)
	if err != nil {
		return 0, 0, fmt.Errorf("count ended returns and undelivered messages: %w", err)
	}
	return ended, undelivered, nil
}

// ask reads what the simulated world says at a path.
func (d *demo) ask(ctx context.Context, path string, into any) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, d.stack.SimulatorURL+path, nil)
	if err != nil {
		return err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	return json.NewDecoder(resp.Body).Decode(into)
}

// acknowledgements counts what Ajio has accepted so far.
func (d *demo) acknowledgements(ctx context.Context) (int, error) {
	var calls []simulate.Call
	if err := d.ask(ctx, ajiotest.AdminPrefix+"/ledger", &calls); err != nil {
		return 0, err
	}
	n := 0
	for _, call := range calls {
		if call.Effect && call.Name == ajiotest.CallAcknowledge {
			n++
		}
	}
	return n, nil
}

// line is a line that is written over itself on a terminal, and a new line for each change elsewhere.
type line struct {
	out      io.Writer
	terminal bool
	last     string
}

func newLine(out io.Writer) *line {
	l := &line{out: out}
	if file, ok := out.(*os.File); ok {
		info, err := file.Stat()
		l.terminal = err == nil && info.Mode()&os.ModeCharDevice != 0
	}
	return l
}

func (l *line) show(text string) {
	if text == l.last {
		return
	}
	if l.terminal {
		fmt.Fprintf(l.out, "\r\x1b[K%s", text)
	} else {
		fmt.Fprintln(l.out, text)
	}
	l.last = text
}

// above writes a line of its own that stays.
func (l *line) above(format string, args ...any) {
	if l.terminal {
		fmt.Fprint(l.out, "\r\x1b[K")
	}
	fmt.Fprintf(l.out, format+"\n", args...)
	l.last = ""
}

func (l *line) end() {
	if l.terminal && l.last != "" {
		fmt.Fprintln(l.out)
	}
}
