package ajiotest_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"vmsflow/internal/ajio/ajiotest"
	"vmsflow/internal/ajio/wire"
)

func TestAnAcknowledgementNamesEveryLineOnceWithAllItsUnits(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		status string
		units  []int
		code   string // "" is a success
		after  wire.Status
	}{
		"all":                          {"Acknowledge", []int{2, 0, 1, 0}, "", "CONFIRMED"},
		"part of a line":               {"Acknowledge", []int{1, 1, 1, 0}, "", "CONFIRMED"},
		"a line with nothing":          {"Acknowledge", []int{2, 0, 0, 1}, "", "CONFIRMED"},
		"whole refusal":                {"Cancel", []int{0, 2, 0, 1}, "", "CANCELLED"},
		"nothing confirmed":            {"Acknowledge", []int{0, 2, 0, 1}, "SIM_QUANTITY", "PENDING"},
		"cancel with units":            {"Cancel", []int{2, 0, 0, 1}, "SIM_QUANTITY", "PENDING"},
		"too many":                     {"Acknowledge", []int{3, 0, 1, 0}, "SIM_QUANTITY", "PENDING"},
		"too few":                      {"Acknowledge", []int{1, 0, 1, 0}, "SIM_QUANTITY", "PENDING"},
		"below zero":                   {"Acknowledge", []int{3, -1, 1, 0}, "SIM_QUANTITY", "PENDING"},
		"a line missing":               {"Acknowledge", []int{2, 0}, "SIM_QUANTITY", "PENDING"},
		"a line that is not there":     {"Acknowledge", []int{2, 0, 1, 0, 1, 0}, "SIM_BAD_REQUEST", "PENDING"},
		"a word that is neither":       {"Acknowledged", []int{2, 0, 1, 0}, "SIM_BAD_REQUEST", "PENDING"},
		"no status":                    {"", []int{2, 0, 1, 0}, "SIM_BAD_REQUEST", "PENDING"},
		"nothing at all":               {"Acknowledge", nil, "SIM_QUANTITY", "PENDING"},
		"cancelled without every line": {"Cancel", []int{0, 2}, "SIM_QUANTITY", "PENDING"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			id := b.place()
			got := b.ds("POST", "/orders", ack(id, c.status, c.units...))
			require.Equal(t, 200, got.status)
			if c.code == "" {
				require.Contains(t, got.body, `"failed_items":[]`)
			} else {
				require.Contains(t, got.body, `"success":[]`)
				require.Contains(t, got.body, c.code)
			}
			require.Equal(t, c.after, b.state(id).Status)
			calls := b.Ledger.Named(ajiotest.CallAcknowledge)
			require.Equal(t, c.code == "", calls[0].Effect)
			require.Equal(t, id, calls[0].Key)
			require.Equal(t, "BLR1", calls[0].Client)
		})
	}
}

func TestAnAcknowledgementMayBeRepeatedWithTheSameContentOnly(t *testing.T) {
	t.Parallel()
	b := setup(t)
	id := b.place()
	require.Contains(t, b.ds("POST", "/orders", ack(id, "Acknowledge", 2, 0, 0, 1)).body, `"failed_items":[]`)
	require.Contains(t, b.ds("POST", "/orders", ack(id, "Acknowledge", 2, 0, 0, 1)).body, `"failed_items":[]`)
	require.Contains(t, b.ds("POST", "/orders", ack(id, "Acknowledge", 2, 0, 1, 0)).body, "SIM_ALREADY_DONE")
	calls := b.Ledger.Named(ajiotest.CallAcknowledge)
	require.Equal(t, []bool{true, false, false}, []bool{calls[0].Effect, calls[1].Effect, calls[2].Effect})
	lines := b.state(id).Lines
	require.Equal(t, []int{2, 0, 0, 1}, []int{lines[0].Confirmed, lines[0].SellerCancelled, lines[1].Confirmed, lines[1].SellerCancelled})
}

func TestACustomerCancelsUntilTheAcknowledgementAndNotAfter(t *testing.T) {
	t.Parallel()
	b := setup(t)
	id := b.place()
	require.NoError(t, b.CancelUnitsByCustomer(id, lineID(id, 0), 1))
	require.Error(t, b.CancelUnitsByCustomer(id, lineID(id, 0), 2))
	require.NoError(t, b.CancelUnitsByCustomer(id, lineID(id, 1), 1))
	require.Contains(t, b.ds("POST", "/orders", ack(id, "Acknowledge", 2, 0, 1, 0)).body, "SIM_QUANTITY", "ordered is net")
	require.Contains(t, b.ds("POST", "/orders", ack(id, "Acknowledge", 1, 0)).body, `"failed_items":[]`, "the emptied line may be left out")
	require.Error(t, b.CancelByCustomer(id))
	got := b.ds("GET", "/orders?orderIds="+id, nil)
	require.Contains(t, got.body, `"quantity":2`)
	require.Contains(t, got.body, `"customer_cancelled_qty":1,"seller_cancelled_qty":0,"seller_short_picked_qty":0`)

	gone := b.place()
	require.NoError(t, b.CancelByCustomer(gone))
	require.Contains(t, b.ds("POST", "/orders", ack(gone, "Acknowledge", 2, 0, 1, 0)).body, "SIM_CUSTOMER_CANCELLED")
	require.NotContains(t, b.ds("GET", "/orders/pendency", nil).body, gone)
	require.Equal(t, wire.StatusCancelled, b.state(gone).Status)
	require.NotNil(t, b.state(gone).CustomerCancelledAt)
}

