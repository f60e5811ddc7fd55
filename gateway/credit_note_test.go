package main

import (
	"encoding/base64"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"vmsflow/internal/gst"
	"vmsflow/internal/order"
	"vmsflow/internal/postgres"
	"vmsflow/workflows/contract"
)

const creditNotePath = "/ajio-vms/creditNote/posting"

const creditNotePDFs = `SELECT count(*) FROM documents WHERE kind = 'credit_note'`

var noteTime = time.Date(2025, 11, 26, 12, 0, 0, 0, gst.IST)

// noteOver is a note over one shirt, registered and signed.
func noteOver(returnID, number string) body { return noteWorth(returnID, number, 99750) }

func noteWorth(returnID, number string, paise int64) body {
	irn := gst.IRN(sellerGSTIN, noteTime, gst.CreditNote, number)
	return body{
		"creditNoteNumber": number, "returnOrderId": returnID, "irnNumber": irn, "ackNumber": "112510000000987",
		"ackDate": "2025-11-26T12:00:00.000+05:30", "signedCreditNotePdf": pdf,
		"signedQrCode": irpKey().Sign(gst.QR{
			SellerGSTIN: sellerGSTIN, BuyerGSTIN: buyerGSTIN, DocNo: number, DocType: gst.CreditNote, DocDate: noteTime,
			TotalPaise: paise, ItemCount: 1, MainHSNCode: "62052000", IRN: irn, IRNDate: noteTime,
		}),
	}
}

// announced enters a shipped order with a return that Ajio has announced.
func (w *world) announced(pob, name string) postgres.Return {
	w.Helper()
	return w.expect(pob, w.shippedOrder(pob, "CN-"+name), "R-CN-"+name)
}

func TestACreditNoteIsAcceptedBeforeTheQCWhileNoWorkerRuns(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := w.announced(erpPob, "ACCEPTED")
	note := noteOver(r.ReturnID, "CN/25-26/000042")
	got := w.post(creditNotePath, note).ok(t)
	require.Empty(t, got.body)

	document, err := w.db.LatestDocument(t.Context(), erpPob, r.ReturnID, postgres.KindCreditNote)
	require.NoError(t, err)
	require.Equal(t, "CN/25-26/000042", document.Number)
	signals := w.signalsTo(workflowOf(r))
	require.Len(t, signals, 1)
	require.Equal(t, "credit-note", signals[0].name)
	require.JSONEq(t, fmt.Sprintf(`{ "creditNoteNumber": "CN/25-26/000042", "returnOrderId": "R-CN-ACCEPTED", "irnNumber": %q,
		"ackNumber": "112510000000987", "ackDate": "2025-11-26T12:00:00.000+05:30", "signedQrCode": %q, "documentId": %d }`,
		note["irnNumber"], note["signedQrCode"], document.ID), signals[0].payload)

	for name, again := range map[string]any{
		"byte for byte":   note,
		"the time in UTC": note.with(body{"ackDate": "2025-11-26T06:30:00Z"}),
		"unknown fields":  note.with(body{"remarks": strings.Repeat("x", 300), "documentId": 7}),
	} {
		got := w.post(creditNotePath, again)
		require.Equal(t, 200, got.status, "%s: %s", name, got.body)
	}
	require.Len(t, w.signalsTo(workflowOf(r)), 1)
	require.Equal(t, 1, w.inboxRows())
}

func TestASecondCreditNoteOverAReturnIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := w.announced(erpPob, "SECOND")
	note := noteOver(r.ReturnID, "CN/25-26/000042")
	w.post(creditNotePath, note).ok(t)
	w.post(creditNotePath, note.with(body{"signedCreditNotePdf": base64.StdEncoding.EncodeToString([]byte("%PDF-1.7 another"))})).
		badData(t, "[signedCreditNotePdf: differs from what was accepted at TIME; that one stays]")
	w.post(creditNotePath, noteOver(r.ReturnID, "CN/25-26/000043")).
		badData(t, "[creditNoteNumber: differs from what was accepted at TIME; that one stays] "+
			"[irnNumber: differs from what was accepted at TIME; that one stays] [signedQrCode: differs from what was accepted at TIME; that one stays]")
	require.Equal(t, []sent{
		{"difference-reported", `{"document":"credit note CN/25-26/000042","message":"It came again with another signedCreditNotePdf; what was accepted first stays."}`},
		{"difference-reported", `{"document":"credit note CN/25-26/000042","message":"It came again with another creditNoteNumber, irnNumber, signedQrCode; what was accepted first stays."}`},
	}, w.signalsTo(workflowOf(r))[1:])

	t.Run("the first came past the gateway", func(t *testing.T) {
		r := w.announced(erpPob, "PAST")
		w.post(returnPath, returnOf(r.OrderID, r.ReturnID)).ok(t)
		require.NoError(t, w.db.SaveCreditNote(t.Context(), r.ID, order.CreditNote{Number: "CN/1", IRN: "1"}))
		w.post(creditNotePath, noteOver(r.ReturnID, "CN/2")).badData(t, "[creditNoteNumber: CN-2 the return already has the accepted credit note CN/1]")
		require.Equal(t, "difference-reported", w.signalsTo(workflowOf(r))[1].name)
	})
}

func TestACreditNoteThatBreaksARuleChangesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := w.announced(erpPob, "REFUSED")
	w.announced(otherPob, "FOREIGN")
	w.announced(rmsPob, "RSI")
	w.expect(erpPob, "CN-NEVER-SEEN", "R-CN-NEVER-SEEN")
	w.expect(erpPob, w.orderWithPO(erpPob, "CN-UNINVOICED"), "R-CN-UNINVOICED")
	used := w.announced(erpPob, "USED")
	require.NoError(t, w.db.SaveCreditNote(t.Context(), used.ID, order.CreditNote{
		Number: "cn/used", IRN: noteOver("", "CN/USED")["irnNumber"].(string), Value: 99750,
	}))
	back := w.enter(erpPob, w.shippedOrder(erpPob, "CN-SAID"), "", order.RTO)
	require.NoError(t, w.db.SaveSaidCode(t.Context(), back.ID, "R-CN-SAID"))
	waits := w.announced(erpPob, "WAITS")
	w.post(creditNotePath, noteOver(waits.ReturnID, "CN/WAITS")).ok(t)
	withdrawn := w.announced(erpPob, "WITHDRAWN")
	w.endReturn(withdrawn, order.ReturnCancelled)
	rows, documents := w.inboxRows(), w.count(creditNotePDFs)
	const noOriginal = "[returnOrderId: CN-2 CRN-001 belongs to an order without an accepted invoice: there is nothing to credit]"

	tests := []struct {
		rule        string
		note        body
		description string
	}{
		{"a return that nobody knows", noteOver("R-UNKNOWN", "CN/1"), `[returnOrderId: CN-2 "R-UNKNOWN" is not a return of this credential]`},
		{"another client's return is unknown", noteOver("R-CN-FOREIGN", "CN/1"), `[returnOrderId: CN-2 "R-CN-FOREIGN" is not a return of this credential]`},
		{"a return that Ajio has not announced", noteOver("R-CN-SAID", "CN/1"), `[returnOrderId: CN-2 "R-CN-SAID" is not a return of this credential]`},
		{"a return that is settled by RSI", noteOver("R-CN-RSI", "CN/1"), "[returnOrderId: CN-2 is settled by RSI, for which no credit note is sent to Ajio]"},
		{"a return of an order that we never saw", noteOver("R-CN-NEVER-SEEN", "CN/1"), noOriginal},
		{"an order without an invoice", noteOver("R-CN-UNINVOICED", "CN/1"), noOriginal},
		{"the number of another return's note", noteOver(r.ReturnID, "CN/USED"), "[creditNoteNumber: CN-1 DOC-002 is the number of the credit note over return R-CN-USED already]"},
		{"the number of a note that waits", noteOver(r.ReturnID, "CN/WAITS"), "[creditNoteNumber: CN-1 DOC-002 is the number of the credit note over return R-CN-WAITS already]"},
		{"a return that Ajio withdrew", noteOver(withdrawn.ReturnID, "CN/1"), "[returnOrderId: CN-2 Ajio withdrew the return, and nothing of it came: there is nothing to credit]"},
		{"more than the returned units are worth", noteWorth(r.ReturnID, "CN/1", 325500), "[signedQrCode: CN-3 CRN-002 TotInvVal: 3255.00 is above 997.50, the invoice value of the returned units]"},
		{"no base64", noteOver(r.ReturnID, "CN/1").with(body{"signedCreditNotePdf": "#"}), "[signedCreditNotePdf: INV-4 is not base64]"},
		{"a private address", noteOver(r.ReturnID, "CN/1").with(body{"signedCreditNotePdf": nil, "creditNotePdfUrl": "https://10.0.0.5/1.pdf"}),
			"[creditNotePdfUrl: INV-4 leads to 10.0.0.5, which is not a public address]"},
		{"a URL of 2049 characters", noteOver(r.ReturnID, "CN/1").with(body{"signedCreditNotePdf": nil, "creditNotePdfUrl": "https://erp.example/" + strings.Repeat("a", 2029)}),
			"[creditNotePdfUrl: has 2049 characters, at most 2048 are allowed]"},
		{"a text of 256 characters", noteOver(r.ReturnID, "CN/1").with(body{"ackNumber": strings.Repeat("1", 256)}), "[ackNumber: has 256 characters, at most 255 are allowed]"},
		{"a time that is none", noteOver(r.ReturnID, "CN/1").with(body{"ackDate": "26/11/2025"}),
			"[ackDate: is not a time such as 2025-11-17T16:00:00.000+05:30 or 17-11-2025T16:00:00]"},
		{"every broken rule at once", body{}, "[creditNoteNumber: CN-1 is missing] [returnOrderId: CN-2 is missing] [irnNumber: CN-1 is missing] " +
			"[ackNumber: CN-1 is missing] [signedQrCode: CN-1 is missing] [ackDate: CN-1 is missing] [signedCreditNotePdf: INV-4 send signedCreditNotePdf or creditNotePdfUrl]"},
	}
	for _, test := range tests {
		t.Run(test.rule, func(t *testing.T) { w.post(creditNotePath, test.note).badData(t, test.description) })
	}
	require.Equal(t, rows, w.inboxRows())
	require.Equal(t, documents, w.count(creditNotePDFs))
}

