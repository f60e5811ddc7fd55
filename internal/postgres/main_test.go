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

func TestMain(m *testing.M) { pgtest.Main(m) }

const pob = "DV0012345"

var orderTime = time.Date(2025, 11, 17, 10, 5, 0, 0, time.FixedZone("IST", 19800))

// anOrder is an order with the lines L1, L2 … of the items A, B …, one for each number of units.
func anOrder(id string, units ...int) order.Order {
	o := order.Order{Pob: pob, ID: id, OrderTime: orderTime, PaymentMethod: "PREPAID", Carrier: "DELHIVERY"}
	for i, ordered := range units {
		o.Lines = append(o.Lines, order.Line{
			OrderItemID: fmt.Sprintf("L%d", i+1), ItemCode: string(rune('A' + i)), Name: "Slim Fit Cotton Shirt", Ordered: ordered,
		})
	}
	return o
}

// register enters an order of the ERP model.
func register(t *testing.T, db *postgres.DB, o order.Order) order.Order {
	t.Helper()
	entry, err := db.RegisterOrder(t.Context(), o, order.ERPModel)
	require.NoError(t, err)
	require.Equal(t, postgres.Entry{Order: o, Model: order.ERPModel, New: true}, entry)
	return o
}

// value reads one value past the methods.
func value[T any](t *testing.T, db *postgres.DB, sql string, args ...any) T {
	t.Helper()
	v, err := postgres.Value[T](t.Context(), db, sql, args...)
	require.NoError(t, err)
	return v
}

func read(t *testing.T, db *postgres.DB, id string) postgres.Order {
	t.Helper()
	o, err := db.Order(t.Context(), pob, id)
	require.NoError(t, err)
	return o
}

// crowded opens a database of its own with enough connections for callers to meet inside Postgres.
func crowded(t *testing.T) *postgres.DB {
	t.Helper()
	return pgtest.Open(t, pgtest.URL(t)+"&pool_max_conns=16")
}

// together calls do n times at once and returns the errors that came out.
func together(n int, do func(i int) error) []error {
	errs := make(chan error)
	for i := range n {
		go func() { errs <- do(i) }()
	}
	var failed []error
	for range n {
		if err := <-errs; err != nil {
			failed = append(failed, err)
		}
	}
	return failed
}
