package main

import (
	"encoding/base64"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"vmsflow/internal/gst"
	"vmsflow/internal/increff"
	"vmsflow/internal/order"
	"vmsflow/internal/postgres"
	"vmsflow/workflows/contract"
)

const invoicePath = "/ajio-vms/b2bInvoice/posting"

var pdf = base64.StdEncoding.EncodeToString([]byte("%PDF-1.7 the invoice"))

// invoiceFor is the full invoice for an order that orderWithPO made.
func invoiceFor(id string) body { return numbered(id, "AJ/25-26/000421") }

// numbered is an invoice of this number, registered and signed. A key signs the same text the same way every time.
func numbered(id, number string) body {
	date := time.Date(2025, 11, 17, 16, 0, 0, 0, gst.IST)
	irn := gst.IRN(sellerGSTIN, date, gst.Invoice, number)
	return body{
		"invoiceNumber": number, "invoiceDate": "2025-11-17T16:00:00.000+05:30", "forwardPurchaseOrder": "PO-" + id,
		"irnNumber": irn, "isPartialInvoice": false, "invoicePdf": pdf,
		"qrCode": irpKey().Sign(gst.QR{
			SellerGSTIN: sellerGSTIN, BuyerGSTIN: "29AAGCB7383J1Z4", DocNo: number, DocType: gst.Invoice, DocDate: date,
			TotalPaise: 325500, ItemCount: 2, MainHSNCode: "62052000", IRN: irn, IRNDate: date,
		}),
	}
}

func line(sku string, quantity any) body { return body{"channelSkuCode": sku, "quantity": quantity} }

func TestAnInvoiceIsAcceptedWhileNoWorkerRuns(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.orderWithPO(erpPob, "INV-ACCEPTED")
	w.startWorkflow(erpPob, id)

	got := w.post(invoicePath, invoiceFor(id)).ok(t)
	require.Empty(t, got.body)

	document, err := w.db.LatestDocument(t.Context(), erpPob, id, postgres.KindB2BInvoice)
	require.NoError(t, err)
	require.Equal(t, "%PDF-1.7 the invoice", string(document.Content))
	require.Equal(t, "AJ/25-26/000421", document.Number)

	signals := w.signals(erpPob, id)
	require.Len(t, signals, 1)
	require.Equal(t, "erp-invoice", signals[0].name)
	require.JSONEq(t, fmt.Sprintf(`{
		"invoiceNumber": "AJ/25-26/000421", "invoiceDate": "2025-11-17T16:00:00.000+05:30", "forwardPurchaseOrder": "PO-INV-ACCEPTED",
		"irnNumber": "f57c9c12882370cfbf816f938f5d95ce35e2e747c5dd8cb9ed7310d58044c130",
		"qrCode": %q, "isPartialInvoice": false, "documentId": %d }`, invoiceFor(id)["qrCode"], document.ID), signals[0].payload)
	require.Equal(t, 1, w.count(`SELECT count(*) FROM inbox
		WHERE kind = 'erp-invoice' AND pob = $1 AND order_id = $2 AND client = 'northline' AND signalled_at IS NOT NULL
			AND payload::jsonb = $3 AND convert_from(body, 'UTF8') LIKE '%invoicePdf%'`, erpPob, id, signals[0].payload))
}

func TestTheSameInvoiceAgainIsAcceptedAndNothingIsDone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.orderWithPO(erpPob, "INV-REPEATED")
	w.startWorkflow(erpPob, id)
	w.post(invoicePath, invoiceFor(id)).ok(t)

	for name, again := range map[string]any{
		"byte for byte":              invoiceFor(id),
		"unknown fields":             invoiceFor(id).with(body{"colour": "blue", "remarks": strings.Repeat("x", 300)}),
		"null fields":                `{"invoiceURL": null, "invoiceLineEntries": null, ` + strings.TrimPrefix(marshal(t, invoiceFor(id)), "{"),
		"the time in UTC":            invoiceFor(id).with(body{"invoiceDate": "2025-11-17T10:30:00Z"}),
		"blanks between":             strings.ReplaceAll(marshal(t, invoiceFor(id)), `","`, "\",\n\t\""),
		"our own field from outside": invoiceFor(id).with(body{"documentId": 7}),
	} {
		got := w.post(invoicePath, again)
		require.Equal(t, 200, got.status, "%s: %s", name, got.body)
	}
	require.Len(t, w.signals(erpPob, id), 1)
	require.Equal(t, 1, w.inboxRows())
	require.Equal(t, 1, w.count(`SELECT count(*) FROM documents`))
}

