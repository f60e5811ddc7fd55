package postgres_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"vmsflow/internal/order"
	"vmsflow/internal/postgres"
	"vmsflow/internal/postgres/pgtest"
)

// startReturn enters and starts a customer's return of one unit of each of these lines.
func startReturn(t *testing.T, db *postgres.DB, orderID, returnID string, lines ...string) int64 {
	t.Helper()
	row := enter(t, db, orderID, returnID, order.CustomerReturn).ID
	e := order.Expectation{Pob: pob, ReturnID: returnID, OrderID: orderID, Kind: order.CustomerReturn, Status: order.StatusReturnCreated}
	for i, line := range lines {
		e.Items = append(e.Items, order.ExpectedItem{ReturnItemID: "R-" + line, OrderItemID: line, ItemCode: string(rune('A' + i)), Units: 1})
	}
	require.NoError(t, db.SaveExpectation(t.Context(), row, e))
	require.NoError(t, db.MarkReturnStarted(t.Context(), row))
	return row
}

func TestReturnsThatWereStartedAndHaveNotEndedNeedAWorkflow(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	ctx := t.Context()
	one, two, three := startReturn(t, db, "S1", "R1"), startReturn(t, db, "S1", "R2"), startReturn(t, db, "S1", "R3")
	enter(t, db, "S1", "R4", order.CustomerReturn) // not started
	require.NoError(t, db.EndReturn(ctx, two, order.ReturnCompleted, ""))
	var rows []int64
	for after := int64(0); ; {
		page, err := db.StartedReturns(ctx, []string{pob}, after, 1)
		require.NoError(t, err)
		if len(page) == 0 {
			break
		}
		after = page[0].ID
		rows = append(rows, after)
	}
	require.Equal(t, []int64{one, three}, rows)
	page, err := db.StartedReturns(ctx, []string{"DV9"}, 0, 10)
	require.NoError(t, err)
	require.Empty(t, page)
}

func TestAnAbandonedReturnIsNewsOnce(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	ctx := t.Context()
	row := startReturn(t, db, "S1", "R1")
	for i := range 2 {
		isNew, err := db.RecordAbandonedReturn(ctx, row, "Terminated", "by mistake")
		require.NoError(t, err)
		require.Equal(t, i == 0, isNew)
	}
	found := readReturn(t, db, row)
	require.NotNil(t, found.AbandonedAt)
	require.Equal(t, []string{"Terminated", "by mistake"}, []string{found.WorkflowStatus, found.AbandonedWhy})

	for range 2 { // it was reset
		require.NoError(t, db.WithdrawAbandonedReturn(ctx, row))
	}
	require.Nil(t, readReturn(t, db, row).AbandonedAt)
	isNew, err := db.RecordAbandonedReturn(ctx, row, postgres.WorkflowGone, "")
	require.NoError(t, err)
	require.True(t, isNew)
	require.NoError(t, db.EndReturn(ctx, row, order.ReturnCompleted, ""))
	require.Nil(t, readReturn(t, db, row).AbandonedAt, "it ran to its end before a sweep saw it run")
	isNew, err = db.RecordAbandonedReturn(ctx, row, "Completed", "")
	require.NoError(t, err)
	require.False(t, isNew)
}

func TestClosingAnAbandonedReturnListsTheUnitsThatItExpected(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	ctx := t.Context()
	withPO(t, db, "S1", 1, 1)
	row := startReturn(t, db, "S1", "R1", "L1", "L2")
	_, err := db.CloseReturn(ctx, row, "Meena", "sent back to the customer")
	require.ErrorIs(t, err, postgres.ErrConflict, "no sweep has found it")
	_, err = db.RecordAbandonedReturn(ctx, row, "Terminated", "by mistake")
	require.NoError(t, err)
	_, err = db.CloseReturn(ctx, row, "Meena", "")
	require.Error(t, err)

	for range 2 {
		closed, err := db.CloseReturn(ctx, row, "Meena", "sent back to the customer")
		require.NoError(t, err)
		require.Equal(t, order.ReturnClosed, closed.Outcome)
		require.Equal(t, "terminated: sent back to the customer", closed.EndReason)
	}
	list := settlements(t, db, postgres.SettlementFilter{})
	require.Len(t, list, 2)
	for _, s := range list {
		require.Equal(t, order.SettleClosed, s.Why)
		require.Empty(t, s.Code)
		require.Equal(t, order.Paise(10500), *s.Value)
	}
	_, err = db.CloseReturn(ctx, row, "Ravi", "lost")
	require.ErrorIs(t, err, postgres.ErrConflict)
	require.ErrorContains(t, err, "it was closed by Meena")
}

func TestClosingListsTheUnitsOfTheQCThatAreNotOnTheListYet(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	ctx := t.Context()
	row := startReturn(t, db, "S1", "R1", "L1", "L2")
	units := []order.UnitResult{unit("L1", "A", order.Good), unit("L2", "B", order.Bad)}
	require.NoError(t, db.RecordQC(ctx, row, 0, units, []order.UnitResult{{ItemCode: "X", Code: order.Good}}, true))
	require.NoError(t, db.ListSettlements(ctx, row, units[1:], order.SettleQC))
	_, err := db.RecordAbandonedReturn(ctx, row, "Failed", "")
	require.NoError(t, err)
	_, err = db.CloseReturn(ctx, row, "Meena", "settled by mail")
	require.NoError(t, err)

	var listed []string
	for _, s := range settlements(t, db, postgres.SettlementFilter{}) {
		listed = append(listed, string(s.Why)+" "+s.ItemCode)
	}
	require.Equal(t, []string{"qc B", "closed X", "closed A"}, listed)
	require.Equal(t, map[string]int{"A": 1}, stockOf(t, db))
}

func TestAReturnThatEndedByItselfIsNotClosed(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	row := startReturn(t, db, "S1", "R1", "L1")
	require.NoError(t, db.EndReturn(t.Context(), row, order.ReturnCompleted, ""))
	_, err := db.CloseReturn(t.Context(), row, "Meena", "lost")
	require.ErrorIs(t, err, postgres.ErrConflict)
	require.ErrorContains(t, err, "it ended as completed")
	require.Empty(t, settlements(t, db, postgres.SettlementFilter{}))
}

func TestTheListOfReturnsSaysWhenTheWarehouseReportedThem(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	ctx := t.Context()
	one, two := startReturn(t, db, "S1", "R1", "L1"), startReturn(t, db, "S2", "R2", "L1")
	_, _, err := db.Accept(ctx, postgres.Message{Kind: "return-parcel", Key: "1", Pob: pob, OrderID: "S1", ReturnRow: one})
	require.NoError(t, err)

	list, err := db.Returns(ctx, postgres.ReturnFilter{Pobs: []string{pob}})
	require.NoError(t, err)
	require.Len(t, list, 2)
	require.NotNil(t, list[0].ReportedAt)
	require.Nil(t, list[1].ReportedAt)
	require.Equal(t, readReturn(t, db, one), list[0].Return)

	require.NoError(t, db.EndReturn(ctx, one, order.ReturnCompleted, ""))
	for want, f := range map[int64]postgres.ReturnFilter{two: {}, one: {All: true, OrderID: "S1"}} {
		f.Pobs = []string{pob}
		list, err := db.Returns(ctx, f)
		require.NoError(t, err)
		require.Len(t, list, 1)
		require.Equal(t, want, list[0].ID)
	}
}
