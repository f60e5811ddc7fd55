package activities_test

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/common/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"vmsflow/activities"
	"vmsflow/internal/order"
	"vmsflow/internal/postgres"
	"vmsflow/internal/postgres/pgtest"
	"vmsflow/workflows/contract"
)

// orders are the orders of a POB of their own in a real Postgres, with workflows on a real Temporal server that stay as
// they are: no worker runs.
type orders struct {
	pob      string
	db       *postgres.DB
	temporal *watched
}

func newOrders(t *testing.T) *orders {
	t.Helper()
	return &orders{
		pob: fmt.Sprintf("DV%010d", time.Now().UnixNano()%1e10), db: pgtest.New(t), temporal: &watched{Client: dial(t)},
	}
}

// watched is a Temporal that counts what it is asked, whose list may lag behind, and that fails on demand.
type watched struct {
	client.Client
	described, listed atomic.Int32
	lagging           bool         // the list knows nothing yet
	meanwhile         func()       // happens before an order is described
	failing           func() error // of each description
}

func (w *watched) ListWorkflow(
	ctx context.Context, request *workflowservice.ListWorkflowExecutionsRequest,
) (*workflowservice.ListWorkflowExecutionsResponse, error) {
	w.listed.Add(1)
	if w.lagging {
		return &workflowservice.ListWorkflowExecutionsResponse{}, nil
	}
	return w.Client.ListWorkflow(ctx, request)
}

func (w *watched) DescribeWorkflowExecution(
	ctx context.Context, id, run string,
) (*workflowservice.DescribeWorkflowExecutionResponse, error) {
	w.described.Add(1)
	if w.meanwhile != nil {
		w.meanwhile()
	}
	if w.failing != nil {
		if err := w.failing(); err != nil {
			return nil, err
		}
	}
	return w.Client.DescribeWorkflowExecution(ctx, id, run)
}

// enter enters an order of two units, reserves them and notes that it was started.
func (o *orders) enter(t *testing.T, id string) order.Order {
	t.Helper()
	entered := order.Order{
		Pob: o.pob, ID: id, OrderTime: time.Now(), PaymentMethod: "PREPAID",
		Lines: []order.Line{{OrderItemID: id + "-1", ItemCode: "SKU-" + id, Ordered: 2}},
	}
	_, err := o.db.RegisterOrder(t.Context(), entered, order.ERPModel)
	require.NoError(t, err)
	require.NoError(t, o.db.LoadStock(t.Context(), o.pob, []postgres.StockLevel{{ItemCode: "SKU-" + id, OnHand: 5}}))
	_, err = o.db.Reserve(t.Context(), o.pob, id, entered.Lines)
	require.NoError(t, err)
	require.NoError(t, o.db.MarkStarted(t.Context(), o.pob, id))
	return entered
}

// start enters an order and starts its workflow.
func (o *orders) start(t *testing.T, id string) {
	t.Helper()
	entered := o.enter(t, id)
	_, err := o.temporal.ExecuteWorkflow(t.Context(), activities.StartOptions(entered, contract.Policy{Model: order.ERPModel}),
		contract.ForwardOrder, contract.ForwardOrderInput{Order: entered})
	require.NoError(t, err)
}

func (o *orders) terminate(t *testing.T, id string) {
	t.Helper()
	require.NoError(t, o.temporal.TerminateWorkflow(t.Context(), contract.OrderWorkflowID(o.pob, id), "", "by mistake"))
}

// listShows waits until Temporal's list shows that so many of the orders run, and so many have closed.
func (o *orders) listShows(t *testing.T, running, closed int64) {
	t.Helper()
	count := func(status string) int64 {
		answer, err := o.temporal.CountWorkflow(t.Context(), &workflowservice.CountWorkflowExecutionsRequest{
			Query: "WorkflowId STARTS_WITH '" + contract.OrderWorkflowID(o.pob, "") + "' AND ExecutionStatus " + status + " 'Running'",
		})
		require.NoError(t, err)
		return answer.GetCount()
	}
	require.Eventually(t, func() bool { return count("=") == running && count("!=") == closed }, 30*time.Second, 50*time.Millisecond)
}

func (o *orders) sweep(t *testing.T) contract.OrderSweepResult {
	t.Helper()
	result, err := o.trySweep()
	require.NoError(t, err)
	require.Len(t, result.Orders, result.Unsettled)
	return result
}

func (o *orders) trySweep() (result contract.OrderSweepResult, err error) {
	sweeps := &activities.Sweeps{DB: o.db, Temporal: o.temporal, Pobs: []string{o.pob}}
	err = runner()(func(ctx context.Context) (err error) {
		result, err = sweeps.FindAbandoned(ctx)
		return err
	}, nil)
	return result, err
}

// counts leaves the orders of a result out.
func counts(r contract.OrderSweepResult) contract.OrderSweepResult {
	r.Orders = nil
	return r
}

