package e2e

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	historypb "go.temporal.io/api/history/v1"

	"vmsflow/dev/audit"
	"vmsflow/dev/simulator/world"
	"vmsflow/dev/stack"
	"vmsflow/internal/ajio/ajiotest"
	"vmsflow/internal/order"
	"vmsflow/internal/simulate"
	"vmsflow/internal/warehouse/warehousetest"
	"vmsflow/workflows/contract"
)

const trueGrace = 4 * 24 * time.Hour

// isGraceTimer picks the timer that runs from the parcel to the end of the grace; the QC took seconds of it.
func isGraceTimer(e *historypb.HistoryEvent) bool {
	timeout := e.GetTimerStartedEventAttributes().GetStartToFireTimeout().AsDuration()
	return timeout > trueGrace-time.Hour && timeout <= trueGrace
}

func TestAnRTOIsAskedForOnlyAfterFourDays(t *testing.T) {
	t.Parallel()
	s := start(t, world.Options{
		Count: 1, Seed: 1, Hold: 3 * time.Second, Faults: world.NoFaults, Story: world.Plain, Model: order.ERPModel, Return: world.RTOUnannounced,
	}, func(w *world.World) { w.Timing.RTOGrace = trueGrace })
	id := ""
	s.eventually(t, "the parcel is checked and waits for Ajio", func() bool {
		for _, r := range s.evidence(t).Runs {
			id = r.WorkflowID
		}
		return id != "" && s.find(t, id, isGraceTimer) != nil
	})
	listed := s.calls(t, ajiotest.CallReturns)
	s.eventually(t, "the returns are listed again and again", func() bool { return s.calls(t, ajiotest.CallReturns) >= listed+18 })
	require.Zero(t, s.calls(t, ajiotest.CallCreateRTO), "asked for within the grace")

	require.NoError(t, s.skipTime(t.Context(), id, trueGrace))
	s.eventually(t, "the return completes", func() bool { return s.completedReturns(t) == 1 })
	require.Equal(t, 1, s.calls(t, ajiotest.CallCreateRTO))

	events := s.history(t, id)
	at := func(is func(*historypb.HistoryEvent) bool) *historypb.HistoryEvent {
		return events[slices.IndexFunc(events, is)]
	}
	parcel := at(func(e *historypb.HistoryEvent) bool {
		return e.GetWorkflowExecutionSignaledEventAttributes().GetSignalName() == contract.SignalReturnQC
	})
	asked := at(func(e *historypb.HistoryEvent) bool {
		return e.GetActivityTaskScheduledEventAttributes().GetActivityType().GetName() == "CreateRTO"
	})
	require.GreaterOrEqual(t, asked.GetEventTime().AsTime().Sub(parcel.GetEventTime().AsTime()), trueGrace-time.Second, "in the workflow's time")
	require.Empty(t, audit.Audit(s.evidence(t)).Mismatches)
}

// The timer that ends the wait for QC and the calls that came before it reach a new worker together.
func TestUnitsThatAreReportedWhileNoWorkerRunsAreNotMissing(t *testing.T) {
	t.Parallel()
	s := start(t, world.Options{
		Count: 1, Seed: 3, Hold: 3 * time.Second, Faults: world.NoFaults, Story: world.Plain, Model: order.ERPModel, Return: world.QCInParts,
	}, func(w *world.World) { w.Timing.QCGap, w.Timing.QCStep = 4*time.Second, 1500*time.Millisecond })
	parcel := func() warehousetest.ReturnState {
		if all := s.evidence(t).Warehouse[0].Returns; len(all) > 0 {
			return all[0]
		}
		return warehousetest.ReturnState{}
	}
	s.eventually(t, "the first unit is reported", func() bool { return len(parcel().Units) > 1 && parcel().Units[0].Reported })
	require.NoError(t, s.Kill(stack.Worker))
	require.NotEqual(t, warehousetest.Reported, parcel().Status, "all units were reported before")
	s.eventually(t, "all units are reported, and the time for them is over", func() bool {
		calls := s.evidence(t).Warehouse[0].Calls
		last := calls[slices.IndexFunc(calls, func(c simulate.Call) bool { return c.Name == warehousetest.CallReturn })]
		for _, call := range calls {
			if call.Name == warehousetest.CallReturn && call.At.After(last.At) {
				last = call
			}
		}
		return parcel().Status == warehousetest.Reported && time.Since(last.At) > s.World.Timing.QCGap
	})
	require.NoError(t, s.Restart(t.Context(), stack.Worker))
	s.eventually(t, "the return completes", func() bool { return s.completedReturns(t) == 1 })
	require.Empty(t, audit.Audit(s.evidence(t)).Mismatches)
}

func (s *setUp) completedReturns(t *testing.T) int {
	t.Helper()
	n := 0
	for _, r := range s.evidence(t).Runs {
		if r.Status == "Completed" {
			n++
		}
	}
	return n
}
