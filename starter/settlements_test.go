package main

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"vmsflow/internal/order"
	"vmsflow/internal/postgres"
	"vmsflow/internal/postgres/pgtest"
)

// listForSettlement enters a return and puts a unit of it on the list.
func listForSettlement(t *testing.T, db *postgres.DB, orderID, returnID string, why order.SettlementReason) {
	t.Helper()
	r, err := db.EnterReturn(t.Context(), "DV1", orderID, returnID, order.CustomerReturn)
	require.NoError(t, err)
	require.NoError(t, db.ListSettlements(t.Context(), r.ID, []order.UnitResult{
		{OrderItemID: "1", ItemCode: "SKU1", Code: order.Bad, Reason: order.QCUsed, Said: "USED_PRODUCT"},
	}, why))
}

func TestSettlements(t *testing.T) {
	databaseURL := pgtest.URL(t)
	t.Setenv("DATABASE_URL", databaseURL)
	writeChannels(t, channelsFile)
	db := pgtest.Open(t, databaseURL)
	r := starter(t, "settlements")
	require.Zero(t, r.code, r.err)
	require.Equal(t, "Nothing has to be settled by hand.\n", r.out)
	require.Equal(t, "[]\n", starter(t, "settlements", "--json").out)

	_, err := db.RegisterOrder(t.Context(), order.Order{Pob: "DV1", ID: "S1", Lines: []order.Line{{OrderItemID: "1", ItemCode: "SKU1", Ordered: 1}}}, order.ERPModel)
	require.NoError(t, err)
	require.NoError(t, db.SavePO(t.Context(), "DV1", "S1", order.PurchaseOrder{Number: "P1", Lines: []order.POLine{
		{OrderItemID: "1", ItemCode: "SKU1", Units: 1, BasePrice: 95000, IGST: 4750},
	}}))
	listForSettlement(t, db, "S1", "R1", order.SettleQC)
	listForSettlement(t, db, "S2", "R2", order.SettleNotShipped)
	list := func(flags ...string) (list []postgres.Settlement) {
		t.Helper()
		r := starter(t, append([]string{"settlements", "--json"}, flags...)...)
		require.Zero(t, r.code, r.err)
		require.NoError(t, json.Unmarshal([]byte(r.out), &list))
		return list
	}
	open := list()
	require.Len(t, open, 2)
	first := fmt.Sprint(open[0].ID)

	t.Run("units are listed with their value", func(t *testing.T) {
		r := starter(t, "settlements")
		require.Zero(t, r.code, r.err)
		for _, want := range []string{"VALUE ₹", "R1", "customer_return", "SKU1", "BAD", "USED", "USED_PRODUCT", "qc", "997.50", "not_shipped"} {
			require.Contains(t, r.out, want)
		}
		require.Equal(t, order.Paise(99750), *open[0].Value)
		require.Nil(t, open[1].Value, "an order without a purchase order")
	})
	t.Run("flags narrow the list", func(t *testing.T) {
		require.Equal(t, "R2", list("--order", "S2")[0].ReturnID)
		require.Equal(t, "S1", list("--return", "R1")[0].OrderID)
		require.Empty(t, list("--pob", "DV2"))
		require.Equal(t, exitNotFound, starter(t, "settlements", "--pob", "DV9").code)
	})
	t.Run("settling needs a name and a reason", func(t *testing.T) {
		for _, args := range [][]string{{first}, {first, "--by", "Meena"}, {first, "--why", "paid"}, {"R1", "--by", "Meena", "--why", "paid"}, {}} {
			require.Equal(t, exitUsage, starter(t, append([]string{"settlements", "settle"}, args...)...).code, "%v", args)
		}
		r := starter(t, "settlements", "settle", first, "999", "--by", "Meena", "--why", "paid")
		require.Equal(t, exitNotFound, r.code)
		require.Contains(t, r.err, "nothing was settled: settlement 999: not found")
		require.Len(t, list(), 2)
	})
	t.Run("what is settled leaves the list, once", func(t *testing.T) {
		for range 2 {
			r := starter(t, "settlements", "settle", first, "--by", "Meena", "--why", "debit note 4711")
			require.Zero(t, r.code, r.err)
			require.Equal(t, "Settled: "+first+".\n", r.out)
		}
		require.Len(t, list(), 1)
		r := starter(t, "settlements", "settle", first, "--by", "Ravi", "--why", "paid")
		require.Equal(t, exitFailed, r.code)
		require.Contains(t, r.err, "was settled by Meena (debit note 4711)")
		require.Contains(t, starter(t, "settlements", "--all").out, "by Meena: debit note 4711")
	})
	t.Run("a spreadsheet has all of it", func(t *testing.T) {
		r := starter(t, "settlements", "--all", "-o", "csv")
		require.Zero(t, r.code, r.err)
		rows, err := csv.NewReader(strings.NewReader(r.out)).ReadAll()
		require.NoError(t, err)
		require.Len(t, rows, 3)
		require.Equal(t, []string{first, "DV1", "S1", "R1", "customer_return", "SKU1", "1", "BAD", "USED", "USED_PRODUCT", "qc", "997.50"}, rows[1][:12])
		require.Equal(t, []string{"Meena", "debit note 4711"}, rows[1][14:])
		require.Equal(t, []string{"", "", "", ""}, []string{rows[2][11], rows[2][13], rows[2][14], rows[2][15]})
	})
}
