package main

import (
	"encoding/csv"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"vmsflow/internal/order"
	"vmsflow/internal/postgres"
	"vmsflow/internal/postgres/pgtest"
	"vmsflow/workflows/contract"
)

func TestTheERPTeamGetsItsListOfCancelledOrders(t *testing.T) {
	databaseURL := pgtest.URL(t)
	t.Setenv("DATABASE_URL", databaseURL)
	writeChannels(t, channelsFile)
	db := pgtest.Open(t, databaseURL)
	today := time.Now().In(ist).Format(time.DateOnly)

	r := starter(t, "cancelled", "--from", today, "--to", today)
	require.Zero(t, r.code, r.err)
	require.Contains(t, r.out, "Nothing was cancelled")

	accepted := func(id, event string) {
		m, err := db.StoreERPMessage(t.Context(), "DV1", id, event, func(int64) ([]byte, error) { return []byte(`{}`), nil })
		require.NoError(t, err)
		require.NoError(t, db.MarkERPAccepted(t.Context(), m.MessageID, 200, nil))
	}
	for _, id := range []string{"S1", "S2", "S3", "S4"} {
		o := order.Order{Pob: "DV1", ID: id, Lines: []order.Line{{OrderItemID: "1", ItemCode: "A", Ordered: 1}}}
		_, err := db.RegisterOrder(t.Context(), o, order.ERPModel)
		require.NoError(t, err)
		require.NoError(t, db.SavePO(t.Context(), "DV1", id, order.PurchaseOrder{Number: "PO-" + id}))
		accepted(id, "OUTWARD_ORDER_CREATE")
		require.NoError(t, db.MarkEnding(t.Context(), "DV1", id, `sold "twice"`))
		if id != "S4" {
			require.NoError(t, db.EndOrder(t.Context(), "DV1", id, order.CancelledBySeller, `sold "twice"`))
		}
	}
	accepted("S1", "OUTWARD_ORDER_CANCEL")
	accepted("S2", "OUTWARD_ORDER_CANCEL")
	_, _, err := db.Accept(t.Context(), postgres.Message{
		Kind: contract.SignalERPInvoice, Key: "1", Pob: "DV1", OrderID: "S2", Payload: []byte(`{"invoiceNumber":"INV-2"}`),
	})
	require.NoError(t, err)

	r = starter(t, "cancelled", "--from", today, "--to", today, "--json")
	require.Zero(t, r.code, r.err)
	var list []cancelledOrder
	require.NoError(t, json.Unmarshal([]byte(r.out), &list))
	require.Len(t, list, 4)
	for i, want := range []struct {
		invoice, toDo string
	}{
		{"", "do nothing. If it has made an e-invoice all the same: make a credit note by hand and keep it, it is not for Ajio."},
		{"INV-2", "make a credit note by hand and keep it: it is not for Ajio. Within 24 hours"},
		{"", "see that the order is cancelled: it took no OUTWARD_ORDER_CANCEL. Then: do nothing."},
		{"", "wait for its cancellation, which is under way. Then: do nothing."},
	} {
		require.Equal(t, want.invoice, list[i].InvoiceNumber)
		require.Equal(t, want.invoice != "", list[i].CreditNote)
		require.True(t, strings.HasPrefix(list[i].ToDo, want.toDo), list[i].ToDo)
	}

	r = starter(t, "cancelled", "--from", today, "--to", today, "-o", "csv")
	require.Zero(t, r.code, r.err)
	rows, err := csv.NewReader(strings.NewReader(r.out)).ReadAll()
	require.NoError(t, err)
	require.Len(t, rows, 5)
	require.Equal(t, []string{"cancelled_at", "pob", "order_id", "purchase_order", "invoice_number", "reason", "to_do"}, rows[0])
	require.Equal(t, []string{"DV1", "S2", "PO-S2", "INV-2", `sold "twice"`}, rows[2][1:6])
	at, err := time.Parse(time.RFC3339, rows[2][0])
	require.NoError(t, err)
	require.True(t, list[1].CancelledAt.Truncate(time.Second).Equal(at))

	r = starter(t, "cancelled", "--from", today, "--to", today)
	require.Contains(t, r.out, "PO-S2")
	require.NotContains(t, starter(t, "cancelled", "--from", today, "--to", today, "--pob", "DV2").out, "PO-S2")
}

func TestWhatTheERPHasToDoAboutACancelledOrder(t *testing.T) {
	at := time.Now()
	for _, test := range []struct {
		name string
		o    postgres.CancelledOrder
		want string
	}{
		{"our IRN is cancelled", postgres.CancelledOrder{Model: order.RMSModel, InvoiceNumber: "AJ/1", IRNCancelledAt: &at, ERPToldAt: &at},
			"do nothing: the IRN of our e-invoice was cancelled, so that it takes no credit note."},
		{"our IRN stands", postgres.CancelledOrder{Model: order.RMSModel, InvoiceNumber: "AJ/1", ERPToldAt: &at},
			"do nothing. The seller makes a credit note for our e-invoice and keeps it in its books: it is not for Ajio."},
		{"our IRN stands, and there is no ERP", postgres.CancelledOrder{Model: order.RMSModel, InvoiceNumber: "AJ/1"},
			"do nothing. The seller makes a credit note for our e-invoice and keeps it in its books: it is not for Ajio."},
		{"its workflow is gone", postgres.CancelledOrder{Model: order.RMSModel, Posted: true, Abandoned: true},
			"cancel it in the ERP by hand: its workflow is gone, see starter abandoned. Then: do nothing."},
	} {
		require.Equal(t, test.want, toDoInERP(test.o), test.name)
	}
}

func TestTheDaysOfAListAreDaysInIndia(t *testing.T) {
	first, until, err := days("2025-11-17", "2025-11-18")
	require.NoError(t, err)
	require.Equal(t, "2025-11-16T18:30:00Z", first.UTC().Format(time.RFC3339))
	require.Equal(t, "2025-11-18T18:30:00Z", until.UTC().Format(time.RFC3339), "the last day is in the list")
}
