package e2e

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	workflowpb "go.temporal.io/api/workflow/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	"vmsflow/dev/audit"
	"vmsflow/dev/simulator/world"
	"vmsflow/dev/stack"
	"vmsflow/internal/ajio/ajiotest"
	"vmsflow/internal/order"
)

// setUp is a running stack whose orders are coming in.
type setUp struct {
	*stack.Stack
	temporal client.Client
}

// start starts a stack for the world that follows from the options, but for what the changes say.
func start(t *testing.T, o world.Options, changes ...func(*world.World)) *setUp {
	t.Helper()
	w, err := world.New(o)
	require.NoError(t, err)
	for _, change := range changes {
		change(&w)
	}
	running, err := stack.Start(t.Context(), stack.Options{World: w, Dir: t.TempDir(), BinDir: binDir, NoUI: true})
	require.NoError(t, err)
	t.Cleanup(func() {
		require.NoError(t, running.Stop())
		if t.Failed() {
			t.Log(running.LogTail(stack.Worker))
		}
	})
	temporal, err := client.DialContext(t.Context(), client.Options{HostPort: running.TemporalAddress})
	require.NoError(t, err)
	t.Cleanup(temporal.Close)
	require.NoError(t, running.Begin(t.Context()))
	return &setUp{running, temporal}
}

func (s *setUp) evidence(t *testing.T) audit.Evidence {
	t.Helper()
	evidence, err := audit.Collect(t.Context(), audit.Sources{
		World: s.World, SimulatorURL: s.SimulatorURL, DatabaseURL: s.DatabaseURL, Temporal: s.temporal,
	})
	require.NoError(t, err)
	return evidence
}

// theOrder waits for the only order of a world and returns its workflow id.
func (s *setUp) theOrder(t *testing.T) string {
	t.Helper()
	var id string
	s.eventually(t, "the order comes in and is held", func() bool {
		for _, execution := range s.evidence(t).Temporal {
			id = execution.WorkflowID
		}
		return id != "" && s.find(t, id, isHoldTimer) != nil
	})
	return id
}

func (s *setUp) eventually(t *testing.T, what string, condition func() bool) {
	t.Helper()
	deadline := time.Now().Add(time.Minute)
	for !condition() {
		select {
		case err := <-s.Failed():
			t.Fatal(err)
		case <-time.After(200 * time.Millisecond):
		}
		require.True(t, time.Now().Before(deadline), "not within a minute: %s", what)
	}
}

func (s *setUp) history(t *testing.T, workflowID string) []*historypb.HistoryEvent {
	t.Helper()
	var events []*historypb.HistoryEvent
	pages := s.temporal.GetWorkflowHistory(t.Context(), workflowID, "", false, enumspb.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
	for pages.HasNext() {
		event, err := pages.Next()
		require.NoError(t, err)
		events = append(events, event)
	}
	return events
}

// find returns the first event of a history for which is holds, or nil.
func (s *setUp) find(t *testing.T, workflowID string, is func(*historypb.HistoryEvent) bool) *historypb.HistoryEvent {
	t.Helper()
	events := s.history(t, workflowID)
	if i := slices.IndexFunc(events, is); i >= 0 {
		return events[i]
	}
	return nil
}

const trueHold = 4 * time.Hour

func isHoldTimer(e *historypb.HistoryEvent) bool {
	return e.GetTimerStartedEventAttributes().GetStartToFireTimeout().AsDuration() == trueHold
}

// skipTime lets hours or days pass in a workflow at once; afterwards its time runs on as usual.
func (s *setUp) skipTime(ctx context.Context, workflowID string, d time.Duration) error {
	_, err := s.temporal.WorkflowService().UpdateWorkflowExecutionOptions(ctx, &workflowservice.UpdateWorkflowExecutionOptionsRequest{
		Namespace:         "default",
		WorkflowExecution: &commonpb.WorkflowExecution{WorkflowId: workflowID},
		WorkflowExecutionOptions: &workflowpb.WorkflowExecutionOptions{TimeSkippingConfig: &commonpb.TimeSkippingConfig{
			Enabled:           true,
			FastForwardConfig: &commonpb.FastForwardConfig{Id: d.String(), Duration: durationpb.New(d)},
		}},
		UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"time_skipping_config"}},
	})
	return err
}

// calls counts the calls of a name to Ajio.
func (s *setUp) calls(t *testing.T, name string) int {
	t.Helper()
	n := 0
	for _, call := range s.evidence(t).Ajio.Calls {
		if call.Name == name {
			n++
		}
	}
	return n
}

