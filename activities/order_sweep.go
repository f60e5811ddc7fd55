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

	"vmsflow/internal/inbox"
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

// FindAbandoned compares the open orders and returns in Postgres with Temporal, records those that no workflow runs, and
// marks such orders as ending. Temporal's list is a moment behind, so what it lacks is asked for one by one before it is
// believed; that is only what was started just now, or is abandoned indeed. One that cannot be asked for or recorded
// keeps no other waiting.
func (a *Sweeps) FindAbandoned(ctx context.Context) (contract.OrderSweepResult, error) {
	s := &orderSweep{Sweeps: a}
	s.failed.add(a.DB.SettleEnded(ctx, a.Pobs))
	orders := s.readPages(ctx, s.openOrders)
	s.result.Open, s.result.Found, s.result.Withdrawn = orders.open, orders.found, orders.withdrawn
	s.readPages(ctx, s.openReturns)
	s.listUnsettled(ctx)
	return s.result, s.failed.err(ctx, s.result)
}

// orderSweep is one sweep over the open orders and returns.
type orderSweep struct {
	*Sweeps
	result     contract.OrderSweepResult
	failed     problems
	unanswered int // calls to Temporal that failed in a row
}

// openRow is an order or a return that was started and has not ended, or was reopened, so that a workflow should run it.
type openRow struct {
	id         int64
	workflowID string
	pob        string
	orderID    string
	abandoned  bool // it was found without a workflow before
	record     func(ctx context.Context, workflowStatus, why string) (isNew bool, err error)
	withdraw   func(ctx context.Context) error
}

func (s *orderSweep) openOrders(ctx context.Context, after int64) ([]openRow, error) {
	page, err := s.DB.OpenOrders(ctx, s.Pobs, after, openPage)
	var rows []openRow
	for _, o := range page {
		rows = append(rows, openRow{
			id: o.ID, workflowID: contract.OrderWorkflowID(o.Pob, o.OrderID), pob: o.Pob, orderID: o.OrderID, abandoned: o.Abandoned,
			record: func(ctx context.Context, workflowStatus, why string) (bool, error) {
				return s.DB.RecordAbandoned(ctx, o.Pob, o.OrderID, workflowStatus, why)
			},
			withdraw: func(ctx context.Context) error { return s.DB.WithdrawAbandoned(ctx, o.Pob, o.OrderID) },
		})
	}
	return rows, err
}

func (s *orderSweep) openReturns(ctx context.Context, after int64) ([]openRow, error) {
	page, err := s.DB.StartedReturns(ctx, s.Pobs, after, openPage)
	var rows []openRow
	for _, r := range page {
		rows = append(rows, openRow{
			id: r.ID, workflowID: inbox.Input(r, contract.ReturnPolicy{}).WorkflowID(), pob: r.Pob, orderID: r.OrderID, abandoned: r.AbandonedAt != nil,
			record: func(ctx context.Context, workflowStatus, why string) (bool, error) {
				return s.DB.RecordAbandonedReturn(ctx, r.ID, workflowStatus, why)
			},
			withdraw: func(ctx context.Context) error { return s.DB.WithdrawAbandonedReturn(ctx, r.ID) },
		})
	}
	return rows, err
}

// sweepCount counts what one reading of all pages met.
type sweepCount struct{ open, found, withdrawn int }

func (s *orderSweep) readPages(ctx context.Context, next func(ctx context.Context, after int64) ([]openRow, error)) sweepCount {
	var count sweepCount
	for after := int64(0); ctx.Err() == nil && s.unanswered < giveUpAfter; {
		page, err := next(ctx, after)
		if err != nil {
			s.failed.add(err)
			break
		}
		if len(page) == 0 {
			break
		}
		after = page[len(page)-1].id
		count.open += len(page)
		running, err := s.listRunning(ctx, page)
		if err != nil { // without the list every one would have to be asked for
			s.failed.add(fmt.Errorf("list running workflows: %w", err))
			break
		}
		for _, row := range page {
			if running[row.workflowID] && !row.abandoned {
				continue
			}
			s.failed.add(s.judge(ctx, row, &count))
			if s.unanswered >= giveUpAfter || ctx.Err() != nil {
				return count
			}
		}
	}
	return count
}

// listRunning asks Temporal's list which of these run.
func (s *orderSweep) listRunning(ctx context.Context, page []openRow) (map[string]bool, error) {
	var ids []string
	for _, row := range page {
		if !strings.ContainsAny(row.workflowID, `'"\`) { // no such id was seen yet; it would be asked for by itself
			ids = append(ids, "'"+row.workflowID+"'")
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

// judge asks Temporal for one workflow and records or withdraws that its order or return is abandoned.
func (s *orderSweep) judge(ctx context.Context, row openRow, count *sweepCount) error {
	info, err := describe(ctx, s.Temporal, row.workflowID)
	if err != nil {
		s.unanswered++
		return fmt.Errorf("describe %s: %w", row.workflowID, err)
	}
	s.unanswered = 0
	if contract.IsOpen(info.GetStatus()) {
		if !row.abandoned {
			return nil
		}
		count.withdrawn++
		return row.withdraw(ctx)
	}
	status, why := postgres.WorkflowGone, "Temporal has no such workflow: it was deleted, or it ended longer ago than the namespace keeps"
	if info != nil {
		status, why = info.GetStatus().String(), s.lastWords(ctx, info)
	}
	isNew, err := row.record(ctx, status, why)
	if err != nil {
		return err
	}
	if isNew {
		count.found++
		activity.GetLogger(ctx).Warn("an open order or return has no workflow",
			"WorkflowID", row.workflowID, "AjioOrderId", row.orderID, "Pob", row.pob, "WorkflowStatus", status)
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
	returns, err := s.DB.CountAbandonedReturns(ctx, s.Pobs)
	s.failed.add(err)
	s.result.AbandonedReturns = returns
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
