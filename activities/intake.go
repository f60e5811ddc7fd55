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
	// ReturnPolicy is given to the returns that are started.
	ReturnPolicy contract.ReturnPolicy
	// Lookback is how far back the pendency is read.
	Lookback time.Duration
}

// start starts the workflow of an entered order, once whatever happens: the row and the workflow id both are the
// order's. The row came first, so that no workflow runs that the gateway does not know; and its content counts, not
// what is listed by now, so that the workflow and everybody who reads the row see the same order.
func (a *Intake) start(ctx context.Context, entry postgres.Entry) (isNew bool, err error) {
	if entry.Started || entry.Ended { // somebody else was quicker
		return false, nil
	}
	o, policy := entry.Order, a.Policy
	policy.Model = entry.Model
	_, err = a.Temporal.ExecuteWorkflow(ctx, StartOptions(o, policy), contract.ForwardOrder, contract.ForwardOrderInput{Order: o, Policy: policy})
	_, already := errors.AsType[*serviceerror.WorkflowExecutionAlreadyStarted](err)
	if err != nil && !already {
		return false, fmt.Errorf("start order %s: %w", o.ID, err)
	}
	return !already, a.DB.MarkStarted(ctx, o.Pob, o.ID)
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
	var failed problems
	a.eachOrder(ctx, orderIDs, &failed, func(info ajio.OrderInfo) error {
		if info.Status != ajio.StatusCancelled {
			return nil // acknowledged between the two readings
		}
		told, err := a.tellCancelled(ctx, pob, info.OrderID)
		if err == nil && !told {
			told, err = a.endUnstarted(ctx, pob, info.OrderID)
		}
		if told {
			cancelled++
		}
		return err
	})
	return cancelled, failed.err(ctx, cancelled)
}

// endUnstarted closes the books of an order that was cancelled before it had a workflow, because nobody else will. It
// is left alone if its workflow ended meanwhile or had it acknowledged.
func (a *Intake) endUnstarted(ctx context.Context, pob, orderID string) (ended bool, err error) {
	known, err := a.DB.Order(ctx, pob, orderID)
	if err != nil || known.EndedAt != nil || known.AcknowledgedAt != nil {
		return false, err
	}
	return true, a.DB.EndOrder(ctx, pob, orderID, order.CancelledByCustomer, "the customer cancelled before the order was started")
}

// PullPurchaseOrders reads acknowledged orders that have no purchase order yet, fifty a call, and hands each PO to
// its order. An order that Ajio cancelled instead is told so. It returns how many POs it handed over.
func (a *Intake) PullPurchaseOrders(ctx context.Context, pob string) (int, error) {
	waiting, err := a.DB.AwaitingPO(ctx, pob, maxAwaitingPO)
	if err != nil {
		return 0, err
	}
	found := 0
	var failed problems
	a.eachOrder(ctx, waiting, &failed, func(info ajio.OrderInfo) error {
		switch {
		case info.PO != nil:
			err := a.handOver(ctx, pob, info)
			if err == nil {
				found++
			}
			return err
		case info.Status == ajio.StatusCancelled: // there will be no PO
			if _, err := a.tellCancelled(ctx, pob, info.OrderID); err != nil {
				return err
			}
			return a.DB.MarkPOSignalled(ctx, pob, info.OrderID)
		default:
			return nil
		}
	})
	return found, failed.err(ctx, found)
}

// maxAwaitingPO bounds one tick; what is beyond it comes with the next, oldest first.
const maxAwaitingPO = 5000

// eachOrder reads orders, fifty a call, and does something about each one. An order that cannot be read, or about
// which it fails, holds up no other.
func (a *Intake) eachOrder(ctx context.Context, orderIDs []string, failed *problems, do func(ajio.OrderInfo) error) {
	unanswered := 0
	for batch := range chunks(orderIDs, ajio.MaxOrderIDs) {
		orders, err := a.Client.Orders(ctx, batch) // readable rows come beside an error that names the others
		if err != nil {
			failed.add(notRead(ctx, err))
			if len(orders) == 0 {
				unanswered++
			}
		}
		for _, info := range orders {
			if ctx.Err() == nil {
				failed.add(do(info))
			}
		}
		if unanswered == giveUpAfter || ctx.Err() != nil {
			return
		}
	}
}

// giveUpAfter is how many calls may fail before Ajio is taken to be away: one may be due to what it asks for.
const giveUpAfter = 3

// notRead is the problem of a reading call.
func notRead(ctx context.Context, err error) error {
	if ajio.IsKind(err, ajio.KindMalformed) {
		return unclear(err)
	}
	return fromAjio(ctx, err)
}

// unclear is the problem of an answer that cannot be understood. It would be no clearer within the same tick, so that
// reading it again at once would only cost throttle.
func unclear(err error) error {
	return temporal.NewNonRetryableApplicationError(err.Error(), "Unreadable", err)
}

// handOver signals a purchase order and then notes that it did. If the worker dies in between, the order hears of
// its PO twice and drops the second.
func (a *Intake) handOver(ctx context.Context, pob string, info ajio.OrderInfo) error {
	err := a.DB.SavePO(ctx, pob, info.OrderID, *info.PO)
	switch {
	case errors.Is(err, postgres.ErrConflict):
		// The order is told all the same: it finds the contradiction itself and stops for a person.
		activity.GetLogger(ctx).Warn("a purchase order contradicts what is stored",
			"AjioOrderId", info.OrderID, "PurchaseOrder", info.PO.Number, "reason", err)
	case err != nil:
		return err
	}
	if _, err := a.signal(ctx, pob, info.OrderID, contract.SignalPODetails, *info.PO); err != nil {
		return err
	}
	return a.DB.MarkPOSignalled(ctx, pob, info.OrderID)
}

// tellCancelled tells an order that Ajio shows it as cancelled, and reports whether there was anybody to tell. Nothing
// remains then, also where Ajio goes on counting units: its status decides.
func (a *Intake) tellCancelled(ctx context.Context, pob, orderID string) (told bool, err error) {
	return a.signal(ctx, pob, orderID, contract.SignalCustomerCancelled,
		contract.CustomerCancellation{Remaining: order.Quantities{}, Whole: true})
}

// signal tells an order something, and reports whether there was anybody to tell. An order that has ended needs to
// hear nothing more.
func (a *Intake) signal(ctx context.Context, pob, orderID, name string, payload any) (told bool, err error) {
	err = a.Temporal.SignalWorkflow(ctx, contract.OrderWorkflowID(pob, orderID), "", name, payload)
	switch {
	case err == nil:
		return true, nil
	case contract.IsGone(err):
		return false, nil
	default:
		return false, fmt.Errorf("signal %s to order %s: %w", name, orderID, err)
	}
}
