package activities_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"vmsflow/activities"
	"vmsflow/internal/einvoice"
	"vmsflow/internal/gst"
	"vmsflow/internal/gst/gsttest"
	"vmsflow/internal/order"
	"vmsflow/internal/postgres"
)

func TestACreditNoteIsJudgedWithThisWorkersKeysAndClock(t *testing.T) {
	t.Parallel()
	key := gsttest.NewKey()
	judge := &activities.Invoices{Rules: map[string]einvoice.Rules{pob: {SellerGSTIN: rmsSeller, Keys: key.Keys()}}}
	on := func(day time.Time) activities.JudgeCreditNoteInput {
		irn := gst.IRN(rmsSeller, day, gst.CreditNote, "CN/1")
		return activities.JudgeCreditNoteInput{
			Pob: pob,
			Posting: einvoice.CreditNotePosting{
				Number: "CN/1", ReturnID: "R1", IRN: irn, AckNumber: "112510000000987", AckDate: day, HasPDF: true,
				SignedQR: key.Sign(gst.QR{
					SellerGSTIN: rmsSeller, BuyerGSTIN: rmsBuyer, DocNo: "CN/1", DocType: gst.CreditNote, DocDate: day,
					TotalPaise: 99750, ItemCount: 1, MainHSNCode: "62052000", IRN: irn, IRNDate: day,
				}),
			},
			Facts: einvoice.CreditNoteFacts{
				Model: order.CreditNoteModel, Invoiced: true, Returned: order.Quantities{"1": 1}, InvoicedUnits: order.Quantities{"1": 1},
				PO: order.PurchaseOrder{BuyerGSTIN: rmsBuyer, Lines: []order.POLine{{OrderItemID: "1", Units: 1, BasePrice: 95000, IGST: 4750}}},
			},
		}
	}
	today, err := judge.JudgeCreditNote(t.Context(), on(time.Now()))
	require.NoError(t, err)
	require.Empty(t, today.Refused)
	require.Equal(t, order.Paise(99750), today.Value)

	tomorrow, err := judge.JudgeCreditNote(t.Context(), on(time.Now().AddDate(0, 0, 2)))
	require.NoError(t, err)
	require.NotEmpty(t, tomorrow.Refused)
	require.Equal(t, gst.DocDateInFuture, tomorrow.Refused[0].ID)

	elsewhere := on(time.Now())
	elsewhere.Pob = "DV9"
	_, err = judge.JudgeCreditNote(t.Context(), elsewhere)
	require.Equal(t, activities.AttentionConfiguration, activities.RefusalOf(err).Attention)
}

func TestTheCreditNoteAtAURLIsArchivedOnceUnderItsReturn(t *testing.T) {
	t.Parallel()
	l := newLibrary(t, newPDF())
	in := activities.FetchInput{Pob: pob, OrderID: "R2511240077", Number: "CN/25-26/000042", URL: l.URL + "/cn/000042.pdf?signature=hunter2"}
	var refs []activities.DocumentRef
	fetch := func(ctx context.Context, in activities.FetchInput) error {
		ref, err := l.documents.FetchCreditNote(ctx, in)
		refs = append(refs, ref)
		return err
	}
	for range 2 { // the worker died before the result was known
		require.NoError(t, runner()(fetch, in))
	}
	require.Equal(t, refs[0], refs[1])
	require.Equal(t, postgres.KindCreditNote, refs[0].Kind)
	require.EqualValues(t, 1, l.calls.Load())
	document, err := l.db.LatestDocument(t.Context(), pob, "R2511240077", postgres.KindCreditNote)
	require.NoError(t, err)
	require.Equal(t, []string{"CN/25-26/000042", l.URL + "/cn/000042.pdf"}, []string{document.Number, document.SourceURL})

	in.Anew = true // the return refused the first posting
	require.NoError(t, runner()(fetch, in))
	require.EqualValues(t, 2, l.calls.Load())

	away := newLibrary(t, status(404))
	err = runner()(func(ctx context.Context, in activities.FetchInput) error {
		_, err := away.documents.FetchCreditNote(ctx, in)
		return err
	}, activities.FetchInput{Pob: pob, OrderID: "R1", Number: "CN/1", URL: away.URL + "/1.pdf"})
	require.Contains(t, activities.RefusalOf(err).Message, "The document of credit note CN/1 cannot be fetched: ")
}
