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

// start enters an order of these units, reserves all of it and marks it as started.
func start(t *testing.T, db *postgres.DB, id string, units ...int) order.Order {
	t.Helper()
	o := register(t, db, anOrder(id, units...))
	var levels []postgres.StockLevel
	for _, line := range o.Lines {
		levels = append(levels, postgres.StockLevel{ItemCode: line.ItemCode, OnHand: 10})
	}
	require.NoError(t, db.LoadStock(t.Context(), pob, levels))
	_, err := db.Reserve(t.Context(), pob, id, o.Lines)
	require.NoError(t, err)
	require.NoError(t, db.MarkStarted(t.Context(), pob, id))
	return o
}

// abandon records an order as terminated and returns what was found.
func abandon(t *testing.T, db *postgres.DB, id string) postgres.AbandonedOrder {
	t.Helper()
	_, err := db.RecordAbandoned(t.Context(), pob, id, "Terminated", "by mistake")
	require.NoError(t, err)
	found, err := db.FindAbandoned(t.Context(), pob, id)
	require.NoError(t, err)
	return found
}

func unsettled(t *testing.T, db *postgres.DB) (ids []string) {
	t.Helper()
	list, err := db.Abandoned(t.Context(), []string{pob})
	require.NoError(t, err)
	for _, o := range list {
		ids = append(ids, o.OrderID)
	}
	return ids
}

func TestOrdersThatWereStartedAndHaveNotEndedAreOpen(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	ctx := t.Context()
	for _, id := range []string{"S1", "S2", "S3", "S4"} {
		start(t, db, id, 1)
	}
	register(t, db, anOrder("S5", 1)) // not started
	require.NoError(t, db.EndOrder(ctx, pob, "S2", order.Completed, ""))
	require.NoError(t, db.MarkEnding(ctx, pob, "S3", "short"))
	abandon(t, db, "S4")

	var ids []string
	after := int64(0)
	for {
		page, err := db.OpenOrders(ctx, []string{"DV9", pob}, after, 2)
		require.NoError(t, err)
		if len(page) == 0 {
			break
		}
		for _, o := range page {
			require.Equal(t, o.OrderID == "S4", o.Abandoned)
			ids, after = append(ids, o.OrderID), o.ID
		}
	}
	require.Equal(t, []string{"S1", "S3", "S4"}, ids)
	page, err := db.OpenOrders(ctx, []string{"DV9"}, 0, 10)
	require.NoError(t, err)
	require.Empty(t, page, "another POB's orders")
}

