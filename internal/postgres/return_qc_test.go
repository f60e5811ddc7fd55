package postgres_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"vmsflow/internal/order"
	"vmsflow/internal/postgres"
	"vmsflow/internal/postgres/pgtest"
)

// unit is the QC of a unit of line L1 … of item A ….
func unit(line, item string, code order.QCCode) order.UnitResult {
	u := order.UnitResult{OrderItemID: line, ReturnItemID: "R-" + line, ItemCode: item, Code: code}
	switch code {
	case order.Bad:
		u.Reason, u.Said = order.QCUsed, "USED_PRODUCT"
	case order.Missing:
		u.Reason = order.QCNotReceived
	case order.Good:
	}
	return u
}

func stockOf(t *testing.T, db *postgres.DB) map[string]int {
	t.Helper()
	rows, err := db.Stock(t.Context(), pob)
	require.NoError(t, err)
	onHand := map[string]int{}
	for _, row := range rows {
		onHand[row.ItemCode] = row.OnHand
	}
	return onHand
}

func TestGoodUnitsGoBackToStockOnce(t *testing.T) {
	t.Parallel()
	db := crowded(t)
	ctx := t.Context()
	require.NoError(t, db.LoadStock(ctx, pob, []postgres.StockLevel{{ItemCode: "A", OnHand: 3}}))
	row := enter(t, db, "S1", "R1", order.CustomerReturn).ID
	units := []order.UnitResult{
		unit("L1", "A", order.Good), unit("L1", "A", order.Good), unit("L1", "A", order.Bad), unit("L2", "B", order.Good), unit("L3", "C", order.Missing),
	}
	surplus := []order.UnitResult{{ItemCode: "D", Code: order.Good}}
	require.Empty(t, together(8, func(int) error { return db.RecordQC(ctx, row, 0, units, surplus, true) }))
	require.Equal(t, map[string]int{"A": 5, "B": 1}, stockOf(t, db), "a surplus unit is not ours yet")
	r := readReturn(t, db, row)
	require.NotNil(t, r.QCAt)
	require.Equal(t, units, r.Units)
	require.Equal(t, surplus, r.Surplus)

	units[0].Code = order.Bad
	require.ErrorIs(t, db.RecordQC(ctx, row, 0, units, surplus, true), postgres.ErrConflict)
	units[0].Code = order.Good
	require.ErrorIs(t, db.RecordQC(ctx, row, 0, units, nil, true), postgres.ErrConflict)
	require.Equal(t, map[string]int{"A": 5, "B": 1}, stockOf(t, db))
}

// Ajio expects only one of two units after all: the other is surplus, and whose it is nobody knows.
func TestAQCThatIsJudgedAnewReplacesTheFirst(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	ctx := t.Context()
	require.NoError(t, db.LoadStock(ctx, pob, []postgres.StockLevel{{ItemCode: "A", OnHand: 3}}))
	row := enter(t, db, "S1", "R1", order.CustomerReturn).ID
	first, second := unit("L1", "A", order.Good), unit("L1", "A", order.Good)
	first.UnitCode, second.UnitCode = "R1-1", "R1-2"
	bad := unit("L2", "B", order.Bad)
	require.NoError(t, db.RecordQC(ctx, row, 0, []order.UnitResult{first, second, bad}, nil, true))
	require.Equal(t, map[string]int{"A": 5}, stockOf(t, db))

	units, surplus := []order.UnitResult{first, unit("L3", "C", order.Good)}, []order.UnitResult{{UnitCode: "R1-2", ItemCode: "A", Code: order.Good}}
	for range 2 {
		require.NoError(t, db.RecordQC(ctx, row, 2, units, surplus, true))
		require.Equal(t, map[string]int{"A": 4, "C": 1}, stockOf(t, db))
	}
	require.NoError(t, db.RecordQC(ctx, row, 1, []order.UnitResult{bad}, nil, true), "it comes late")
	require.ErrorIs(t, db.RecordQC(ctx, row, 2, []order.UnitResult{bad}, nil, true), postgres.ErrConflict)
	r := readReturn(t, db, row)
	require.Equal(t, 2, r.QCRevision)
	require.Equal(t, units, r.Units)
	require.Equal(t, surplus, r.Surplus)
	require.Equal(t, map[string]int{"A": 4, "C": 1}, stockOf(t, db))

	require.NoError(t, db.RecordQC(ctx, row, 3, units, surplus, false), "Ajio withdrew the return")
	require.Equal(t, map[string]int{"A": 3, "C": 0}, stockOf(t, db), "nobody may sell what may be the customer's")
}

