package postgres_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"vmsflow/internal/order"
	"vmsflow/internal/postgres"
	"vmsflow/internal/postgres/pgtest"
)

// enter enters a return.
func enter(t *testing.T, db *postgres.DB, orderID, returnID string, kind order.ReturnKind) postgres.Return {
	t.Helper()
	r, err := db.EnterReturn(t.Context(), pob, orderID, returnID, kind)
	require.NoError(t, err)
	require.Equal(t, []any{pob, orderID, returnID, kind}, []any{r.Pob, r.OrderID, r.ReturnID, r.Kind})
	return r
}

func readReturn(t *testing.T, db *postgres.DB, row int64) postgres.Return {
	t.Helper()
	r, err := db.Return(t.Context(), row)
	require.NoError(t, err)
	return r
}

func TestAReturnOfAnOrderThatWeDoNotKnowIsEnteredOnce(t *testing.T) {
	t.Parallel()
	db := crowded(t)
	require.Empty(t, together(16, func(int) error {
		_, err := db.EnterReturn(t.Context(), pob, "S1", "R1", order.CustomerReturn)
		return err
	}))
	first := enter(t, db, "S1", "R1", order.CustomerReturn)
	require.NotEqual(t, first.ID, enter(t, db, "S1", "R2", order.CustomerReturn).ID, "an order may have several")
	list, err := db.ReturnsOfOrder(t.Context(), pob, "S1")
	require.NoError(t, err)
	require.Len(t, list, 2)
	require.Equal(t, first, list[0])

	_, err = db.EnterReturn(t.Context(), pob, "S2", "R1", order.CustomerReturn)
	require.ErrorIs(t, err, postgres.ErrConflict)
	require.ErrorContains(t, err, "the return is of order S1")
}

func TestAParcelAndTheFeedMeetInOneRTO(t *testing.T) {
	t.Parallel()
	db := crowded(t)
	require.Empty(t, together(16, func(i int) error {
		_, err := db.EnterReturn(t.Context(), pob, "S1", []string{"", "R1"}[i%2], order.RTO)
		return err
	}))
	entered := enter(t, db, "S1", "R1", order.RTO)
	again, err := db.EnterReturn(t.Context(), pob, "S1", "", order.RTO)
	require.NoError(t, err)
	require.Equal(t, entered, again)

	_, err = db.EnterReturn(t.Context(), pob, "S1", "R2", order.RTO)
	require.ErrorIs(t, err, postgres.ErrConflict)
	require.ErrorContains(t, err, "the order has the RTO R1, not R2")
	require.NotEqual(t, entered.ID, enter(t, db, "S1", "R3", order.CustomerReturn).ID, "a customer's return is another")
}

func TestACancelledRTOMakesRoomForAnother(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	ctx := t.Context()
	first := enter(t, db, "S1", "R1", order.RTO)
	require.NoError(t, db.EndReturn(ctx, first.ID, order.ReturnCancelled, ""))
	second := enter(t, db, "S1", "R2", order.RTO)
	require.NotEqual(t, first.ID, second.ID)
	require.Equal(t, []bool{false, true}, []bool{first.Successor, second.Successor})
	require.False(t, enter(t, db, "S1", "R9", order.CustomerReturn).Successor)
	require.Equal(t, first.ID, enter(t, db, "S1", "R1", order.RTO).ID, "the first keeps its id")

	require.NoError(t, db.EndReturn(ctx, second.ID, order.ReturnClosed, ""))
	_, err := db.EnterReturn(ctx, pob, "S1", "R3", order.RTO)
	require.ErrorIs(t, err, postgres.ErrConflict, "a closed one does not")
}

func TestAReturnIDKeepsItsRowUnderTheOtherKind(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	first := enter(t, db, "S1", "R1", order.CustomerReturn)
	again, err := db.EnterReturn(t.Context(), pob, "S1", "R1", order.RTO)
	require.NoError(t, err)
	require.Equal(t, first, again)
}

// The warehouse reports a parcel by a return id that Ajio announces only afterwards.
func TestAnRTOIsFoundByTheIDThatTheWarehouseSaid(t *testing.T) {
	t.Parallel()
	for _, kind := range []order.ReturnKind{order.RTO, order.CustomerReturn} {
		db := pgtest.New(t)
		ctx := t.Context()
		rto := enter(t, db, "S1", "", order.RTO)
		for _, code := range []string{"R7", "R8"} { // the first stays
			require.NoError(t, db.SaveSaidCode(ctx, rto.ID, code))
		}
		require.ErrorIs(t, db.SaveSaidCode(ctx, rto.ID, "\x00"), postgres.ErrConflict)
		_, err := db.FindReturn(ctx, "R7", []string{pob})
		require.ErrorIs(t, err, postgres.ErrNotFound, "a warehouse may call all RTOs the same")
		require.NotEqual(t, rto.ID, enter(t, db, "S2", "R7b", kind).ID, "another order's")

		named, err := db.EnterReturn(ctx, pob, "S1", "R7", kind)
		require.NoError(t, err)
		require.Equal(t, rto.ID, named.ID)
		require.Equal(t, []any{"R7", order.RTO}, []any{named.ReturnID, named.Kind}, "Ajio's word for it does not change the row's")
		list, err := db.ReturnsOfOrder(ctx, pob, "S1")
		require.NoError(t, err)
		require.Len(t, list, 1, "one parcel is one return")
	}
}