func TestEarlierNotesOfAnOrderCountAgainstItsInvoice(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first := w.announced(erpPob, "EARLIER")
	require.NoError(t, w.db.SaveCreditNote(t.Context(), first.ID, order.CreditNote{Number: "CN/1", IRN: "1", Value: 300000}))
	second := w.expect(erpPob, first.OrderID, "R-CN-LATER")
	w.post(creditNotePath, noteOver(second.ReturnID, "CN/2")).
		badData(t, "[signedQrCode: CN-3 CRN-002 TotInvVal: 997.50 is above 255.00, what earlier credit notes left of the invoice]")
	w.post(creditNotePath, noteWorth(second.ReturnID, "CN/2", 25500)).ok(t)
}

func TestBeforeAjiosExpectationANoteMayBeOverAllThatWasInvoiced(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := w.enter(erpPob, w.shippedOrder(erpPob, "CN-EARLY"), "R-CN-EARLY", order.CustomerReturn)
	w.post(creditNotePath, noteWorth(r.ReturnID, "CN/1", 325800)).
		badData(t, "[signedQrCode: CN-3 CRN-002 TotInvVal: 3258.00 is above 3255.00, the invoice value of the returned units] "+
			"[signedQrCode: CN-3 CRN-002 TotInvVal: 3258.00 is above 3255.00, what earlier credit notes left of the invoice]")
	w.post(creditNotePath, noteWorth(r.ReturnID, "CN/1", 325500).with(body{"signedCreditNotePdf": nil, "creditNotePdfUrl": "https://erp.example/1.pdf"})).ok(t)
	require.NotContains(t, w.signalsTo(workflowOf(r))[0].payload, "documentId")
}

func TestANoteOverAReturnThatHasEndedMakesItRunAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := w.announced(erpPob, "LATE")
	w.post(returnPath, returnOf(r.OrderID, r.ReturnID)).ok(t)
	require.False(t, w.startedWith(r).Ended)
	w.finish(r, order.ReturnCompleted)
	w.post(creditNotePath, noteOver(r.ReturnID, "CN/1")).ok(t)
	require.True(t, w.startedWith(r).Ended)
	require.Equal(t, "credit-note", w.signalsTo(workflowOf(r))[0].name)
}

func TestANoteThatItsReturnRefusedMakesRoomForAnother(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := w.announced(erpPob, "SET-ASIDE")
	w.post(creditNotePath, noteOver(r.ReturnID, "CN/1")).ok(t)
	for range 2 {
		require.NoError(t, w.db.SetAside(t.Context(), contract.SignalCreditNote, contract.CreditNoteKey(erpPob, r.ReturnID), "CN/1", 0))
	}
	w.post(creditNotePath, noteOver(r.ReturnID, "CN/1")).ok(t)
	signals := w.signalsTo(workflowOf(r))
	require.Len(t, signals, 2)
	require.Contains(t, signals[1].payload, `"attempt":1`, "or the return would drop it as a repeat")
	require.Equal(t, 2, w.inboxRows())
}

func TestAnAcceptedCreditNoteSurvivesACrashBetweenRowAndSignal(t *testing.T) {
	t.Parallel()
	w := newWorldWithoutTemporal(t)
	r := w.announced(erpPob, "CRASH")
	w.post(creditNotePath, noteOver(r.ReturnID, "CN/1")).ok(t)
	waiting, err := w.db.Unsignalled(t.Context(), 0, 10)
	require.NoError(t, err)
	require.Len(t, waiting, 1, "the sweep finds it")
	require.Equal(t, r.ID, waiting[0].ReturnRow)

	w.temporal = newWorld(t).temporal
	w.gateway.temporal = w.temporal
	w.post(creditNotePath, noteOver(r.ReturnID, "CN/1")).ok(t)
	require.Len(t, w.signalsTo(workflowOf(r)), 1, "the sender's repeat delivers it")
}
