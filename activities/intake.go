package activities

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	"vmsflow/internal/ajio"
	"vmsflow/internal/order"
	"vmsflow/internal/postgres"
	"vmsflow/workflows/contract"
	"vmsflow/workflows/searchattr"
)

// Intake holds the activities of one POB's channel sync. They page through Ajio and start or signal workflows
// themselves, so that a big day does not swell the history of the sync.
type Intake struct {
	Client   *ajio.Client
	DB       *postgres.DB
	Temporal client.Client
	Policy   contract.Policy
	// Lookback is how far back the pendency is read.
	Lookback time.Duration
}

// PendencyResult is what one reading of the pendency found.
type PendencyResult struct {
	Listed     int `json:"listed"`
	Started    int `json:"started"`
	Unreadable int `json:"unreadable"`
	Cancelled  int `json:"cancelled"`
	// Left are orders that we hold and that are no longer listed: acknowledged a moment ago, or cancelled.
	Left []string `json:"left,omitempty"`
}

// PullPendency reads the list of unacknowledged orders and starts a workflow for each new one. Held orders whose
// customer cancelled some units are told; those that have left the list are returned.
func (a *Intake) PullPendency(ctx context.Context, pob string) (PendencyResult, error) {
	var result PendencyResult
	started := time.Now()
	from, to := started.Add(-a.Lookback), started.Add(time.Hour)
	listed := map[string]order.Quantities{}
	for page, pages := 0, 1; page < pages; page++ {
		activity.RecordHeartbeat(ctx, page)
		answer, err := a.Client.Pendency(ctx, page, from, to)
		if err != nil {
			return result, fromAjio(err)
		}
		if answer.Empty {
			break
		}
		pages = answer.TotalPages
		result.Unreadable += len(answer.Unreadable)
		for _, row := range answer.Unreadable {
			// Not lost: Ajio lists it until it is acknowledged, and every tick says so again.
			activity.GetLogger(ctx).Warn("an order in the pendency cannot be read", "AjioOrderId", row.OrderID, "reason", row.Reason)
		}
		for _, o := range answer.Orders {
			if _, again := listed[o.ID]; again { // rows slide forward while orders are acknowledged
				continue
			}
			listed[o.ID] = orderedUnits(o)
			isNew, err := a.start(ctx, o)
			if err != nil {
				return result, err
			}
			if isNew {
				result.Started++
			}
		}
	}
	result.Listed = len(listed)
	held, err := a.DB.HeldOrders(ctx, pob, from, started)
	if err != nil {
		return result, err
	}
	for _, h := range held {
		units, stillListed := listed[h.OrderID]
		switch {
		case !stillListed:
			result.Left = append(result.Left, h.OrderID)
		case !units.Equal(h.Ordered):
			if err := a.tellCancelled(ctx, pob, h.OrderID, units); err != nil {
				return result, err
			}
			result.Cancelled++
		}
	}
	return result, nil
}

// start enters an order and starts its workflow, once whatever happens: the row and the workflow id both are the
// order's. The row comes first, so that no workflow runs that the gateway does not know.
func (a *Intake) start(ctx context.Context, o order.Order) (bool, error) {
	if _, err := a.DB.RegisterOrder(ctx, o, a.Policy.Model); err != nil {
		return false, err
	}
	_, err := a.Temporal.ExecuteWorkflow(ctx, StartOptions(o, a.Policy), contract.ForwardOrder, contract.ForwardOrderInput{Order: o, Policy: a.Policy})
	if _, already := errors.AsType[*serviceerror.WorkflowExecutionAlreadyStarted](err); already {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("start order %s: %w", o.ID, err)
	}
	return true, nil
}

