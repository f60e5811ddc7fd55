package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"

	"vmsflow/workflows/contract"
)

// synced is the outcome of one POB's syncs.
type synced struct {
	Pob   string `json:"pob"`
	Error string `json:"error,omitempty"` // of the sync of its orders
	contract.ChannelSyncResult
	Returns syncedReturns `json:"returns"`
}

type syncedReturns struct {
	Error string `json:"error,omitempty"`
	contract.ReturnSyncResult
}

func syncCommand(t *tool) *cobra.Command {
	var pob string
	var timeout time.Duration
	command := &cobra.Command{
		Use:   "sync",
		Short: "Fetch orders, purchase orders and returns from Ajio now, without waiting for the Schedules",
		Long: `sync runs the channel sync and the return sync of every POB, or of one, and prints
what they found. A sync that runs already is joined, not started again.`,
		Example: `  starter sync
  starter sync --pob DV0012345 --json`,
		Args: cobra.NoArgs,
		RunE: does(func(cmd *cobra.Command, _ []string) error { return t.sync(cmd.Context(), pob, timeout) }),
	}
	command.Flags().StringVar(&pob, "pob", "", "only this POB")
	command.Flags().DurationVar(&timeout, "timeout", 2*time.Minute, "how long to wait; the sync itself goes on")
	return command
}

func (t *tool) sync(ctx context.Context, pob string, timeout time.Duration) error {
	pobs, err := t.pobs(pob)
	if err != nil {
		return err
	}
	if _, err := t.engine(ctx); err != nil {
		return err
	}
	orders, returns := make([]client.WorkflowRun, len(pobs)), make([]client.WorkflowRun, len(pobs))
	for i, pob := range pobs { // all first, so that they run side by side
		if orders[i], err = t.startSync(ctx, pob, contract.SyncWorkflowID(pob), contract.ChannelSync); err != nil {
			return fmt.Errorf("start the sync of POB %s: %w", pob, err)
		}
		if returns[i], err = t.startSync(ctx, pob, contract.ReturnSyncWorkflowID(pob), contract.ReturnSync); err != nil {
			return fmt.Errorf("start the sync of POB %s's returns: %w", pob, err)
		}
	}
	limited, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	wait := func(run client.WorkflowRun, result any) string {
		err := run.Get(limited, result)
		switch {
		case err != nil && isTimeUp(limited, err):
			return fmt.Sprintf("not finished after %s; is a worker running?", timeout)
		case err != nil:
			return err.Error()
		default:
			return ""
		}
	}
	results, failed := make([]synced, len(pobs)), 0
	for i, pob := range pobs {
		one := &results[i]
		one.Pob = pob
		one.Error = wait(orders[i], &one.ChannelSyncResult)
		one.Returns.Error = wait(returns[i], &one.Returns.ReturnSyncResult)
		if one.Error != "" || one.Returns.Error != "" {
			failed++
		}
	}
	if err := t.printSynced(results); err != nil {
		return err
	}
	if failed > 0 {
		return exit(exitFailed, "the sync of %d of %d POBs failed", failed, len(pobs))
	}
	return nil
}

// startSync starts one of a POB's syncs or joins the one that runs. A sync that its Schedule started has the time in its
// workflow id, so it is found through the Schedule.
func (t *tool) startSync(ctx context.Context, pob, id, workflow string) (client.WorkflowRun, error) {
	description, err := t.temporal.ScheduleClient().GetHandle(ctx, id).Describe(ctx)
	var notSetUp *serviceerror.NotFound
	switch {
	case errors.As(err, &notSetUp):
		return nil, exit(exitNotFound, "there is no Schedule %s: run starter setup", id)
	case err != nil:
		return nil, err
	case len(description.Info.RunningWorkflows) > 0:
		running := description.Info.RunningWorkflows[0]
		return t.temporal.GetWorkflow(ctx, running.WorkflowID, running.FirstExecutionRunID), nil
	}
	return t.temporal.ExecuteWorkflow(ctx, client.StartWorkflowOptions{
		ID: id, TaskQueue: contract.QueueOrders,
		WorkflowIDConflictPolicy: enumspb.WORKFLOW_ID_CONFLICT_POLICY_USE_EXISTING,
		StaticSummary:            "asked for by starter sync",
	}, workflow, contract.ChannelSyncInput{Pob: pob})
}

func (t *tool) printSynced(results []synced) error {
	return t.print(results, func(w io.Writer) {
		row(w, "POB", "LISTED", "STARTED", "CANCELLED", "POS", "UNREADABLE", "ERROR")
		for _, r := range results {
			row(w, r.Pob, r.Listed, r.Started, r.Cancelled, r.POs, r.Unreadable, r.Error)
		}
		fmt.Fprintln(w)
		row(w, "POB", "RETURNS LISTED", "STARTED", "CHANGED", "UNREADABLE", "ERROR")
		for _, r := range results {
			row(w, r.Pob, r.Returns.Listed, r.Returns.Started, r.Returns.Changed, r.Returns.Unreadable, r.Returns.Error)
		}
	})
}
