// Package inbox brings stored messages to the workflows that they are for. The gateway does it at the door, the inbox
// sweep for a gateway that died before; both do it by this one way, so that a message means the same whoever brings it.
//
// It does not mark the message: what a caller records of a delivery, and whom it tells, is its own business.
package inbox

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"

	"vmsflow/internal/postgres"
	"vmsflow/workflows/contract"
)

// ErrClosed says that nobody is left to be told: the workflow has ended without the books being closed, or never was.
var ErrClosed = errors.New("has ended or was never started")

// Deliverer delivers messages.
type Deliverer struct {
	DB       *postgres.DB
	Temporal client.Client
	// Policies are what a return takes along that a message starts, by POB.
	Policies map[string]contract.ReturnPolicy
}

// Deliver tells a message's workflow, and starts it where a message may: a manifest's, and that of a return. The kind of
// a message is the name of its signal. It is ErrClosed when nobody is left to be told.
func (d Deliverer) Deliver(ctx context.Context, m postgres.Message) error {
	switch {
	case m.Kind == contract.InboxManifest:
		var in contract.ManifestInput
		if err := json.Unmarshal(m.Payload, &in); err != nil {
			return err
		}
		return contract.StartManifest(ctx, d.Temporal, in)
	case m.ReturnRow != 0:
		return d.toReturn(ctx, m)
	default:
		err := d.signal(ctx, contract.OrderWorkflowID(m.Pob, m.OrderID), m)
		if contract.IsGone(err) {
			return fmt.Errorf("the order %w", ErrClosed)
		}
		return err
	}
}

func (d Deliverer) signal(ctx context.Context, workflowID string, m postgres.Message) error {
	return d.Temporal.SignalWorkflow(ctx, workflowID, "", m.Kind, json.RawMessage(m.Payload))
}

// toReturn tells a return. One that no workflow has run yet is started; one whose books are closed runs again for what an
// ended return still takes; one that should run and does not was terminated, and is for a person.
func (d Deliverer) toReturn(ctx context.Context, m postgres.Message) error {
	for {
		r, err := d.DB.Return(ctx, m.ReturnRow)
		if err != nil {
			return err
		}
		again, err := d.tell(ctx, m, r)
		if !again {
			return err
		}
	}
}

// tell takes the state of a return as it was read; again says that it has ended since.
func (d Deliverer) tell(ctx context.Context, m postgres.Message, r postgres.Return) (again bool, _ error) {
	policy, known := d.Policies[r.Pob]
	if !known {
		return false, fmt.Errorf("POB %s has no channel here; add it to the channels file and restart", r.Pob)
	}
	in := Input(r, policy)
	switch {
	case m.Kind == contract.SignalDifference:
		err := d.signal(ctx, in.WorkflowID(), m)
		if contract.IsGone(err) { // nothing runs for the sake of a report
			return false, fmt.Errorf("%s %w", r.Name(), ErrClosed)
		}
		return false, err
	case r.EndedAt != nil:
		return false, d.toEnded(ctx, m, r, in)
	case r.StartedAt == nil:
		err := contract.SignalReturn(ctx, d.Temporal, in, m.Kind, json.RawMessage(m.Payload))
		if _, duplicate := errors.AsType[*serviceerror.WorkflowExecutionAlreadyStarted](err); duplicate {
			// It was started and closed by somebody who died before the row said so.
			return d.isEnded(ctx, r.ID)
		}
		if err != nil {
			return false, err
		}
		return false, d.DB.MarkReturnStarted(ctx, r.ID)
	default:
		err := d.signal(ctx, in.WorkflowID(), m)
		if contract.IsGone(err) {
			return d.isEnded(ctx, r.ID)
		}
		return false, err
	}
}

// isEnded says whether the books of a return without a workflow have been closed by now. If not, it was terminated.
func (d Deliverer) isEnded(ctx context.Context, id int64) (bool, error) {
	now, err := d.DB.Return(ctx, id)
	if err != nil || now.EndedAt != nil {
		return err == nil, err
	}
	return false, fmt.Errorf("%s %w", now.Name(), ErrClosed)
}
