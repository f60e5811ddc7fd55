package postgres_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"vmsflow/internal/order"
	"vmsflow/internal/postgres"
	"vmsflow/internal/postgres/pgtest"
)

func TestAnOrderIsEnteredOnceAndTheFirstContentStays(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	first := register(t, db, anOrder("S1", 2, 1))

	entry, err := db.RegisterOrder(t.Context(), anOrder("S1", 5), order.RMSModel)
	require.NoError(t, err)
	requireSame(t, first, entry.Order)
	entry.Order = order.Order{}
	require.Equal(t, postgres.Entry{Model: order.ERPModel}, entry)

	stored := read(t, db, "S1")
	requireSame(t, first, stored.Order)
	require.Equal(t, order.ERPModel, stored.Model)
	require.Positive(t, stored.ID)
	require.Len(t, stored.ItemIDs, 2)
	require.NotEqual(t, stored.ItemIDs["L1"], stored.ItemIDs["L2"])
	require.Nil(t, stored.Confirmed, "nothing was confirmed yet")
	require.Nil(t, stored.AcknowledgedAt)
	require.Nil(t, stored.PO)
	require.Empty(t, stored.Outcome)
}

// requireSame compares orders whatever zone their times are in.
func requireSame(t *testing.T, want, have order.Order) {
	t.Helper()
	require.True(t, want.OrderTime.Equal(have.OrderTime))
	have.OrderTime = want.OrderTime
	require.Equal(t, want, have)
}

func TestTheIntakeLooksUpWhatHasBeenStartedAndWhatHasEnded(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	ctx := t.Context()
	for _, id := range []string{"S1", "S2", "S3"} {
		register(t, db, anOrder(id, 1))
	}
	for range 2 {
		require.NoError(t, db.MarkStarted(ctx, pob, "S2"))
	}
	require.NoError(t, db.EndOrder(ctx, pob, "S3", order.CancelledByCustomer, "before it was started"))

	known, err := db.KnownOrders(ctx, pob, []string{"S1", "S2", "S3", "S4"})
	require.NoError(t, err)
	require.Len(t, known, 3, "S4 is new")
	for id, want := range map[string]postgres.Entry{"S1": {}, "S2": {Started: true}, "S3": {Ended: true}} {
		have := known[id]
		requireSame(t, anOrder(id, 1), have.Order)
		want.Order, want.Model = have.Order, order.ERPModel
		require.Equal(t, want, have, id)
	}
	known, err = db.KnownOrders(ctx, "DV9", []string{"S1"})
	require.NoError(t, err)
	require.Empty(t, known, "another POB's order")
}

func TestOneOfManyWhoEnterTheSameOrderCreatesIt(t *testing.T) {
	t.Parallel()
	db := crowded(t)
	created := make(chan bool, 32)
	require.Empty(t, together(32, func(int) error {
		entry, err := db.RegisterOrder(t.Context(), anOrder("S1", 1, 1), order.ERPModel)
		created <- entry.New
		return err
	}))
	news := 0
	for range 32 {
		if <-created {
			news++
		}
	}
	require.Equal(t, 1, news)
}

func TestAnOrderThatBreaksTheRulesIsNotEntered(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	_, err := db.RegisterOrder(t.Context(), anOrder("S1", 1, -1), order.ERPModel)
	require.Error(t, err)
	_, err = db.Order(t.Context(), pob, "S1")
	require.ErrorIs(t, err, postgres.ErrNotFound)
}

func TestACallerFindsOnlyOrdersOfItsOwnPobs(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	register(t, db, anOrder("S1", 1))
	require.NoError(t, db.SavePO(t.Context(), pob, "S1", order.PurchaseOrder{Number: "4700123456"}))

	for _, find := range []func(pobs ...string) (postgres.Order, error){
		func(pobs ...string) (postgres.Order, error) { return db.FindOrder(t.Context(), "S1", pobs) },
		func(pobs ...string) (postgres.Order, error) { return db.FindOrderByPO(t.Context(), "4700123456", pobs) },
	} {
		found, err := find("DV9", pob)
		require.NoError(t, err)
		require.Equal(t, "S1", found.Order.ID)
		_, err = find("DV9")
		require.ErrorIs(t, err, postgres.ErrNotFound)
		_, err = find()
		require.ErrorIs(t, err, postgres.ErrNotFound)
	}
}

