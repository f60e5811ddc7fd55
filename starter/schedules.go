package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/temporal"

	"vmsflow/workflows/contract"
)

// goneNote marks the Schedules that setup paused, so that it resumes only those.
const goneNote = "paused by starter setup: the POB is not in the channels file"

const (
	sweepEvery = time.Minute
	// orderSweepEvery is how soon an order without a workflow is noticed; each sweep looks at every open order.
	orderSweepEvery = time.Hour
	maxJitter       = 10 * time.Second
	// catchup is how late a missed tick may still start. One tick fetches everything, so older ones are waste.
	catchup = time.Minute
)

// schedule is one Schedule as the configuration wants it.
type schedule struct {
	id       string
	workflow string
	input    []any
	every    time.Duration
}

func (t *tool) wantedSchedules() []schedule {
	wanted := []schedule{
		{id: contract.InboxSweepWorkflowID, workflow: contract.InboxSweep, every: sweepEvery},
		{id: contract.OrderSweepWorkflowID, workflow: contract.OrderSweep, every: orderSweepEvery},
	}
	for _, c := range t.channels {
		wanted = append(wanted, schedule{
			id: contract.SyncWorkflowID(c.Pob), workflow: contract.ChannelSync,
			input: []any{contract.ChannelSyncInput{Pob: c.Pob}}, every: c.Sync.Every,
		}, schedule{
			id: contract.ReturnSyncWorkflowID(c.Pob), workflow: contract.ReturnSync,
			input: []any{contract.ChannelSyncInput{Pob: c.Pob}}, every: c.Returns.SyncEvery,
		})
	}
	return wanted
}

func (s schedule) spec() client.ScheduleSpec {
	return client.ScheduleSpec{
		Intervals: []client.ScheduleIntervalSpec{{Every: s.every}},
		// POBs with one interval would all start in the same second.
		Jitter: min(s.every/10, maxJitter),
	}
}

func (s schedule) action() *client.ScheduleWorkflowAction {
	return &client.ScheduleWorkflowAction{ID: s.id, Workflow: s.workflow, Args: s.input, TaskQueue: contract.QueueOrders}
}

// setSchedules makes the Schedules those of the configuration.
func (t *tool) setSchedules(ctx context.Context) ([]done, error) {
	var lines []done
	wanted := map[string]bool{}
	for _, s := range t.wantedSchedules() {
		wanted[s.id] = true
		result, err := t.setSchedule(ctx, s)
		if err != nil {
			return lines, fmt.Errorf("schedule %s: %w", s.id, err)
		}
		lines = append(lines, done{"schedule", s.id, result})
	}
	paused, err := t.pauseOthers(ctx, wanted)
	return append(lines, paused...), err
}

func (t *tool) setSchedule(ctx context.Context, s schedule) (string, error) {
	_, err := t.temporal.ScheduleClient().Create(ctx, client.ScheduleOptions{
		ID: s.id, Spec: s.spec(), Action: s.action(),
		Overlap:       enumspb.SCHEDULE_OVERLAP_POLICY_SKIP,
		CatchupWindow: catchup,
	})
	if !errors.Is(err, temporal.ErrScheduleAlreadyRunning) {
		return "created", err
	}
	result := "unchanged"
	err = t.temporal.ScheduleClient().GetHandle(ctx, s.id).Update(ctx, client.ScheduleUpdateOptions{
		DoUpdate: func(input client.ScheduleUpdateInput) (*client.ScheduleUpdate, error) {
			have := input.Description.Schedule
			state := *have.State
			if state.Paused && state.Note == goneNote { // the POB is back
				state.Paused, state.Note = false, ""
			} else if s.matches(have) {
				return nil, temporal.ErrSkipScheduleUpdate
			}
			result = "updated"
			spec := s.spec()
			return &client.ScheduleUpdate{Schedule: &client.Schedule{
				Spec: &spec, Action: s.action(), State: &state,
				Policy: &client.SchedulePolicies{Overlap: enumspb.SCHEDULE_OVERLAP_POLICY_SKIP, CatchupWindow: catchup},
			}}, nil
		},
	})
	return result, err
}

// matches reports whether a Schedule is the wanted one already. A needless update would make it forget which of
// its ticks are due.
func (s schedule) matches(have client.Schedule) bool {
	action, isWorkflow := have.Action.(*client.ScheduleWorkflowAction)
	spec := s.spec()
	return isWorkflow && action.ID == s.id && action.Workflow == s.workflow && action.TaskQueue == contract.QueueOrders &&
		sameInput(action.Args, s.input) &&
		have.Policy.Overlap == enumspb.SCHEDULE_OVERLAP_POLICY_SKIP && have.Policy.CatchupWindow == catchup &&
		len(have.Spec.Calendars) == 0 && len(have.Spec.Intervals) == 1 &&
		have.Spec.Intervals[0] == spec.Intervals[0] && have.Spec.Jitter == spec.Jitter
}

// sameInput compares what the server keeps with what would be sent.
func sameInput(have, want []any) bool {
	encoded, err := converter.GetDefaultDataConverter().ToPayloads(want...)
	if err != nil || len(have) != len(want) {
		return false
	}
	for i, payload := range encoded.GetPayloads() {
		kept, isPayload := have[i].(*commonpb.Payload)
		if !isPayload || !bytes.Equal(kept.GetData(), payload.GetData()) {
			return false
		}
	}
	return true
}

// pauseOthers pauses the syncs of POBs that are no longer configured: their credentials are gone too.
func (t *tool) pauseOthers(ctx context.Context, wanted map[string]bool) ([]done, error) {
	list, err := t.temporal.ScheduleClient().List(ctx, client.ScheduleListOptions{})
	if err != nil {
		return nil, fmt.Errorf("list schedules: %w", err)
	}
	var lines []done
	for list.HasNext() {
		entry, err := list.Next()
		if err != nil {
			return lines, fmt.Errorf("list schedules: %w", err)
		}
		if wanted[entry.ID] || entry.Paused || !isSync(entry.ID) {
			continue
		}
		if err := t.temporal.ScheduleClient().GetHandle(ctx, entry.ID).Pause(ctx, client.SchedulePauseOptions{Note: goneNote}); err != nil {
			return lines, fmt.Errorf("pause schedule %s: %w", entry.ID, err)
		}
		lines = append(lines, done{"schedule", entry.ID, "paused"})
	}
	return lines, nil
}

// isSync reports whether a Schedule is that of a POB.
func isSync(id string) bool {
	return strings.HasPrefix(id, contract.SyncWorkflowID("")) || strings.HasPrefix(id, contract.ReturnSyncWorkflowID(""))
}