func TestTheSameInvoiceWithOtherContentIsRefusedByField(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.orderWithPO(erpPob, "INV-CHANGED")
	w.startWorkflow(erpPob, id)
	w.post(invoicePath, invoiceFor(id)).ok(t)

	changed := invoiceFor(id).with(body{
		"invoiceDate": "2025-11-18T16:00:00.000+05:30", "qrCode": "eyJ.other.c2ln",
		"invoicePdf": base64.StdEncoding.EncodeToString([]byte("%PDF-1.7 another")),
	})
	w.post(invoicePath, changed).badData(t, "[invoicePdf: differs from what was accepted at TIME; that one stays] "+
		"[invoiceDate: differs from what was accepted at TIME; that one stays] "+
		"[qrCode: differs from what was accepted at TIME; that one stays]")
	w.post(invoicePath, invoiceFor(id).with(body{"invoiceNumber": "AJ/25-26/000422"})).
		badData(t, "[invoiceNumber: differs from what was accepted at TIME; that one stays]")
	w.post(invoicePath, invoiceFor(id)).ok(t)
	signals := w.signals(erpPob, id)
	require.Len(t, signals, 3)
	require.Equal(t, "erp-invoice", signals[0].name)
	require.Equal(t, []sent{
		{"difference-reported", `{"document":"invoice AJ/25-26/000421","message":"It came again with another invoicePdf, invoiceDate, qrCode; what was accepted first stays."}`},
		{"difference-reported", `{"document":"invoice AJ/25-26/000421","message":"It came again with another invoiceNumber; what was accepted first stays."}`},
	}, signals[1:])
}

func TestADifferenceIsReportedOnceHoweverOftenItIsSent(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.orderWithPO(erpPob, "INV-DIFFERS")
	w.startWorkflow(erpPob, id)
	w.post(invoicePath, invoiceFor(id)).ok(t)
	for i := range 5 {
		got := w.post(invoicePath, invoiceFor(id).with(body{"invoiceNumber": fmt.Sprint("AJ/", i)}))
		got.badData(t, "[invoiceNumber: differs from what was accepted at TIME; that one stays]")
	}
	require.Len(t, w.signals(erpPob, id), 2, "whatever the other number is")
	require.NotContains(t, w.signals(erpPob, id)[1].payload, "AJ/4")
}

func TestASecondInvoiceForAnInvoicedPurchaseOrderIsReported(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.releasedOrder(erpPob, "INV-NUMBER-TWO") // an adapter signalled its invoice past the gateway
	w.startWorkflow(erpPob, id)
	w.post(invoicePath, invoiceFor(id)).badData(t, "[invoiceNumber: INV-7 the purchase order already has the accepted invoice INV-INV-NUMBER-TWO]")
	require.Equal(t, []sent{{
		"difference-reported",
		`{"document":"invoice INV-INV-NUMBER-TWO","message":"It came again with another invoiceNumber; what was accepted first stays."}`,
	}}, w.signals(erpPob, id))
}

func TestADifferenceThatCannotBeReportedIsRefusedAllTheSame(t *testing.T) {
	t.Parallel()
	const differs = "[invoiceNumber: differs from what was accepted at TIME; that one stays]"
	other := body{"invoiceNumber": "AJ/25-26/000422"}

	away := newWorldWithoutTemporal(t)
	id := away.orderWithPO(erpPob, "INV-DIFFERS-AWAY")
	away.post(invoicePath, invoiceFor(id)).ok(t)
	away.post(invoicePath, invoiceFor(id).with(other)).badData(t, differs)
	waiting, err := away.db.Unsignalled(t.Context(), 0, 10)
	require.NoError(t, err)
	require.Len(t, waiting, 2, "the sweep reports it")

	w := newWorld(t)
	gone := w.orderWithPO(erpPob, "INV-DIFFERS-GONE")
	w.startWorkflow(erpPob, gone)
	w.post(invoicePath, invoiceFor(gone)).ok(t)
	require.NoError(t, w.temporal.TerminateWorkflow(t.Context(), contract.OrderWorkflowID(erpPob, gone), "", "for the test"))
	w.post(invoicePath, invoiceFor(gone).with(other)).badData(t, differs)
}

func TestAnInvoiceThatBreaksARuleChangesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.orderWithPO(erpPob, "INV-REFUSED")
	w.startWorkflow(erpPob, id)
	w.orderWithPO(rmsPob, "INV-MODEL-2")
	w.orderWithPO(otherPob, "INV-OTHER-CLIENT")
	partial := func(lines ...body) body { return body{"isPartialInvoice": true, "invoiceLineEntries": lines} }

	tests := []struct {
		rule        string
		change      body
		description string
	}{
		{"a PO that nobody knows", body{"forwardPurchaseOrder": "4700999999"},
			`[forwardPurchaseOrder: INV-7 "4700999999" is not a purchase order of this credential]`},
		{"a PO of another client's order is unknown", body{"forwardPurchaseOrder": "PO-INV-OTHER-CLIENT"},
			`[forwardPurchaseOrder: INV-7 "PO-INV-OTHER-CLIENT" is not a purchase order of this credential]`},
		{"Model 2 makes its own invoices", body{"forwardPurchaseOrder": "PO-INV-MODEL-2"},
			"[forwardPurchaseOrder: INV-7 belongs to a channel whose invoices are made by vmsflow (Model 2); do not post one]"},
		{"a SKU that is not in the order", partial(line("460000000000", 1)),
			"[invoiceLineEntries: INV-6 channelSkuCode 460000000000 was not in our order posting]"},
		{"more units than ordered", partial(line(shirt, 3)),
			"[invoiceLineEntries: INV-5 channelSkuCode 469876543001: 3 units are 1 more than the order has]"},
		{"no units", partial(line(shirt, 0)),
			"[invoiceLineEntries: INV-5 channelSkuCode 469876543001: quantity 0, expected at least 1]"},
		{"a SKU twice", partial(line(shirt, 1), line(shirt, 1)),
			"[invoiceLineEntries: INV-5 channelSkuCode 469876543001 stands twice]"},
		{"partial without lines", body{"isPartialInvoice": true},
			"[invoiceLineEntries: INV-5 missing although isPartialInvoice is true]"},
		{"partial with everything", partial(line(shirt, 2), line(cap1, 1)),
			"[isPartialInvoice: INV-5 is true, but the lines are the full order]"},
		{"neither PDF nor URL", body{"invoicePdf": nil}, "[invoicePdf: INV-4 send invoicePdf or invoiceURL]"},
		{"a PDF that is no base64", body{"invoicePdf": "#not base64#"}, "[invoicePdf: INV-4 is not base64]"},
		{"a PDF that is a picture", body{"invoicePdf": "iVBORw0KGgo="}, "[invoicePdf: INV-4 does not begin like a PDF]"},
		{"a URL without TLS", body{"invoicePdf": nil, "invoiceURL": "http://erp.example/421.pdf"},
			"[invoiceURL: INV-4 is not an https URL]"},
		{"a URL with a password", body{"invoicePdf": nil, "invoiceURL": "https://erp:hunter2@erp.example/421.pdf"},
			"[invoiceURL: INV-4 holds a user or password]"},
		{"a URL with a private address", body{"invoicePdf": nil, "invoiceURL": "https://10.0.0.5/421.pdf"},
			"[invoiceURL: INV-4 leads to 10.0.0.5, which is not a public address]"},
		{"a URL without TLS, at another port than the allowed host's", body{"invoicePdf": nil, "invoiceURL": "http://erp.internal/421.pdf"},
			"[invoiceURL: INV-4 is not an https URL]"},
		{"a URL without TLS, and an unknown purchase order", body{"invoicePdf": nil, "invoiceURL": "http://erp.example/421.pdf", "forwardPurchaseOrder": "4700999999"},
			`[forwardPurchaseOrder: INV-7 "4700999999" is not a purchase order of this credential] [invoiceURL: INV-4 is not an https URL]`},
		{"a URL of 2049 characters", body{"invoicePdf": nil, "invoiceURL": "https://erp.example/" + strings.Repeat("a", 2029)},
			"[invoiceURL: has 2049 characters, at most 2048 are allowed]"},
		{"a text of 256 characters", body{"irnNumber": strings.Repeat("ä", 256)},
			"[irnNumber: has 256 characters, at most 255 are allowed]"},
		{"a QR code that is none", body{"qrCode": strings.Repeat("q", 8193)},
			"[qrCode: has 8193 characters, at most 8192 are allowed]"},
		{"a control character", body{"invoiceNumber": "AJ\x00421"},
			`[invoiceNumber: holds a control character] [invoiceNumber: INV-1 DOC-001 "AJ\x00421" is no document number: ` +
				`1 to 16 ASCII letters, digits, "/" and "-", the first not "0", "/" or "-"]`},
		{"a signed QR that is a picture", body{"qrCode": "iVBORw0KGgo="},
			"[qrCode: INV-3 QR-001 not three parts of base64url, joined by dots: the signed string is needed, not its picture]"},
		{"every broken rule at once", body{"invoiceNumber": nil, "irnNumber": nil, "qrCode": nil, "invoicePdf": nil, "isPartialInvoice": nil, "invoiceDate": nil},
			"[invoiceNumber: INV-1 is missing] [irnNumber: INV-2 is missing] [qrCode: INV-3 is missing] [invoiceDate: INV-1 is missing] " +
				"[invoicePdf: INV-4 send invoicePdf or invoiceURL] [isPartialInvoice: INV-5 is missing: say true or false]"},
		{"a time that is none", body{"invoiceDate": "17/11/2025"},
			"[invoiceDate: is not a time such as 2025-11-17T16:00:00.000+05:30 or 17-11-2025T16:00:00]"},
		{"values of another kind", partial(line(shirt, "two")).with(body{"invoiceNumber": body{}}),
			"[invoiceNumber: a text is expected] [invoiceLineEntries[0].quantity: a number is expected]"},
	}
	for _, test := range tests {
		t.Run(test.rule, func(t *testing.T) {
			w.post(invoicePath, invoiceFor(id).with(test.change)).badData(t, test.description)
		})
	}
	w.post(invoicePath, `{}`).badData(t, `[forwardPurchaseOrder: INV-7 is missing] `+
		"[invoiceNumber: INV-1 is missing] [irnNumber: INV-2 is missing] [qrCode: INV-3 is missing] [invoiceDate: INV-1 is missing] "+
		"[invoicePdf: INV-4 send invoicePdf or invoiceURL] [isPartialInvoice: INV-5 is missing: say true or false]")
	w.post(invoicePath, `{"invoiceNumber": `).badData(t, "[body: is not JSON from byte 18 on]")
	w.post(invoicePath, `["invoiceNumber"]`).badData(t, "[body: an object is expected]")
	w.post(invoicePath, ``).badData(t, "[body: is not JSON from byte 0 on]")

	require.Zero(t, w.inboxRows())
	require.Zero(t, w.count(`SELECT count(*) FROM documents`))
	require.Empty(t, w.signals(erpPob, id))
}