func TestAUnitThatAnOrderHoldsDoesNotLeaveTheStock(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	ctx := t.Context()
	row := enter(t, db, "S1", "R1", order.CustomerReturn).ID
	good := unit("L1", "A", order.Good)
	require.NoError(t, db.RecordQC(ctx, row, 0, []order.UnitResult{good}, nil, true))
	o := register(t, db, anOrder("S2", 1))
	_, err := db.Reserve(ctx, pob, "S2", o.Lines)
	require.NoError(t, err)
	require.NoError(t, db.RecordQC(ctx, row, 1, nil, []order.UnitResult{{ItemCode: "A", Code: order.Good}}, true))
	require.Equal(t, map[string]int{"A": 1}, stockOf(t, db), "it goes out with the order that holds it")
	require.NoError(t, db.RecordQC(ctx, row, 2, []order.UnitResult{good}, nil, true))
	require.Equal(t, map[string]int{"A": 1}, stockOf(t, db), "it never left, so it does not come back")
}

func TestAQCThatIsRepeatedAfterAjioAnnouncedTheRTOIsTheSame(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	row := enter(t, db, "S1", "", order.RTO).ID
	named := []order.UnitResult{unit("L1", "A", order.Good), unit("L2", "B", order.Bad)}
	unnamed := []order.UnitResult{named[1], named[0]}
	for i := range unnamed {
		unnamed[i].ReturnItemID = ""
	}
	require.NoError(t, db.RecordQC(t.Context(), row, 0, unnamed, nil, true))
	require.NoError(t, db.RecordQC(t.Context(), row, 0, named, nil, true))
	require.Equal(t, unnamed, readReturn(t, db, row).Units, "the first stays")
	require.Equal(t, map[string]int{"A": 1}, stockOf(t, db))
}

func TestAQCMayLeaveTheStockAlone(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	row := enter(t, db, "S1", "R1", order.CustomerReturn).ID
	require.NoError(t, db.RecordQC(t.Context(), row, 0, []order.UnitResult{unit("L1", "A", order.Good)}, nil, false))
	require.Empty(t, stockOf(t, db))
	require.Len(t, readReturn(t, db, row).Units, 1)
}

func TestAQCThatCannotBeEnteredChangesNothing(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	ctx := t.Context()
	row := enter(t, db, "S1", "R1", order.CustomerReturn).ID
	good := unit("L1", "A", order.Good)
	for name, spoil := range map[string]func(*order.UnitResult){
		"no item":    func(u *order.UnitResult) { u.ItemCode = "" },
		"no code":    func(u *order.UnitResult) { u.Code = "" },
		"other code": func(u *order.UnitResult) { u.Code = "FINE" },
		"NUL":        func(u *order.UnitResult) { u.Said = "\x00" },
	} {
		u := good
		spoil(&u)
		require.ErrorIs(t, db.RecordQC(ctx, row, 0, []order.UnitResult{good, u}, nil, true), postgres.ErrConflict, name)
	}
	require.NoError(t, db.EndReturn(ctx, row, order.ReturnClosed, ""))
	require.ErrorIs(t, db.RecordQC(ctx, row, 0, []order.UnitResult{good}, nil, true), postgres.ErrConflict, "it has ended")
	require.Nil(t, readReturn(t, db, row).QCAt)
	require.Empty(t, stockOf(t, db))
}

func TestTheParcelOfAReturnThatAjioWithdrewHasItsQCEnteredAllTheSame(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	row := enter(t, db, "S1", "R1", order.CustomerReturn).ID
	require.NoError(t, db.EndReturn(t.Context(), row, order.ReturnCancelled, "Ajio withdrew the return"))
	require.NoError(t, db.RecordQC(t.Context(), row, 0, []order.UnitResult{unit("L1", "A", order.Good)}, nil, false))
	require.Len(t, readReturn(t, db, row).Units, 1)
}

func TestAReturnEndsOnce(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	ctx := t.Context()
	row := enter(t, db, "S1", "R1", order.CustomerReturn).ID
	require.NoError(t, db.MarkReturnReopened(ctx, row))
	require.Nil(t, readReturn(t, db, row).ReopenedAt, "it is open")
	require.NoError(t, db.EndReturn(ctx, row, order.ReturnCancelled, "withdrawn\x00"))
	ended := readReturn(t, db, row)
	require.Equal(t, "withdrawn\uFFFD", ended.EndReason)
	require.NoError(t, db.EndReturn(ctx, row, order.ReturnCancelled, "again"))
	require.Equal(t, ended, readReturn(t, db, row))
	require.ErrorIs(t, db.EndReturn(ctx, row, order.ReturnCompleted, ""), postgres.ErrConflict)

	require.NoError(t, db.MarkReturnReopened(ctx, row)) // its parcel came
	reopened := readReturn(t, db, row).ReopenedAt
	require.NotNil(t, reopened)
	require.NoError(t, db.MarkReturnReopened(ctx, row))
	require.Equal(t, reopened, readReturn(t, db, row).ReopenedAt)
	require.NoError(t, db.EndReturn(ctx, row, order.ReturnCancelled, ""))
	require.Equal(t, ended, readReturn(t, db, row))
}
