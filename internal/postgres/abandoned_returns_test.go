package postgres_test

import (
	"fmt"
	"strconv"
	"strings"
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
	require.NoError(t, db.MarkReturnReopened(ctx, two))
	page, err := db.StartedReturns(ctx, []string{pob}, one, 1)
	require.NoError(t, err)
	require.Equal(t, two, page[0].ID, "it runs again")
	page, err = db.StartedReturns(ctx, []string{"DV9"}, 0, 10)
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

// A message was refused because the workflow was gone; after a reset it is delivered. What the return refused is not.
func TestWhatComesWhileAReturnIsAbandonedIsDeliveredAfterwards(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	ctx := t.Context()
	row, other := startReturn(t, db, "S1", "R1"), startReturn(t, db, "S2", "R2")
	accept := func(row int64, key string) postgres.Message {
		m, _, err := db.Accept(ctx, postgres.Message{
			Kind: "credit-note", Key: key, Pob: pob, ReturnRow: row, Payload: []byte(`{"creditNoteNumber": "CN/1"}`),
		})
		require.NoError(t, err)
		require.NoError(t, db.MarkUndeliverable(ctx, m.ID, "has ended"))
		return m
	}
	lost := accept(row, "1")
	require.NoError(t, db.MarkSignalled(ctx, accept(row, "2").ID))
	accept(row, "3")
	require.NoError(t, db.SetAside(ctx, "credit-note", "3", "CN/1", 0))
	accept(other, "4")
	_, err := db.RecordAbandonedReturn(ctx, row, "Terminated", "")
	require.NoError(t, err)
	require.NoError(t, db.WithdrawAbandonedReturn(ctx, row))
	waiting, err := db.Unsignalled(ctx, 0, 10)
	require.NoError(t, err)
	require.Len(t, waiting, 1)
	require.Equal(t, lost.ID, waiting[0].ID)
}

func TestAReopenedReturnWithoutAWorkflowIsAbandonedUntilItIsClosedAgain(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	ctx := t.Context()
	row := startReturn(t, db, "S1", "R1", "L1", "L2")
	units := []order.UnitResult{unit("L1", "A", order.Good), unit("L2", "B", order.Bad)}
	require.NoError(t, db.RecordQC(ctx, row, 0, units, nil, true))
	require.NoError(t, db.ListSettlements(ctx, row, units[1:], order.SettleNotShipped))
	require.NoError(t, db.EndReturn(ctx, row, order.ReturnCompleted, "never shipped"))
	require.NoError(t, db.MarkReturnReopened(ctx, row))
	count := func() int {
		n, err := db.CountAbandonedReturns(ctx, []string{pob})
		require.NoError(t, err)
		return n
	}
	for _, want := range []bool{true, false} {
		isNew, err := db.RecordAbandonedReturn(ctx, row, "Terminated", "by mistake")
		require.NoError(t, err)
		require.Equal(t, want, isNew)
	}
	require.Equal(t, 1, count())
	open, err := db.Returns(ctx, postgres.ReturnFilter{Pobs: []string{pob}})
	require.NoError(t, err)
	require.Len(t, open, 1)
	require.NoError(t, db.WithdrawAbandonedReturn(ctx, row)) // it was reset
	require.Zero(t, count())
	_, err = db.CloseReturn(ctx, row, "Meena", "settled by mail")
	require.ErrorContains(t, err, "no sweep has found")
	_, err = db.RecordAbandonedReturn(ctx, row, "Terminated", "")
	require.NoError(t, err)

	_, _, err = db.Accept(ctx, postgres.Message{Kind: "return-qc", Key: "late", Pob: pob, OrderID: "S1", ReturnRow: row, Payload: []byte(
		`{"orderItems": [{"returnItemCode": "U-9", "channelSkuCode": "C", "qcStatus": "PASS"}]}`)}) // for which it ran again
	require.NoError(t, err)
	closed, err := db.CloseReturn(ctx, row, "Meena", "settled by mail")
	require.NoError(t, err)
	require.Equal(t, order.ReturnCompleted, closed.Outcome)
	require.Equal(t, "never shipped; reopened: terminated: settled by mail, closed by Meena", closed.EndReason)
	require.Nil(t, closed.ReopenedAt)
	require.Nil(t, closed.AbandonedAt)
	var listed []string
	for _, s := range settlements(t, db, postgres.SettlementFilter{}) {
		listed = append(listed, string(s.Why)+" "+s.ItemCode)
	}
	require.Equal(t, []string{"not_shipped B", "late C"}, listed, "what was settled with a document stays so")
	_, err = db.CloseReturn(ctx, row, "Meena", "settled by mail")
	require.ErrorContains(t, err, "it ended as completed")
}

// Its workflow was terminated between the booking of the late parcel and the list.
func TestClosingAWithdrawnReturnListsItsLateParcel(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	ctx := t.Context()
	row := startReturn(t, db, "S1", "R1", "L1")
	require.NoError(t, db.EndReturn(ctx, row, order.ReturnCancelled, ""))
	require.NoError(t, db.MarkReturnReopened(ctx, row))
	require.NoError(t, db.RecordQC(ctx, row, 0, []order.UnitResult{unit("L1", "A", order.Good)}, nil, false))
	require.Equal(t, []string{"L1 A1 GOOD"}, closing(t, db, row))
}

// closing abandons and closes a return and says what is on the list then: item, units and result.
func closing(t *testing.T, db *postgres.DB, row int64) (listed []string) {
	t.Helper()
	_, err := db.RecordAbandonedReturn(t.Context(), row, "Terminated", "")
	require.NoError(t, err)
	_, err = db.CloseReturn(t.Context(), row, "Meena", "settled by mail")
	require.NoError(t, err)
	for _, s := range settlements(t, db, postgres.SettlementFilter{}) {
		listed = append(listed, strings.TrimSpace(fmt.Sprintf("%s %s%d %s", s.OrderItemID, s.ItemCode, s.Units, s.Code)))
	}
	return listed
}

func TestClosingWithoutAQCListsWhatTheWarehouseReportedAndWhatIsExpectedBesides(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	row := startReturn(t, db, "S1", "R1", "L1", "L2", "L3")
	for i, items := range []string{
		`null`, `[]`,
		`[{"returnItemCode": "R-L1-1", "channelSkuCode": "A", "qcStatus": "PASS"}, {"itemCode": "X-1", "channelSkuCode": "X", "qcStatus": "PASS"}]`,
		`[{"returnItemCode": "R-L1-1", "channelSkuCode": "A", "qcStatus": "FAIL"}, {"returnItemCode": "R-L2-1", "channelSkuCode": "B", "qcStatus": "FAIL", "qcReason": "USED_PRODUCT"}]`,
	} {
		_, _, err := db.Accept(t.Context(), postgres.Message{
			Kind: "return-qc", Key: strconv.Itoa(i), Pob: pob, OrderID: "S1", ReturnRow: row, Payload: []byte(`{"orderItems": ` + items + `}`),
		})
		require.NoError(t, err)
	}
	require.Equal(t, []string{"X1 GOOD", "L1 A1 GOOD", "L2 B1 BAD", "L3 C1"}, closing(t, db, row))
}

func TestClosingAnUnannouncedRTOListsWhatWasShipped(t *testing.T) {
	t.Parallel()
	invoiced := order.Invoice{Number: "I1", IRN: "f57c", Quantities: order.Quantities{"L1": 1}}
	for name, c := range map[string]struct {
		ship func(*postgres.DB) error
		want []string
	}{
		"packed":   {func(db *postgres.DB) error { return nil }, []string{"L1 A2", "L2 B1"}},
		"invoiced": {func(db *postgres.DB) error { return db.SaveInvoice(t.Context(), pob, "S1", invoiced) }, []string{"L1 A1"}},
		"and partly reported": {func(db *postgres.DB) error {
			_, _, err := db.Accept(t.Context(), postgres.Message{
				Kind: "return-qc", Key: "1", Pob: pob, OrderID: "S1", ReturnRow: 1,
				Payload: []byte(`{"orderItems": [{"returnItemCode": "L1-2", "channelSkuCode": "A", "qcStatus": "PASS"}]}`),
			})
			return err
		}, []string{"L1 A1", "L1 A1 GOOD", "L2 B1"}},
	} {
		db := pgtest.New(t)
		register(t, db, anOrder("S1", 2, 1, 1))
		require.NoError(t, db.SavePacked(t.Context(), pob, "S1", order.Quantities{"L1": 2, "L2": 1}), name)
		row := enter(t, db, "S1", "", order.RTO).ID
		require.NoError(t, db.MarkReturnStarted(t.Context(), row))
		require.NoError(t, c.ship(db), name)
		require.Equal(t, c.want, closing(t, db, row), name)
	}
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
