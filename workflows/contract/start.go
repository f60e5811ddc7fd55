package contract

import (
	"context"
	"errors"
	"fmt"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	"vmsflow/internal/order"
	"vmsflow/workflows/searchattr"
)

// InboxManifest is the kind of an inbox row that starts a Manifest; every other kind is the name of the signal
// that the row is delivered with.
const InboxManifest = "manifest"

// StartManifest starts a manifest's workflow, once: one that runs or has ended under the same key is left alone.
// The gateway does it at the door, the inbox sweep for a gateway that died before.
func StartManifest(ctx context.Context, c client.Client, in ManifestInput) error {
	_, err := c.ExecuteWorkflow(ctx, client.StartWorkflowOptions{
		ID:                                       ManifestWorkflowID(in.Pob, in.Key),
		TaskQueue:                                QueueOrders,
		WorkflowIDReusePolicy:                    enums.WORKFLOW_ID_REUSE_POLICY_REJECT_DUPLICATE,
		WorkflowIDConflictPolicy:                 enums.WORKFLOW_ID_CONFLICT_POLICY_FAIL,
		WorkflowExecutionErrorWhenAlreadyStarted: true,
		StaticSummary:                            fmt.Sprintf("%d shipments with %s", len(in.Shipments), in.Carrier),
		TypedSearchAttributes:                    temporal.NewSearchAttributes(searchattr.Pob.ValueSet(in.Pob)),
	}, Manifest, in)
	var already *serviceerror.WorkflowExecutionAlreadyStarted
	if err == nil || errors.As(err, &already) {
		return nil
	}
	return fmt.Errorf("start manifest %s: %w", in.Key, err)
}

// SignalReturn tells a return something and starts its workflow if it does not run: expectation and parcel come in either
// order, from the channel sync and through the gateway. Its row in Postgres must stand, be open, and be the caller's
// leave to start: a customer return whose workflow has closed is an error unless its books are closed, too, and it runs
// again for what comes afterwards; an RTO may be run again after Ajio withdrew the first.
func SignalReturn(ctx context.Context, c client.Client, in ReturnInput, signal string, payload any) error {
	id, reuse := in.WorkflowID(), enums.WORKFLOW_ID_REUSE_POLICY_REJECT_DUPLICATE
	if in.Kind == order.RTO || in.Ended {
		reuse = enums.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE
	}
	_, err := c.SignalWithStartWorkflow(ctx, id, signal, payload, client.StartWorkflowOptions{
		ID: id, TaskQueue: QueueOrders, WorkflowIDReusePolicy: reuse,
		StaticSummary: "return of order " + in.OrderID,
		TypedSearchAttributes: temporal.NewSearchAttributes(
			searchattr.Pob.ValueSet(in.Pob),
			searchattr.AjioOrderId.ValueSet(in.OrderID),
			searchattr.ReturnKind.ValueSet(string(in.Kind)),
		),
	}, ReturnOrder, in)
	if err != nil {
		return fmt.Errorf("signal %s to %s: %w", signal, id, err)
	}
	return nil
}

// IsGone reports that a workflow that was to be told something has ended or was never started.
func IsGone(err error) bool {
	_, gone := errors.AsType[*serviceerror.NotFound](err)
	return gone
}

// IsOpen reports that a workflow with this status can still go on.
func IsOpen(status enums.WorkflowExecutionStatus) bool {
	return status == enums.WORKFLOW_EXECUTION_STATUS_RUNNING || status == enums.WORKFLOW_EXECUTION_STATUS_PAUSED
}
