package workflows

import (
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"vmsflow/workflows/contract"
)

// Register registers every workflow. This list is the one place where a workflow becomes known to a worker.
func Register(r worker.WorkflowRegistry) {
	for name, run := range map[string]any{
		contract.ForwardOrder: ForwardOrder,
		contract.ReturnOrder:  ReturnOrder,
		contract.Manifest:     Manifest,
		contract.ChannelSync:  ChannelSync,
		contract.ReturnSync:   ReturnSync,
		contract.InboxSweep:   InboxSweep,
		contract.OrderSweep:   OrderSweep,
	} {
		r.RegisterWorkflowWithOptions(run, workflow.RegisterOptions{Name: name})
	}
}
