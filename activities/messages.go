package activities

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/client"

	"vmsflow/internal/inbox"
	"vmsflow/internal/postgres"
	"vmsflow/workflows/contract"
)

// Messages delivers what others have to say to orders and returns.
type Messages struct {
	DB       *postgres.DB
	Temporal client.Client
	// MinAge is how old a message must be before the sweep takes it for lost: older than a gateway needs to signal it
	// itself.
	MinAge time.Duration
	// Policies are what a return takes along that a message starts, by POB.
	Policies map[string]contract.ReturnPolicy
}

// TellManifested tells each order of a manifest what became of it. Orders drop what they have heard before, so the
// activity may be repeated as a whole; an order that cannot be told keeps no other waiting.
func (a *Messages) TellManifested(ctx context.Context, in contract.ManifestInput, result contract.ManifestResult) error {
	told := 0
	var failed problems
	for _, s := range in.Shipments {
		if ctx.Err() != nil {
			break
		}
		err := a.Temporal.SignalWorkflow(ctx, contract.OrderWorkflowID(in.Pob, s.OrderID), "", contract.SignalManifested, outcomeOf(s.OrderID, in, result))
		if err != nil && !contract.IsGone(err) {
			failed.add(fmt.Errorf("tell order %s of manifest %s: %w", s.OrderID, in.Key, err))
			continue
		}
		told++
	}
	return failed.err(ctx, told)
}

func outcomeOf(orderID string, in contract.ManifestInput, result contract.ManifestResult) contract.ManifestOutcome {
	outcome := contract.ManifestOutcome{Key: in.Key, ManifestID: result.ManifestID, Carrier: in.Carrier}
	if other, elsewhere := result.Elsewhere[orderID]; elsewhere {
		outcome.ManifestID = other
	} else if why, refused := result.Refused[orderID]; refused {
		outcome.ManifestID, outcome.Refused = "", why
	}
	return outcome
}

// sweepBatch bounds one sweep; the rest comes with the next.
const sweepBatch = 500

// DeliverInbox signals the messages that were accepted but, because a gateway died or Temporal was away, not
// signalled. It returns how many it delivered. One that cannot be delivered keeps no other waiting.
func (a *Messages) DeliverInbox(ctx context.Context) (int, error) {
	waiting, err := a.DB.Unsignalled(ctx, a.MinAge, sweepBatch)
	if err != nil {
		return 0, err
	}
	delivered := 0
	var failed problems
	for _, m := range waiting {
		if ctx.Err() != nil {
			break
		}
		told, err := a.settle(ctx, m)
		if err != nil {
			failed.add(fmt.Errorf("inbox row %d (%s of order %s): %w", m.ID, m.Kind, m.OrderID, err))
		}
		if told {
			delivered++
		}
	}
	return delivered, failed.err(ctx, delivered)
}

// settle delivers a message and notes that it did, or why it never will.
func (a *Messages) settle(ctx context.Context, m postgres.Message) (told bool, err error) {
	err = inbox.Deliverer{DB: a.DB, Temporal: a.Temporal, Policies: a.Policies}.Deliver(ctx, m)
	_, impossible := errors.AsType[*serviceerror.InvalidArgument](err)
	switch {
	case err == nil:
		return true, a.DB.MarkSignalled(ctx, m.ID)
	case errors.Is(err, inbox.ErrClosed):
		return false, a.DB.MarkUndeliverable(ctx, m.ID, err.Error())
	case impossible: // too large, most likely; it will not shrink
		activity.GetLogger(ctx).Warn("Temporal does not take a message", "id", m.ID, "kind", m.Kind, "AjioOrderId", m.OrderID, "reason", err)
		return false, a.DB.MarkUndeliverable(ctx, m.ID, "Temporal does not take it: "+err.Error())
	default:
		return false, err
	}
}

// RefuseInput names an invoice that the gateway took and its order refuses.
type RefuseInput struct {
	Pob           string `json:"pob"`
	PONumber      string `json:"po_number"`
	InvoiceNumber string `json:"invoice_number"`
	Attempt       int    `json:"attempt,omitempty"` // as the gateway counted it: the number may have come again since
}

// RefuseInvoice makes room for another invoice: the inbox keeps the refused one, but no longer as the one that stands
// for its purchase order. An invoice that was signalled past the gateway has no row, and none is needed.
func (a *Messages) RefuseInvoice(ctx context.Context, in RefuseInput) error {
	return a.DB.SetAside(ctx, contract.SignalERPInvoice, contract.InvoiceKey(in.Pob, in.PONumber), in.InvoiceNumber, in.Attempt)
}
