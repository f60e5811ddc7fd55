package main

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"

	"vmsflow/internal/order"
	"vmsflow/internal/postgres"
	"vmsflow/workflows/contract"
)

// startReturn enters a customer's return of one unit, as Ajio announced it, and starts a workflow that no worker runs.
func (b *bench) startReturn(t *testing.T, orderID, returnID string) int64 {
	t.Helper()
	ctx := t.Context()
	r, err := b.db.EnterReturn(ctx, "DV1", orderID, returnID, order.CustomerReturn)
	require.NoError(t, err)
	require.NoError(t, b.db.SaveExpectation(ctx, r.ID, order.Expectation{
		Pob: "DV1", ReturnID: returnID, OrderID: orderID, Kind: order.CustomerReturn, Status: order.StatusReturnCreated,
		Items: []order.ExpectedItem{{ReturnItemID: "1", OrderItemID: "1", ItemCode: "SKU1", Units: 1}},
	}))
	_, err = b.temporal.ExecuteWorkflow(ctx, client.StartWorkflowOptions{
		ID: contract.ReturnWorkflowID("DV1", returnID), TaskQueue: contract.QueueOrders,
	}, contract.ReturnOrder)
	require.NoError(t, err)
	require.NoError(t, b.db.MarkReturnStarted(ctx, r.ID))
	return r.ID
}

func (b *bench) abandonReturn(t *testing.T, id int64, returnID string) {
	t.Helper()
	require.NoError(t, b.temporal.TerminateWorkflow(t.Context(), contract.ReturnWorkflowID("DV1", returnID), "", "by mistake"))
	_, err := b.db.RecordAbandonedReturn(t.Context(), id, "Terminated", "by mistake")
	require.NoError(t, err)
}

func TestAReopenedReturnIsOpenUntilItsSecondRunIsOverOrClosed(t *testing.T) {
	b := newBench(t, "default")
	ctx := t.Context()
	row := b.startReturn(t, "S1", "R1")
	require.NoError(t, b.db.EndReturn(ctx, row, order.ReturnCompleted, "done"))
	require.Equal(t, "No return is open.\n", starter(t, "returns").out)
	require.NoError(t, b.db.MarkReturnReopened(ctx, row))
	require.Contains(t, starter(t, "returns").out, "completed, reopened 20")
	closing := func() result {
		return starter(t, "returns", "close", fmt.Sprint(row), "--why", "settled by mail", "--by", "Meena")
	}
	require.Contains(t, closing().err, "the workflow of return R1 at DV1 runs, so nothing was closed")
	b.abandonReturn(t, row, "R1")
	require.Contains(t, starter(t, "returns").out, "abandoned, its workflow is terminated")
	r := starter(t, "status", "R1")
	require.Equal(t, exitAttention, r.code)
	require.Contains(t, r.out, fmt.Sprintf("starter returns close %d", row))

	require.Zero(t, closing().code)
	require.Equal(t, "No return is open.\n", starter(t, "returns").out)
	require.Zero(t, starter(t, "status", "R1").code)
	require.Contains(t, starter(t, "returns", "--all").out, "completed: done; reopened: terminated: settled by mail")
	require.Contains(t, starter(t, "settlements").out, "closed")
}

