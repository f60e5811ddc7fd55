package postgres_test

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"vmsflow/internal/order"
	"vmsflow/internal/postgres"
	"vmsflow/internal/postgres/pgtest"
)

func load(t *testing.T, db *postgres.DB, levels ...postgres.StockLevel) {
	t.Helper()
	require.NoError(t, db.LoadStock(t.Context(), pob, levels))
}

func requireStock(t *testing.T, db *postgres.DB, want ...postgres.StockRow) {
	t.Helper()
	have, err := db.Stock(t.Context(), pob)
	require.NoError(t, err)
	require.Equal(t, want, have)
}

func reserve(t *testing.T, db *postgres.DB, o order.Order) order.Quantities {
	t.Helper()
	granted, err := db.Reserve(t.Context(), pob, o.ID, o.Lines)
	require.NoError(t, err)
	return granted
}

func TestALineGetsAllItsUnitsOrNone(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		onHand map[string]int
		lines  []order.Line
		want   order.Quantities
	}{
		"enough of everything": {
			map[string]int{"A": 2, "B": 9},
			[]order.Line{{OrderItemID: "L1", ItemCode: "A", Ordered: 2}, {OrderItemID: "L2", ItemCode: "B", Ordered: 1}},
			order.Quantities{"L1": 2, "L2": 1},
		},
		"one unit short": {
			map[string]int{"A": 1, "B": 1},
			[]order.Line{{OrderItemID: "L1", ItemCode: "A", Ordered: 2}, {OrderItemID: "L2", ItemCode: "B", Ordered: 1}},
			order.Quantities{"L1": 0, "L2": 1},
		},
		"an item that was never loaded": {
			nil,
			[]order.Line{{OrderItemID: "L1", ItemCode: "A", Ordered: 1}},
			order.Quantities{"L1": 0},
		},
		"two lines of one item share its stock, the first comes first": {
			map[string]int{"A": 3},
			[]order.Line{
				{OrderItemID: "L1", ItemCode: "A", Ordered: 2},
				{OrderItemID: "L2", ItemCode: "A", Ordered: 2},
				{OrderItemID: "L3", ItemCode: "A", Ordered: 1},
			},
			order.Quantities{"L1": 2, "L2": 0, "L3": 1},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db := pgtest.New(t)
			for item, units := range test.onHand {
				load(t, db, postgres.StockLevel{ItemCode: item, OnHand: units})
			}
			o := anOrder("S1")
			o.Lines = test.lines
			register(t, db, o)
			require.Equal(t, test.want, reserve(t, db, o))
			requireBalance(t, db)
			require.Equal(t, test.want, read(t, db, "S1").Reserved)
		})
	}
}

func TestARepeatedReservationGivesTheFirstAnswer(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	load(t, db, postgres.StockLevel{ItemCode: "A", OnHand: 5})
	o := register(t, db, anOrder("S1", 2, 1))
	first := reserve(t, db, o)
	require.Equal(t, order.Quantities{"L1": 2, "L2": 0}, first)

	load(t, db, postgres.StockLevel{ItemCode: "B", OnHand: 5})
	require.Equal(t, first, reserve(t, db, o), "also when there is more stock by now")
	requireStock(t, db, postgres.StockRow{ItemCode: "A", OnHand: 5, Reserved: 2}, postgres.StockRow{ItemCode: "B", OnHand: 5})

	require.NoError(t, db.KeepReserved(t.Context(), pob, "S1", order.Quantities{"L1": 1}))
	require.Equal(t, first, reserve(t, db, o), "also after units were released")
	requireStock(t, db, postgres.StockRow{ItemCode: "A", OnHand: 5, Reserved: 1}, postgres.StockRow{ItemCode: "B", OnHand: 5})
}

func TestAnOrderThatHasEndedReservesNothing(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	load(t, db, postgres.StockLevel{ItemCode: "A", OnHand: 5})
	never, before := register(t, db, anOrder("S1", 2)), register(t, db, anOrder("S2", 2))
	reserve(t, db, before)
	for _, o := range []order.Order{never, before} {
		require.NoError(t, db.EndOrder(t.Context(), pob, o.ID, order.CancelledByCustomer, ""))
		_, err := db.Reserve(t.Context(), pob, o.ID, o.Lines)
		require.ErrorIs(t, err, postgres.ErrConflict, "whatever it reserved before, it holds nothing any more")
	}
	requireStock(t, db, postgres.StockRow{ItemCode: "A", OnHand: 5})
}

func TestAReservationThatTheOrderDoesNotCoverIsRefused(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	load(t, db, postgres.StockLevel{ItemCode: "A", OnHand: 5})
	register(t, db, anOrder("S1", 2))
	for rule, line := range map[string]order.Line{
		"more than ordered": {OrderItemID: "L1", ItemCode: "A", Ordered: 3},
		"a foreign line":    {OrderItemID: "L9", ItemCode: "A", Ordered: 1},
		"another item":      {OrderItemID: "L1", ItemCode: "B", Ordered: 1},
	} {
		_, err := db.Reserve(t.Context(), pob, "S1", []order.Line{line})
		require.ErrorIs(t, err, postgres.ErrConflict, rule)
	}
	requireStock(t, db, postgres.StockRow{ItemCode: "A", OnHand: 5})
}