func TestAnInvoiceIsGeneratedOnceForAtMostTheLiveUnitsOfThePO(t *testing.T) {
	t.Parallel()
	b := setup(t, func(o *ajiotest.Options) { o.PODelay = func(string) time.Duration { return time.Hour } })
	id := b.place()
	generate := func(body object) string { return b.ds("POST", "/orders/b2bInvoice", body).body }
	require.Contains(t, generate(b.invoice(id, 2, 1)), "SIM_STATE")
	b.acknowledge(id)
	require.Contains(t, generate(b.invoice(id, 2, 1)), "SIM_PO_PENDING")
	b.later(time.Hour)
	wrong := b.invoice(id, 2, 1)
	wrong["po_number"] = "4711"
	require.Contains(t, generate(wrong), "SIM_BAD_REQUEST")
	require.Contains(t, generate(b.invoice(id, 0, 0)), "SIM_QUANTITY")
	require.Contains(t, generate(b.invoice(id, 3, 1)), "SIM_QUANTITY")
	require.Contains(t, generate(b.invoice(id, 1, 0)), "SUCCESS")
	require.Contains(t, generate(b.invoice(id, 1, 0)), "SIM_ALREADY_DONE", "whatever the content")
	state := b.state(id)
	require.Equal(t, wire.StatusPacked, state.Status)
	require.Equal(t, 7, state.GenerateCount)
	require.Equal(t, []int{1, 1, 0, 1}, []int{state.Lines[0].Invoiced, state.Lines[0].ShortPicked, state.Lines[1].Invoiced, state.Lines[1].ShortPicked})
}

func TestUploadNeedsTheInvoiceAndUnderEInvoicingTheIRN(t *testing.T) {
	t.Parallel()
	b := setup(t)
	id := b.place()
	attach := func(irn string) string {
		return b.ds("PUT", "/orders/b2bInvoice", object{"order_id": id, "invoice_number": "AJ/1", "irn": irn, "qr_code": "qr"}).body
	}
	upload := func(number, document, url string) answer {
		return b.ds("POST", "/orders/b2bInvoice/document", object{"order_id": id, "invoice_number": number, "document": document, "document_url": url})
	}
	b.acknowledge(id)
	require.Contains(t, attach("irn"), "SIM_STATE")
	require.Contains(t, b.ds("POST", "/orders/b2bInvoice", b.invoice(id, 2, 1)).body, "SUCCESS")
	require.Contains(t, upload("AJ/1", "JVBERi0=", "").body, "SIM_STATE", "no IRN")
	require.Contains(t, attach(""), "SIM_BAD_REQUEST")
	require.Contains(t, attach("irn"), "SUCCESS")
	require.Contains(t, attach("irn"), "SUCCESS", "the same content again")
	require.Contains(t, attach("another"), "SIM_ALREADY_DONE")
	require.Equal(t, 400, upload("AJ/1", "", "").status)
	require.Equal(t, 400, upload("AJ/1", "JVBERi0=", "https://erp.example/1.pdf").status)
	require.Equal(t, 400, upload("AJ/1", "no base64!", "").status)
	require.Contains(t, upload("AJ/2", "JVBERi0=", "").body, "SIM_BAD_REQUEST")
	require.Equal(t, 404, b.ds("GET", "/orders/shippingLabel?orderId="+id, nil).status)
	require.Contains(t, upload("AJ/1", "JVBERi0=", "").body, "SUCCESS")
	require.Equal(t, wire.StatusReadyToDispatch, b.state(id).Status)
	require.Contains(t, upload("AJ/1", "", "https://erp.example/1.pdf").body, "SUCCESS", "replaces the first")
	require.Contains(t, b.ds("GET", "/orders/b2bInvoice?orderId="+id, nil).body, `"document_url":"https://erp.example/1.pdf"`)
	require.Contains(t, b.ds("POST", "/manifest", b.manifest(id)).body, `"SUCCESS"`)
	require.Contains(t, upload("AJ/1", "JVBERi0=", "").body, "SIM_STATE", "dispatched")
	var effects []bool
	for _, call := range b.Ledger.Named(ajiotest.CallUpload) {
		effects = append(effects, call.Effect)
	}
	require.Equal(t, []bool{false, false, false, false, false, true, true, false}, effects)
}

