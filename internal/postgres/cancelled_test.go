package postgres_test

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"vmsflow/internal/order"
	"vmsflow/internal/postgres"
	"vmsflow/internal/postgres/pgtest"
)

// posted enters an order and has the ERP accept it.
func posted(t *testing.T, db *postgres.DB, id string) {
	t.Helper()
	register(t, db, anOrder(id, 1))
	require.NoError(t, db.SavePO(t.Context(), pob, id, order.PurchaseOrder{Number: "PO-" + id}))
	acceptedByERP(t, db, id, "OUTWARD_ORDER_CREATE")
}

func acceptedByERP(t *testing.T, db *postgres.DB, id, event string) {
	t.Helper()
	m, err := db.StoreERPMessage(t.Context(), pob, id, event, func(int64) ([]byte, error) { return []byte(`{}`), nil })
	require.NoError(t, err)
	require.NoError(t, db.MarkERPAccepted(t.Context(), m.MessageID, 200, nil))
}

// takeBack ends an order as its workflow does, the first half of it at a given time.
func takeBack(t *testing.T, db *postgres.DB, id string, outcome order.Outcome, at time.Time) {
	t.Helper()
	require.NoError(t, db.MarkEnding(t.Context(), pob, id, "sold twice"))
	value[string](t, db, `UPDATE orders SET ending_at = $2 WHERE order_id = $1 RETURNING order_id`, id, at)
	if outcome != "" {
		require.NoError(t, db.EndOrder(t.Context(), pob, id, outcome, "sold twice"))
	}
}

func TestTheERPTeamSeesWhatWasCancelledAfterItWasPosted(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	ctx := t.Context()
	from := time.Date(2025, 11, 17, 0, 0, 0, 0, orderTime.Location())
	until := from.AddDate(0, 0, 1)

	posted(t, db, "S-posted")
	takeBack(t, db, "S-posted", order.CancelledBySeller, from)
	acceptedByERP(t, db, "S-posted", "OUTWARD_ORDER_CANCEL")

	posted(t, db, "S-invoiced") // and released
	require.NoError(t, db.SaveInvoice(ctx, pob, "S-invoiced", order.Invoice{Number: "INV-1"}))
	takeBack(t, db, "S-invoiced", order.CancelledBySeller, from.Add(1*time.Hour))

	posted(t, db, "S-received") // the invoice is here, but nothing was released yet
	_, _, err := db.Accept(ctx, postgres.Message{
		Kind: "erp-invoice", Key: "1", Pob: pob, OrderID: "S-received", Payload: []byte(`{"invoiceNumber": "INV-2"}`),
	})
	require.NoError(t, err)
	takeBack(t, db, "S-received", order.CancelledByCustomer, from.Add(2*time.Hour))

	register(t, db, anOrder("S-by-hand", 1)) // never posted by us, yet invoiced
	require.NoError(t, db.SavePO(ctx, pob, "S-by-hand", order.PurchaseOrder{Number: "PO-S-by-hand"}))
	_, err = db.SaveDocument(ctx, postgres.Document{Pob: pob, OrderID: "S-by-hand", Kind: postgres.KindB2BInvoice, Number: "INV-3"})
	require.NoError(t, err)
	takeBack(t, db, "S-by-hand", order.CancelledBySeller, from.Add(3*time.Hour))

	posted(t, db, "S-under-way")
	takeBack(t, db, "S-under-way", "", until.Add(-time.Second))

	// What does not belong into the list.
	posted(t, db, "S-day-before")
	takeBack(t, db, "S-day-before", order.CancelledBySeller, from.Add(-time.Second))
	posted(t, db, "S-day-after")
	takeBack(t, db, "S-day-after", order.CancelledBySeller, until)
	posted(t, db, "S-open")
	posted(t, db, "S-delivered")
	require.NoError(t, db.EndOrder(ctx, pob, "S-delivered", order.Completed, ""))
	register(t, db, anOrder("S-never-posted", 1))
	takeBack(t, db, "S-never-posted", order.CancelledBySeller, from)

	list, err := db.CancelledAfterPosting(ctx, []string{pob}, from, until)
	require.NoError(t, err)
	require.NotNil(t, list[0].ERPToldAt)
	list[0].ERPToldAt = nil
	require.Equal(t, []postgres.CancelledOrder{
		{OrderID: "S-posted", Outcome: order.CancelledBySeller, CancelledAt: from.UTC()},
		{OrderID: "S-invoiced", Outcome: order.CancelledBySeller, CancelledAt: from.Add(1 * time.Hour).UTC(), InvoiceNumber: "INV-1"},
		{OrderID: "S-received", Outcome: order.CancelledByCustomer, CancelledAt: from.Add(2 * time.Hour).UTC(), InvoiceNumber: "INV-2"},
		{OrderID: "S-by-hand", Outcome: order.CancelledBySeller, CancelledAt: from.Add(3 * time.Hour).UTC(), InvoiceNumber: "INV-3"},
		{OrderID: "S-under-way", CancelledAt: until.Add(-time.Second).UTC()},
	}, withoutCommon(t, list))

	list, err = db.CancelledAfterPosting(ctx, []string{"DV9"}, from, until)
	require.NoError(t, err)
	require.Empty(t, list, "another POB's orders")
}

