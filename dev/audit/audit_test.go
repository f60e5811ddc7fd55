package audit

import (
	"encoding/json"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"vmsflow/dev/simulator/world"
	"vmsflow/internal/ajio/ajiotest"
	"vmsflow/internal/ajio/wire"
	"vmsflow/internal/erp/erptest"
	"vmsflow/internal/gst"
	"vmsflow/internal/gst/gsttest"
	"vmsflow/internal/irp/irptest"
	irpwire "vmsflow/internal/irp/wire"
	"vmsflow/internal/order"
	"vmsflow/internal/postgres"
	"vmsflow/internal/rms"
	"vmsflow/internal/simulate"
	"vmsflow/internal/warehouse/warehousetest"
	"vmsflow/workflows/contract"
)

const (
	pob    = "DV1"
	hold   = 4 * time.Hour
	itemA  = "469000000001"
	itemB  = "469000000002"
	loaded = 10
)

// The ids of the four orders of good, one for each outcome.
const (
	shipped  = "S1" // three units ordered, one cancelled by the customer, two shipped
	taken    = "S2" // cancelled by the customer in the hold
	short    = "S3" // cancelled by the seller after the invoice
	rejected = "S4" // no stock
)

// At another POB vmsflow makes the invoices.
const (
	rmsPob = "DV2"
	ours   = "S5" // two units ordered, one found, one shipped
	second = "S6" // the same, for the next number

	erpSeller = "07AAPFU0939F1ZX"
	rmsSeller = "27AAPFU0939F1ZV"
	buyer     = "29AAGCB7383J1Z4"
)

// invoiced is the day of all invoices.
var invoiced = time.Date(2026, 11, 23, 0, 0, 0, 0, gst.IST)

// irpKey signs QRs; making it takes a moment.
var irpKey = sync.OnceValue(gsttest.NewKey)

func irnOf(seller, number string) string { return gst.IRN(seller, invoiced, gst.Invoice, number) }

// signedQR is one QR for an invoice, however often it is asked for.
func signedQR(seller, number string) string {
	return irpKey().Sign(gst.QR{
		SellerGSTIN: seller, BuyerGSTIN: buyer, DocNo: number, DocType: gst.Invoice, DocDate: invoiced, TotalPaise: 105_00,
		ItemCount: 1, MainHSNCode: "61091000", IRN: irnOf(seller, number), IRNDate: invoiced,
	})
}

// own is an invoice of ours over one unit.
func own(e *Evidence, id string) *OwnInvoice {
	return &e.Postgres.Invoices[slices.IndexFunc(e.Postgres.Invoices, func(o OwnInvoice) bool { return o.OrderID == id })]
}

var listedAt = time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)

func TestAGoodRunIsClean(t *testing.T) {
	t.Parallel()
	report := Audit(good())
	require.Empty(t, report.Mismatches)
	require.Equal(t, Report{Clean: true, Mismatches: []string{}}, report)
}

// The answer to a combined handover does not say which parcels Ajio refused.
func TestAWarehouseNeedNotKnowThatAParcelWentAlone(t *testing.T) {
	t.Parallel()
	e := good()
	first := effect(ajiotest.CallManifest, "MF0", listedAt)
	first.Detail = detail(map[string]any{"included": []string{}, "refused": map[string]string{shipped: "refused on demand"}})
	e.Ajio.Calls = append(e.Ajio.Calls, first)
	e.Warehouse[0].Orders[0].ManifestCode = "MF0"
	require.Empty(t, Audit(e).Mismatches)
}