// What is left behind is what the books say at each station of an order.
func TestWhatATerminatedOrderLeftBehind(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	ctx := t.Context()
	start(t, db, "S1", 2, 1)
	units := order.Quantities{"L1": 2, "L2": 1}
	until := time.Date(2025, 11, 18, 12, 0, 0, 0, time.UTC)
	registered := until.Add(-24 * time.Hour)
	post := func(event string, accept bool) {
		m, err := db.StoreERPMessage(ctx, pob, "S1", event, func(int64) ([]byte, error) { return []byte(`{}`), nil })
		require.NoError(t, err)
		if accept {
			require.NoError(t, db.MarkERPAccepted(ctx, m.MessageID, 200, nil))
		}
	}
	message := func(kind, payload string) {
		_, _, err := db.Accept(ctx, postgres.Message{Kind: kind, Key: "S1", Pob: pob, OrderID: "S1", Payload: []byte(payload)})
		require.NoError(t, err)
	}
	want := order.LeftBehind{
		Reserved: map[string]int{"A": 2, "B": 1}, AjioInvoice: order.No, AtWarehouse: order.No, InERP: order.No,
	}
	stations := []struct {
		name string
		pass func()
		then func()
	}{
		{"held", func() {}, func() {}},
		{"acknowledged", func() { require.NoError(t, db.MarkAcknowledged(ctx, pob, "S1", units, orderTime)) }, func() { want.Acknowledged = true }},
		{"with a PO", func() { require.NoError(t, db.SavePO(ctx, pob, "S1", order.PurchaseOrder{Number: "P1"})) },
			func() { want.PurchaseOrder, want.AtWarehouse = "P1", order.Perhaps }},
		{"announced", func() { require.NoError(t, db.MarkSentToWarehouse(ctx, pob, "S1", units)) }, func() { want.AtWarehouse = order.Yes }},
		{"on its way to the ERP", func() { post("OUTWARD_ORDER_CREATE", false) }, func() { want.InERP = order.Perhaps }},
		{"posted", func() { post("OUTWARD_ORDER_CREATE", true) }, func() { want.InERP = order.Yes }},
		{"invoiced, which only the inbox knows", func() { message("erp-invoice", `{"invoiceNumber": "I1", "irnNumber": "f57c"}`) },
			func() { want.InvoiceNumber, want.IRN = "I1", "f57c" }},
		{"released", func() {
			require.NoError(t, db.SaveInvoice(ctx, pob, "S1", order.Invoice{Number: "I1", IRN: "f57c", AckDate: &registered}))
			require.NoError(t, db.MarkReleased(ctx, pob, "S1", units))
		}, func() { want.Released = true }},
		{"packed, as the warehouse says", func() { message("packed", `{}`) }, func() { want.Packed = true }},
		{"packed", func() { require.NoError(t, db.SavePacked(ctx, pob, "S1", units)) }, func() { want.AjioInvoice = order.Perhaps }},
		{"with the invoice for its customer", func() {
			_, err := db.SaveDocument(ctx, postgres.Document{Pob: pob, OrderID: "S1", Kind: postgres.KindB2CInvoice})
			require.NoError(t, err)
		}, func() { want.AjioInvoice = order.Yes }},
		{"of the RMS model", func() { // the same order for once; an ERP's invoice has no acknowledgement
			value[int](t, db, `WITH o AS (UPDATE orders SET model = 'rms' WHERE order_id = 'S1' RETURNING 1 AS n) SELECT n FROM o`)
		}, func() { want.IRNCancelUntil = &until }},
		{"cancelled in the ERP", func() { post("OUTWARD_ORDER_CANCEL", true) }, func() { want.InERP = order.No }},
		{"manifested", func() {
			require.NoError(t, db.SaveManifest(ctx, postgres.Manifest{Pob: pob, Key: "1", AjioManifestID: "MF1", OrderIDs: []string{"S1"}}))
		}, func() { want.ManifestID = "MF1" }},
	}
	for _, station := range stations {
		station.pass()
		station.then()
		want.ByHand = want.Tasks()
		require.Equal(t, want, abandon(t, db, "S1").LeftBehind, station.name)
	}
}

func TestAnAbandonedOrderIsFoundOnceAndMarkedAsEndingUnlessItIsPacked(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	ctx := t.Context()
	start(t, db, "S1", 1)
	start(t, db, "S2", 1)
	start(t, db, "S3", 1)
	require.NoError(t, db.MarkAcknowledged(ctx, pob, "S2", order.Quantities{"L1": 1}, orderTime))
	require.NoError(t, db.SavePacked(ctx, pob, "S2", order.Quantities{"L1": 1}))
	require.NoError(t, db.MarkEnding(ctx, pob, "S3", "short pack"))

	for _, id := range []string{"S1", "S2", "S3"} {
		for _, want := range []bool{true, false} {
			isNew, err := db.RecordAbandoned(ctx, pob, id, "Terminated", "by mistake")
			require.NoError(t, err)
			require.Equal(t, want, isNew)
		}
	}
	require.Equal(t, []string{"S1", "S2", "S3"}, unsettled(t, db))
	terminated := read(t, db, "S1")
	require.NotNil(t, terminated.EndingAt)
	require.Equal(t, "terminated: by mistake", terminated.EndReason)
	require.Nil(t, read(t, db, "S2").EndingAt, "its parcel may be leaving")
	require.Equal(t, "short pack", read(t, db, "S3").EndReason, "the workflow's own reason stays")
	require.Equal(t, "short pack", abandon(t, db, "S3").LeftBehind.Ending)
	require.Empty(t, abandon(t, db, "S1").LeftBehind.Ending, "our own mark is not the workflow's")

	found := abandon(t, db, "S1")
	require.NoError(t, db.MarkAcknowledged(ctx, pob, "S1", order.Quantities{"L1": 1}, orderTime)) // a call that was under way
	later := abandon(t, db, "S1")
	require.True(t, later.LeftBehind.Acknowledged)
	require.Equal(t, found.FoundAt, later.FoundAt)

	others, err := db.Abandoned(ctx, []string{"DV9"})
	require.NoError(t, err)
	require.Empty(t, others, "another POB's orders")
}

