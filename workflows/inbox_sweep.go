package workflows

import (
	"go.temporal.io/sdk/workflow"
)

// InboxSweep delivers messages that a gateway accepted but did not signal, because it died or Temporal was away. It
// is started by its Schedule and returns how many it delivered.
func InboxSweep(ctx workflow.Context) (int, error) {
	var delivered int
	err := workflow.ExecuteActivity(deliveries(ctx, "deliver waiting messages"), messageActivities.DeliverInbox).Get(ctx, &delivered)
	return delivered, err
}
