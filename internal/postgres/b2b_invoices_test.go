package postgres_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"vmsflow/internal/gst"
	"vmsflow/internal/order"
	"vmsflow/internal/postgres"
	"vmsflow/internal/postgres/pgtest"
	"vmsflow/internal/rms"
)

const sellerGSTIN = "27AAPFU0939F1ZV"

var invoiceDay = time.Date(2025, time.November, 17, 15, 58, 0, 0, gst.IST)

func ajNumber(year string, seq int) string { return rms.Number("AJ", year, seq) }

// content makes an invoice that says no more than a text.
func content(text string) postgres.BuildInvoice {
	return func(number string, date time.Time) (any, string, error) {
		return map[string]string{"text": text}, gst.IRN(sellerGSTIN, date, gst.Invoice, number), nil
	}
}

func notBuilt(err error) postgres.BuildInvoice {
	return func(string, time.Time) (any, string, error) { return nil, "", err }
}

// draft drafts an invoice of the day.
func draft(t *testing.T, db *postgres.DB, orderID string) postgres.B2BInvoice {
	t.Helper()
	drafted, err := db.DraftInvoice(t.Context(), pob, orderID, sellerGSTIN, invoiceDay, ajNumber, content(orderID))
	require.NoError(t, err)
	return drafted
}

// lastNumber is what the series says, 0 when it was never used.
func lastNumber(t *testing.T, db *postgres.DB, year string) int {
	t.Helper()
	return value[int](t, db, `SELECT COALESCE(max(last_number), 0) FROM invoice_series WHERE gstin = $1 AND financial_year = $2`, sellerGSTIN, year)
}

func registrationOf(inv postgres.B2BInvoice) postgres.Registration {
	return postgres.Registration{
		IRN: inv.IRN, AckNumber: "112510000000421", AckDate: time.Date(2025, time.November, 17, 16, 0, 5, 0, gst.IST),
		SignedInvoice: "a.b.c", SignedQR: "d.e.f", Request: []byte(`{ "Version": "1.1",  "TotAmt": 1900.00 }`),
	}
}

func TestAnOrderGetsTheNextNumberOfItsSeries(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	for i := range 3 {
		id := fmt.Sprintf("S%d", i+1)
		register(t, db, anOrder(id, 1))
		drafted := draft(t, db, id)
		require.WithinDuration(t, time.Now(), drafted.CreatedAt, time.Minute)
		number := fmt.Sprintf("AJ/25-26/%06d", i+1)
		require.Equal(t, postgres.B2BInvoice{
			Pob: pob, OrderID: id, GSTIN: sellerGSTIN, FinancialYear: "2025-26", DocType: gst.Invoice, Seq: i + 1, Number: number,
			Date: time.Date(2025, time.November, 17, 0, 0, 0, 0, gst.IST), Content: json.RawMessage(`{"text": "` + id + `"}`),
			IRN: gst.IRN(sellerGSTIN, invoiceDay, gst.Invoice, number), CreatedAt: drafted.CreatedAt,
		}, drafted)
		stored, err := db.B2BInvoice(t.Context(), pob, id)
		require.NoError(t, err)
		require.Equal(t, drafted, stored)
	}
	_, err := db.B2BInvoice(t.Context(), pob, "S9")
	require.ErrorIs(t, err, postgres.ErrNotFound)
	_, err = db.DraftInvoice(t.Context(), pob, "S9", sellerGSTIN, invoiceDay, ajNumber, content("S9"))
	require.ErrorIs(t, err, postgres.ErrNotFound)
	require.Equal(t, 3, lastNumber(t, db, "2025-26"), "an unknown order takes no number")
}

func TestADraftThatIsRepeatedIsTheStoredOne(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	register(t, db, anOrder("S1", 1))
	first := draft(t, db, "S1")
	nextYear := invoiceDay.AddDate(1, 0, 0)
	again, err := db.DraftInvoice(t.Context(), pob, "S1", "29AAFCC9980M1ZR", nextYear, ajNumber, notBuilt(errors.New("not asked to build again")))
	require.NoError(t, err)
	require.Equal(t, first, again)
	require.Equal(t, 1, lastNumber(t, db, "2025-26"))
	require.Zero(t, lastNumber(t, db, "2026-27"))
}