func TestEveryWrongIsFound(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		tamper func(*Evidence)
		counts Report // the counts only
		says   string // a sentence that must be among the mismatches
	}{
		{"acknowledged a second early", func(e *Evidence) {
			call(e.Ajio.Calls, ajiotest.CallAcknowledge, shipped).At = listedAt.Add(hold - time.Second)
		}, Report{AcknowledgedBeforeHold: 1}, "order S1 was acknowledged 1s before its hold of 4h0m0s was over"},

		{"acknowledged without having been shown", func(e *Evidence) {
			call(e.Ajio.Calls, ajiotest.CallPendency, "").Detail = detail(map[string]any{"order_ids": []string{taken, short, rejected}})
		}, Report{AcknowledgedBeforeHold: 1}, "order S1 was acknowledged, but never shown to vmsflow"},

		{"shown only by an answer that was lost", func(e *Evidence) {
			call(e.Ajio.Calls, ajiotest.CallPendency, "").Status = 0
		}, Report{AcknowledgedBeforeHold: 2}, "order S3 was acknowledged, but never shown to vmsflow"},

		{"acknowledged after the customer cancelled", func(e *Evidence) {
			e.Ajio.Calls = append(e.Ajio.Calls, effect(ajiotest.CallAcknowledge, taken, listedAt.Add(hold+time.Hour)))
		}, Report{AcknowledgedAfterCustomerCancel: 1}, "order S2 was acknowledged 4h0m0s after its customer cancelled it"},

		{"invoiced twice", func(e *Evidence) {
			e.Ajio.Calls = append(e.Ajio.Calls, effect(ajiotest.CallGenerate, shipped, listedAt))
		}, Report{B2BInvoicesTwice: 1}, "order S1: 2 B2B invoices were generated at Ajio"},

		{"one number for two orders", func(e *Evidence) {
			ajioOrder(e, short).InvoiceNumber = "AJ/1"
		}, Report{B2BInvoicesTwice: 1}, "order S3 has invoice AJ/1, which is that of order S1"},

		{"the ERP booked an order twice", func(e *Evidence) {
			e.ERP[0].Calls = append(e.ERP[0].Calls, effect(erptest.CallCreate, shipped, listedAt))
		}, Report{ERPMessagesTwice: 1}, "order S1: the ERP booked order_create 2 times"},

		{"the ERP booked a cancellation twice", func(e *Evidence) {
			e.ERP[0].Calls = append(e.ERP[0].Calls, effect(erptest.CallCancel, short, listedAt))
		}, Report{ERPMessagesTwice: 1}, "order S3: the ERP booked order_cancel 2 times"},

		{"cancelled in the ERP before it was posted", func(e *Evidence) {
			slices.Reverse(e.ERP[0].Calls)
		}, Report{}, "order S3: the ERP was told to cancel it before it knew of it"},

		{"a manifest of 251", func(e *Evidence) {
			included := []string{shipped}
			for i := range 250 {
				included = append(included, fmt.Sprintf("X%d", i))
			}
			call(e.Ajio.Calls, ajiotest.CallManifest, "MF1").Detail = detail(map[string]any{"included": included})
		}, Report{ManifestsOver250: 1}, "manifest MF1 has 251 shipments, at most 250 are allowed"},

		{"a parcel in two manifests", func(e *Evidence) {
			second := effect(ajiotest.CallManifest, "MF2", listedAt)
			second.Detail = detail(map[string]any{"included": []string{shipped}})
			e.Ajio.Calls = append(e.Ajio.Calls, second)
		}, Report{}, "order S1 is in the manifests MF2 and MF1"},

		{"shipped units are still on hand", func(e *Evidence) {
			e.Postgres.Stock[0].OnHand = loaded
		}, Report{StockUnitsLeaked: 2}, "item 469000000001 at DV1: 10 units on hand, but 8 loaded less shipped, with what came back good"},

		{"units have vanished", func(e *Evidence) {
			e.Postgres.Stock[1].OnHand = loaded - 3
		}, Report{StockUnitsLeaked: 3}, "item 469000000002 at DV1: 7 units on hand, but 10 loaded less shipped, with what came back good"},

		{"units are still reserved", func(e *Evidence) {
			e.Postgres.Stock[1].Reserved = 4
		}, Report{StockUnitsLeaked: 4}, "item 469000000002 at DV1: 4 units are still reserved"},

		{"an item is gone from the stock", func(e *Evidence) {
			e.Postgres.Stock = slices.Delete(e.Postgres.Stock, 1, 2)
		}, Report{StockUnitsLeaked: loaded}, "item 469000000002 at DV1: 10 units should be on hand, but the stock does not know it"},

		{"a breach of contract that the ERP saw", func(e *Evidence) {
			e.ERP[0].Violations = []string{"order S1: message 7 was repeated with other content"}
		}, Report{}, "ERP of DV1: order S1: message 7 was repeated with other content"},

		{"a breach of contract that the warehouse saw", func(e *Evidence) {
			e.Warehouse[0].Violations = []string{"order S1: sent again with other units"}
		}, Report{}, "warehouse of DV1: order S1: sent again with other units"},

		{"no workflow", func(e *Evidence) { e.Temporal = e.Temporal[1:] },
			Report{}, "order S1 has 0 workflows, expected one"},
		{"two workflows", func(e *Evidence) { e.Temporal = append(e.Temporal, e.Temporal[0]) },
			Report{}, "order S1 has 2 workflows, expected one"},
		{"a workflow that failed", func(e *Evidence) { e.Temporal[0].Status = "Failed" },
			Report{}, `order S1: its workflow is Failed at stage ended (attention: "")`},
		{"a workflow that is parked", func(e *Evidence) {
			e.Temporal[0].Status, e.Temporal[0].Stage, e.Temporal[0].Attention = "Running", "picking", "pack_refused"
		}, Report{}, `order S1: its workflow is Running at stage picking (attention: "pack_refused")`},
		{"a closed workflow that shows another stage", func(e *Evidence) { e.Temporal[0].Stage = "labelled" },
			Report{}, `order S1: its workflow is closed, but shows stage labelled and attention ""`},
		{"a workflow of an order that never came in", func(e *Evidence) {
			e.Temporal = append(e.Temporal, Execution{WorkflowID: "order:DV1:S9", Status: "Completed", Stage: "ended"})
		}, Report{}, "workflow order:DV1:S9 is of an order that never came in"},
		{"no row", func(e *Evidence) { e.Postgres.Orders = e.Postgres.Orders[1:] },
			Report{}, "order S1 has 0 rows in Postgres, expected one"},
		{"a row of an order that never came in", func(e *Evidence) {
			e.Postgres.Orders = append(e.Postgres.Orders, Row{OrderID: "S9"})
		}, Report{}, "order S9 stands in Postgres, but never came in"},
		{"an order that Ajio does not know", func(e *Evidence) { e.Ajio.Orders = slices.Delete(e.Ajio.Orders, 1, 2) },
			Report{}, "order S2 is not known at Ajio"},

		{"another outcome in Postgres", func(e *Evidence) { row(e, taken).Outcome = order.Rejected },
			Report{}, `order S2 (customer_cancels): the outcome is "cancelled_by_customer" at Ajio, but "rejected" at Postgres`},
		{"another outcome in Temporal", func(e *Evidence) { e.Temporal[0].Outcome = order.CancelledBySeller },
			Report{}, `order S1 (customer_takes_less): the outcome is "completed" at Ajio, but "cancelled_by_seller" at Temporal`},
		{"another outcome than the story's", func(e *Evidence) { e.Cast[1].Story = world.Plain },
			Report{}, `order S2 (plain): the outcome is "cancelled_by_customer" at Ajio, but "completed" at the story`},
		{"never handed over", func(e *Evidence) { ajioOrder(e, shipped).Status = wire.StatusReadyToDispatch },
			Report{StockUnitsLeaked: 2}, `order S1 (customer_takes_less): the outcome is "open, READY_TO_DISPATCH" at Ajio, but "completed" at Postgres`},

		{"units that went nowhere", func(e *Evidence) { ajioOrder(e, short).Lines[0].SellerCancelled = 1 },
			Report{CancelledQuantitiesDiffer: 1}, "order S3 (short_packed): line S30001: 2 units ordered, but 1 cancelled, short or invoiced"},
		{"the customer's unit was not cancelled", func(e *Evidence) {
			line := &ajioOrder(e, shipped).Lines[0]
			line.CustomerCancelled, line.SellerCancelled = 0, 1
		}, Report{CancelledQuantitiesDiffer: 2}, "order S1 (customer_takes_less): 0 units are customer-cancelled at Ajio, expected 1"},
		{"units were cancelled for no reason", func(e *Evidence) { e.Cast[0].Story = world.Plain },
			Report{}, "order S1 (plain): 1 units were cancelled at Ajio for no reason"},
		{"what was not invoiced was not cancelled", func(e *Evidence) { e.Cast[0].Story = world.PartlyInvoiced },
			Report{}, "order S1 (partly_invoiced): 0 units are short-picked at Ajio, expected the one that the ERP did not invoice"},
		{"a line without stock was confirmed", func(e *Evidence) { e.Cast[0].Story = world.LineWithoutStock },
			Report{}, "order S1 (line_without_stock): no unit is seller-cancelled at Ajio, although one line had no stock"},
		{"an ended order holds stock", func(e *Evidence) { row(e, rejected).Reserved = 1 },
			Report{}, "order S4 (no_stock): it still holds 1 units of stock"},

		{"Postgres missed the acknowledgement", func(e *Evidence) { row(e, shipped).Acknowledged = false },
			Report{}, "order S1 (customer_takes_less): acknowledged at Ajio: true, in Postgres: false"},
		{"Postgres invented an acknowledgement", func(e *Evidence) { row(e, taken).Acknowledged = true },
			Report{}, "order S2 (customer_cancels): acknowledged at Ajio: false, in Postgres: true"},
		{"other units confirmed", func(e *Evidence) { row(e, shipped).Confirmed = order.Quantities{"S10001": 3} },
			Report{}, "order S1 (customer_takes_less): line S10001: 2 units confirmed at Ajio, 3 in Postgres"},
		{"another purchase order", func(e *Evidence) { row(e, shipped).PONumber = "47" },
			Report{}, `order S1 (customer_takes_less): the purchase order is "4701" at Ajio, but "47" at Postgres`},

		{"never posted to the ERP", func(e *Evidence) { e.ERP[0].Orders = e.ERP[0].Orders[1:] },
			Report{}, "order S1 (customer_takes_less): it has a purchase order: true, the ERP knows it: false, posted by Postgres: true"},
		{"posted without a purchase order", func(e *Evidence) {
			e.ERP[0].Orders = append(e.ERP[0].Orders, erptest.OrderState{OrderCode: taken})
		}, Report{}, "order S2 (customer_cancels): it has a purchase order: false, the ERP knows it: true, posted by Postgres: false"},
		{"not cancelled in the ERP", func(e *Evidence) { e.ERP[0].Orders[1].Cancelled = false },
			Report{}, "order S3 (short_packed): cancelled at Ajio: true, in the ERP: false"},
		{"cancelled in the ERP only", func(e *Evidence) { e.ERP[0].Orders[0].Cancelled = true },
			Report{}, "order S1 (customer_takes_less): cancelled at Ajio: false, in the ERP: true"},
		{"the ERP has another purchase order", func(e *Evidence) { e.ERP[0].Orders[0].PurchaseOrder = "48" },
			Report{}, `order S1 (customer_takes_less): the purchase order is "4701" at Ajio, but "48" at the ERP`},

		{"the warehouse never heard of it", func(e *Evidence) { e.Warehouse[0].Orders = e.Warehouse[0].Orders[1:] },
			Report{}, "order S1 (customer_takes_less): it has a purchase order: true, the warehouse knows it: false"},
		{"other units in the parcel", func(e *Evidence) { e.Warehouse[0].Orders[0].Packed = map[string]int{itemA: 1} },
			Report{}, "order S1 (customer_takes_less): item 469000000001: 2 units invoiced, 1 packed"},
		{"other units packed in Postgres", func(e *Evidence) { row(e, shipped).Packed = nil },
			Report{}, "order S1 (customer_takes_less): line S10001: 2 units invoiced at Ajio, 0 packed in Postgres"},
		{"another AWB on the parcel", func(e *Evidence) { e.Warehouse[0].Orders[0].AWB = "AJ78" },
			Report{}, `order S1 (customer_takes_less): the AWB is "AJ77" at Ajio, but "AJ78" at the warehouse`},
		{"the warehouse still has the parcel", func(e *Evidence) { e.Warehouse[0].Orders[0].Status = warehousetest.Labelled },
			Report{}, "order S1 (customer_takes_less): shipped at Ajio, but labelled in the warehouse ()"},
		{"the warehouse still picks a cancelled order", func(e *Evidence) { e.Warehouse[0].Orders[1].Status = warehousetest.Picking },
			Report{}, "order S3 (short_packed): cancelled, but picking in the warehouse ()"},

		{"an invoice for nothing shipped", func(e *Evidence) { ajioOrder(e, short).InvoiceNumber = "AJ/2" },
			Report{}, "order S3 (short_packed): it was not shipped, but has invoice AJ/2 at Ajio"},
		{"another invoice number", func(e *Evidence) { row(e, shipped).InvoiceNumber = "AJ/9" },
			Report{IRNsWrong: 1, QRsUnverified: 1}, `order S1 (customer_takes_less): the invoice number is "AJ/1" at Ajio, but "AJ/9" at Postgres`},
		{"another IRN", func(e *Evidence) { ajioOrder(e, shipped).IRN = "ff" },
			Report{}, `order S1 (customer_takes_less): the IRN is "ff" at Ajio, but "` + irnOf(erpSeller, "AJ/1") + `" at Postgres`},
		{"an invoice that the ERP thinks refused", func(e *Evidence) {
			e.ERP[0].Orders[0].Invoice.Status, e.ERP[0].Orders[0].Invoice.Answer = erptest.Refused, "BAD_DATA"
		}, Report{}, "order S1 (customer_takes_less): the ERP's invoice is refused: BAD_DATA"},
		{"the ERP invoiced other units", func(e *Evidence) { e.ERP[0].Orders[0].Invoice.Quantities = map[string]int{itemA: 3} },
			Report{}, "order S1 (customer_takes_less): item 469000000001: 2 units invoiced at Ajio, 3 by the ERP"},
		{"Postgres has other units invoiced", func(e *Evidence) { row(e, shipped).Invoiced = order.Quantities{"S10001": 1} },
			Report{}, "order S1 (customer_takes_less): line S10001: 2 units invoiced at Ajio, 1 in Postgres"},
		{"the document never reached Ajio", func(e *Evidence) { ajioOrder(e, shipped).DocumentSHA256 = "" },
			Report{}, "order S1 (customer_takes_less): Ajio has no document of the B2B invoice"},
		{"the label was not stored", func(e *Evidence) { delete(row(e, shipped).DocumentsByKind, postgres.KindShippingLabel) },
			Report{}, "order S1 (customer_takes_less): 0 documents of kind shipping_label are stored, expected 1"},

		{"Postgres has another manifest", func(e *Evidence) { row(e, shipped).ManifestID = "MF7" },
			Report{}, `order S1 (customer_takes_less): the manifest is "MF1" at Ajio, but "MF7" at Postgres`},
		{"the warehouse has another manifest", func(e *Evidence) { e.Warehouse[0].Orders[0].ManifestCode = "MF7" },
			Report{}, `order S1 (customer_takes_less): the manifest is "MF1" at Ajio, but "MF7" at the warehouse`},
		{"in no manifest of the ledger", func(e *Evidence) {
			call(e.Ajio.Calls, ajiotest.CallManifest, "MF1").Detail = nil
		}, Report{}, `order S1 (customer_takes_less): the manifest is "MF1" at Ajio, but "" at Ajio's ledger`},

		{"an IRN that is not that of the invoice", func(e *Evidence) {
			row(e, shipped).InvoiceDate = invoiced.AddDate(-1, 0, 0) // another financial year
		}, Report{IRNsWrong: 1}, "order S1, invoice AJ/1: IRN-002 Irn: " + irnOf(erpSeller, "AJ/1") + " is not the IRN of INV AJ/1 of 2025-26 by " +
			erpSeller + ", which is " + gst.IRN(erpSeller, invoiced.AddDate(-1, 0, 0), gst.Invoice, "AJ/1")},
		{"one IRN for two orders", func(e *Evidence) {
			row(e, short).InvoiceNumber, row(e, short).IRN, row(e, short).SignedQR = "AJ/1", row(e, shipped).IRN, row(e, shipped).SignedQR
		}, Report{IRNsWrong: 1}, "order S3 has the IRN of order S1"},
		{"one IRN for an order and an invoice of ours", func(e *Evidence) {
			row(e, short).IRN = own(e, ours).IRN
		}, Report{IRNsWrong: 2, QRsUnverified: 1}, "order S5 has the IRN of order S3"},
		{"a QR that nobody signed", func(e *Evidence) { row(e, shipped).SignedQR = "" },
			Report{QRsUnverified: 1}, "order S1, invoice AJ/1: its signed QR cannot be verified: QR-001 not three parts of base64url, joined by dots: " +
				"the signed string is needed, not its picture"},
		{"the QR of another invoice", func(e *Evidence) { row(e, shipped).SignedQR = row(e, short).SignedQR },
			Report{QRsUnverified: 1}, "order S1, invoice AJ/1: its signed QR is that of invoice AJ/3"},
		{"a QR of ours that another key signed", func(e *Evidence) {
			e.Key.PEM = gsttest.NewKey().PEM()
		}, Report{QRsUnverified: 4}, "order S5, invoice NV/26-27/000001: its signed QR cannot be verified: QR-003 the signature does not hold for key " + irpKey().ID()},

		{"a number is missing", func(e *Evidence) { own(e, second).Number = "NV/26-27/000003" },
			Report{IRNsWrong: 1, QRsUnverified: 1, RegistrationsWrong: 1, InvoiceNumbersMissing: 1},
			"seller 27AAPFU0939F1ZV, year 2026-27: there is no invoice with number 2, although there is one with 3"},
		{"a number is there twice", func(e *Evidence) { own(e, second).Number = "NV/26-27/000001" },
			Report{IRNsWrong: 1, QRsUnverified: 1, RegistrationsWrong: 1, InvoiceNumbersTwice: 1},
			"seller 27AAPFU0939F1ZV, year 2026-27: 2 invoices have number 1"},
		{"an invoice without a number", func(e *Evidence) { own(e, second).Number = "NV" },
			Report{IRNsWrong: 1, QRsUnverified: 1, RegistrationsWrong: 1}, "order S6: invoice NV has no running number"},

		{"never registered", func(e *Evidence) { e.IRP.Documents = e.IRP.Documents[1:] },
			Report{RegistrationsWrong: 1}, "order S5, invoice NV/26-27/000001: the IRP does not know it"},
		{"registered, and we do not know", func(e *Evidence) { own(e, ours).Registered = false },
			Report{RegistrationsWrong: 1}, "order S5, invoice NV/26-27/000001: it is registered at the IRP, but Postgres does not know"},
		{"cancelled at the IRP only", func(e *Evidence) { e.IRP.Documents[0].Status = irpwire.StatusCancelled },
			Report{RegistrationsWrong: 1}, "order S5, invoice NV/26-27/000001: it is CNL at the IRP, expected ACT"},
		{"registered under another number", func(e *Evidence) { e.IRP.Documents[0].Number = "NV/26-27/000009" },
			Report{RegistrationsWrong: 1}, "order S5, invoice NV/26-27/000001: the IRP registered NV/26-27/000009 of 27AAPFU0939F1ZV"},
		{"the IRP signed another QR", func(e *Evidence) { e.IRP.Documents[0].SignedQR = "x" },
			Report{RegistrationsWrong: 1}, "order S5, invoice NV/26-27/000001: the IRP signed another QR"},
		{"registered over another total", func(e *Evidence) { e.IRP.Documents[0].TotalPaise++ },
			Report{RegistrationsWrong: 1}, "order S5, invoice NV/26-27/000001: the IRP registered another total or other lines"},
		{"registered for no order", func(e *Evidence) {
			e.IRP.Documents = append(e.IRP.Documents, irptest.DocumentState{Type: "INV", Number: "NV/26-27/000003", GSTIN: rmsSeller, IRN: "ab"})
		}, Report{RegistrationsWrong: 1}, "INV NV/26-27/000003 of 27AAPFU0939F1ZV is registered at the IRP, but no order has it"},

		{"shipped without an invoice of ours", func(e *Evidence) {
			e.Postgres.Invoices, e.IRP.Documents = e.Postgres.Invoices[:1], e.IRP.Documents[:1]
		}, Report{}, "order S6 (short_packed): shipped: true, but it has a valid invoice of ours: false"},
		{"an invoice of ours where the ERP makes it", func(e *Evidence) { e.Cast[4].Model = order.ERPModel },
			Report{}, "order S5 (short_packed): its ERP makes the invoice, but vmsflow made NV/26-27/000001"},
		{"other units on our invoice", func(e *Evidence) { own(e, ours).Content.Lines[0].Units = 2 },
			Report{}, "order S5 (short_packed): line S50001: 1 units invoiced at Ajio, 2 on our invoice"},
		{"another invoice of ours at Ajio", func(e *Evidence) { ajioOrder(e, ours).InvoiceNumber = "NV/26-27/000007" },
			Report{}, `order S5 (short_packed): the invoice number is "NV/26-27/000007" at Ajio, but "NV/26-27/000001" at Postgres`},
		{"the unit that was not found is not short-picked", func(e *Evidence) {
			line := &ajioOrder(e, ours).Lines[0]
			line.ShortPicked, line.SellerCancelled = 0, 1
		}, Report{CancelledQuantitiesDiffer: 2}, "order S5 (short_packed): 0 units are short-picked at Ajio, expected the one that was not found"},
		{"the workflow cancelled other units than Ajio", func(e *Evidence) { e.Temporal[0].Lines[0].CustomerCancelled = 2 },
			Report{CancelledQuantitiesDiffer: 1}, "order S1 (customer_takes_less): line S10001: 1 units customer-cancelled at Ajio, 2 in its workflow"},

		{"an accepted message that nobody was told", func(e *Evidence) { e.Postgres.Undone = []string{"message 3 (packed of order S1)"} },
			Report{}, "message 3 (packed of order S1) was accepted, but no workflow was told"},
		{"a message without an answer", func(e *Evidence) { e.Postgres.Messages[0].Accepted = false },
			Report{}, "order S1: Postgres does not know that the ERP took OUTWARD_ORDER_CREATE"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			evidence := good()
			test.tamper(&evidence)
			report := Audit(evidence)
			require.False(t, report.Clean)
			require.Contains(t, report.Mismatches, test.says)
			report.Mismatches = nil
			require.Equal(t, test.counts, report)
		})
	}
}