func TestEveryStepIsRecordedOnceAndARepeatChangesNothing(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	ctx := t.Context()
	register(t, db, anOrder("S1", 2, 1))
	invoiceDate := time.Date(2025, 11, 17, 10, 30, 0, 0, time.UTC)
	po := order.PurchaseOrder{
		Number: "4700123456", Date: invoiceDate, Amount: 325500,
		Lines: []order.POLine{{OrderItemID: "L1", ItemCode: "A", Units: 2, MRP: 199900, BasePrice: 95000, IGST: 9500, TaxRate: 500}},
	}
	invoice := order.Invoice{Number: "AJ/25-26/000421", Date: invoiceDate, IRN: "f57c", Quantities: order.Quantities{"L1": 2}, DocumentID: 7}

	steps := func(at time.Time) {
		require.NoError(t, db.MarkAcknowledged(ctx, pob, "S1", order.Quantities{"L1": 2}, at))
		require.NoError(t, db.SavePO(ctx, pob, "S1", po))
		require.NoError(t, db.MarkPOSignalled(ctx, pob, "S1"))
		require.NoError(t, db.MarkSentToWarehouse(ctx, pob, "S1", order.Quantities{"L1": 2}))
		require.NoError(t, db.SaveInvoice(ctx, pob, "S1", invoice))
		require.NoError(t, db.MarkReleased(ctx, pob, "S1", order.Quantities{"L1": 2}))
		require.NoError(t, db.SavePacked(ctx, pob, "S1", order.Quantities{"L1": 2, "L2": 0}))
	}
	steps(invoiceDate)
	once := read(t, db, "S1")
	steps(invoiceDate.Add(time.Hour))
	require.Equal(t, once, read(t, db, "S1"))

	require.Equal(t, &invoiceDate, once.AcknowledgedAt)
	require.Equal(t, order.Quantities{"L1": 2, "L2": 0}, once.Confirmed, "a line that is not named is confirmed with 0")
	require.Equal(t, &po, once.PO)
	require.Equal(t, &invoice, once.Invoice)
	require.Equal(t, 2, value[int](t, db, `SELECT sum(at_warehouse)::int FROM order_lines WHERE order_id = 'S1'`))
	require.Equal(t, once.Confirmed, once.Released)
	require.Equal(t, once.Confirmed, once.Packed)
	for _, at := range []*time.Time{once.SentToWarehouseAt, once.ReleasedAt, once.PackedAt} {
		require.NotNil(t, at)
	}
}

func TestWhatContradictsTheRecordIsRefusedAndTheRecordStays(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	ctx := t.Context()
	register(t, db, anOrder("S1", 2, 1))
	register(t, db, anOrder("S2", 1))
	require.NoError(t, db.MarkAcknowledged(ctx, pob, "S1", order.Quantities{"L1": 2}, orderTime))
	require.NoError(t, db.SavePO(ctx, pob, "S1", order.PurchaseOrder{Number: "P1"}))
	require.NoError(t, db.SaveInvoice(ctx, pob, "S1", order.Invoice{Number: "I1"}))
	require.NoError(t, db.SavePacked(ctx, pob, "S1", order.Quantities{"L1": 1}))
	before := read(t, db, "S1")

	for rule, try := range map[string]func() error{
		"other confirmed units": func() error {
			return db.MarkAcknowledged(ctx, pob, "S1", order.Quantities{"L1": 1}, orderTime)
		},
		"more units than ordered": func() error {
			return db.MarkReleased(ctx, pob, "S1", order.Quantities{"L1": 3})
		},
		"negative units": func() error {
			return db.MarkReleased(ctx, pob, "S1", order.Quantities{"L1": -1})
		},
		"a line of another order": func() error {
			return db.MarkReleased(ctx, pob, "S1", order.Quantities{"L9": 1})
		},
		"a second pack":      func() error { return db.SavePacked(ctx, pob, "S1", order.Quantities{"L1": 2}) },
		"another PO":         func() error { return db.SavePO(ctx, pob, "S1", order.PurchaseOrder{Number: "P2"}) },
		"another invoice":    func() error { return db.SaveInvoice(ctx, pob, "S1", order.Invoice{Number: "I2"}) },
		"another order's PO": func() error { return db.SavePO(ctx, pob, "S2", order.PurchaseOrder{Number: "P1"}) },
	} {
		require.ErrorIs(t, try(), postgres.ErrConflict, rule)
	}
	require.Equal(t, before, read(t, db, "S1"))
}

func TestAPurchaseOrderWithTheSameNumberIsReplaced(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	register(t, db, anOrder("S1", 2))
	for _, liveUnits := range []int{2, 1} {
		po := order.PurchaseOrder{Number: "P1", Lines: []order.POLine{{OrderItemID: "L1", Units: liveUnits}}}
		require.NoError(t, db.SavePO(t.Context(), pob, "S1", po))
		require.Equal(t, order.Quantities{"L1": liveUnits}, read(t, db, "S1").PO.Units())
	}
}

func TestAStepOfAnUnknownOrderIsNotFound(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	ctx := t.Context()
	for step, try := range map[string]func() error{
		"acknowledge": func() error { return db.MarkAcknowledged(ctx, pob, "S9", nil, orderTime) },
		"po":          func() error { return db.SavePO(ctx, pob, "S9", order.PurchaseOrder{Number: "P"}) },
		"start":       func() error { return db.MarkStarted(ctx, pob, "S9") },
		"wanted":      func() error { return db.SaveWanted(ctx, pob, "S9", nil) },
		"ending":      func() error { return db.MarkEnding(ctx, pob, "S9", "") },
		"signalled":   func() error { return db.MarkPOSignalled(ctx, pob, "S9") },
		"warehouse":   func() error { return db.MarkSentToWarehouse(ctx, pob, "S9", nil) },
		"release":     func() error { return db.MarkReleased(ctx, pob, "S9", nil) },
		"invoice":     func() error { return db.SaveInvoice(ctx, pob, "S9", order.Invoice{Number: "I"}) },
		"pack":        func() error { return db.SavePacked(ctx, pob, "S9", nil) },
		"keep":        func() error { return db.KeepReserved(ctx, pob, "S9", nil) },
		"end":         func() error { return db.EndOrder(ctx, pob, "S9", order.Completed, "") },
		"reserve": func() error {
			_, err := db.Reserve(ctx, pob, "S9", nil)
			return err
		},
	} {
		require.ErrorIs(t, try(), postgres.ErrNotFound, step)
	}
}