// Each order is asked for twice at once, and a third of the builds fail at first.
func TestNumbersAreConsecutiveHoweverManyDraftAtOnce(t *testing.T) {
	t.Parallel()
	db := crowded(t)
	const orders = 100
	var failures [orders]atomic.Bool
	for i := range orders {
		register(t, db, anOrder(fmt.Sprint("S", i), 1))
	}
	unbuildable := errors.New("unbuildable")
	failed := together(2*orders, func(n int) error {
		i := n / 2
		id := fmt.Sprint("S", i)
		once := func(number string, date time.Time) (any, string, error) {
			if i%3 == 0 && failures[i].CompareAndSwap(false, true) {
				return nil, "", unbuildable
			}
			return content(id)(number, date)
		}
		_, err := db.DraftInvoice(t.Context(), pob, id, sellerGSTIN, invoiceDay, ajNumber, once)
		return err
	})
	require.Len(t, failed, 34)
	for _, err := range failed {
		require.ErrorIs(t, err, unbuildable)
	}
	var numbers []int
	for i := range orders {
		stored, err := db.B2BInvoice(t.Context(), pob, fmt.Sprint("S", i))
		require.NoError(t, err)
		require.Equal(t, ajNumber("2025-26", stored.Seq), stored.Number)
		numbers = append(numbers, stored.Seq)
	}
	slices.Sort(numbers)
	for i, seq := range numbers {
		require.Equal(t, i+1, seq)
	}
	require.Equal(t, orders, lastNumber(t, db, "2025-26"))
}

func TestAnInvoiceThatCannotBeBuiltTakesNoNumber(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	for _, id := range []string{"S1", "S2"} {
		register(t, db, anOrder(id, 1))
	}
	draft(t, db, "S1")
	noRate := errors.New("no rate")
	for name, build := range map[string]postgres.BuildInvoice{
		"an error":            notBuilt(noRate),
		"no JSON":             func(string, time.Time) (any, string, error) { return func() {}, "", nil },
		"a NUL":               content("\x00"),
		"no IRN":              func(string, time.Time) (any, string, error) { return 1, "", nil },
		"another order's IRN": func(_ string, date time.Time) (any, string, error) { return content("")("AJ/25-26/000001", date) },
	} {
		_, err := db.DraftInvoice(t.Context(), pob, "S2", sellerGSTIN, invoiceDay, ajNumber, build)
		require.Error(t, err, name)
		require.Equal(t, 1, lastNumber(t, db, "2025-26"), name)
	}
	_, err := db.DraftInvoice(t.Context(), pob, "S2", sellerGSTIN, invoiceDay, ajNumber, notBuilt(noRate))
	require.ErrorIs(t, err, noRate)
	require.ErrorContains(t, err, "S2")
	_, err = db.B2BInvoice(t.Context(), pob, "S2")
	require.ErrorIs(t, err, postgres.ErrNotFound)
	require.Equal(t, "AJ/25-26/000002", draft(t, db, "S2").Number)
}

func TestAProcessThatDiesWhileItDraftsTakesNoNumber(t *testing.T) {
	t.Parallel()
	url := pgtest.URL(t)
	dying, db := pgtest.Open(t, url), pgtest.Open(t, url)
	for _, id := range []string{"S1", "S2"} {
		register(t, db, anOrder(id, 1))
	}
	_, err := dying.DraftInvoice(t.Context(), pob, "S1", sellerGSTIN, invoiceDay, ajNumber, func(number string, date time.Time) (any, string, error) {
		// The number is taken, the invoice not yet stored: the connection ends as it would with the process.
		require.Equal(t, 1, value[int](t, db, `
			SELECT count(*)::int FROM (
				SELECT pg_terminate_backend(pid) FROM pg_stat_activity
				WHERE datname = current_database() AND state = 'idle in transaction'
			) ended`))
		return content("S1")(number, date)
	})
	require.Error(t, err)
	_, err = db.B2BInvoice(t.Context(), pob, "S1")
	require.ErrorIs(t, err, postgres.ErrNotFound)
	require.Equal(t, "AJ/25-26/000001", draft(t, db, "S2").Number)
	require.Equal(t, "AJ/25-26/000002", draft(t, db, "S1").Number)

	// The same when the caller gives up.
	register(t, db, anOrder("S3", 1))
	ctx, giveUp := context.WithCancel(t.Context())
	_, err = db.DraftInvoice(ctx, pob, "S3", sellerGSTIN, invoiceDay, ajNumber, func(number string, date time.Time) (any, string, error) {
		giveUp()
		return content("S3")(number, date)
	})
	require.ErrorIs(t, err, context.Canceled)
	require.Equal(t, 2, lastNumber(t, db, "2025-26"))
}

