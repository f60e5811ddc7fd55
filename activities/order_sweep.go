package activities

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflow/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/client"

	"vmsflow/internal/postgres"
	"vmsflow/workflows/contract"
)

// Sweeps looks for what workflows left behind that are gone.
type Sweeps struct {
	DB       *postgres.DB
	Temporal client.Client
	// Pobs are those of the channels file. The orders of others may be run in another namespace.
	Pobs []string
}

// openPage is how many open orders are compared at once: one query to Postgres and one to Temporal, whose list takes
// ten a second by default.
const openPage = 200

// FindAbandoned compares the open orders in Postgres with Temporal, records those that no workflow runs, and marks them
// as ending. Temporal's list is a moment behind, so what it lacks is asked for one by one before it is believed; that
// is only what was started just now, or is abandoned indeed. An order that cannot be asked for or recorded keeps no
// other waiting.
func (a *Sweeps) FindAbandoned(ctx context.Context) (contract.OrderSweepResult, error) {
	s := &orderSweep{Sweeps: a}
	s.failed.add(a.DB.SettleEnded(ctx, a.Pobs))
	s.readPages(ctx)
	s.listUnsettled(ctx)
	return s.result, s.failed.err(ctx, s.result)
}

// orderSweep is one sweep over the open orders.
type orderSweep struct {
	*Sweeps
	result     contract.OrderSweepResult
	failed     problems
	unanswered int // calls to Temporal that failed in a row
}

func (s *orderSweep) readPages(ctx context.Context) {
	for after := int64(0); ctx.Err() == nil; {
		page, err := s.DB.OpenOrders(ctx, s.Pobs, after, openPage)
		if err != nil {
			s.failed.add(err)
			return
		}
		if len(page) == 0 {
			return
		}
		after = page[len(page)-1].ID
		s.result.Open += len(page)
		running, err := s.listRunning(ctx, page)
		if err != nil { // without the list every order would have to be asked for
			s.failed.add(fmt.Errorf("list running orders: %w", err))
			return
		}
		for _, o := range page {
			if running[contract.OrderWorkflowID(o.Pob, o.OrderID)] && !o.Abandoned {
				continue
			}
			s.failed.add(s.judge(ctx, o))
			if s.unanswered == giveUpAfter || ctx.Err() != nil {
				return
			}
		}
	}
}

// listRunning asks Temporal's list which of these orders run.
func (s *orderSweep) listRunning(ctx context.Context, page []postgres.OpenOrder) (map[string]bool, error) {
	var ids []string
	for _, o := range page {
		id := contract.OrderWorkflowID(o.Pob, o.OrderID)
		if !strings.ContainsAny(id, `'"\`) { // no such id was seen yet; it would be asked for by itself
			ids = append(ids, "'"+id+"'")
		}
	}
	running := map[string]bool{}
	if len(ids) == 0 {
		return running, nil
	}
	request := &workflowservice.ListWorkflowExecutionsRequest{
		PageSize: openPage + 1, // a full page would be followed by an empty one
		Query:    "ExecutionStatus = 'Running' AND WorkflowId IN (" + strings.Join(ids, ", ") + ")",
	}
	for {
		answer, err := s.Temporal.ListWorkflow(ctx, request)
		if err != nil {
			return nil, err
		}
		for _, execution := range answer.GetExecutions() {
			running[execution.GetExecution().GetWorkflowId()] = true
		}
		if request.NextPageToken = answer.GetNextPageToken(); len(answer.GetNextPageToken()) == 0 {
			return running, nil
		}
	}
}

// judge asks Temporal for one order's workflow and records or withdraws that it is abandoned.
func (s *orderSweep) judge(ctx context.Context, o postgres.OpenOrder) error {
	id := contract.OrderWorkflowID(o.Pob, o.OrderID)
	info, err := describe(ctx, s.Temporal, id)
	if err != nil {
		s.unanswered++
		return fmt.Errorf("describe %s: %w", id, err)
	}
	s.unanswered = 0
	if contract.IsOpen(info.GetStatus()) {
		if !o.Abandoned {
			return nil
		}
		s.result.Withdrawn++
		return s.DB.WithdrawAbandoned(ctx, o.Pob, o.OrderID)
	}
	status, why := postgres.WorkflowGone, "Temporal has no such workflow: it was deleted, or it ended longer ago than the namespace keeps"
	if info != nil {
		status, why = info.GetStatus().String(), s.lastWords(ctx, info)
	}
	isNew, err := s.DB.RecordAbandoned(ctx, o.Pob, o.OrderID, status, why)
	if err != nil {
		return err
	}
	if isNew {
		s.result.Found++
		activity.GetLogger(ctx).Warn("an open order has no workflow", "AjioOrderId", o.OrderID, "Pob", o.Pob, "WorkflowStatus", status)
	}
	return nil
}

// describe reads the latest run of a workflow; nil when Temporal has none.
func describe(ctx context.Context, c client.Client, id string) (*workflow.WorkflowExecutionInfo, error) {
	description, err := c.DescribeWorkflowExecution(ctx, id, "")
	if _, unknown := errors.AsType[*serviceerror.NotFound](err); unknown {
		return nil, nil
	}
	return description.GetWorkflowExecutionInfo(), err
}

// maxWords bounds what is kept of a reason; a failure may bring a whole stack along.
const maxWords = 500

// lastWords is what Temporal keeps of why a workflow closed. They are a courtesy to whoever settles the order, so one
// without them is recorded all the same.
func (s *orderSweep) lastWords(ctx context.Context, info *workflow.WorkflowExecutionInfo) string {
	run := info.GetExecution()
	history := s.Temporal.GetWorkflowHistory(ctx, run.GetWorkflowId(), run.GetRunId(), false, enums.HISTORY_EVENT_FILTER_TYPE_CLOSE_EVENT)
	words := ""
	for history.HasNext() {
		event, err := history.Next()
		if err != nil {
			activity.GetLogger(ctx).Warn("the end of a workflow cannot be read", "WorkflowID", run.GetWorkflowId(), "error", err)
			return ""
		}
		if terminated := event.GetWorkflowExecutionTerminatedEventAttributes(); terminated != nil {
			words = strings.TrimPrefix(terminated.GetReason()+" (by "+terminated.GetIdentity()+")", " ")
		}
		if failed := event.GetWorkflowExecutionFailedEventAttributes(); failed != nil {
			words = failed.GetFailure().GetMessage()
		}
	}
	if len(words) > maxWords {
		words = strings.ToValidUTF8(words[:maxWords], "") + " …"
	}
	return words
}

// listUnsettled puts into the result what still waits for a person.
func (s *orderSweep) listUnsettled(ctx context.Context) {
	unsettled, err := s.DB.Abandoned(ctx, s.Pobs)
	if err != nil {
		s.failed.add(err)
		return
	}
	s.result.Unsettled = len(unsettled)
	for _, o := range unsettled[:min(len(unsettled), contract.MaxSweepOrders)] {
		s.result.Orders = append(s.result.Orders, contract.AbandonedOrder{
			Pob: o.Pob, OrderID: o.OrderID, FoundAt: o.FoundAt, WorkflowStatus: o.WorkflowStatus, LeftBehind: o.LeftBehind.String(),
		})
	}
}