func TestSixtyFourReservationsInOppositeOrderNeitherOversellNorDeadlock(t *testing.T) {
	t.Parallel()
	db := crowded(t)
	const orders, onHand = 64, 40
	load(t, db, postgres.StockLevel{ItemCode: "A", OnHand: onHand}, postgres.StockLevel{ItemCode: "B", OnHand: onHand})
	for i := range orders {
		o := anOrder(fmt.Sprintf("S%d", i), 1, 1)
		if i%2 == 0 {
			slices.Reverse(o.Lines)
		}
		register(t, db, o)
	}
	granted := make(chan int, 2*orders)
	require.Empty(t, together(2*orders, func(i int) error { // every order twice at the same time
		o := read(t, db, fmt.Sprintf("S%d", i%orders)).Order
		units, err := db.Reserve(t.Context(), pob, o.ID, o.Lines)
		granted <- units.Total()
		return err
	}))
	total := 0
	for range 2 * orders {
		total += <-granted
	}
	require.Equal(t, 2*2*onHand, total, "both items are sold out, told twice to each order")
	requireStock(t, db,
		postgres.StockRow{ItemCode: "A", OnHand: onHand, Reserved: onHand},
		postgres.StockRow{ItemCode: "B", OnHand: onHand, Reserved: onHand})
	requireBalance(t, db)

	left := map[string]int{"A": onHand, "B": onHand}
	for i := range orders / 2 {
		units := reserve(t, db, read(t, db, fmt.Sprintf("S%d", i)).Order)
		left["A"] -= units["L1"]
		left["B"] -= units["L2"]
	}

	// All ends at once: the first half leave the house, the others give their units back.
	require.Empty(t, together(2*orders, func(i int) error {
		outcome := order.Completed
		if i%orders >= orders/2 {
			outcome = order.CancelledBySeller
		}
		return db.EndOrder(t.Context(), pob, fmt.Sprintf("S%d", i%orders), outcome, "")
	}))
	requireStock(t, db, postgres.StockRow{ItemCode: "A", OnHand: left["A"]}, postgres.StockRow{ItemCode: "B", OnHand: left["B"]})
	requireBalance(t, db)
}

func TestReservingEndingAndLoadingAtTheSameTimeKeepTheBalance(t *testing.T) {
	t.Parallel()
	db := crowded(t)
	load(t, db, postgres.StockLevel{ItemCode: "A", OnHand: 100}, postgres.StockLevel{ItemCode: "B", OnHand: 100})
	const orders = 24
	for i := range orders {
		register(t, db, anOrder(fmt.Sprintf("S%d", i), 2, 1))
	}
	require.Empty(t, together(orders+8, func(i int) error {
		if i >= orders {
			return db.LoadStock(t.Context(), pob, []postgres.StockLevel{{ItemCode: "B", OnHand: 100}, {ItemCode: "A", OnHand: 100}})
		}
		id := fmt.Sprintf("S%d", i)
		if _, err := db.Reserve(t.Context(), pob, id, anOrder(id, 2, 1).Lines); err != nil {
			return err
		}
		if err := db.KeepReserved(t.Context(), pob, id, order.Quantities{"L1": 1, "L2": 1}); err != nil {
			return err
		}
		return db.EndOrder(t.Context(), pob, id, order.CancelledBySeller, "")
	}))
	requireStock(t, db, postgres.StockRow{ItemCode: "A", OnHand: 100}, postgres.StockRow{ItemCode: "B", OnHand: 100})
}

func TestTheEndOfAnOrderConservesStock(t *testing.T) {
	t.Parallel()
	for outcome, left := range map[order.Outcome]int{
		order.Completed: 7, order.CancelledByCustomer: 10, order.CancelledBySeller: 10, order.Rejected: 10,
	} {
		t.Run(string(outcome), func(t *testing.T) {
			t.Parallel()
			db := pgtest.New(t)
			load(t, db, postgres.StockLevel{ItemCode: "A", OnHand: 10})
			reserve(t, db, register(t, db, anOrder("S1", 3)))
			reserve(t, db, register(t, db, anOrder("S2", 4)))
			requireStock(t, db, postgres.StockRow{ItemCode: "A", OnHand: 10, Reserved: 7})

			require.NoError(t, db.EndOrder(t.Context(), pob, "S1", outcome, "the reason"))
			requireStock(t, db, postgres.StockRow{ItemCode: "A", OnHand: left, Reserved: 4})
			ended := read(t, db, "S1")
			require.Equal(t, outcome, ended.Outcome)
			require.Equal(t, "the reason", ended.EndReason)
			require.NotNil(t, ended.EndedAt)
			require.Equal(t, order.Quantities{"L1": 0}, ended.Reserved)

			require.NoError(t, db.EndOrder(t.Context(), pob, "S1", outcome, "told again"), "a repeat does nothing")
			for _, other := range []order.Outcome{order.Completed, order.CancelledByCustomer} {
				if other != outcome {
					require.ErrorIs(t, db.EndOrder(t.Context(), pob, "S1", other, ""), postgres.ErrConflict)
				}
			}
			require.Equal(t, ended, read(t, db, "S1"))
			requireStock(t, db, postgres.StockRow{ItemCode: "A", OnHand: left, Reserved: 4})
			requireBalance(t, db)
		})
	}
}

