package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"time"

	"go.temporal.io/api/workflowservice/v1"

	"vmsflow/internal/ajio/ajiotest"
	"vmsflow/internal/order"
	"vmsflow/internal/simulate"
	"vmsflow/workflows/contract"
	"vmsflow/workflows/searchattr"
)

// watch shows how far the orders are until all have ended.
func (d *demo) watch(ctx context.Context) error {
	line := newLine(d.out)
	defer line.end()
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		progress, err := d.progress(ctx)
		switch {
		case err != nil && ctx.Err() != nil:
			return ctx.Err()
		case err != nil:
			return err
		}
		d.firstOrder(progress, line)
		line.show(progress.String())
		if progress.done() {
			return nil
		}
		if err := errors.Join(d.killInTheMiddle(ctx, line), d.operator(ctx)); err != nil {
			return err
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

// firstOrder says when there is something to look at in the Web UI.
func (d *demo) firstOrder(p progress, line *line) {
	if p.seen > 0 && !d.seen {
		d.seen = true
		line.above("The first order is in the Web UI after %s.", time.Since(d.started).Round(100*time.Millisecond))
	}
}

// progress is how far the orders are, by Temporal.
type progress struct {
	expected      int
	seen, ended   int
	byStage       map[order.Stage]int
	needAttention int
}

// done says that every order that will come has been seen and has ended.
func (p progress) done() bool { return p.ended >= p.expected && p.ended >= p.seen }

func (p progress) String() string {
	parts := []string{fmt.Sprintf("%d of %d orders ended", p.ended, p.expected)}
	for _, stage := range order.Stages() {
		if n := p.byStage[stage]; n > 0 && stage != order.Ended {
			parts = append(parts, fmt.Sprintf("%s %d", strings.ReplaceAll(string(stage), "_", " "), n))
		}
	}
	if p.needAttention > 0 {
		parts = append(parts, fmt.Sprintf("NEED ATTENTION %d", p.needAttention))
	}
	return strings.Join(parts, " · ")
}

func (d *demo) progress(ctx context.Context) (progress, error) {
	p := progress{expected: d.world.Count, byStage: map[order.Stage]int{}}
	var err error
	if p.seen, err = d.count(ctx, ""); err != nil {
		return p, err
	}
	if p.ended, err = d.count(ctx, `AND ExecutionStatus != "Running"`); err != nil {
		return p, err
	}
	for _, stage := range order.Stages() {
		if p.byStage[stage], err = d.count(ctx, fmt.Sprintf("AND %s = %q", searchattr.OrderStage.GetName(), stage)); err != nil {
			return p, err
		}
	}
	p.needAttention, err = d.count(ctx, fmt.Sprintf(`AND ExecutionStatus = "Running" AND %s IS NOT NULL`, searchattr.Attention.GetName()))
	return p, err
}

func (d *demo) count(ctx context.Context, condition string) (int, error) {
	answer, err := d.temporal.CountWorkflow(ctx, &workflowservice.CountWorkflowExecutionsRequest{
		Query: fmt.Sprintf("WorkflowType = %q %s", contract.ForwardOrder, condition),
	})
	if err != nil {
		return 0, fmt.Errorf("count orders: %w", err)
	}
	return int(answer.GetCount()), nil
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

// acknowledgements counts what Ajio has accepted so far.
func (d *demo) acknowledgements(ctx context.Context) (int, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, d.stack.SimulatorURL+ajiotest.AdminPrefix+"/ledger", nil)
	if err != nil {
		return 0, err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	var calls []simulate.Call
	if err := json.NewDecoder(resp.Body).Decode(&calls); err != nil {
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
