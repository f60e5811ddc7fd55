package workflows

import (
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"vmsflow/activities"
	"vmsflow/workflows/contract"
)

// ReturnSync is one tick of the sync of a POB's returns, started by its Schedule: new returns are started, and the others
// are told what changed at Ajio. It stands beside the ChannelSync, because returns have days where orders have hours. A
// tick that met problems fails with all of them and with the counts in its details.
func ReturnSync(ctx workflow.Context, in contract.ChannelSyncInput) (contract.ReturnSyncResult, error) {
	var result contract.ReturnSyncResult
	read := feed(ctx, in.Pob, "read the returns")
	err := workflow.ExecuteActivity(read, intakeActivities.PullReturns, in.Pob).Get(ctx, &result)
	activities.DoneDespite(err, &result)
	switch {
	case err == nil:
		return result, nil
	case ctx.Err() != nil:
		return result, ctx.Err() // cancelled
	default:
		return result, temporal.NewApplicationError(err.Error(), "SyncIncomplete", result)
	}
}