func TestReturns(t *testing.T) {
	b := newBench(t, "default")
	ctx := t.Context()
	r := starter(t, "returns")
	require.Zero(t, r.code, r.err)
	require.Equal(t, "No return is open.\n", r.out)
	require.Equal(t, "[]\n", starter(t, "returns", "--json").out)

	checked, gone := b.startReturn(t, "S1", "R-checked"), b.startReturn(t, "S2", "R-gone")
	require.NoError(t, b.db.RecordQC(ctx, checked, 0, []order.UnitResult{{OrderItemID: "1", ItemCode: "SKU1", Code: order.Good}},
		[]order.UnitResult{{ItemCode: "SKU9", Code: order.Bad}}, true))
	require.NoError(t, b.db.SaveCreditNote(ctx, checked, order.CreditNote{Number: "CN/1", IRN: "d9b8"}))
	rto, err := b.db.EnterReturn(ctx, "DV1", "S3", "", order.RTO)
	require.NoError(t, err)
	_, _, err = b.db.Accept(ctx, postgres.Message{
		Kind: contract.SignalReturnParcel, Key: "1", Pob: "DV1", OrderID: "S3", ReturnRow: rto.ID,
	})
	require.NoError(t, err)
	list := func(flags ...string) (ids []int64) {
		t.Helper()
		var list []returnLine
		r := starter(t, append([]string{"returns", "--json"}, flags...)...)
		require.Zero(t, r.code, r.err)
		require.NoError(t, json.Unmarshal([]byte(r.out), &list))
		for _, l := range list {
			ids = append(ids, l.ID)
		}
		return ids
	}
	closing := func(id any) result {
		return starter(t, "returns", "close", fmt.Sprint(id), "--why", "sent back", "--by", "Meena")
	}

	t.Run("each says what is known of it", func(t *testing.T) {
		r := starter(t, "returns")
		require.Zero(t, r.code, r.err)
		for _, want := range []string{
			"1 unit, RETURN_CREATED", "1 good, 0 bad, 0 missing, 1 too many", "CN/1", "not announced", "reported 20", "rto", "open",
		} {
			require.Contains(t, r.out, want)
		}
	})
	t.Run("a return whose workflow runs is not closed", func(t *testing.T) {
		r := closing(gone)
		require.Equal(t, exitFailed, r.code)
		require.Contains(t, r.err, "the workflow of return R-gone at DV1 runs, so nothing was closed")
		require.Contains(t, r.err, contract.UpdateCloseReturn)
	})
	t.Run("nor is one that no sweep has found", func(t *testing.T) {
		r := closing(rto.ID)
		require.Equal(t, exitNotFound, r.code)
		require.Contains(t, r.err, "no sweep has found RTO of order S3 at DV1 yet: trigger the Schedule order-sweep")
		require.Equal(t, exitNotFound, closing(999).code)
		require.Equal(t, exitUsage, closing("R-gone").code)
		require.Equal(t, exitUsage, starter(t, "returns", "close", "1", "--by", "Meena").code)
	})
	t.Run("an abandoned return is shown and closed once, and its units are listed", func(t *testing.T) {
		b.abandonReturn(t, gone, "R-gone")
		require.Contains(t, starter(t, "returns").out, "abandoned, its workflow is terminated: by mistake")
		for range 2 {
			r := closing(gone)
			require.Zero(t, r.code, r.err)
			require.Contains(t, r.out, "The return R-gone at DV1 is closed. Nobody outside was told.")
		}
		require.Contains(t, starter(t, "settlements", "--order", "S2").out, "closed")
		other := starter(t, "returns", "close", fmt.Sprint(gone), "--why", "lost", "--by", "Ravi")
		require.Equal(t, exitFailed, other.code)
		require.Contains(t, other.err, "it was closed by Meena")
	})
	t.Run("flags narrow the list", func(t *testing.T) {
		require.Equal(t, []int64{checked, rto.ID}, list())
		require.Equal(t, []int64{checked, gone, rto.ID}, list("--all"))
		require.Equal(t, []int64{gone}, list("--all", "--order", "S2"))
		require.Empty(t, list("--pob", "DV2"))
		require.Contains(t, starter(t, "returns", "--all").out, "closed by Meena: terminated: sent back")
	})
	t.Run("a spreadsheet has all of it", func(t *testing.T) {
		r := starter(t, "returns", "--all", "-o", "csv")
		require.Zero(t, r.code, r.err)
		rows, err := csv.NewReader(strings.NewReader(r.out)).ReadAll()
		require.NoError(t, err)
		require.Len(t, rows, 4)
		require.Equal(t, []string{fmt.Sprint(checked), "DV1", "S1", "R-checked", "customer_return", "RETURN_CREATED", "1", ""}, rows[1][:8])
		require.Equal(t, []string{"1", "0", "0", "1", "CN/1"}, rows[1][9:14])
		require.Equal(t, "Meena", rows[2][19])
	})
}