func TestTheHoldIsFourHours(t *testing.T) {
	t.Parallel()
	s := start(t, world.Options{Count: 1, Seed: 1, Hold: trueHold, Faults: world.NoFaults, Story: world.Plain, Model: order.ERPModel, Return: world.Kept})
	id := s.theOrder(t)
	listed := s.calls(t, ajiotest.CallPendency)
	s.eventually(t, "the order is listed again and again", func() bool { return s.calls(t, ajiotest.CallPendency) >= listed+2 })
	require.Zero(t, s.calls(t, ajiotest.CallAcknowledge), "acknowledged within the hold")

	require.NoError(t, s.skipTime(t.Context(), id, trueHold))
	s.eventually(t, "the order completes", func() bool { return s.completed(t) == 1 })
	require.Equal(t, 1, s.calls(t, ajiotest.CallAcknowledge))

	events := s.history(t, id)
	started := events[slices.IndexFunc(events, isHoldTimer)]
	fired := events[slices.IndexFunc(events, func(e *historypb.HistoryEvent) bool {
		return e.GetTimerFiredEventAttributes().GetStartedEventId() == started.GetEventId()
	})]
	asked := events[slices.IndexFunc(events, func(e *historypb.HistoryEvent) bool {
		return e.GetActivityTaskScheduledEventAttributes().GetActivityType().GetName() == "Acknowledge"
	})]
	require.GreaterOrEqual(t, fired.GetEventTime().AsTime().Sub(started.GetEventTime().AsTime()), trueHold, "in the workflow's time")
	require.Greater(t, asked.GetEventId(), fired.GetEventId(), "the acknowledgement comes after the hold")

	// By the clocks outside hardly any time has passed, so the audit must find what it is there to find. The rest
	// of it must be clean.
	report := audit.Audit(s.evidence(t))
	require.Equal(t, 1, report.AcknowledgedBeforeHold)
	require.Len(t, report.Mismatches, 1)
}

// The budgets of an order in which nothing goes wrong, and of its return: what their histories cost the Temporal server,
// and what they take of Ajio's throttle.
const (
	mostEvents = 115
	mostBytes  = 64 << 10
	mostCalls  = 6.5
	perPage    = 50.0
	perFull    = 250.0 // manifest

	mostReturnEvents = 100
	mostReturnCalls  = 2 // the QC and the credit note, besides its place in the pages of the sync
)

func TestAnOrderAndItsReturnKeepToTheirBudgets(t *testing.T) {
	t.Parallel()
	s := start(t, world.Options{
		Count: 4, Seed: 1, Hold: 3 * time.Second, Faults: world.NoFaults, Story: world.Plain, Model: order.ERPModel, Return: world.GoodReturn,
	})
	s.eventually(t, "all orders complete", func() bool { return s.completed(t) == 4 })
	s.eventually(t, "all returns complete", func() bool { return s.completedReturns(t) == 4 })
	evidence := s.evidence(t)
	require.Empty(t, audit.Audit(evidence).Mismatches)
	for _, execution := range evidence.Temporal {
		t.Logf("%s: %d events, %d bytes of history", execution.WorkflowID, execution.HistoryEvents, execution.HistoryBytes)
		require.LessOrEqual(t, execution.HistoryEvents, int64(mostEvents))
		require.LessOrEqual(t, execution.HistoryBytes, int64(mostBytes))
	}
	for _, r := range evidence.Runs {
		t.Logf("%s: %d events, %d bytes of history", r.WorkflowID, r.HistoryEvents, r.HistoryBytes)
		require.LessOrEqual(t, r.HistoryEvents, int64(mostReturnEvents))
		require.LessOrEqual(t, r.HistoryBytes, int64(mostBytes))
	}
	for _, o := range evidence.Cast {
		// Once it is listed with 49 others, once its purchase order is read with 49 others, and it shares a manifest.
		amortised := float64(callsAbout(evidence, o.OrderID)) + 2/perPage + 1/perFull
		t.Logf("%s: %.3f calls to Ajio with its share of those about many", o.OrderID, amortised)
		require.LessOrEqual(t, amortised, mostCalls)
	}
	for _, r := range evidence.Returned {
		require.LessOrEqual(t, callsAbout(evidence, r.ReturnID), mostReturnCalls, r.ReturnID)
	}
}

// callsAbout counts the calls to Ajio about one order or return, downloads aside.
func callsAbout(e audit.Evidence, id string) int {
	calls := 0
	for _, call := range e.Ajio.Calls {
		if call.Key == id && call.Name != ajiotest.CallDocument {
			calls++
		}
	}
	return calls
}