func TestAFinancialYearAndAGSTINHaveTheirOwnSeries(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	for i, c := range []struct {
		gstin string
		at    time.Time
		want  string
		day   string
	}{
		{sellerGSTIN, time.Date(2026, time.March, 31, 18, 29, 59, 0, time.UTC), "AJ/25-26/000001", "2026-03-31"},
		{sellerGSTIN, time.Date(2026, time.March, 31, 18, 30, 0, 0, time.UTC), "AJ/26-27/000001", "2026-04-01"}, // midnight in IST
		{sellerGSTIN, time.Date(2026, time.March, 31, 12, 0, 0, 0, time.UTC), "AJ/25-26/000002", "2026-03-31"},
		{"29AAFCC9980M1ZR", time.Date(2026, time.April, 1, 12, 0, 0, 0, gst.IST), "AJ/26-27/000001", "2026-04-01"},
		{sellerGSTIN, time.Date(2026, time.April, 1, 12, 0, 0, 0, gst.IST), "AJ/26-27/000002", "2026-04-01"},
	} {
		id := fmt.Sprint("S", i)
		register(t, db, anOrder(id, 1))
		drafted, err := db.DraftInvoice(t.Context(), pob, id, c.gstin, c.at, ajNumber, func(number string, date time.Time) (any, string, error) {
			require.Equal(t, c.day, date.Format(time.DateOnly))
			return id, gst.IRN(c.gstin, date, gst.Invoice, number), nil
		})
		require.NoError(t, err)
		require.Equal(t, c.want, drafted.Number)
		require.Equal(t, c.day, drafted.Date.Format(time.DateOnly))
		require.Equal(t, drafted.FinancialYear, gst.FinancialYear(drafted.Date))
	}
}

func TestTwoOrdersNeverHaveOneNumber(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	for i, number := range []string{"AJ/1", "aj/1"} {
		id := fmt.Sprint("S", i)
		register(t, db, anOrder(id, 1))
		_, err := db.DraftInvoice(t.Context(), pob, id, sellerGSTIN, invoiceDay, func(string, int) string { return number },
			func(string, time.Time) (any, string, error) {
				sum := sha256.Sum256([]byte(number))
				return 1, hex.EncodeToString(sum[:]), nil // not even the IRNs are the same
			})
		if i == 0 {
			require.NoError(t, err)
		} else {
			require.ErrorIs(t, err, postgres.ErrConflict)
		}
	}
}

func TestADraftIsRebuiltWithItsNumberUntilItIsRegistered(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	ctx := t.Context()
	register(t, db, anOrder("S1", 1))
	_, err := db.RebuildDraft(ctx, pob, "S1", content("mended"))
	require.ErrorIs(t, err, postgres.ErrNotFound)
	first := draft(t, db, "S1")

	rebuilt, err := db.RebuildDraft(ctx, pob, "S1", func(number string, date time.Time) (any, string, error) {
		require.Equal(t, first.Number, number)
		require.Equal(t, first.Date, date)
		return content("mended")(number, date)
	})
	require.NoError(t, err)
	want := first
	want.Content = json.RawMessage(`{"text": "mended"}`)
	require.Equal(t, want, rebuilt)

	_, err = db.RebuildDraft(ctx, pob, "S1", notBuilt(errors.New("no rate")))
	require.ErrorContains(t, err, "no rate")
	_, err = db.RebuildDraft(ctx, pob, "S1", func(number string, date time.Time) (any, string, error) {
		return 1, gst.IRN("29AAFCC9980M1ZR", date, gst.Invoice, number), nil
	})
	require.ErrorIs(t, err, postgres.ErrConflict, "another seller")
	stored, err := db.B2BInvoice(ctx, pob, "S1")
	require.NoError(t, err)
	require.Equal(t, want, stored)

	require.NoError(t, db.SaveRegistration(ctx, pob, "S1", registrationOf(first)))
	_, err = db.RebuildDraft(ctx, pob, "S1", content("too late"))
	require.ErrorIs(t, err, postgres.ErrConflict)
	stored, err = db.B2BInvoice(ctx, pob, "S1")
	require.NoError(t, err)
	require.JSONEq(t, `{"text": "mended"}`, string(stored.Content))
	require.Equal(t, 1, lastNumber(t, db, "2025-26"))
}

