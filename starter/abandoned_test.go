package main

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"vmsflow/internal/order"
	"vmsflow/internal/postgres"
	"vmsflow/workflows/contract"
)

// abandon reserves the stock of an order, terminates its workflow and records that, as the sweep does.
func (b *bench) abandon(t *testing.T, id string) {
	t.Helper()
	ctx := t.Context()
	b.order(t, id, contract.OrderState{Stage: order.AckHeld})
	b.reserve(t, id)
	require.NoError(t, b.temporal.TerminateWorkflow(ctx, contract.OrderWorkflowID("DV1", id), "", "by mistake"))
	_, err := b.db.RecordAbandoned(ctx, "DV1", id, "Terminated", "by mistake")
	require.NoError(t, err)
}

func (b *bench) reserve(t *testing.T, id string) {
	t.Helper()
	require.NoError(t, b.db.LoadStock(t.Context(), "DV1", []postgres.StockLevel{{ItemCode: "SKU1", OnHand: 10}}))
	o, err := b.db.Order(t.Context(), "DV1", id)
	require.NoError(t, err)
	_, err = b.db.Reserve(t.Context(), "DV1", id, o.Order.Lines)
	require.NoError(t, err)
	require.NoError(t, b.db.MarkStarted(t.Context(), "DV1", id))
}

func (b *bench) stock(t *testing.T) []postgres.StockRow {
	t.Helper()
	stock, err := b.db.Stock(t.Context(), "DV1")
	require.NoError(t, err)
	return stock
}

func TestAbandoned(t *testing.T) {
	b := newBench(t, "default")
	r := starter(t, "abandoned", "--json")
	require.Zero(t, r.code, r.err)
	require.Equal(t, "[]\n", r.out)
	b.abandon(t, "S-gone")

	t.Run("what is left behind is listed, with what to do by hand", func(t *testing.T) {
		r := starter(t, "abandoned")
		require.Zero(t, r.code, r.err)
		for _, want := range []string{"S-gone", "Terminated", "2 × SKU1 reserved", "- Ajio: cancel the order in the seller panel; it has PO PO-S-gone"} {
			require.Contains(t, r.out, want)
		}
		require.NotContains(t, starter(t, "abandoned", "--pob", "DV2").out, "S-gone")

		var list []postgres.AbandonedOrder
		r = starter(t, "abandoned", "--json")
		require.NoError(t, json.Unmarshal([]byte(r.out), &list))
		require.Len(t, list, 1)
		require.Equal(t, "by mistake", list[0].Why)
		require.Equal(t, map[string]int{"SKU1": 2}, list[0].LeftBehind.Reserved)
	})
	t.Run("its status says what to do", func(t *testing.T) {
		r := starter(t, "status", "S-gone")
		require.Equal(t, exitAttention, r.code, r.err)
		for _, want := range []string{
			"the workflow is terminated, the order is not", "Left behind", "2 × SKU1 reserved", "By hand", "Ajio: cancel the order",
			"starter abandoned settle S-gone", "reset its workflow in the Web UI",
		} {
			require.Contains(t, r.out, want)
		}
	})
	t.Run("it is found under every name, settled, and its stock is free", func(t *testing.T) {
		r := starter(t, "abandoned", "settle", "PO-S-gone", "--why", "cancelled at Ajio", "--by", "Meena")
		require.Zero(t, r.code, r.err)
		require.Contains(t, r.out, "Order S-gone at DV1 is settled as cancelled_by_seller. Nobody outside was told.")
		require.Contains(t, r.out, "- Ajio: cancel the order in the seller panel")
		require.Equal(t, []postgres.StockRow{{ItemCode: "SKU1", OnHand: 10}}, b.stock(t))
		ended, err := b.db.Order(t.Context(), "DV1", "S-gone")
		require.NoError(t, err)
		require.Equal(t, "terminated: cancelled at Ajio", ended.EndReason)
		require.NotContains(t, starter(t, "abandoned").out, "S-gone")
		require.Zero(t, starter(t, "status", "S-gone").code, "nobody is needed any more")
	})
	t.Run("it is settled once", func(t *testing.T) {
		same := starter(t, "abandoned", "settle", "S-gone", "--why", "cancelled at Ajio", "--by", "Meena", "--json")
		require.Zero(t, same.code, same.err)
		var s settled
		require.NoError(t, json.Unmarshal([]byte(same.out), &s))
		require.Equal(t, order.CancelledBySeller, s.Outcome)
		other := starter(t, "abandoned", "settle", "S-gone", "--why", "sold twice", "--by", "Ravi")
		require.Equal(t, exitFailed, other.code)
		require.Contains(t, other.err, "it was settled by Meena (cancelled at Ajio)")
	})
	t.Run("an order whose workflow runs is refused", func(t *testing.T) {
		b.order(t, "S-runs", contract.OrderState{Stage: order.AckHeld})
		b.reserve(t, "S-runs")
		_, err := b.db.RecordAbandoned(t.Context(), "DV1", "S-runs", "Terminated", "") // and was reset since
		require.NoError(t, err)
		r := starter(t, "abandoned", "settle", "S-runs", "--why", "done", "--by", "Meena")
		require.Equal(t, exitFailed, r.code)
		require.Contains(t, r.err, "the workflow of order S-runs at DV1 runs, so nothing was settled")
		require.Equal(t, []postgres.StockRow{{ItemCode: "SKU1", OnHand: 10, Reserved: 2}}, b.stock(t))
		require.Contains(t, starter(t, "status", "S-runs").out, "runs again")
	})
	t.Run("an order that no sweep has found is refused", func(t *testing.T) {
		b.order(t, "S-new", contract.OrderState{Stage: order.AckHeld})
		require.NoError(t, b.temporal.TerminateWorkflow(t.Context(), "order:DV1:S-new", "", "by mistake"))
		r := starter(t, "abandoned", "settle", "S-new", "--why", "done", "--by", "Meena")
		require.Equal(t, exitNotFound, r.code)
		require.Contains(t, r.err, "trigger the Schedule order-sweep")

		require.NoError(t, b.db.EndOrder(t.Context(), "DV1", "S-new", order.Rejected, ""))
		r = starter(t, "abandoned", "settle", "S-new", "--why", "done", "--by", "Meena")
		require.Equal(t, exitNotFound, r.code)
		require.Contains(t, r.err, "it ended as rejected")
		require.Equal(t, exitNotFound, starter(t, "abandoned", "settle", "order:DV1:S-none", "--why", "done", "--by", "Meena").code)
	})
	t.Run("an order of which Temporal has nothing needs attention too", func(t *testing.T) {
		_, err := b.db.RegisterOrder(t.Context(), order.Order{
			Pob: "DV1", ID: "S-deleted", Lines: []order.Line{{OrderItemID: "1", ItemCode: "SKU1", Ordered: 1}},
		}, order.ERPModel)
		require.NoError(t, err)
		b.reserve(t, "S-deleted")
		require.Zero(t, starter(t, "status", "S-deleted").code, "it may be starting")
		_, err = b.db.RecordAbandoned(t.Context(), "DV1", "S-deleted", postgres.WorkflowGone, "")
		require.NoError(t, err)
		r := starter(t, "status", "S-deleted")
		require.Equal(t, exitAttention, r.code)
		require.Contains(t, r.out, "the workflow is gone, the order is not")
		require.NotContains(t, r.out, "reset its workflow", "there is nothing to reset")
		require.Zero(t, starter(t, "abandoned", "settle", "S-deleted", "--why", "done", "--by", "Meena").code)
	})
}
