package postgres_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"vmsflow/internal/order"
	"vmsflow/internal/postgres"
	"vmsflow/internal/postgres/pgtest"
)

func settlements(t *testing.T, db *postgres.DB, f postgres.SettlementFilter) []postgres.Settlement {
	t.Helper()
	if f.Pobs == nil {
		f.Pobs = []string{pob}
	}
	list, err := db.Settlements(t.Context(), f)
	require.NoError(t, err)
	return list
}

// withPO registers an order of these units with a purchase order of 100 rupees and 5 % for each unit.
func withPO(t *testing.T, db *postgres.DB, id string, units ...int) order.PurchaseOrder {
	t.Helper()
	o := register(t, db, anOrder(id, units...))
	po := order.PurchaseOrder{Number: "P-" + id}
	for _, line := range o.Lines {
		po.Lines = append(po.Lines, order.POLine{
			OrderItemID: line.OrderItemID, ItemCode: line.ItemCode, Units: line.Ordered, BasePrice: 10000, IGST: order.Paise(500 * line.Ordered), TaxRate: 500,
		})
	}
	require.NoError(t, db.SavePO(t.Context(), pob, id, po))
	return po
}

func TestUnitsAreListedForSettlementOncePerReason(t *testing.T) {
	t.Parallel()
	db := crowded(t)
	ctx := t.Context()
	withPO(t, db, "S1", 3, 1)
	row := enter(t, db, "S1", "R1", order.CustomerReturn).ID
	units := []order.UnitResult{
		unit("L1", "A", order.Bad), unit("L2", "B", order.Missing), unit("L1", "A", order.Bad), {ItemCode: "X", Code: order.Good},
	}
	require.Empty(t, together(8, func(int) error { return db.ListSettlements(ctx, row, units, order.SettleQC) }))
	list := settlements(t, db, postgres.SettlementFilter{})
	require.Len(t, list, 3)
	value := func(v order.Paise) *order.Paise { return &v }
	for i, want := range []postgres.Settlement{
		{ItemCode: "X", Units: 1, Code: order.Good},
		{OrderItemID: "L1", ItemCode: "A", Units: 2, Code: order.Bad, Reason: "USED", Said: "USED_PRODUCT", Value: value(21000)},
		{OrderItemID: "L2", ItemCode: "B", Units: 1, Code: order.Missing, Reason: "NOT_RECEIVED", Value: value(10500)},
	} {
		want.ID, want.Pob, want.OrderID, want.ReturnID, want.Kind = list[i].ID, pob, "S1", "R1", order.CustomerReturn
		want.Why, want.ListedAt = order.SettleQC, list[i].ListedAt
		require.Equal(t, want, list[i])
	}

	require.ErrorIs(t, db.ListSettlements(ctx, row, units[:1], order.SettleQC), postgres.ErrConflict)
	require.NoError(t, db.ListSettlements(ctx, row, nil, order.SettleCancelled), "nothing to list")
	require.NoError(t, db.ListSettlements(ctx, row, units[:1], order.SettleSurplus))
	require.Len(t, settlements(t, db, postgres.SettlementFilter{}), 4)
}

func TestTheWarehousesWordsStandApart(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	row := enter(t, db, "S1", "R1", order.CustomerReturn).ID
	stained, torn := unit("L1", "A", order.Bad), unit("L1", "A", order.Bad)
	stained.Said, torn.Said = "STAIN_DAMAGE", "BROKEN_STITCH_DAMAGE"
	for range 2 {
		require.NoError(t, db.ListSettlements(t.Context(), row, []order.UnitResult{stained, torn, stained}, order.SettleQC))
	}
	list := settlements(t, db, postgres.SettlementFilter{})
	require.Len(t, list, 2)
	require.Equal(t, []any{"BROKEN_STITCH_DAMAGE", 1, "STAIN_DAMAGE", 2}, []any{list[0].Said, list[0].Units, list[1].Said, list[1].Units})
}

func TestUnitsWithoutAPurchaseOrderHaveNoValue(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	register(t, db, anOrder("S1", 1))
	for _, orderID := range []string{"S1", "S-unknown"} {
		row := enter(t, db, orderID, "R-"+orderID, order.CustomerReturn).ID
		require.NoError(t, db.ListSettlements(t.Context(), row, []order.UnitResult{unit("L1", "A", order.Good)}, order.SettleNotShipped))
		list := settlements(t, db, postgres.SettlementFilter{OrderID: orderID})
		require.Len(t, list, 1)
		require.Nil(t, list[0].Value)
	}
}

