package workflows

import (
	"go.temporal.io/sdk/workflow"

	"vmsflow/activities"
	"vmsflow/workflows/contract"
)

// ChannelSync is one tick of a POB's channel sync, started by its Schedule: new orders are started, customers'
// cancellations and purchase orders are brought to their orders. Ajio pushes nothing, so everything is read.
func ChannelSync(ctx workflow.Context, in contract.ChannelSyncInput) (contract.ChannelSyncResult, error) {
	var pendency activities.PendencyResult
	read := feed(ctx, in.Pob, "read the pendency")
	if err := workflow.ExecuteActivity(read, intakeActivities.PullPendency, in.Pob).Get(ctx, &pendency); err != nil {
		return contract.ChannelSyncResult{}, err
	}
	result := contract.ChannelSyncResult{
		Listed: pendency.Listed, Started: pendency.Started, Unreadable: pendency.Unreadable, Cancelled: pendency.Cancelled,
	}
	if len(pendency.Left) > 0 {
		check := feed(ctx, in.Pob, "read held orders that left the pendency")
		var cancelled int
		if err := workflow.ExecuteActivity(check, intakeActivities.CheckLeft, in.Pob, pendency.Left).Get(ctx, &cancelled); err != nil {
			return result, err
		}
		result.Cancelled += cancelled
	}
	pos := feed(ctx, in.Pob, "read purchase orders")
	err := workflow.ExecuteActivity(pos, intakeActivities.PullPurchaseOrders, in.Pob).Get(ctx, &result.POs)
	return result, err
}