// StartOptions is how the workflow of an order is started, by whoever finds the order first.
func StartOptions(o order.Order, policy contract.Policy) client.StartWorkflowOptions {
	return client.StartWorkflowOptions{
		ID:        contract.OrderWorkflowID(o.Pob, o.ID),
		TaskQueue: contract.QueueOrders,
		// An order is run once, even after its workflow is closed. An order that runs is an error as well, or the
		// counts of what was started would lie.
		WorkflowIDReusePolicy:                    enums.WORKFLOW_ID_REUSE_POLICY_REJECT_DUPLICATE,
		WorkflowIDConflictPolicy:                 enums.WORKFLOW_ID_CONFLICT_POLICY_FAIL,
		WorkflowExecutionErrorWhenAlreadyStarted: true,
		StaticSummary:                            fmt.Sprintf("%d units in %d lines, %s", o.Units(), len(o.Lines), o.PaymentMethod),
		TypedSearchAttributes: temporal.NewSearchAttributes(
			searchattr.OrderStage.ValueSet(string(order.Received)),
			searchattr.Pob.ValueSet(o.Pob),
			searchattr.AjioOrderId.ValueSet(o.ID),
			searchattr.InvoicingModel.ValueSet(string(policy.Model)),
		),
	}
}

// CheckLeft reads held orders that have left the pendency again and tells those that their customer cancelled.
// There is no other way to learn of it: Ajio has no filter on changes.
func (a *Intake) CheckLeft(ctx context.Context, pob string, orderIDs []string) (int, error) {
	cancelled := 0
	for batch := range chunks(orderIDs, ajio.MaxOrderIDs) {
		activity.RecordHeartbeat(ctx, cancelled)
		orders, err := a.Client.Orders(ctx, batch)
		if err != nil {
			return cancelled, fromAjio(err)
		}
		for _, info := range orders {
			if info.Status != ajio.StatusCancelled {
				continue // acknowledged between the two readings
			}
			if err := a.tellCancelled(ctx, pob, info.OrderID, wantedUnits(info)); err != nil {
				return cancelled, err
			}
			cancelled++
		}
	}
	return cancelled, nil
}

// PullPurchaseOrders reads acknowledged orders that have no purchase order yet, fifty a call, and hands each PO to
// its order.
func (a *Intake) PullPurchaseOrders(ctx context.Context, pob string) (int, error) {
	waiting, err := a.DB.AwaitingPO(ctx, pob, maxAwaitingPO)
	if err != nil {
		return 0, err
	}
	found := 0
	for batch := range chunks(waiting, ajio.MaxOrderIDs) {
		activity.RecordHeartbeat(ctx, found)
		orders, err := a.Client.Orders(ctx, batch)
		if err != nil {
			return found, fromAjio(err)
		}
		for _, info := range orders {
			if info.PO == nil {
				continue
			}
			if err := a.handOver(ctx, pob, info); err != nil {
				return found, err
			}
			found++
		}
	}
	return found, nil
}

// maxAwaitingPO bounds one tick; what is beyond it comes with the next, oldest first.
const maxAwaitingPO = 5000

// handOver signals a purchase order and then notes that it did. If the worker dies in between, the order hears of
// its PO twice and drops the second.
func (a *Intake) handOver(ctx context.Context, pob string, info ajio.OrderInfo) error {
	if err := a.DB.SavePO(ctx, pob, info.OrderID, *info.PO); err != nil && !errors.Is(err, postgres.ErrConflict) {
		return err
	}
	if err := a.signal(ctx, pob, info.OrderID, contract.SignalPODetails, *info.PO); err != nil {
		return err
	}
	return a.DB.MarkPOSignalled(ctx, pob, info.OrderID)
}

func (a *Intake) tellCancelled(ctx context.Context, pob, orderID string, remaining order.Quantities) error {
	return a.signal(ctx, pob, orderID, contract.SignalCustomerCancelled,
		contract.CustomerCancellation{Remaining: remaining, Whole: remaining.Total() == 0})
}

// signal tells an order something. An order that has ended needs to hear nothing more.
func (a *Intake) signal(ctx context.Context, pob, orderID, name string, payload any) error {
	err := a.Temporal.SignalWorkflow(ctx, contract.OrderWorkflowID(pob, orderID), "", name, payload)
	var gone *serviceerror.NotFound
	if err == nil || errors.As(err, &gone) {
		return nil
	}
	return fmt.Errorf("signal %s to order %s: %w", name, orderID, err)
}