// good is the evidence of a run in which everything went right.
func good() Evidence {
	e := goodWithERP()
	addOurs(&e, ours, 1)
	addOurs(&e, second, 2)
	return e
}

// goodWithERP has the orders whose invoices an ERP makes, one for each outcome.
func goodWithERP() Evidence {
	line := func(id, item string, l ajiotest.LineState) []ajiotest.LineState {
		l.OrderItemID, l.ItemCode = id+"0001", item
		return []ajiotest.LineState{l}
	}
	cancelled, after := listedAt.Add(time.Hour), listedAt.Add(hold+time.Minute)
	return Evidence{
		Hold:   hold,
		Loaded: map[Item]int{{pob, itemA}: loaded, {pob, itemB}: loaded},
		Pobs: []world.Pob{
			{Code: pob, Model: order.ERPModel, GSTIN: erpSeller}, {Code: rmsPob, Model: order.RMSModel, GSTIN: rmsSeller},
		},
		Key: irptest.PublicKey{KeyID: irpKey().ID(), PEM: irpKey().PEM(), Issuer: gsttest.Issuer},
		Cast: []world.Arrived{
			{OrderID: shipped, Pob: pob, Model: order.ERPModel, Story: world.CustomerTakesLess, Return: world.Kept},
			{OrderID: taken, Pob: pob, Model: order.ERPModel, Story: world.CustomerCancels, Return: world.Kept},
			{OrderID: short, Pob: pob, Model: order.ERPModel, Story: world.ShortPacked, Return: world.Kept},
			{OrderID: rejected, Pob: pob, Model: order.ERPModel, Story: world.NoStock, Return: world.Kept},
		},
		Ajio: Ajio{
			Orders: []ajiotest.OrderState{
				{
					OrderID: shipped, Pob: pob, Status: wire.StatusDispatched, Acknowledgement: wire.AckAccept, TrackingNumber: "AJ77",
					CustomerCancelledAt: &cancelled, PONumber: "4701", InvoiceNumber: "AJ/1", IRN: irnOf(erpSeller, "AJ/1"), DocumentSHA256: "d1", ManifestID: "MF1",
					Lines: line(shipped, itemA, ajiotest.LineState{Ordered: 3, CustomerCancelled: 1, Confirmed: 2, Invoiced: 2}),
				},
				{
					OrderID: taken, Pob: pob, Status: wire.StatusCancelled, CustomerCancelledAt: &cancelled,
					Lines: line(taken, itemA, ajiotest.LineState{Ordered: 1, CustomerCancelled: 1}),
				},
				{
					OrderID: short, Pob: pob, Status: wire.StatusCancelled, Acknowledgement: wire.AckAccept, PONumber: "4703",
					Lines: line(short, itemB, ajiotest.LineState{Ordered: 2, Confirmed: 2, SellerCancelled: 2}),
				},
				{
					OrderID: rejected, Pob: pob, Status: wire.StatusCancelled, Acknowledgement: wire.AckCancel,
					Lines: line(rejected, "469000000003", ajiotest.LineState{Ordered: 1, SellerCancelled: 1}),
				},
			},
			Calls: []simulate.Call{
				{
					At: listedAt, Name: ajiotest.CallPendency, Status: 200,
					Detail: detail(map[string]any{"order_ids": []string{shipped, taken, short, rejected}}),
				},
				effect(ajiotest.CallAcknowledge, rejected, listedAt.Add(time.Second)), // nothing to hold back
				effect(ajiotest.CallAcknowledge, shipped, after),
				effect(ajiotest.CallAcknowledge, short, after),
				effect(ajiotest.CallGenerate, shipped, after.Add(time.Hour)),
				effect(ajiotest.CallCancel, short, after.Add(time.Hour)),
				{
					At: after.Add(2 * time.Hour), Name: ajiotest.CallManifest, Key: "MF1", Effect: true,
					Detail: detail(map[string]any{"included": []string{shipped}}),
				},
			},
		},
		ERP: []ERP{{
			Pob: pob,
			State: erptest.State{Orders: []erptest.OrderState{
				{OrderCode: shipped, PurchaseOrder: "4701", Invoice: erptest.InvoiceState{
					Status: erptest.Accepted, Number: "AJ/1", IRN: irnOf(erpSeller, "AJ/1"), Quantities: map[string]int{itemA: 2},
				}},
				{OrderCode: short, PurchaseOrder: "4703", Cancelled: true},
			}},
			Calls: []simulate.Call{
				effect(erptest.CallCreate, shipped, after), effect(erptest.CallCreate, short, after),
				effect(erptest.CallCancel, short, after.Add(time.Hour)),
			},
		}},
		Warehouse: []Warehouse{{
			Pob: pob,
			State: warehousetest.State{Orders: []warehousetest.OrderState{
				{OrderID: shipped, Status: warehousetest.Manifested, Packed: map[string]int{itemA: 2}, AWB: "AJ77", ManifestCode: "MF1"},
				{OrderID: short, Status: warehousetest.PutBack},
			}},
		}},
		Postgres: Postgres{
			Orders: []Row{
				{
					Pob: pob, OrderID: shipped, Outcome: order.Completed, PONumber: "4701", InvoiceNumber: "AJ/1", IRN: irnOf(erpSeller, "AJ/1"), ManifestID: "MF1",
					InvoiceDate: invoiced, SignedQR: signedQR(erpSeller, "AJ/1"),
					Acknowledged: true, Posted: true, Confirmed: order.Quantities{"S10001": 2}, Packed: order.Quantities{"S10001": 2},
					Invoiced:        order.Quantities{"S10001": 2},
					DocumentsByKind: map[string]int{postgres.KindB2BInvoice: 1, postgres.KindB2CInvoice: 1, postgres.KindShippingLabel: 1},
				},
				{Pob: pob, OrderID: taken, Outcome: order.CancelledByCustomer},
				{
					Pob: pob, OrderID: short, Outcome: order.CancelledBySeller, PONumber: "4703", InvoiceNumber: "AJ/3",
					InvoiceDate: invoiced, IRN: irnOf(erpSeller, "AJ/3"), SignedQR: signedQR(erpSeller, "AJ/3"),
					Acknowledged: true, Posted: true, Confirmed: order.Quantities{"S30001": 2}, Invoiced: order.Quantities{"S30001": 2},
				},
				{Pob: pob, OrderID: rejected, Outcome: order.Rejected},
			},
			Messages: []Message{
				{ID: 1, OrderID: shipped, Event: "OUTWARD_ORDER_CREATE", Accepted: true},
				{ID: 2, OrderID: short, Event: "OUTWARD_ORDER_CREATE", Accepted: true},
				{ID: 3, OrderID: short, Event: "OUTWARD_ORDER_CANCEL", Accepted: true},
			},
			Stock: []Stock{{Item: Item{pob, itemA}, OnHand: loaded - 2}, {Item: Item{pob, itemB}, OnHand: loaded}},
		},
		Temporal: []Execution{
			{
				WorkflowID: "order:DV1:S1", Status: "Completed", Stage: "ended", Outcome: order.Completed,
				Lines: []contract.LineState{{OrderItemID: "S10001", Ordered: 3, CustomerCancelled: 1}},
			},
			{
				WorkflowID: "order:DV1:S2", Status: "Completed", Stage: "ended", Outcome: order.CancelledByCustomer,
				Lines: []contract.LineState{{OrderItemID: "S20001", Ordered: 1, CustomerCancelled: 1}},
			},
			{
				WorkflowID: "order:DV1:S3", Status: "Completed", Stage: "ended", Outcome: order.CancelledBySeller,
				Lines: []contract.LineState{{OrderItemID: "S30001", Ordered: 2, SellerCancelled: 2}},
			},
			{
				WorkflowID: "order:DV1:S4", Status: "Completed", Stage: "ended", Outcome: order.Rejected,
				Lines: []contract.LineState{{OrderItemID: "S40001", Ordered: 1, SellerCancelled: 1}},
			},
		},
	}
}