func TestAnOrderThatIsTerminatedWhileItIsHeldIsFound(t *testing.T) {
	t.Parallel()
	o := newOrders(t)
	o.start(t, "S1")
	o.start(t, "S2")
	o.terminate(t, "S1")
	o.listShows(t, 1, 1)

	result := o.sweep(t)
	require.Equal(t, contract.OrderSweepResult{Open: 2, Found: 1, Unsettled: 1}, counts(result))
	require.Equal(t, "S1", result.Orders[0].OrderID)
	require.Equal(t, "Terminated", result.Orders[0].WorkflowStatus)
	require.Equal(t, "2 × SKU-S1 reserved", result.Orders[0].LeftBehind)

	found, err := o.db.FindAbandoned(t.Context(), o.pob, "S1")
	require.NoError(t, err)
	require.Contains(t, found.Why, "by mistake (by ")
	marked, err := o.db.Order(t.Context(), o.pob, "S1")
	require.NoError(t, err)
	require.NotNil(t, marked.EndingAt, "the gateway answers that it is cancelled")

	require.Equal(t, contract.OrderSweepResult{Open: 2, Unsettled: 1}, counts(o.sweep(t)), "it is found once")
}

func TestAnOrderThatIsTerminatedAfterItsReleaseLeavesMoreBehind(t *testing.T) {
	t.Parallel()
	o := newOrders(t)
	ctx := t.Context()
	o.start(t, "S1")
	units := order.Quantities{"S1-1": 2}
	require.NoError(t, o.db.MarkAcknowledged(ctx, o.pob, "S1", units, time.Now()))
	require.NoError(t, o.db.SavePO(ctx, o.pob, "S1", order.PurchaseOrder{Number: "P1"}))
	require.NoError(t, o.db.MarkSentToWarehouse(ctx, o.pob, "S1", units))
	require.NoError(t, o.db.SaveInvoice(ctx, o.pob, "S1", order.Invoice{Number: "I1", IRN: "f57c"}))
	require.NoError(t, o.db.MarkReleased(ctx, o.pob, "S1", units))
	o.terminate(t, "S1")
	o.listShows(t, 0, 1)

	require.Equal(t, "2 × SKU-S1 reserved, acknowledged, PO P1, released for picking, e-invoice I1", o.sweep(t).Orders[0].LeftBehind)
	found, err := o.db.FindAbandoned(ctx, o.pob, "S1")
	require.NoError(t, err)
	require.Equal(t, "warehouse: stop the picking and put back what was picked", found.LeftBehind.ByHand[0].String())
}

func TestRunningOrdersAreNotAskedForOneByOne(t *testing.T) {
	t.Parallel()
	o := newOrders(t)
	const many = 230 // over a page
	for i := range many {
		o.start(t, fmt.Sprintf("S%d", i))
	}
	o.listShows(t, many, 0)
	require.Equal(t, contract.OrderSweepResult{Open: many}, o.sweep(t))
	require.Equal(t, int32(2), o.temporal.listed.Load(), "two hundred orders a query")
	require.Zero(t, o.temporal.described.Load())
}

func TestAnOrderThatTemporalsListDoesNotShowYetIsNotReported(t *testing.T) {
	t.Parallel()
	o := newOrders(t)
	o.start(t, "S1")
	o.temporal.lagging = true
	require.Equal(t, contract.OrderSweepResult{Open: 1}, o.sweep(t))
}

func TestAnOrderWhoseIdNoQueryTakesIsAskedForByItself(t *testing.T) {
	t.Parallel()
	o := newOrders(t)
	o.start(t, "S'1")
	o.start(t, "S2")
	o.listShows(t, 2, 0)
	require.Equal(t, contract.OrderSweepResult{Open: 2}, o.sweep(t))
	require.Equal(t, int32(1), o.temporal.described.Load())
}

func TestAnOrderThatEndsInBetweenIsNotReported(t *testing.T) {
	t.Parallel()
	o := newOrders(t)
	o.start(t, "S1")
	o.temporal.lagging = true
	o.temporal.meanwhile = func() {
		require.NoError(t, o.db.EndOrder(t.Context(), o.pob, "S1", order.Completed, ""))
		o.terminate(t, "S1") // stands for its end, which takes a worker
	}
	require.Equal(t, contract.OrderSweepResult{Open: 1}, o.sweep(t))
	ended, err := o.db.Order(t.Context(), o.pob, "S1")
	require.NoError(t, err)
	require.Equal(t, order.Completed, ended.Outcome)
}

