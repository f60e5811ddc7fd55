package activities_test

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/enums/v1"

	"vmsflow/internal/inbox"
	"vmsflow/internal/order"
	"vmsflow/internal/postgres"
	"vmsflow/workflows/contract"
)

// startReturn enters a return and starts its workflow.
func (o *orders) startReturn(t *testing.T, orderID, returnID string, kind order.ReturnKind) (row int64, workflowID string) {
	t.Helper()
	r, err := o.db.EnterReturn(t.Context(), o.pob, orderID, returnID, kind)
	require.NoError(t, err)
	in := inbox.Input(r, contract.ReturnPolicy{})
	o.run(t, in)
	require.NoError(t, o.db.MarkReturnStarted(t.Context(), r.ID))
	return r.ID, in.WorkflowID()
}

// run starts the workflow of a return.
func (o *orders) run(t *testing.T, in contract.ReturnInput) {
	t.Helper()
	require.NoError(t, contract.SignalReturn(t.Context(), o.temporal, in, contract.SignalReturnParcel, contract.ReturnParcel{}))
}

func (o *orders) readReturn(t *testing.T, row int64) postgres.Return {
	t.Helper()
	r, err := o.db.Return(t.Context(), row)
	require.NoError(t, err)
	return r
}

func TestReturnsThatNoWorkflowRunsAreFound(t *testing.T) {
	t.Parallel()
	o := newOrders(t)
	ctx := t.Context()
	running, _ := o.startReturn(t, "S1", "R1", order.CustomerReturn)
	terminated, id := o.startReturn(t, "S2", "", order.RTO)
	ended, endedID := o.startReturn(t, "S3", "R3", order.CustomerReturn)
	reopened, reopenedID := o.startReturn(t, "S6", "R6", order.CustomerReturn)
	require.NoError(t, o.temporal.TerminateWorkflow(ctx, reopenedID, "", "in its second run"))
	require.NoError(t, o.db.EndReturn(ctx, reopened, order.ReturnCompleted, ""))
	require.NoError(t, o.db.MarkReturnReopened(ctx, reopened))
	entered, err := o.db.EnterReturn(ctx, o.pob, "S4", "R4", order.CustomerReturn) // and not started yet
	require.NoError(t, err)
	gone, err := o.db.EnterReturn(ctx, o.pob, "S5", "R5", order.CustomerReturn)
	require.NoError(t, err)
	require.NoError(t, o.db.MarkReturnStarted(ctx, gone.ID))
	require.NoError(t, o.temporal.TerminateWorkflow(ctx, id, "", "by mistake"))
	require.NoError(t, o.temporal.TerminateWorkflow(ctx, endedID, "", "stands for its end"))
	require.NoError(t, o.db.EndReturn(ctx, ended, order.ReturnCompleted, ""))

	for range 2 {
		require.Equal(t, contract.OrderSweepResult{AbandonedReturns: 3}, o.sweep(t))
	}
	require.NotNil(t, o.readReturn(t, reopened).AbandonedAt)
	for _, row := range []int64{running, ended, entered.ID} {
		require.Nil(t, o.readReturn(t, row).AbandonedAt)
	}
	found := o.readReturn(t, terminated)
	require.Equal(t, "Terminated", found.WorkflowStatus)
	require.Contains(t, found.AbandonedWhy, "by mistake (by ")
	require.Equal(t, postgres.WorkflowGone, o.readReturn(t, gone.ID).WorkflowStatus)
}

func TestAReturnWhoseWorkflowRunsAgainIsNoLongerAbandoned(t *testing.T) {
	t.Parallel()
	o := newOrders(t)
	row, id := o.startReturn(t, "S1", "", order.RTO)
	require.NoError(t, o.temporal.TerminateWorkflow(t.Context(), id, "", "by mistake"))
	require.Equal(t, contract.OrderSweepResult{AbandonedReturns: 1}, o.sweep(t))

	o.run(t, contract.ReturnInput{ID: row, Kind: order.RTO, Pob: o.pob, OrderID: "S1", Ended: true}) // stands for a reset
	status, err := o.temporal.DescribeWorkflowExecution(t.Context(), id, "")
	require.NoError(t, err)
	require.Equal(t, enums.WORKFLOW_EXECUTION_STATUS_RUNNING, status.GetWorkflowExecutionInfo().GetStatus())
	require.Equal(t, contract.OrderSweepResult{}, o.sweep(t))
	require.Nil(t, o.readReturn(t, row).AbandonedAt)
}

func TestASweepThatGaveUpOnOrdersAsksForNoReturns(t *testing.T) {
	t.Parallel()
	o := newOrders(t)
	for _, id := range []string{"S1", "S2", "S3"} {
		o.enter(t, id)
	}
	o.startReturn(t, "S1", "R1", order.CustomerReturn)
	o.temporal.lagging = true
	o.temporal.failing = func() error { return errors.New("shard is moving") }
	_, err := o.trySweep()
	require.ErrorContains(t, err, "shard is moving")
	require.Equal(t, int32(30), o.temporal.described.Load(), "three failures in a row are enough for an attempt")
}