// addOurs adds an order for two units whose packer found one; we invoiced that under the n-th number.
func addOurs(e *Evidence, id string, n int) {
	line, po, manifest, awb := id+"0001", "48"+id, "MF"+id, "AJ88"+id
	number := fmt.Sprintf("NV/26-27/%06d", n)
	irn, qr := irnOf(rmsSeller, number), signedQR(rmsSeller, number)
	after := listedAt.Add(hold + time.Minute)
	one := order.Quantities{line: 1}
	e.Cast = append(e.Cast, world.Arrived{OrderID: id, Pob: rmsPob, Model: order.RMSModel, Story: world.ShortPacked, Return: world.Kept})
	e.Loaded[Item{rmsPob, id}] = loaded
	e.Ajio.Orders = append(e.Ajio.Orders, ajiotest.OrderState{
		OrderID: id, Pob: rmsPob, Status: wire.StatusDispatched, Acknowledgement: wire.AckAccept, TrackingNumber: awb,
		PONumber: po, InvoiceNumber: number, IRN: irn, DocumentSHA256: "d1", ManifestID: manifest,
		Lines: []ajiotest.LineState{{OrderItemID: line, ItemCode: id, Ordered: 2, Confirmed: 2, ShortPicked: 1, Invoiced: 1}},
	})
	shown := effect(ajiotest.CallPendency, id, listedAt)
	shown.Detail = detail(map[string]any{"order_ids": []string{id}})
	made := effect(ajiotest.CallManifest, manifest, after.Add(2*time.Hour))
	made.Detail = detail(map[string]any{"included": []string{id}})
	e.Ajio.Calls = append(e.Ajio.Calls, shown, effect(ajiotest.CallAcknowledge, id, after), effect(ajiotest.CallGenerate, id, after.Add(time.Hour)), made)
	e.ERP = append(e.ERP, ERP{Pob: rmsPob, State: erptest.State{Orders: []erptest.OrderState{{OrderCode: id, PurchaseOrder: po}}}})
	e.Warehouse = append(e.Warehouse, Warehouse{Pob: rmsPob, State: warehousetest.State{Orders: []warehousetest.OrderState{
		{OrderID: id, Status: warehousetest.Manifested, Packed: map[string]int{id: 1}, AWB: awb, ManifestCode: manifest},
	}}})
	e.IRP.Documents = append(e.IRP.Documents, irptest.DocumentState{
		GSTIN: rmsSeller, Type: "INV", Number: number, IRN: irn, Status: irpwire.StatusActive, TotalPaise: 105_00, ItemCount: 1, SignedQR: qr,
	})
	e.Postgres.Orders = append(e.Postgres.Orders, Row{
		Pob: rmsPob, OrderID: id, Outcome: order.Completed, PONumber: po, InvoiceNumber: number, InvoiceDate: invoiced, IRN: irn, SignedQR: qr,
		ManifestID: manifest, Acknowledged: true, Posted: true, Confirmed: order.Quantities{line: 2}, Packed: one, Invoiced: one,
		DocumentsByKind: map[string]int{postgres.KindB2BInvoice: 1, postgres.KindB2CInvoice: 1, postgres.KindShippingLabel: 1},
	})
	e.Postgres.Invoices = append(e.Postgres.Invoices, OwnInvoice{
		Pob: rmsPob, OrderID: id, GSTIN: rmsSeller, FinancialYear: "2026-27", Number: number, Date: invoiced, IRN: irn, SignedQR: qr,
		Registered: true, Content: rms.Invoice{Total: 105_00, Lines: []rms.Line{{OrderItemID: line, Units: 1}}},
	})
	e.Postgres.Stock = append(e.Postgres.Stock, Stock{Item: Item{rmsPob, id}, OnHand: loaded - 1})
	e.Temporal = append(e.Temporal, Execution{
		WorkflowID: contract.OrderWorkflowID(rmsPob, id), Status: "Completed", Stage: "ended", Outcome: order.Completed,
		Lines: []contract.LineState{{OrderItemID: line, Ordered: 2, ShortPicked: 1}},
	})
}

func effect(name, key string, at time.Time) simulate.Call {
	return simulate.Call{At: at, Name: name, Key: key, Status: 200, Effect: true}
}

func detail(v any) json.RawMessage {
	encoded, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return encoded
}

func call(calls []simulate.Call, name, key string) *simulate.Call {
	return &calls[slices.IndexFunc(calls, func(c simulate.Call) bool { return c.Name == name && c.Key == key })]
}

func ajioOrder(e *Evidence, id string) *ajiotest.OrderState {
	return &e.Ajio.Orders[slices.IndexFunc(e.Ajio.Orders, func(o ajiotest.OrderState) bool { return o.OrderID == id })]
}

func row(e *Evidence, id string) *Row {
	return &e.Postgres.Orders[slices.IndexFunc(e.Postgres.Orders, func(r Row) bool { return r.OrderID == id })]
}