func TestAnInvoiceThatItsOrderRefusedMakesRoomForAnother(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.orderWithPO(erpPob, "INV-SET-ASIDE")
	w.startWorkflow(erpPob, id)
	w.post(invoicePath, invoiceFor(id)).ok(t)
	require.NoError(t, w.db.SetAside(t.Context(), contract.SignalERPInvoice, contract.InvoiceKey(erpPob, "PO-"+id), "AJ/25-26/000421", 0))
	w.post(invoicePath, numbered(id, "AJ/25-26/000422")).ok(t)
	for range 2 {
		require.NoError(t, w.db.SetAside(t.Context(), contract.SignalERPInvoice, contract.InvoiceKey(erpPob, "PO-"+id), "AJ/25-26/000422", 1))
	}
	w.post(invoicePath, numbered(id, "AJ/25-26/000422")).ok(t)
	signals := w.signals(erpPob, id)
	require.Len(t, signals, 3, "the same one may come again, when its cause was mended elsewhere")
	require.Contains(t, signals[2].payload, `"attempt":2`, "or the order would drop it as a repeat")
	require.Equal(t, 3, w.inboxRows(), "nothing is lost")
}

func TestTextsMayHaveTheirFullLength(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.orderWithPO(erpPob, "INV-LONGEST")
	w.startWorkflow(erpPob, id)
	w.post(invoicePath, invoiceFor(id).with(body{
		"invoicePdf": nil, "invoiceURL": "https://erp.example/" + strings.Repeat("a", 2028),
	})).ok(t)
	require.NotContains(t, w.signals(erpPob, id)[0].payload, "documentId")
}