func TestAnRTOThatAjioGaveAnotherIDIsFoundByThatAlone(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	rto := enter(t, db, "S1", "", order.RTO)
	require.NoError(t, db.SaveSaidCode(t.Context(), rto.ID, "R7"))
	require.Equal(t, rto.ID, enter(t, db, "S1", "R1", order.RTO).ID)
	_, err := db.FindReturn(t.Context(), "R7", []string{pob})
	require.ErrorIs(t, err, postgres.ErrNotFound)
	require.NotEqual(t, rto.ID, enter(t, db, "S1", "R7", order.CustomerReturn).ID)
}

func TestAnRTOGetsItsIDOnce(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	ctx := t.Context()
	rto, other := enter(t, db, "S1", "", order.RTO), enter(t, db, "S2", "R2", order.RTO)
	require.ErrorIs(t, db.SaveReturnID(ctx, rto.ID, "R2"), postgres.ErrConflict)
	require.Error(t, db.SaveReturnID(ctx, rto.ID, ""))
	for range 2 {
		require.NoError(t, db.SaveReturnID(ctx, rto.ID, "R1"))
	}
	require.ErrorIs(t, db.SaveReturnID(ctx, rto.ID, "R9"), postgres.ErrConflict)
	require.Equal(t, "R1", readReturn(t, db, rto.ID).ReturnID)
	require.ErrorIs(t, db.SaveReturnID(ctx, other.ID+1, "R9"), postgres.ErrNotFound)
}

func TestReturnsAreFoundByTheirIDs(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	ctx := t.Context()
	one, two, unnamed := enter(t, db, "S1", "R1", order.CustomerReturn), enter(t, db, "S2", "R2", order.RTO), enter(t, db, "S3", "", order.RTO)

	found, err := db.FindReturn(ctx, "R1", []string{"DV9", pob})
	require.NoError(t, err)
	require.Equal(t, one, found)
	for _, id := range []string{"R9", ""} {
		_, err = db.FindReturn(ctx, id, []string{pob})
		require.ErrorIs(t, err, postgres.ErrNotFound)
	}
	_, err = db.FindReturn(ctx, "R1", []string{"DV9"})
	require.ErrorIs(t, err, postgres.ErrNotFound, "another caller's")

	known, err := db.KnownReturns(ctx, pob, []string{"R1", "R2", "R9", ""})
	require.NoError(t, err)
	require.Equal(t, map[string]postgres.Return{"R1": one, "R2": two}, known)

	open, err := db.ReturnsToAskFor(ctx, pob, 1)
	require.NoError(t, err)
	require.Equal(t, []postgres.Return{one}, open)
	require.NoError(t, db.EndReturn(ctx, one.ID, order.ReturnCompleted, ""))
	open, err = db.ReturnsToAskFor(ctx, pob, 10)
	require.NoError(t, err)
	require.Equal(t, []postgres.Return{two}, open, "one without an id cannot be asked for: row %d", unnamed.ID)
	require.NoError(t, db.MarkReturnReopened(ctx, one.ID))
	open, err = db.ReturnsToAskFor(ctx, pob, 1)
	require.NoError(t, err)
	require.Equal(t, one.ID, open[0].ID, "it runs again")
}

func TestAReturnWithAjiosLastWordIsNotAskedFor(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	ctx := t.Context()
	asked := func() (ids []string) {
		open, err := db.ReturnsToAskFor(ctx, pob, 2)
		require.NoError(t, err)
		for _, r := range open {
			ids = append(ids, r.ReturnID)
		}
		return ids
	}
	for i, status := range []order.ReturnStatus{order.StatusReturnProcessed, order.StatusReturnCancelled, order.StatusReturnDelivered} {
		id := fmt.Sprintf("R%d", i)
		row := enter(t, db, "S1", id, order.CustomerReturn).ID
		require.NoError(t, db.SaveExpectation(ctx, row, order.Expectation{Pob: pob, ReturnID: id, OrderID: "S1", Status: status}))
		if i != 1 {
			require.NoError(t, db.MarkReturnStarted(ctx, row))
		}
	}
	enter(t, db, "S1", "R3", order.CustomerReturn)
	require.Equal(t, []string{"R1", "R2"}, asked(), "one that was not started has heard nothing, and the limit counts what is asked for")
}

func TestWhatTheWorkflowWasToldStays(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	ctx := t.Context()
	row := enter(t, db, "S1", "R1", order.CustomerReturn).ID
	require.NoError(t, db.MarkReturnStarted(ctx, row))
	started := readReturn(t, db, row).StartedAt
	require.NoError(t, db.MarkReturnStarted(ctx, row))
	require.Equal(t, started, readReturn(t, db, row).StartedAt)

	e := order.Expectation{
		Pob: pob, ReturnID: "R1", OrderID: "S1", Kind: order.CustomerReturn, Status: order.StatusReturnCreated,
		ReturnDate: time.Date(2025, 11, 24, 0, 0, 0, 0, time.UTC),
		Items:      []order.ExpectedItem{{ReturnItemID: "R11", OrderItemID: "L1", ItemCode: "A", Units: 1}},
	}
	require.NoError(t, db.SaveExpectation(ctx, row, e))
	e.Status = order.StatusReturnDelivered
	require.NoError(t, db.SaveExpectation(ctx, row, e))
	require.Equal(t, &e, readReturn(t, db, row).Expectation)
	e.TrackingNumber = "\x00"
	require.ErrorIs(t, db.SaveExpectation(ctx, row, e), postgres.ErrConflict)
}
