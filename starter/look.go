package main

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	workflowpb "go.temporal.io/api/workflow/v1"
	"golang.org/x/sync/errgroup"

	"vmsflow/workflows/contract"
	"vmsflow/workflows/searchattr"
)

// lookers is how many workflows are asked at the same time: enough for hundreds to answer in seconds, few enough that
// the workers go on with the orders.
const lookers = 8

// What a person can be asked about.
const (
	kindOrder    = "order"
	kindManifest = "manifest"
	kindReturn   = "return" // RTOs too
)

// work is an order, a return or a manifest that a person looks at or acts on.
type work struct {
	WorkflowID string           `json:"workflow_id"`
	Kind       string           `json:"kind"` // order, return or manifest
	Pob        string           `json:"pob"`
	OrderID    string           `json:"order_id,omitempty"`  // of a return its forward order's, where that is known
	ReturnID   string           `json:"return_id,omitempty"` // Ajio's
	Stage      string           `json:"stage,omitempty"`     // of an order or a return
	Attention  string           `json:"attention,omitempty"`
	Since      time.Time        `json:"since"` // at the latest since then; when the workflow started if nobody knows
	Parked     *contract.Parked `json:"parked,omitempty"`
	Message    string           `json:"message,omitempty"`   // what happened and what to do
	NoAnswer   string           `json:"no_answer,omitempty"` // why the workflow could not be asked
	NotFound   string           `json:"not_found,omitempty"` // why there is nothing that could be answered

	started time.Time
	lines   []contract.LineState
	// exact says that Parked.Since is the very moment at which the step was parked.
	exact bool
}

// workOf names what runs under a workflow id.
func workOf(workflowID string) *work {
	w := &work{WorkflowID: workflowID}
	if pob, orderID, err := contract.ParseOrderWorkflowID(workflowID); err == nil {
		w.Kind, w.Pob, w.OrderID = kindOrder, pob, orderID
		return w
	}
	if pob, orderID, returnID, err := contract.ParseReturnWorkflowID(workflowID); err == nil {
		w.Kind, w.Pob, w.OrderID, w.ReturnID = kindReturn, pob, orderID, returnID
		return w
	}
	parts := strings.SplitN(workflowID, ":", 3)
	w.Kind = parts[0]
	if len(parts) == 3 {
		w.Pob = parts[1]
	}
	return w
}

// name is what an operator calls it, and what the commands take.
func (w *work) name() string {
	switch w.Kind {
	case kindOrder:
		return w.OrderID
	case kindReturn:
		return cmp.Or(w.ReturnID, w.WorkflowID)
	default:
		return w.WorkflowID
	}
}

// workIn names what an execution of Temporal's list runs, as far as the list knows.
func workIn(info *workflowpb.WorkflowExecutionInfo) *work {
	w := workOf(info.GetExecution().GetWorkflowId())
	w.started = info.GetStartTime().AsTime()
	w.Since = w.started
	readAttribute(info.GetSearchAttributes(), searchattr.AjioOrderId.GetName(), &w.OrderID)
	readAttribute(info.GetSearchAttributes(), searchattr.AjioReturnId.GetName(), &w.ReturnID)
	readAttribute(info.GetSearchAttributes(), searchattr.OrderStage.GetName(), &w.Stage)
	readAttribute(info.GetSearchAttributes(), searchattr.Attention.GetName(), &w.Attention)
	return w
}

// lookAll asks every workflow, a few at a time. When the first ones do not answer no worker runs, and the others are
// not waited for as well.
func (t *tool) lookAll(ctx context.Context, all []*work) {
	var answered, silent atomic.Int64
	var group errgroup.Group
	group.SetLimit(lookers)
	for _, w := range all {
		group.Go(func() error {
			if answered.Load() == 0 && silent.Load() >= lookers {
				w.NoAnswer = "not asked, as no other workflow answered"
				return nil
			}
			t.look(ctx, w)
			if w.NoAnswer == "" {
				answered.Add(1)
			} else {
				silent.Add(1)
			}
			return nil
		})
	}
	_ = group.Wait() // what went wrong stands at each
}

// look asks a workflow where it stands.
func (t *tool) look(ctx context.Context, w *work) {
	w.Since, w.Parked, w.Message, w.NoAnswer, w.NotFound, w.exact = w.started, nil, "", "", "", false
	var state contract.OrderState // what the others say of themselves an order says by the same names
	err := t.askState(ctx, w.WorkflowID, &state)
	switch {
	case err == nil:
		w.take(state)
	case contract.IsGone(err):
		w.NotFound = "Temporal has no such workflow: it never started, or it ended longer ago than the namespace keeps"
	default:
		w.NoAnswer = fmt.Sprintf("no worker answered (%v)", err)
	}
}

// take enters what the workflow says.
func (w *work) take(state contract.OrderState) {
	w.Stage, w.Attention, w.Parked, w.lines = string(state.Stage), state.Attention, state.Parked, state.Lines
	switch {
	case state.Parked != nil:
		w.Attention = cmp.Or(state.Attention, state.Parked.Reason)
		w.Since, w.Message, w.exact = state.Parked.Since, state.Parked.Message, true
	case state.DueAt != nil && strings.HasSuffix(state.Attention, "_overdue"):
		w.Since = *state.DueAt
	case len(state.Notes) > 0: // whatever raises attention says why in a note
		last := state.Notes[len(state.Notes)-1]
		w.Since, w.Message = last.At, "Last note: "+last.Text
	}
	w.Message = strings.TrimSpace(state.Advice + " " + w.Message)
}

// askState asks a workflow where it stands; a worker answers.
func (t *tool) askState(ctx context.Context, workflowID string, state any) error {
	ctx, cancel := context.WithTimeout(ctx, queryTimeout)
	defer cancel()
	encoded, err := t.temporal.QueryWorkflow(ctx, workflowID, "", contract.QueryState)
	if err != nil {
		return err
	}
	return encoded.Get(state)
}

// oldestFirst sorts by how long a person has been needed.
func oldestFirst(all []*work) {
	slices.SortFunc(all, func(a, b *work) int {
		return cmp.Or(a.Since.Compare(b.Since), cmp.Compare(a.WorkflowID, b.WorkflowID))
	})
}
