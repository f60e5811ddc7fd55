package activities

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/client"

	"vmsflow/internal/postgres"
	"vmsflow/workflows/contract"
)

// Messages delivers what others have to say to orders.
type Messages struct {
	DB       *postgres.DB
	Temporal client.Client
	// MinAge is how old a message must be before the sweep takes it for lost: older than a gateway needs to signal it
	// itself.
	MinAge time.Duration
}

// TellManifested tells each order of a manifest what became of it. Orders drop what they have heard before, so the
// activity may be repeated as a whole.
func (a *Messages) TellManifested(ctx context.Context, in contract.ManifestInput, result contract.ManifestResult) error {
	for i, s := range in.Shipments {
		activity.RecordHeartbeat(ctx, i)
		outcome := contract.ManifestOutcome{Key: in.Key, Carrier: in.Carrier}
		if why, refused := result.Refused[s.OrderID]; refused {
			outcome.Refused = why
		} else {
			outcome.ManifestID = result.ManifestID
		}
		err := a.Temporal.SignalWorkflow(ctx, contract.OrderWorkflowID(in.Pob, s.OrderID), "", contract.SignalManifested, outcome)
		if err != nil && !isGone(err) {
			return fmt.Errorf("tell order %s of manifest %s: %w", s.OrderID, in.Key, err)
		}
	}
	return nil
}

// sweepBatch bounds one sweep; the rest comes with the next.
const sweepBatch = 500

// DeliverInbox signals the messages that were accepted but, because a gateway died or Temporal was away, not
// signalled. It returns how many it delivered.
func (a *Messages) DeliverInbox(ctx context.Context) (int, error) {
	waiting, err := a.DB.Unsignalled(ctx, a.MinAge, sweepBatch)
	if err != nil {
		return 0, err
	}
	delivered := 0
	for _, m := range waiting {
		activity.RecordHeartbeat(ctx, delivered)
		err := a.deliver(ctx, m)
		switch {
		case isGone(err):
			err = a.DB.MarkUndeliverable(ctx, m.ID, "the order has ended or was never started")
		case err == nil:
			err = a.DB.MarkSignalled(ctx, m.ID)
			delivered++
		}
		if err != nil {
			return delivered, err
		}
	}
	return delivered, nil
}

func (a *Messages) deliver(ctx context.Context, m postgres.Message) error {
	if m.Kind == contract.InboxManifest {
		var in contract.ManifestInput
		if err := json.Unmarshal(m.Payload, &in); err != nil {
			return fmt.Errorf("inbox row %d: %w", m.ID, err)
		}
		return contract.StartManifest(ctx, a.Temporal, in)
	}
	return a.Temporal.SignalWorkflow(ctx, contract.OrderWorkflowID(m.Pob, m.OrderID), "", m.Kind, json.RawMessage(m.Payload))
}

func isGone(err error) bool {
	var gone *serviceerror.NotFound
	return errors.As(err, &gone)
}
