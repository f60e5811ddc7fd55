package workflows_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"vmsflow/workflows"
	"vmsflow/workflows/contract"
	"vmsflow/workflows/searchattr"
)

// sweepWorld runs a sweep whose activity gives this answer, and returns what the Web UI shows at its end.
func sweepWorld(t *testing.T, answer contract.OrderSweepResult, err error) (w *world, details string) {
	t.Helper()
	w = newWorld(t)
	w.env.RegisterActivityWithOptions(func() (contract.OrderSweepResult, error) { return answer, err },
		activity.RegisterOptions{Name: "FindAbandoned"})
	w.env.ExecuteWorkflow(func(ctx workflow.Context) (contract.OrderSweepResult, error) {
		defer func() { details = workflow.GetCurrentDetails(ctx) }()
		return workflows.OrderSweep(ctx)
	})
	require.True(t, w.env.IsWorkflowCompleted())
	return w, details
}

func left(ids ...string) contract.OrderSweepResult {
	result := contract.OrderSweepResult{Open: 12, Found: 1, Unsettled: len(ids)}
	for _, id := range ids {
		result.Orders = append(result.Orders, contract.AbandonedOrder{
			Pob: pob, OrderID: id, FoundAt: time.Date(2025, 11, 17, 5, 0, 0, 0, time.UTC), WorkflowStatus: "Terminated",
			LeftBehind: "2 × A|B reserved",
		})
	}
	return result
}

func TestASweepThatFindsNothingRaisesNoAttention(t *testing.T) {
	t.Parallel()
	w, details := sweepWorld(t, contract.OrderSweepResult{Open: 12}, nil)
	require.NoError(t, w.env.GetWorkflowError())
	require.Empty(t, w.attribute(searchattr.Attention))
	require.Contains(t, details, "12 open orders")
	require.Contains(t, details, "No order is left behind.")
}

func TestASweepListsWhatAPersonHasToSettle(t *testing.T) {
	t.Parallel()
	answer := left("S1", "S2")
	answer.Unsettled = 30
	w, details := sweepWorld(t, answer, nil)
	require.NoError(t, w.env.GetWorkflowError())
	var result contract.OrderSweepResult
	require.NoError(t, w.env.GetWorkflowResult(&result))
	require.Equal(t, answer, result)
	require.Equal(t, contract.AttentionAbandoned, w.attribute(searchattr.Attention))
	require.Contains(t, details, "### 30 orders were left behind")
	require.Contains(t, details, `| S1 | DV0012345 | 17 Nov 10:30 IST | Terminated | 2 × A\|B reserved |`)
	require.Equal(t, 1, strings.Count(details, "And 28 more."))
}

func TestAnAbandonedReturnAloneRaisesAttention(t *testing.T) {
	t.Parallel()
	w, details := sweepWorld(t, contract.OrderSweepResult{Open: 12, AbandonedReturns: 2}, nil)
	require.NoError(t, w.env.GetWorkflowError())
	require.Equal(t, contract.AttentionAbandoned, w.attribute(searchattr.Attention))
	require.Contains(t, details, "### 2 returns were left behind")
	require.Contains(t, details, "`starter returns close`")
}

func TestASweepThatMetProblemsFailsWithThemAndShowsWhatItFound(t *testing.T) {
	t.Parallel()
	found := left("S1")
	w, details := sweepWorld(t, contract.OrderSweepResult{},
		temporal.NewNonRetryableApplicationError("describe order:DV1:S9: shard is moving", "Problems", nil, found))
	err := w.env.GetWorkflowError()
	require.ErrorContains(t, err, "shard is moving")
	require.Equal(t, contract.AttentionAbandoned, w.attribute(searchattr.Attention))
	require.Contains(t, details, "| S1 |")
	var failure *temporal.ApplicationError
	require.ErrorAs(t, err, &failure)
	var result contract.OrderSweepResult
	require.NoError(t, failure.Details(&result))
	require.Equal(t, found, result)
}