func TestTheFirstRegistrationStays(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	ctx := t.Context()
	register(t, db, anOrder("S1", 1))
	require.ErrorIs(t, db.SaveRegistration(ctx, pob, "S1", registrationOf(postgres.B2BInvoice{IRN: "x"})), postgres.ErrNotFound)
	drafted := draft(t, db, "S1")
	require.ErrorIs(t, db.MarkIRNCancelled(ctx, pob, "S1", invoiceDay), postgres.ErrConflict)
	require.ErrorIs(t, db.SaveB2BDocument(ctx, pob, "S1", 1), postgres.ErrConflict)

	r := registrationOf(drafted)
	for _, incomplete := range []func(*postgres.Registration){
		func(r *postgres.Registration) { r.IRN = "" }, func(r *postgres.Registration) { r.AckNumber = "" },
		func(r *postgres.Registration) { r.AckDate = time.Time{} }, func(r *postgres.Registration) { r.SignedInvoice = "" },
		func(r *postgres.Registration) { r.SignedQR = "" }, func(r *postgres.Registration) { r.Request = nil },
	} {
		part := r
		incomplete(&part)
		require.Error(t, db.SaveRegistration(ctx, pob, "S1", part))
	}
	other := r
	other.IRN = gst.IRN(sellerGSTIN, invoiceDay, gst.Invoice, "AJ/25-26/000009")
	require.ErrorIs(t, db.SaveRegistration(ctx, pob, "S1", other), postgres.ErrConflict)

	require.NoError(t, db.SaveRegistration(ctx, pob, "S1", r))
	stored, err := db.B2BInvoice(ctx, pob, "S1")
	require.NoError(t, err)
	require.NotNil(t, stored.RegisteredAt)
	kept := postgres.Registration{
		IRN: stored.IRN, AckNumber: stored.AckNumber, AckDate: stored.AckDate.In(gst.IST), SignedInvoice: stored.SignedInvoice,
		SignedQR: stored.SignedQR, Request: stored.Request,
	}
	require.Equal(t, r, kept, "the request byte for byte")

	repeat := r
	repeat.Request, repeat.SignedQR = []byte(`{}`), "x.y.z"
	require.NoError(t, db.SaveRegistration(ctx, pob, "S1", repeat))
	again, err := db.B2BInvoice(ctx, pob, "S1")
	require.NoError(t, err)
	require.Equal(t, stored, again)
	other = r
	other.AckNumber = "112510000000999"
	require.ErrorIs(t, db.SaveRegistration(ctx, pob, "S1", other), postgres.ErrConflict)
	require.Equal(t, stored, draft(t, db, "S1"), "a repeat of the draft is the registered invoice")
}

func TestACancelledNumberIsNeverUsedAgain(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	ctx := t.Context()
	for _, id := range []string{"S1", "S2"} {
		register(t, db, anOrder(id, 1))
	}
	drafted := draft(t, db, "S1")
	require.NoError(t, db.SaveRegistration(ctx, pob, "S1", registrationOf(drafted)))
	at := time.Date(2025, time.November, 17, 17, 12, 40, 0, gst.IST)
	require.NoError(t, db.MarkIRNCancelled(ctx, pob, "S1", at))
	require.NoError(t, db.MarkIRNCancelled(ctx, pob, "S1", at.Add(time.Hour)))
	stored, err := db.B2BInvoice(ctx, pob, "S1")
	require.NoError(t, err)
	require.True(t, at.Equal(*stored.CancelledAt), "the first time stays")
	require.Equal(t, "AJ/25-26/000002", draft(t, db, "S2").Number)
}

