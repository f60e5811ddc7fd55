package activities_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/converter"

	"vmsflow/activities"
	"vmsflow/internal/order"
	"vmsflow/internal/postgres"
	"vmsflow/workflows/contract"
)

// What a gateway accepted for returns and could not deliver: the sweep starts them, as the gateway would have.
func TestTheSweepStartsTheReturnsThatMessagesAreFor(t *testing.T) {
	t.Parallel()
	f := newFeed(t)
	enter := func(name string, kind order.ReturnKind) postgres.Return {
		returnID := f.pob + "-" + name
		if kind == order.RTO {
			returnID = ""
		}
		r, err := f.db.EnterReturn(t.Context(), f.pob, "S-"+name, returnID, kind)
		require.NoError(t, err)
		return r
	}
	accept := func(r postgres.Return, kind string) {
		_, _, err := f.db.Accept(t.Context(), postgres.Message{
			Kind: kind, Key: r.Name(), Client: "northline", Pob: f.pob, OrderID: r.OrderID, ReturnRow: r.ID, Payload: []byte(`{}`),
		})
		require.NoError(t, err)
	}
	customer, rto, late := enter("CUSTOMER", order.CustomerReturn), enter("RTO", order.RTO), enter("LATE", order.CustomerReturn)
	never, terminated := enter("NEVER", order.CustomerReturn), enter("TERMINATED", order.CustomerReturn)
	require.NoError(t, f.db.EndReturn(t.Context(), late.ID, order.ReturnCompleted, ""))
	require.NoError(t, f.db.MarkReturnStarted(t.Context(), terminated.ID))
	accept(customer, contract.SignalReturnQC)
	accept(customer, contract.SignalDifference)
	accept(rto, contract.SignalReturnParcel)
	accept(late, contract.SignalCreditNote)
	accept(never, contract.SignalDifference)
	accept(terminated, contract.SignalReturnQC)

	policy := contract.ReturnPolicy{PostToERP: true}
	messages := &activities.Messages{DB: f.db, Temporal: f.intake.Temporal, Policies: map[string]contract.ReturnPolicy{f.pob: policy}}
	for _, want := range []int{4, 0} {
		require.NoError(t, runner()(func(ctx context.Context) error {
			delivered, err := messages.DeliverInbox(ctx)
			require.Equal(t, want, delivered)
			return err
		}, nil))
	}
	for _, c := range []struct {
		r       postgres.Return
		signals []string
		ended   bool
	}{
		{customer, []string{contract.SignalReturnQC, contract.SignalDifference}, false},
		{rto, []string{contract.SignalReturnParcel}, false},
		{late, []string{contract.SignalCreditNote}, true},
	} {
		want := contract.ReturnInput{ID: c.r.ID, Kind: c.r.Kind, Pob: f.pob, OrderID: c.r.OrderID, ReturnID: c.r.ReturnID, Policy: policy, Ended: c.ended}
		var got contract.ReturnInput
		var signals []string
		history := f.intake.Temporal.GetWorkflowHistory(t.Context(), want.WorkflowID(), "", false, 0)
		for history.HasNext() {
			event, err := history.Next()
			require.NoError(t, err)
			if started := event.GetWorkflowExecutionStartedEventAttributes(); started != nil {
				require.NoError(t, converter.GetDefaultDataConverter().FromPayloads(started.GetInput(), &got))
			}
			if signal := event.GetWorkflowExecutionSignaledEventAttributes(); signal != nil {
				signals = append(signals, signal.GetSignalName())
			}
		}
		require.Equal(t, want, got)
		require.Equal(t, c.signals, signals)
		r, err := f.db.Return(t.Context(), c.r.ID)
		require.NoError(t, err)
		require.NotNil(t, r.StartedAt)
	}
	for _, c := range []struct {
		r    postgres.Return
		kind string
	}{{never, contract.SignalDifference}, {terminated, contract.SignalReturnQC}} {
		stored, err := f.db.ReturnMessages(t.Context(), c.r.ID, c.kind)
		require.NoError(t, err)
		require.Len(t, stored, 1)
		require.Equal(t, c.r.Name()+" has ended or was never started", stored[0].Error)
	}
}