func TestAManifestTakesWhatIsReadyOfOneCarrierAndNamesTheRest(t *testing.T) {
	t.Parallel()
	b := setup(t)
	good := b.place()
	b.ready(good)
	for name, c := range map[string]struct {
		spoil func(shipment object)
		code  string
	}{
		"another AWB":     {func(s object) { s["tracking_number"] = "X" }, "SIM_BAD_REQUEST"},
		"another invoice": {func(s object) { s["invoice_number"] = "AJ/2" }, "SIM_BAD_REQUEST"},
		"unknown order":   {func(s object) { s["order_id"] = "S1" }, "SIM_UNKNOWN_ORDER"},
		"not ready":       {func(s object) { s["order_id"] = b.place() }, "SIM_STATE"},
	} {
		body := b.manifest(good)
		c.spoil(body["shipments"].([]object)[0])
		got := b.ds("POST", "/manifest", body)
		require.Contains(t, got.body, `"FAILED"`, name)
		require.Contains(t, got.body, `"manifest_id":null`, name)
		require.Contains(t, got.body, c.code, name)
	}
	wrong := b.manifest(good)
	wrong["carrier"] = "PIGEON"
	require.Contains(t, b.ds("POST", "/manifest", wrong).body, "SIM_BAD_REQUEST")
	require.Empty(t, b.state(good).ManifestID)

	twice := b.ds("POST", "/manifest", b.manifest(good, good))
	require.Contains(t, twice.body, "PARTIAL_SUCCESS")
	require.Contains(t, twice.body, "SIM_ALREADY_DONE")
	state := b.state(good)
	require.Equal(t, wire.StatusDispatched, state.Status)
	calls := b.Ledger.Named(ajiotest.CallManifest)
	require.Equal(t, state.ManifestID, calls[len(calls)-1].Key)
	var detail struct{ Included []string }
	require.NoError(t, json.Unmarshal(calls[len(calls)-1].Detail, &detail))
	require.Equal(t, []string{good}, detail.Included)
	require.NoError(t, b.Deliver(good))
	require.Equal(t, wire.StatusDelivered, b.state(good).Status)
}

func TestLimitsAreHTTP400(t *testing.T) {
	t.Parallel()
	b := setup(t, func(o *ajiotest.Options) { o.PageBase = 1 })
	ids := strings.TrimSuffix(strings.Repeat("S1,", 51), ",")
	shipments := make([]object, 251)
	for name, got := range map[string]answer{
		"51 ids":            b.ds("GET", "/orders?orderIds="+ids, nil),
		"51 rows":           b.ds("GET", "/orders/pendency?pageSize=51", nil),
		"0 rows":            b.ds("GET", "/orders/pendency?pageSize=0", nil),
		"below the base":    b.ds("GET", "/orders/pendency?pageNumber=0", nil),
		"page of letters":   b.ds("GET", "/orders/pendency?pageNumber=x", nil),
		"date of its own":   b.ds("GET", "/orders/pendency?orderDateFrom=17.11.2025", nil),
		"251 shipments":     b.ds("POST", "/manifest", object{"carrier": "D", "shipments": shipments}),
		"no shipments":      b.ds("POST", "/manifest", object{"carrier": "D"}),
		"not JSON":          b.call("POST", "/ds/vmsflow/orders", "{"),
		"neither ids":       b.ds("GET", "/orders", nil),
		"no order":          b.ds("POST", "/orders/cancel", object{}),
		"invoice of nobody": b.ds("POST", "/orders/b2bInvoice", object{}),
	} {
		require.Equal(t, 400, got.status, name)
		require.Contains(t, got.body, `"success":false,"statusCode":400,"error_message":"SIM_`, name)
	}
	require.Equal(t, 200, b.ds("GET", "/orders/pendency?pageNumber=1&pageSize=50", nil).status)
	require.Equal(t, 200, b.ds("GET", "/orders?orderIds="+strings.TrimSuffix(strings.Repeat("S1,", 50), ","), nil).status)
}

func TestThePendencyIsFilteredByOrderTimeFromInclusiveToExclusive(t *testing.T) {
	t.Parallel()
	b := setup(t)
	at := b.now()
	b.SeedOrders(4, "BLR1", ajiotest.SeedOptions{From: at, SpanSeconds: 4})
	total := func(from, to time.Time) int {
		var answer struct {
			Page struct {
				TotalElements int `json:"totalElements"`
			} `json:"page"`
		}
		query := fmt.Sprintf("?orderDateFrom=%s&orderDateTo=%s", from.Format(wire.QueryTime), to.Format(wire.QueryTime))
		require.NoError(t, json.Unmarshal([]byte(b.ds("GET", "/orders/pendency"+query, nil).body), &answer))
		return answer.Page.TotalElements
	}
	require.Equal(t, 4, total(at, at.Add(4*time.Second)))
	require.Equal(t, 2, total(at.Add(time.Second), at.Add(3*time.Second)))
	require.Equal(t, 0, total(at.Add(4*time.Second), at.Add(time.Hour)))
}

func TestConfirmedOrdersCanBeSweptByStatus(t *testing.T) {
	t.Parallel()
	b := setup(t)
	confirmed, pending := b.place(), b.place()
	b.acknowledge(confirmed)
	got := b.ds("GET", "/orders?orderStatus=CONFIRMED&pageNumber=0&pageSize=50", nil)
	require.Contains(t, got.body, confirmed)
	require.NotContains(t, got.body, pending)
}