func TestAnOrderWhoseWorkflowEndedWithoutItsBooksIsReported(t *testing.T) {
	t.Parallel()
	o := newOrders(t)
	w := worker.New(o.temporal.Client, o.pob, worker.Options{})
	w.RegisterWorkflowWithOptions(func(_ workflow.Context, fail bool) error {
		if fail {
			return errors.New("a bug")
		}
		return nil
	}, workflow.RegisterOptions{Name: "buggy"})
	require.NoError(t, w.Start())
	t.Cleanup(w.Stop)
	for id, fail := range map[string]bool{"S1": false, "S2": true} {
		o.enter(t, id)
		run, err := o.temporal.ExecuteWorkflow(t.Context(), client.StartWorkflowOptions{
			ID: contract.OrderWorkflowID(o.pob, id), TaskQueue: o.pob,
		}, "buggy", fail)
		require.NoError(t, err)
		require.Equal(t, fail, run.Get(t.Context(), nil) != nil)
	}
	o.enter(t, "S3") // of which Temporal has nothing
	o.listShows(t, 0, 2)

	require.Equal(t, contract.OrderSweepResult{Open: 3, Found: 3, Unsettled: 3}, counts(o.sweep(t)))
	for id, want := range map[string]struct{ status, why string }{
		"S1": {"Completed", ""}, "S2": {"Failed", "a bug"}, "S3": {postgres.WorkflowGone, "Temporal has no such workflow"},
	} {
		found, err := o.db.FindAbandoned(t.Context(), o.pob, id)
		require.NoError(t, err)
		require.Equal(t, want.status, found.WorkflowStatus)
		require.Contains(t, found.Why, want.why)
	}
}

func TestAnOrderWhoseWorkflowIsResetIsNoLongerAbandoned(t *testing.T) {
	t.Parallel()
	o := newOrders(t)
	w := worker.New(o.temporal.Client, o.pob, worker.Options{})
	begun := make(chan struct{}, 2)
	w.RegisterWorkflowWithOptions(func(ctx workflow.Context) error {
		if !workflow.IsReplaying(ctx) {
			begun <- struct{}{}
		}
		return workflow.Sleep(ctx, time.Hour)
	}, workflow.RegisterOptions{Name: "waiting"})
	require.NoError(t, w.Start())
	t.Cleanup(w.Stop)
	o.enter(t, "S1")
	id := contract.OrderWorkflowID(o.pob, "S1")
	run, err := o.temporal.ExecuteWorkflow(t.Context(), client.StartWorkflowOptions{ID: id, TaskQueue: o.pob}, "waiting")
	require.NoError(t, err)
	<-begun
	require.Eventually(t, func() bool { // the first workflow task is completed, which a reset goes back to
		history := o.temporal.GetWorkflowHistory(t.Context(), id, run.GetRunID(), false, 0)
		for history.HasNext() {
			event, err := history.Next()
			require.NoError(t, err)
			if event.GetWorkflowTaskCompletedEventAttributes() != nil {
				return true
			}
		}
		return false
	}, 30*time.Second, 50*time.Millisecond)
	o.terminate(t, "S1")
	o.listShows(t, 0, 1)
	require.Equal(t, contract.OrderSweepResult{Open: 1, Found: 1, Unsettled: 1}, counts(o.sweep(t)))

	_, err = o.temporal.ResetWorkflowExecution(t.Context(), &workflowservice.ResetWorkflowExecutionRequest{
		Namespace: client.DefaultNamespace, WorkflowExecution: &common.WorkflowExecution{WorkflowId: id, RunId: run.GetRunID()},
		Reason: "terminated by mistake", WorkflowTaskFinishEventId: 4, RequestId: o.pob,
	})
	require.NoError(t, err)
	require.Equal(t, contract.OrderSweepResult{Open: 1, Withdrawn: 1}, o.sweep(t))
	require.Equal(t, contract.OrderSweepResult{Open: 1}, o.sweep(t))
	again, err := o.db.Order(t.Context(), o.pob, "S1")
	require.NoError(t, err)
	require.Nil(t, again.EndingAt, "the gateway takes messages for it again")
}

func TestAnOrderThatCannotBeAskedForKeepsNoOtherWaiting(t *testing.T) {
	t.Parallel()
	o := newOrders(t)
	for _, id := range []string{"S1", "S2", "S3"} {
		o.start(t, id)
		o.terminate(t, id)
	}
	o.listShows(t, 0, 3)
	calls := 0
	o.temporal.failing = func() error {
		if calls++; calls == 1 {
			return errors.New("shard is moving")
		}
		return nil
	}
	result, err := o.trySweep() // its second attempt finds the first order
	require.NoError(t, err)
	require.Equal(t, contract.OrderSweepResult{Open: 3, Found: 1, Unsettled: 3}, counts(result))
	require.Equal(t, int32(6), o.temporal.described.Load())

	o.temporal.described.Store(0)
	o.temporal.failing = func() error { return errors.New("shard is moving") }
	_, err = o.trySweep()
	require.ErrorContains(t, err, "shard is moving")
	require.Equal(t, int32(30), o.temporal.described.Load(), "three failures in a row are enough for an attempt")
}