func TestAnOrderIsHeldUntilAcknowledgedThenAwaitsItsPOUntilSignalled(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	ctx := t.Context()
	soon := time.Now().Add(time.Hour)
	held := func(from, createdBefore time.Time) []postgres.HeldOrder {
		list, err := db.HeldOrders(ctx, pob, from, createdBefore)
		require.NoError(t, err)
		return list
	}
	awaiting := func(limit int) []string {
		list, err := db.AwaitingPO(ctx, pob, limit)
		require.NoError(t, err)
		return list
	}
	for _, id := range []string{"S1", "S2", "S3", "S4"} {
		register(t, db, anOrder(id, 2, 1))
	}
	require.Len(t, held(orderTime, soon), 4)
	require.Equal(t, "S1", held(orderTime, soon)[0].OrderID)
	require.Equal(t, order.Quantities{"L1": 2, "L2": 1}, held(orderTime, soon)[0].Wanted)
	require.NoError(t, db.SaveWanted(ctx, pob, "S1", order.Quantities{"L1": 1}))
	require.Equal(t, order.Quantities{"L1": 1, "L2": 0}, held(orderTime, soon)[0].Wanted, "a line that is not named is wanted no more")
	require.ErrorIs(t, db.SaveWanted(ctx, pob, "S1", order.Quantities{"L1": 3}), postgres.ErrConflict)
	require.Empty(t, held(orderTime.Add(time.Second), soon), "ordered before the window")
	require.Empty(t, held(orderTime, time.Now().Add(-time.Hour)), "entered after the list was read")
	require.Empty(t, awaiting(10))

	require.NoError(t, db.EndOrder(ctx, pob, "S4", order.CancelledByCustomer, "at Ajio"))
	require.NoError(t, db.MarkAcknowledged(ctx, pob, "S1", order.Quantities{"L1": 2}, orderTime.Add(5*time.Hour)))
	require.NoError(t, db.MarkAcknowledged(ctx, pob, "S2", order.Quantities{"L1": 2}, orderTime.Add(4*time.Hour)))
	require.Len(t, held(orderTime, soon), 1)
	require.Equal(t, []string{"S2", "S1"}, awaiting(10), "the first acknowledged comes first")
	require.Equal(t, []string{"S2"}, awaiting(1))

	require.NoError(t, db.MarkPOSignalled(ctx, pob, "S2"))
	require.NoError(t, db.EndOrder(ctx, pob, "S1", order.CancelledBySeller, "out of stock"))
	require.Empty(t, awaiting(10))

	require.NoError(t, db.MarkEnding(ctx, pob, "S3", "no stock"))
	require.Empty(t, held(orderTime, soon), "an order that is ending is left alone")
	register(t, db, anOrder("S5", 1))
	require.NoError(t, db.MarkAcknowledged(ctx, pob, "S5", order.Quantities{"L1": 1}, orderTime))
	require.NoError(t, db.MarkEnding(ctx, pob, "S5", "short"))
	require.Empty(t, awaiting(10), "and gets no PO any more")
}

func TestAnOrderIsEndingOnceUntilItHasEnded(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	ctx := t.Context()
	register(t, db, anOrder("S1", 1))
	require.Nil(t, read(t, db, "S1").EndingAt)
	require.NoError(t, db.MarkEnding(ctx, pob, "S1", "short after the e-invoice"))
	ending := read(t, db, "S1")
	require.NotNil(t, ending.EndingAt)
	require.Equal(t, "short after the e-invoice", ending.EndReason)
	require.Empty(t, ending.Outcome)
	require.NoError(t, db.MarkEnding(ctx, pob, "S1", "told again"))
	require.Equal(t, ending, read(t, db, "S1"))

	require.NoError(t, db.EndOrder(ctx, pob, "S1", order.CancelledByCustomer, "the customer was first"))
	ended := read(t, db, "S1")
	require.Equal(t, ending.EndingAt, ended.EndingAt)
	require.Equal(t, "the customer was first", ended.EndReason, "the end has the last word")
	require.NoError(t, db.MarkEnding(ctx, pob, "S1", "late"))
	require.Equal(t, ended, read(t, db, "S1"))

	register(t, db, anOrder("S2", 1))
	require.NoError(t, db.EndOrder(ctx, pob, "S2", order.Completed, ""))
	require.NoError(t, db.MarkEnding(ctx, pob, "S2", "late"))
	require.Nil(t, read(t, db, "S2").EndingAt, "what has ended is not ending")
}