func TestSettlementsAreListedByWhatIsAskedFor(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	ctx := t.Context()
	for _, id := range []string{"1", "2"} {
		row := enter(t, db, "S"+id, "R"+id, order.CustomerReturn).ID
		require.NoError(t, db.ListSettlements(ctx, row, []order.UnitResult{unit("L1", "A", order.Bad)}, order.SettleQC))
	}
	returns := func(f postgres.SettlementFilter) (ids []string) {
		for _, s := range settlements(t, db, f) {
			ids = append(ids, s.ReturnID)
		}
		return ids
	}
	require.Equal(t, []string{"R1", "R2"}, returns(postgres.SettlementFilter{}))
	require.NoError(t, db.Settle(ctx, []int64{settlements(t, db, postgres.SettlementFilter{ReturnID: "R1"})[0].ID}, "Meena", "paid"))
	require.Equal(t, []string{"R2"}, returns(postgres.SettlementFilter{}))
	require.Equal(t, []string{"R1", "R2"}, returns(postgres.SettlementFilter{All: true}))
	require.Equal(t, []string{"R2"}, returns(postgres.SettlementFilter{OrderID: "S2"}))
	require.Empty(t, returns(postgres.SettlementFilter{Pobs: []string{"DV9"}}))
}

func TestUnitsAreSettledOnceAndByName(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	ctx := t.Context()
	row := enter(t, db, "S1", "R1", order.CustomerReturn).ID
	require.NoError(t, db.ListSettlements(ctx, row, []order.UnitResult{unit("L1", "A", order.Bad), unit("L2", "B", order.Bad)}, order.SettleQC))
	list := settlements(t, db, postgres.SettlementFilter{})
	first, second := list[0].ID, list[1].ID

	require.Error(t, db.Settle(ctx, []int64{first}, " ", "paid"))
	require.Error(t, db.Settle(ctx, []int64{first}, "Meena", ""))
	require.ErrorIs(t, db.Settle(ctx, []int64{first, second + 1}, "Meena", "paid"), postgres.ErrNotFound)
	require.Len(t, settlements(t, db, postgres.SettlementFilter{}), 2, "all or none")

	require.NoError(t, db.Settle(ctx, []int64{first}, "Meena", "paid"))
	require.NoError(t, db.Settle(ctx, []int64{first, first}, "Meena", "paid"))
	err := db.Settle(ctx, []int64{first, second}, "Ravi", "paid")
	require.ErrorIs(t, err, postgres.ErrConflict)
	require.ErrorContains(t, err, "was settled by Meena (paid)")
	left := settlements(t, db, postgres.SettlementFilter{})
	require.Len(t, left, 1)
	require.Equal(t, second, left[0].ID)
}

func TestLateUnitsAreListedAsTheyCome(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	ctx := t.Context()
	row := enter(t, db, "S1", "R1", order.CustomerReturn).ID
	late := []order.UnitResult{unit("", "A", order.Good)}
	late[0].UnitCode = "U-1"
	for range 2 { // a repeat lists nothing twice
		require.NoError(t, db.ListSettlements(ctx, row, late, order.SettleLate))
	}
	list, err := db.Settlements(ctx, postgres.SettlementFilter{Pobs: []string{pob}})
	require.NoError(t, err)
	require.NoError(t, db.Settle(ctx, []int64{list[0].ID}, "Meena", "mail"))

	late[0].UnitCode = "U-2" // as the next run of the workflow brings it, which knows of no other
	require.NoError(t, db.ListSettlements(ctx, row, late, order.SettleLate))
	list, err = db.Settlements(ctx, postgres.SettlementFilter{Pobs: []string{pob}})
	require.NoError(t, err)
	require.Len(t, list, 1, "it is open, although one like it was settled")
	codes, err := db.LateUnits(ctx, row)
	require.NoError(t, err)
	require.Equal(t, []string{"U-1", "U-2"}, codes)
}

func TestACreditNoteSettlesOnlyWhatItCovers(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	row := enter(t, db, "S1", "R1", order.CustomerReturn).ID
	surplus := order.UnitResult{ItemCode: "B", Code: order.Good, UnitCode: "X-1"}
	units := []order.UnitResult{unit("L1", "A", order.Good), unit("L2", "C", order.Bad), surplus}
	require.NoError(t, db.ListSettlements(t.Context(), row, units, order.SettleClosed))
	require.NoError(t, db.SettleCredited(t.Context(), row, "CN/1"))
	list, err := db.Settlements(t.Context(), postgres.SettlementFilter{Pobs: []string{pob}})
	require.NoError(t, err)
	require.Len(t, list, 2, "the bad unit and the surplus one are open")
}