func TestAURLMayBeHTTPAtTheHostsOfItsPOBOnly(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	byURL := body{"invoicePdf": nil, "invoiceURL": "http://erp.internal:8080/421.pdf"}
	id := w.orderWithPO(erpPob, "INV-INTERNAL")
	w.startWorkflow(erpPob, id)
	w.post(invoicePath, invoiceFor(id).with(byURL)).ok(t)
	require.Len(t, w.signals(erpPob, id), 1)

	other := w.orderWithPO(otherPob, "INV-INTERNAL-OTHER")
	w.call(southgate, "POST", invoicePath, invoiceFor(other).with(byURL)).badData(t, "[invoiceURL: INV-4 is not an https URL]")

	t.Run("the URL does not count beside a PDF", func(t *testing.T) {
		id := w.orderWithPO(erpPob, "INV-BOTH")
		w.startWorkflow(erpPob, id)
		w.post(invoicePath, invoiceFor(id).with(body{"invoiceURL": "http://10.0.0.5/421.pdf"})).ok(t)
	})
}

func TestThePDFMayHaveTenMebibytes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.orderWithPO(erpPob, "INV-LARGE")
	w.startWorkflow(erpPob, id)
	large := []byte("%PDF-1.7" + strings.Repeat("x", 10<<20-7)) // one byte too many
	w.post(invoicePath, invoiceFor(id).with(body{"invoicePdf": base64.StdEncoding.EncodeToString(large)})).
		badData(t, "[invoicePdf: INV-4 is over 10 MiB]")
	w.post(invoicePath, invoiceFor(id).with(body{"invoicePdf": base64.StdEncoding.EncodeToString(large[:10<<20])})).ok(t)
}

func TestAllFormsOfTimesAndNumbersAreUnderstood(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for i, form := range []string{
		"2025-11-17T16:00:00.000+05:30", "2025-11-17T10:30:00Z", "2025-11-17T10:30:00.000Z[UTC]", "17-11-2025T16:00:00",
	} {
		id := w.orderWithPO(erpPob, fmt.Sprintf("INV-TIME-%d", i))
		w.startWorkflow(erpPob, id)
		w.post(invoicePath, invoiceFor(id).with(body{"invoiceDate": form})).ok(t)
		require.Contains(t, w.signals(erpPob, id)[0].payload, `"invoiceDate":"2025-11-17T16:00:00.000+05:30"`, form)
	}
	id := w.orderWithPO(erpPob, "INV-NUMBERS")
	w.startWorkflow(erpPob, id)
	w.post(invoicePath, numbered(id, "421").with(body{
		"invoiceNumber": 421, "isPartialInvoice": true, "invoiceLineEntries": []body{line(shirt, "2")},
	})).ok(t)
	require.Contains(t, w.signals(erpPob, id)[0].payload, `"invoiceNumber":"421"`)
	require.Contains(t, w.signals(erpPob, id)[0].payload, `"quantity":2`)
}