func TestAReservationIsOnlyEverLowered(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	ctx := t.Context()
	load(t, db, postgres.StockLevel{ItemCode: "A", OnHand: 10}, postgres.StockLevel{ItemCode: "B", OnHand: 10})
	reserve(t, db, register(t, db, anOrder("S1", 3, 2)))

	for range 2 {
		require.NoError(t, db.KeepReserved(ctx, pob, "S1", order.Quantities{"L1": 2}))
		require.Equal(t, order.Quantities{"L1": 2, "L2": 0}, read(t, db, "S1").Reserved, "a line that is not named keeps nothing")
		requireStock(t, db, postgres.StockRow{ItemCode: "A", OnHand: 10, Reserved: 2}, postgres.StockRow{ItemCode: "B", OnHand: 10})
	}
	require.NoError(t, db.KeepReserved(ctx, pob, "S1", order.Quantities{"L1": 3, "L2": 2}))
	require.Equal(t, order.Quantities{"L1": 2, "L2": 0}, read(t, db, "S1").Reserved)
	require.ErrorIs(t, db.KeepReserved(ctx, pob, "S1", order.Quantities{"L9": 1}), postgres.ErrConflict)

	require.NoError(t, db.EndOrder(ctx, pob, "S1", order.Completed, ""))
	require.NoError(t, db.KeepReserved(ctx, pob, "S1", order.Quantities{"L1": 1}))
	requireStock(t, db, postgres.StockRow{ItemCode: "A", OnHand: 8}, postgres.StockRow{ItemCode: "B", OnHand: 10})
	requireBalance(t, db)
}

func TestLoadedStockIsAbsoluteAndOtherItemsStay(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	load(t, db, postgres.StockLevel{ItemCode: "B", OnHand: 5}, postgres.StockLevel{ItemCode: "A", OnHand: 1})
	load(t, db, postgres.StockLevel{ItemCode: "B", OnHand: 3})
	requireStock(t, db, postgres.StockRow{ItemCode: "A", OnHand: 1}, postgres.StockRow{ItemCode: "B", OnHand: 3})
}

func TestARefusedLoadLeavesAllStockUnchanged(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	load(t, db, postgres.StockLevel{ItemCode: "A", OnHand: 5}, postgres.StockLevel{ItemCode: "B", OnHand: 5})
	reserve(t, db, register(t, db, anOrder("S1", 1, 3)))
	for rule, levels := range map[string][]postgres.StockLevel{
		"below what orders hold": {{ItemCode: "A", OnHand: 9}, {ItemCode: "B", OnHand: 2}},
		"negative":               {{ItemCode: "A", OnHand: 9}, {ItemCode: "B", OnHand: -1}},
		"named twice":            {{ItemCode: "B", OnHand: 9}, {ItemCode: "B", OnHand: 8}},
	} {
		require.ErrorContains(t, db.LoadStock(t.Context(), pob, levels), "B", rule)
	}
	require.ErrorIs(t, db.LoadStock(t.Context(), pob, []postgres.StockLevel{{ItemCode: "B", OnHand: 2}}), postgres.ErrConflict)
	requireStock(t, db,
		postgres.StockRow{ItemCode: "A", OnHand: 5, Reserved: 1}, postgres.StockRow{ItemCode: "B", OnHand: 5, Reserved: 3})
}

func TestTheDatabaseItselfRefusesToOversell(t *testing.T) {
	t.Parallel()
	url := pgtest.URL(t)
	load(t, pgtest.Open(t, url), postgres.StockLevel{ItemCode: "A", OnHand: 5})
	conn, err := pgx.Connect(t.Context(), url)
	require.NoError(t, err)
	defer conn.Close(context.Background())
	for _, wrong := range []string{"reserved = 6", "reserved = -1", "on_hand = -1"} {
		_, err := conn.Exec(t.Context(), `UPDATE stock SET `+wrong)
		require.ErrorContains(t, err, "reserved_within_on_hand")
	}
}

// requireBalance checks that the reserved units of every item are those that its orders hold.
func requireBalance(t *testing.T, db *postgres.DB) {
	t.Helper()
	require.Empty(t, value[[]string](t, db, `
		SELECT COALESCE(array_agg(item_code), '{}')
		FROM (SELECT item_code, reserved FROM stock) s
		FULL JOIN (SELECT item_code, sum(reserved) AS held FROM order_lines GROUP BY item_code) l USING (item_code)
		WHERE COALESCE(s.reserved, 0) <> COALESCE(l.held, 0)`))
}