func TestAnOrderThatHasEndedIsNotAbandoned(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	start(t, db, "S1", 1)
	require.NoError(t, db.EndOrder(t.Context(), pob, "S1", order.Completed, ""))
	isNew, err := db.RecordAbandoned(t.Context(), pob, "S1", "Completed", "")
	require.NoError(t, err)
	require.False(t, isNew)
	require.Empty(t, unsettled(t, db))
	_, err = db.FindAbandoned(t.Context(), pob, "S1")
	require.ErrorIs(t, err, postgres.ErrNotFound)
}

func TestAnOrderWhoseWorkflowRunsAgainIsAsBefore(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	ctx := t.Context()
	start(t, db, "S1", 1)
	start(t, db, "S2", 1)
	require.NoError(t, db.MarkEnding(ctx, pob, "S2", "short pack"))
	before := []postgres.Order{read(t, db, "S1"), read(t, db, "S2")}
	for i, id := range []string{"S1", "S2"} {
		abandon(t, db, id)
		for range 2 {
			require.NoError(t, db.WithdrawAbandoned(ctx, pob, id))
		}
		require.Equal(t, before[i], read(t, db, id))
	}
	require.Empty(t, unsettled(t, db))

	again := abandon(t, db, "S1")
	require.Nil(t, again.SettledAt, "terminated again, it is found again")
	require.NotNil(t, read(t, db, "S1").EndingAt)

	require.NoError(t, db.EndOrder(ctx, pob, "S1", order.CancelledBySeller, "by its workflow"))
	require.NoError(t, db.SettleEnded(ctx, []string{pob}))
	require.Empty(t, unsettled(t, db))
	require.Equal(t, "by its workflow", read(t, db, "S1").EndReason)
}

func TestAnEndingThatTheWorkflowDecidedStays(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	ctx := t.Context()
	start(t, db, "S1", 1)
	abandon(t, db, "S1")
	for range 2 { // it was reset, and no sweep has seen it yet
		require.NoError(t, db.MarkEnding(ctx, pob, "S1", "short pack"))
	}
	require.Equal(t, "short pack", abandon(t, db, "S1").LeftBehind.Ending)
	require.NoError(t, db.WithdrawAbandoned(ctx, pob, "S1"))
	ending := read(t, db, "S1")
	require.NotNil(t, ending.EndingAt)
	require.Equal(t, "short pack", ending.EndReason)
}

func TestAnOrderThatTheWarehouseSaysIsPackedIsNotMarkedAsEnding(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	start(t, db, "S1", 1)
	_, _, err := db.Accept(t.Context(), postgres.Message{Kind: "packed", Key: "S1", Pob: pob, OrderID: "S1", Payload: []byte(`{}`)})
	require.NoError(t, err)
	require.True(t, abandon(t, db, "S1").LeftBehind.Packed)
	require.Nil(t, read(t, db, "S1").EndingAt)
}

func TestOurOwnInvoiceIsLeftBehindUntilItsIRNIsCancelled(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	start(t, db, "S1", 1)
	own := draft(t, db, "S1")
	left := abandon(t, db, "S1").LeftBehind
	require.Equal(t, own.Number, left.InvoiceNumber)
	require.Equal(t, own.IRN, left.IRN)
	require.True(t, left.IRNUnsure)

	registration := registrationOf(own)
	require.NoError(t, db.SaveRegistration(t.Context(), pob, "S1", registration))
	left = abandon(t, db, "S1").LeftBehind
	require.Equal(t, own.IRN, left.IRN)
	require.False(t, left.IRNUnsure)
	require.True(t, registration.AckDate.Add(order.IRNCancelWindow).Equal(*left.IRNCancelUntil))

	require.NoError(t, db.SaveInvoice(t.Context(), pob, "S1", order.Invoice{Number: own.Number, IRN: own.IRN, AckDate: &registration.AckDate}))
	require.NoError(t, db.MarkIRNCancelled(t.Context(), pob, "S1", registration.AckDate.Add(time.Hour)))
	left = abandon(t, db, "S1").LeftBehind
	require.Empty(t, left.IRN)
	require.Nil(t, left.IRNCancelUntil)
	require.NotContains(t, fmt.Sprint(left.ByHand), "IRN")
}