func TestAnAcceptedInvoiceSurvivesACrashBetweenRowAndSignal(t *testing.T) {
	t.Parallel()
	w := newWorldWithoutTemporal(t) // the same as a gateway that dies before it signals
	id := w.orderWithPO(erpPob, "INV-CRASH")
	w.post(invoicePath, invoiceFor(id)).ok(t)
	waiting, err := w.db.Unsignalled(t.Context(), 0, 10)
	require.NoError(t, err)
	require.Len(t, waiting, 1, "the sweep finds it")
	require.Equal(t, id, waiting[0].OrderID)

	w.temporal = newWorld(t).temporal
	w.gateway.temporal = w.temporal
	w.startWorkflow(erpPob, id)
	w.post(invoicePath, invoiceFor(id)).ok(t)
	require.Len(t, w.signals(erpPob, id), 1, "the sender's repeat delivers it")
	waiting, err = w.db.Unsignalled(t.Context(), 0, 10)
	require.NoError(t, err)
	require.Empty(t, waiting)
}

func TestAnInvoiceForAClosedOrderIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const cancelIRN = "[forwardPurchaseOrder: INV-7 belongs to a cancelled order: cancel the IRN, or issue a credit note and keep it in the ERP]"

	cancelled := w.orderWithPO(erpPob, "INV-CANCELLED")
	w.end(erpPob, cancelled, order.CancelledBySeller)
	w.post(invoicePath, invoiceFor(cancelled)).orderCancelled(t, cancelIRN)
	require.Zero(t, w.inboxRows())

	ending := w.orderWithPO(erpPob, "INV-ENDING") // being taken back, which may last hours
	require.NoError(t, w.db.MarkEnding(t.Context(), erpPob, ending, "cancelled by the seller"))
	w.post(invoicePath, invoiceFor(ending)).orderCancelled(t, cancelIRN)
	require.Zero(t, w.inboxRows())

	gone := w.orderWithPO(erpPob, "INV-GONE") // no workflow, though Postgres has it open
	for range 2 {
		w.post(invoicePath, invoiceFor(gone)).badData(t, "[forwardPurchaseOrder: the order is closed and takes nothing any more]")
	}
	require.Equal(t, 1, w.count(`SELECT count(*) FROM inbox WHERE order_id = $1 AND signalled_at IS NULL AND error <> ''`, gone))
	w.end(erpPob, gone, order.CancelledBySeller)
	w.post(invoicePath, invoiceFor(gone)).orderCancelled(t, cancelIRN)
}

func TestARepeatOfAnAcceptedInvoiceIsFineAfterACancellation(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.orderWithPO(erpPob, "INV-THEN-CANCELLED")
	w.startWorkflow(erpPob, id)
	w.post(invoicePath, invoiceFor(id)).ok(t)
	document, err := w.db.LatestDocument(t.Context(), erpPob, id, postgres.KindB2BInvoice)
	require.NoError(t, err)
	require.NoError(t, w.db.SaveInvoice(t.Context(), erpPob, id, order.Invoice{ // as the workflow does
		Number: "AJ/25-26/000421", Date: time.Date(2025, 11, 17, 16, 0, 0, 0, increff.IST), IRN: invoiceFor(id)["irnNumber"].(string),
		SignedQR: invoiceFor(id)["qrCode"].(string), Quantities: fullOrder(id), DocumentID: document.ID,
	}))
	w.end(erpPob, id, order.CancelledBySeller)

	w.post(invoicePath, invoiceFor(id)).ok(t)
	for name, change := range map[string]body{
		"another number": {"invoiceNumber": "AJ/25-26/000422"},
		"another PDF":    {"invoicePdf": base64.StdEncoding.EncodeToString([]byte("%PDF-1.7 another"))},
		"another date":   {"invoiceDate": "2025-11-18T16:00:00.000+05:30"},
	} {
		got := w.post(invoicePath, invoiceFor(id).with(change))
		require.Equal(t, 400, got.status, name)
		require.Contains(t, got.body, `"code":"ORDER_CANCELLED"`, name)
	}
	require.Len(t, w.signals(erpPob, id), 1)
	require.Equal(t, 1, w.inboxRows())
}
