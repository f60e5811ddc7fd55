package workflows_test

import (
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/worker"

	"vmsflow/activities"
	"vmsflow/dev/devserver"
	"vmsflow/internal/order"
	"vmsflow/workflows"
	"vmsflow/workflows/contract"
)

// A message that comes while the books are closed and no worker runs is delivered together with their answer, in one
// workflow task. Only a real server can show that. It is not parallel: its workers would take the tasks of other tests.
func TestAMessageAtTheVeryEndIsTaken(t *testing.T) {
	server := devserver.ForTest(t)
	temporal, err := client.Dial(client.Options{HostPort: server.Address, Logger: log.NewStructuredLogger(slog.New(slog.DiscardHandler))})
	require.NoError(t, err)
	t.Cleanup(temporal.Close)

	var effects queues
	for _, queue := range []string{contract.QueueOrders, contract.QueueERP, contract.QueueWarehouse, contract.QueueAjio(pob)} {
		effects = append(effects, worker.New(temporal, queue, worker.Options{DisableWorkflowWorker: true}))
	}
	lifecycle := func() worker.Worker {
		w := worker.New(temporal, contract.QueueOrders, worker.Options{LocalActivityWorkerOnly: true})
		workflows.Register(w)
		newReturnActors(newActors(t, queues{w})) // for the local ones
		require.NoError(t, w.Start())
		return w
	}
	everybody := newReturnActors(newActors(t, effects))
	first := lifecycle()
	everybody.during["EndReturn"] = func() {
		if first == nil {
			return
		}
		first.Stop()
		first = nil
		require.NoError(t, temporal.SignalWorkflow(t.Context(), contract.ReturnWorkflowID(pob, returnID), "", contract.SignalReturnQC, allGood(order.CustomerReturn)))
	}
	for _, w := range effects {
		require.NoError(t, w.Start())
		t.Cleanup(w.Stop)
	}

	in := returnInput(order.CustomerReturn)
	require.NoError(t, contract.SignalReturn(t.Context(), temporal, in, contract.SignalReturnExpected,
		announcedAs(order.CustomerReturn, withStatus(order.StatusReturnCancelled))))
	closed := func() bool {
		everybody.mu.Lock()
		defer everybody.mu.Unlock()
		return everybody.endedAs != activities.EndReturnInput{}
	}
	require.Eventually(t, closed, 20*time.Second, 10*time.Millisecond)
	t.Cleanup(lifecycle().Stop)

	var state contract.ReturnState
	require.NoError(t, temporal.GetWorkflow(t.Context(), in.WorkflowID(), "").Get(t.Context(), &state))
	require.Equal(t, order.ReturnCancelled, state.Outcome)
	require.Len(t, everybody.listed[order.SettleCancelled], 1, "the parcel is on the settlement list")
	require.Equal(t, "parcel_of_a_cancelled_return", state.Attention)
}
