package e2e

import (
	"bytes"
	"encoding/json"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"

	"vmsflow/dev/audit"
	"vmsflow/dev/simulator/world"
	"vmsflow/dev/stack"
	"vmsflow/internal/ajio/ajiotest"
	"vmsflow/internal/order"
	"vmsflow/internal/simulate"
)

// A packer may stand waiting for the call that a dead worker was making.
func TestACallThatDiesWithItsWorkerIsRepeatedSoon(t *testing.T) {
	t.Parallel()
	s := start(t, world.Options{Count: 3, Seed: 1, Hold: 3 * time.Second, Faults: world.NoFaults, Story: world.Plain, Model: order.ERPModel, Return: world.Kept})
	s.upsetAjio(t, simulate.Rate{Fault: simulate.Slow, Chance: 1, Names: []string{ajiotest.CallAcknowledge}})
	s.eventually(t, "an acknowledgement is under way", func() bool {
		return slices.ContainsFunc(s.evidence(t).Temporal, func(e audit.Execution) bool { return s.isCalling(t, e.WorkflowID, "Acknowledge") })
	})
	require.NoError(t, s.Kill(stack.Worker))
	s.upsetAjio(t)
	require.NoError(t, s.Restart(t.Context(), stack.Worker))
	s.eventually(t, "all orders complete", func() bool { return s.completed(t) == 3 })
	require.Empty(t, audit.Audit(s.evidence(t)).Mismatches)
}

// upsetAjio makes Ajio misbehave at these rates, or behave without any.
func (s *setUp) upsetAjio(t *testing.T, rates ...simulate.Rate) {
	t.Helper()
	body, err := json.Marshal(simulate.FaultOrder{Seed: 1, Rates: rates})
	require.NoError(t, err)
	resp, err := http.Post(s.SimulatorURL+ajiotest.AdminPrefix+"/faults", "application/json", bytes.NewReader(body))
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	require.Equal(t, http.StatusNoContent, resp.StatusCode)
}

// isCalling reports whether a worker is at an activity of a workflow.
func (s *setUp) isCalling(t *testing.T, workflowID, activity string) bool {
	t.Helper()
	described, err := s.temporal.DescribeWorkflowExecution(t.Context(), workflowID, "")
	require.NoError(t, err)
	for _, pending := range described.GetPendingActivities() {
		if pending.GetActivityType().GetName() == activity && pending.GetState() == enumspb.PENDING_ACTIVITY_STATE_STARTED {
			return true
		}
	}
	return false
}

func (s *setUp) completed(t *testing.T) int {
	t.Helper()
	n := 0
	for _, execution := range s.evidence(t).Temporal {
		if execution.Status == "Completed" {
			n++
		}
	}
	return n
}
