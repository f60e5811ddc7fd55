package postgres_test

import (
	"fmt"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"vmsflow/internal/order"
	"vmsflow/internal/postgres"
	"vmsflow/internal/postgres/pgtest"
)

func aNote(number, irn string) order.CreditNote {
	return order.CreditNote{
		Number: number, Date: time.Date(2025, 11, 25, 18, 30, 0, 0, time.UTC), IRN: irn, AckNumber: "112510012345678",
		AckDate: time.Date(2025, 11, 26, 5, 0, 0, 0, time.UTC), Value: 104738, DocumentID: 7,
	}
}

func TestAReturnHasOneCreditNote(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	ctx := t.Context()
	row := enter(t, db, "S1", "R1", order.CustomerReturn).ID
	_, err := db.CreditNote(ctx, row)
	require.ErrorIs(t, err, postgres.ErrNotFound)

	note := aNote("CN/1", "d9b8")
	for range 2 {
		require.NoError(t, db.SaveCreditNote(ctx, row, note))
	}
	stored, err := db.CreditNote(ctx, row)
	require.NoError(t, err)
	require.Equal(t, note, stored)
	require.Equal(t, "CN/1", readReturn(t, db, row).CreditNoteNumber)

	err = db.SaveCreditNote(ctx, row, aNote("CN/2", "f22a"))
	require.ErrorIs(t, err, postgres.ErrConflict)
	require.ErrorContains(t, err, "the return has the credit note CN/1")
	note.SignedQR = "\x00"
	require.ErrorIs(t, db.SaveCreditNote(ctx, row, note), postgres.ErrConflict)
}

// For the IRP "cn/1" and "CN/1" are one number: both have the same IRN.
func TestANumberIsUsedForOneReturn(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	ctx := t.Context()
	first, second := enter(t, db, "S1", "R1", order.CustomerReturn), enter(t, db, "S1", "R2", order.CustomerReturn)
	require.NoError(t, db.SaveCreditNote(ctx, first.ID, aNote("CN/1", "d9b8")))
	err := db.SaveCreditNote(ctx, second.ID, aNote("cn/1", "d9b8"))
	require.ErrorIs(t, err, postgres.ErrConflict)
	require.ErrorContains(t, err, "it is over return R1")
	require.NoError(t, db.SaveCreditNote(ctx, second.ID, aNote("CN/1", "f22a")), "the same number in another year")

	for irn, want := range map[string]string{"d9b8": "R1", "f22a": "R2", "0000": ""} {
		id, err := db.ReturnOfCreditNoteIRN(ctx, irn)
		require.NoError(t, err)
		require.Equal(t, want, id)
	}
	notes, err := db.CreditNotesOfOrder(ctx, pob, "S1")
	require.NoError(t, err)
	require.Equal(t, []postgres.CreditNoteOf{
		{Row: first.ID, ReturnID: "R1", Note: aNote("CN/1", "d9b8")}, {Row: second.ID, ReturnID: "R2", Note: aNote("CN/1", "f22a")},
	}, notes)
}

func TestNotesThatComeTogetherCreditNoMoreThanWasInvoiced(t *testing.T) {
	t.Parallel()
	db := crowded(t)
	ctx := t.Context()
	withPO(t, db, "S1", 2)
	require.NoError(t, db.SavePacked(ctx, pob, "S1", order.Quantities{"L1": 2}))
	require.NoError(t, db.SaveInvoice(ctx, pob, "S1", order.Invoice{Number: "I1", IRN: "f57c", Quantities: order.Quantities{"L1": 2}}))
	var rows []int64
	for i := range 6 {
		rows = append(rows, enter(t, db, "S1", fmt.Sprintf("R%d", i), order.CustomerReturn).ID)
	}
	failed := together(len(rows), func(i int) error {
		note := aNote(fmt.Sprintf("CN/%d", i), strconv.Itoa(i))
		note.Value = 10500
		return db.SaveCreditNote(ctx, rows[i], note)
	})
	require.Len(t, failed, 4, "two units, two notes")
	for _, err := range failed {
		require.ErrorIs(t, err, postgres.ErrConflict)
		require.ErrorContains(t, err, "105.00 rupees are more than the 0.00 that other credit notes left")
	}
}

func TestANumberThatWasPostedForAReturnIsFoundUntilItIsRefused(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	ctx := t.Context()
	first, second := enter(t, db, "S1", "R1", order.CustomerReturn), enter(t, db, "S1", "R2", order.CustomerReturn)
	other := func(of postgres.Return) string {
		id, err := db.OtherReturnOfCreditNote(ctx, of.ID, "d9b8")
		require.NoError(t, err)
		return id
	}
	require.Empty(t, other(second))
	_, _, err := db.Accept(ctx, postgres.Message{
		Kind: "credit-note", Key: pob + "/R1", Pob: pob, OrderID: "S1", ReturnRow: first.ID,
		Payload: []byte(`{"creditNoteNumber": "CN/1", "irnNumber": "d9b8"}`),
	})
	require.NoError(t, err)
	require.Equal(t, "R1", other(second))
	require.Empty(t, other(first), "its own is no other")

	require.NoError(t, db.SetAside(ctx, "credit-note", pob+"/R1", "CN/1", 0))
	require.Empty(t, other(second))
	require.NoError(t, db.SaveCreditNote(ctx, first.ID, aNote("CN/1", "d9b8")))
	require.Equal(t, "R1", other(second))
}

func TestARefusedCreditNoteMakesRoomForAnother(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	ctx := t.Context()
	note := postgres.Message{Kind: "credit-note", Key: pob + "/R1", Pob: pob, OrderID: "S1", Payload: []byte(`{"creditNoteNumber": "CN/1", "attempt": 0}`)}
	_, verdict, err := db.Accept(ctx, note)
	require.NoError(t, err)
	require.Equal(t, postgres.New, verdict)
	require.NoError(t, db.SetAside(ctx, note.Kind, note.Key, "CN/2", 0), "another one")
	_, verdict, err = db.Accept(ctx, note)
	require.NoError(t, err)
	require.Equal(t, postgres.Same, verdict)
	for range 2 {
		require.NoError(t, db.SetAside(ctx, note.Kind, note.Key, "CN/1", 0))
	}
	_, verdict, err = db.Accept(ctx, note)
	require.NoError(t, err)
	require.Equal(t, postgres.New, verdict)
}