func TestAnInvoiceKeepsItsPDF(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	ctx := t.Context()
	document := func(orderID, kind, text string) int64 {
		ref, err := db.SaveDocument(ctx, postgres.Document{Pob: pob, OrderID: orderID, Kind: kind, ContentType: "application/pdf", Content: []byte(text)})
		require.NoError(t, err)
		return ref.ID
	}
	register(t, db, anOrder("S1", 1))
	require.NoError(t, db.SaveRegistration(ctx, pob, "S1", registrationOf(draft(t, db, "S1"))))
	for _, foreign := range []int64{document("S2", postgres.KindB2BInvoice, "a"), document("S1", postgres.KindB2CInvoice, "b"), 999} {
		require.ErrorIs(t, db.SaveB2BDocument(ctx, pob, "S1", foreign), postgres.ErrConflict)
	}
	pdf := document("S1", postgres.KindB2BInvoice, "c")
	for range 2 {
		require.NoError(t, db.SaveB2BDocument(ctx, pob, "S1", pdf))
		stored, err := db.B2BInvoice(ctx, pob, "S1")
		require.NoError(t, err)
		require.Equal(t, pdf, stored.DocumentID)
	}
	require.ErrorIs(t, db.SaveB2BDocument(ctx, pob, "S1", document("S1", postgres.KindB2BInvoice, "d")), postgres.ErrConflict)
}

// The story of contracts/gst-einvoice.md from the table of rates to the PDF, after 420 invoices of others.
func TestTheStorysInvoiceComesBackAsItWasMade(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	ctx := t.Context()
	const id = "S1725110042"
	register(t, db, anOrder(id, 1))
	value[int](t, db, `
		INSERT INTO invoice_series (gstin, financial_year, doc_type, last_number) VALUES ($1, '2025-26', 'INV', 420)
		RETURNING last_number`, sellerGSTIN)
	rates, err := db.Rates(ctx)
	require.NoError(t, err)
	d := rms.Draft{
		Seller: rms.Party{
			GSTIN: sellerGSTIN, LegalName: "Northline Apparel Private Limited", Address1: "12 Example Estate", Location: "Bhiwandi", StateCode: "27", PIN: "421302",
		},
		Buyer: rms.Party{
			GSTIN: "29AAGCB7383J1Z4", LegalName: "Ajio buying entity", Address1: "1 Example Road", Location: "Bengaluru", StateCode: "29", PIN: "560001",
		},
		PlaceOfSupply: "29", OrderID: id,
		PO: order.PurchaseOrder{
			Number: "4700123456", Date: invoiceDay, Amount: 3255_00,
			Lines: []order.POLine{
				{OrderItemID: "1", ItemCode: "469876543001", HSN: "62052000", Units: 2, BasePrice: 950_00, IGST: 95_00, TaxRate: 500},
				{OrderItemID: "2", ItemCode: "469880012004", HSN: "61091000", Units: 1, BasePrice: 1200_00, IGST: 60_00, TaxRate: 500},
			},
		},
		Lines:  []order.Line{{OrderItemID: "1", Name: "Slim Fit Cotton Shirt"}, {OrderItemID: "2", Name: "Polo T-shirt"}},
		Packed: order.Quantities{"1": 2, "2": 1},
	}
	var made rms.Invoice
	drafted, err := db.DraftInvoice(ctx, pob, id, sellerGSTIN, invoiceDay, ajNumber, func(number string, date time.Time) (any, string, error) {
		d.Date = date
		var err error
		made, err = rms.Make(d, number, rates)
		return made, made.IRN, err
	})
	require.NoError(t, err)
	require.Equal(t, "AJ/25-26/000421", drafted.Number)
	require.Equal(t, "f57c9c12882370cfbf816f938f5d95ce35e2e747c5dd8cb9ed7310d58044c130", drafted.IRN)
	require.NoError(t, db.SaveRegistration(ctx, pob, id, registrationOf(drafted)))

	stored, err := db.B2BInvoice(ctx, pob, id)
	require.NoError(t, err)
	var read rms.Invoice
	require.NoError(t, json.Unmarshal(stored.Content, &read))
	require.Equal(t, order.Paise(3255_00), read.Total)
	pdfOf := func(inv rms.Invoice, ackDate time.Time) []byte {
		pdf, err := rms.PDF(inv, rms.Registration{IRN: stored.IRN, AckNumber: stored.AckNumber, AckDate: ackDate, SignedQR: stored.SignedQR})
		require.NoError(t, err)
		return pdf
	}
	before, after := pdfOf(made, registrationOf(drafted).AckDate), pdfOf(read, *stored.AckDate)
	require.Equal(t, sha256.Sum256(before), sha256.Sum256(after), "the PDF of what is stored is that of what was made")
}
