package workflows

import (
	"errors"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"vmsflow/activities"
	"vmsflow/workflows/contract"
)

// ChannelSync is one tick of a POB's channel sync, started by its Schedule: new orders are started, customers'
// cancellations and purchase orders are brought to their orders. Ajio pushes nothing, so everything is read. The
// reading of the pendency and that of the purchase orders do not depend on each other: one that fails does not keep
// the other from being done. A tick that met problems fails with all of them and with the counts in its details.
func ChannelSync(ctx workflow.Context, in contract.ChannelSyncInput) (contract.ChannelSyncResult, error) {
	var result contract.ChannelSyncResult
	err := errors.Join(
		syncPendency(ctx, in.Pob, &result),
		syncPurchaseOrders(ctx, in.Pob, &result),
	)
	switch {
	case err == nil:
		return result, nil
	case ctx.Err() != nil:
		return result, ctx.Err() // cancelled
	default:
		return result, temporal.NewApplicationError(err.Error(), "SyncIncomplete", result)
	}
}

func syncPendency(ctx workflow.Context, pob string, result *contract.ChannelSyncResult) error {
	var pendency activities.PendencyResult
	read := feed(ctx, pob, "read the pendency")
	err := workflow.ExecuteActivity(read, intakeActivities.PullPendency, pob).Get(ctx, &pendency)
	activities.DoneDespite(err, &pendency)
	result.Listed, result.Started, result.Unreadable, result.Cancelled =
		pendency.Listed, pendency.Started, pendency.Unreadable, pendency.Cancelled
	if len(pendency.Left) == 0 {
		return err
	}
	cancelled := 0
	check := feed(ctx, pob, "read held orders that left the pendency")
	checkErr := workflow.ExecuteActivity(check, intakeActivities.CheckLeft, pob, pendency.Left).Get(ctx, &cancelled)
	activities.DoneDespite(checkErr, &cancelled)
	result.Cancelled += cancelled
	return errors.Join(err, checkErr)
}

func syncPurchaseOrders(ctx workflow.Context, pob string, result *contract.ChannelSyncResult) error {
	read := feed(ctx, pob, "read purchase orders")
	err := workflow.ExecuteActivity(read, intakeActivities.PullPurchaseOrders, pob).Get(ctx, &result.POs)
	activities.DoneDespite(err, &result.POs)
	return err
}