func TestAnInvoiceThatItsOrderRefusedIsNotLeftBehind(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	start(t, db, "S1", 1)
	for i, want := range []string{"I1", "I2"} {
		_, _, err := db.Accept(t.Context(), postgres.Message{
			Kind: "erp-invoice", Key: "P1", Pob: pob, OrderID: "S1", Payload: []byte(`{"invoiceNumber": "` + want + `"}`),
		})
		require.NoError(t, err)
		require.Equal(t, want, abandon(t, db, "S1").LeftBehind.InvoiceNumber, i)
		require.NoError(t, db.SetAside(t.Context(), "erp-invoice", "P1", want, 0))
		require.Empty(t, abandon(t, db, "S1").LeftBehind.InvoiceNumber)
	}
}

func TestSettlingFreesTheStockAndEndsTheOrder(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	ctx := t.Context()
	start(t, db, "S1", 2, 1)
	start(t, db, "S2", 3)
	require.Equal(t, 5, value[int](t, db, `SELECT reserved FROM stock WHERE item_code = 'A'`))
	abandon(t, db, "S1")
	abandon(t, db, "S2")
	// Its manifest was made after the finding.
	require.NoError(t, db.SaveManifest(ctx, postgres.Manifest{Pob: pob, Key: "1", AjioManifestID: "MF1", OrderIDs: []string{"S2"}}))

	settled, outcome, err := db.SettleAbandoned(ctx, pob, "S1", "Meena", "sold twice")
	require.NoError(t, err)
	require.Equal(t, order.CancelledBySeller, outcome)
	require.NotNil(t, settled.SettledAt)
	ended := read(t, db, "S1")
	require.Equal(t, order.CancelledBySeller, ended.Outcome)
	require.Equal(t, "terminated: sold twice", ended.EndReason)
	require.Zero(t, ended.Reserved.Total())

	_, outcome, err = db.SettleAbandoned(ctx, pob, "S2", "Meena", "handed over")
	require.NoError(t, err)
	require.Equal(t, order.Completed, outcome)
	stock, err := db.Stock(ctx, pob)
	require.NoError(t, err)
	require.Equal(t, []postgres.StockRow{{ItemCode: "A", OnHand: 7}, {ItemCode: "B", OnHand: 10}}, stock, "what was manifested has left the house")
	require.Empty(t, unsettled(t, db))
}

func TestAnOrderIsSettledOnce(t *testing.T) {
	t.Parallel()
	db := crowded(t)
	ctx := t.Context()
	start(t, db, "S1", 2)
	_, _, err := db.SettleAbandoned(ctx, pob, "S1", "Meena", "sold twice")
	require.ErrorIs(t, err, postgres.ErrNotFound, "nobody found it")
	require.Nil(t, read(t, db, "S1").EndedAt)
	abandon(t, db, "S1")

	failed := together(8, func(i int) error {
		_, _, err := db.SettleAbandoned(ctx, pob, "S1", fmt.Sprintf("person %d", i), "sold twice")
		return err
	})
	require.Len(t, failed, 7)
	for _, err := range failed {
		require.ErrorIs(t, err, postgres.ErrConflict)
		require.ErrorContains(t, err, "it was settled by person")
	}
	first, err := db.FindAbandoned(ctx, pob, "S1")
	require.NoError(t, err)
	again, outcome, err := db.SettleAbandoned(ctx, pob, "S1", first.SettledBy, first.SettledWhy)
	require.NoError(t, err, "the same person says the same again")
	require.Equal(t, first, again)
	require.Equal(t, order.CancelledBySeller, outcome)
	require.Zero(t, value[int](t, db, `SELECT reserved FROM stock WHERE item_code = 'A'`))
}