func TestARefusedInvoiceIsNotListed(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	now := time.Now()
	posted(t, db, "S1")
	for _, number := range []string{"INV-1", "INV-2", "INV-3"} { // the last one stands
		_, _, err := db.Accept(t.Context(), postgres.Message{
			Kind: "erp-invoice", Key: "1", Pob: pob, OrderID: "S1", Payload: []byte(`{"invoiceNumber": "` + number + `"}`),
		})
		require.NoError(t, err)
		_, err = db.SaveDocument(t.Context(), postgres.Document{Pob: pob, OrderID: "S1", Kind: postgres.KindB2BInvoice, Number: number})
		require.NoError(t, err)
		if number != "INV-3" {
			require.NoError(t, db.SetAside(t.Context(), "erp-invoice", "1", number, 0))
		}
	}
	takeBack(t, db, "S1", order.CancelledBySeller, now)
	list, err := db.CancelledAfterPosting(t.Context(), []string{pob}, now.Add(-time.Hour), now.Add(time.Hour))
	require.NoError(t, err)
	require.Len(t, list, 1)
	require.Equal(t, "INV-3", list[0].InvoiceNumber)

	require.NoError(t, db.SetAside(t.Context(), "erp-invoice", "1", "INV-3", 0))
	list, err = db.CancelledAfterPosting(t.Context(), []string{pob}, now.Add(-time.Hour), now.Add(time.Hour))
	require.NoError(t, err)
	require.Len(t, list, 1)
	require.Empty(t, list[0].InvoiceNumber)
}

func TestACancelledListSaysWhatBecameOfOurOwnInvoiceAndOfTheWorkflow(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	now := time.Now()
	posted(t, db, "S1")
	own := draft(t, db, "S1")
	registration := registrationOf(own)
	require.NoError(t, db.SaveRegistration(t.Context(), pob, "S1", registration))
	takeBack(t, db, "S1", order.CancelledBySeller, now)
	start(t, db, "S2", 1)
	acceptedByERP(t, db, "S2", "OUTWARD_ORDER_CREATE")
	abandon(t, db, "S2")

	listed := func(id string) postgres.CancelledOrder {
		list, err := db.CancelledAfterPosting(t.Context(), []string{pob}, now.Add(-time.Hour), now.Add(time.Hour))
		require.NoError(t, err)
		require.Len(t, list, 2)
		return list[slices.IndexFunc(list, func(o postgres.CancelledOrder) bool { return o.OrderID == id })]
	}
	require.Equal(t, own.Number, listed("S1").InvoiceNumber)
	require.Nil(t, listed("S1").IRNCancelledAt)
	require.False(t, listed("S1").Abandoned)
	require.True(t, listed("S2").Abandoned)

	require.NoError(t, db.MarkIRNCancelled(t.Context(), pob, "S1", registration.AckDate))
	require.True(t, registration.AckDate.Equal(*listed("S1").IRNCancelledAt))
	_, _, err := db.SettleAbandoned(t.Context(), pob, "S2", "Meena", "sold twice")
	require.NoError(t, err)
	require.False(t, listed("S2").Abandoned)
}

// withoutCommon checks and takes away what is the same for all.
func withoutCommon(t *testing.T, list []postgres.CancelledOrder) []postgres.CancelledOrder {
	t.Helper()
	for i, o := range list {
		require.Equal(t, pob, o.Pob)
		require.Equal(t, "PO-"+o.OrderID, o.PurchaseOrder)
		require.Equal(t, "sold twice", o.Reason)
		require.Equal(t, order.ERPModel, o.Model)
		list[i].Pob, list[i].PurchaseOrder, list[i].Reason, list[i].Model = "", "", "", ""
		require.Equal(t, o.OrderID != "S-by-hand", o.Posted)
		list[i].Posted = false
	}
	return list
}
