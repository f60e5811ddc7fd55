package ajiotest_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"vmsflow/internal/ajio/ajiotest"
	"vmsflow/internal/simulate"
)

func TestATokenLivesThirtyMinutes(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.advance(30*time.Minute - time.Second)
	require.Equal(t, 200, b.ds("GET", "/orders/pendency", nil).status)
	b.advance(time.Second)
	got := b.ds("GET", "/orders/pendency", nil)
	require.Equal(t, 401, got.status)
	require.Contains(t, got.body, "SIM_TOKEN")
	calls := b.Ledger.Named(ajiotest.CallPendency)
	require.Equal(t, "BLR1", calls[1].Client, "the ledger knows whose token it was")
	require.Equal(t, 401, b.callAs("made-up", "GET", "/ds/vmsflow/orders/pendency", "").status)
	require.Equal(t, 401, b.callAs("", "POST", "/authToken", `{"username": "DV1", "password": "two"}`).status)
}

func TestOlderTokensStayValidUnlessSwitched(t *testing.T) {
	t.Parallel()
	for kills, status := range map[bool]int{false: 200, true: 401} {
		b := setup(t, func(o *ajiotest.Options) { o.Quirks.NewLoginKillsTokens = kills })
		b.login("DV2", "two")
		require.Equal(t, 200, b.ds("GET", "/orders/pendency", nil).status, "another user's login changes nothing")
		b.login("DV1", "one")
		require.Equal(t, status, b.ds("GET", "/orders/pendency", nil).status)
	}
}

func TestNoDataCrossesPOBs(t *testing.T) {
	t.Parallel()
	b := setup(t)
	id := b.place()
	b.ready(id)
	b.ds("POST", "/manifest", b.manifest(id))
	manifest, mine := b.state(id).ManifestID, b.token
	b.token = b.login("DV2", "two")
	require.NotContains(t, b.ds("GET", "/orders/pendency", nil).body, id)
	require.Contains(t, b.ds("GET", "/orders?orderIds="+id, nil).body, `"orders":[]`)
	require.Contains(t, b.ds("POST", "/orders", ack(id, "Cancel", 0, 2, 0, 1)).body, "SIM_UNKNOWN_ORDER")
	for _, path := range []string{
		"/orders/b2bInvoice?orderId=" + id, "/orders/b2cInvoice?orderId=" + id, "/orders/shippingLabel?orderId=" + id,
		"/manifest/" + manifest, "/manifest?orderId=" + id,
	} {
		require.Equal(t, 404, b.ds("GET", path, nil).status, path)
	}
	files := []string{"/files/b2b/" + id, "/files/b2c/" + id, "/files/label/" + id, "/files/po/" + id, "/files/manifest/" + manifest}
	for _, file := range files {
		require.Equal(t, 404, b.call("GET", file+".pdf", "").status, file)
		require.Equal(t, 401, b.callAs("", "GET", file+".pdf", "").status, file)
		got := b.callAs(mine, "GET", file+".pdf", "")
		require.Equal(t, 200, got.status, file)
		require.Equal(t, "%PDF", got.body[:4], file)
	}
}

func TestTheThrottleCountsAUsersCallsInAFixedMinute(t *testing.T) {
	t.Parallel()
	b := setup(t, func(o *ajiotest.Options) { o.ThrottlePerMinute = 0 })
	b.mu.Lock()
	b.clock = time.Date(2025, 11, 17, 10, 0, 15, 0, time.UTC)
	b.mu.Unlock()
	b.token = b.login("DV1", "one")
	for i := range 60 {
		require.Equal(t, 200, b.ds("GET", "/orders/pendency", nil).status, i)
	}
	got := b.ds("GET", "/orders/pendency", nil)
	require.Equal(t, 429, got.status)
	require.Equal(t, "45", got.header.Get("Retry-After"))
	b.token = b.login("DV1", "one")
	require.Equal(t, 429, b.ds("GET", "/orders/pendency", nil).status, "a new token does not reset it")
	other := b.login("DV2", "two")
	require.Equal(t, 200, b.callAs(other, "GET", "/ds/vmsflow/orders/pendency", "").status, "it is per user")
	b.advance(45 * time.Second)
	require.Equal(t, 200, b.ds("GET", "/orders/pendency", nil).status)
	throttled := b.Ledger.Calls(func(c simulate.Call) bool { return c.Status == 429 })
	require.Len(t, throttled, 2)
}

func TestAFaultWithoutEffectLeavesTheOrderAlone(t *testing.T) {
	t.Parallel()
	for fault, status := range map[simulate.Fault]int{
		simulate.TooManyRequests: 429, simulate.ServerError: 500, simulate.Unavailable: 503, simulate.TokenExpired: 401, simulate.Refused: 200,
	} {
		b := setup(t)
		id := b.place()
		b.Faults.Next(ajiotest.CallAcknowledge, fault, 1)
		require.Equal(t, status, b.ds("POST", "/orders", ack(id, "Acknowledge", 2, 0, 1, 0)).status, fault)
		require.Equal(t, ajiotest.Pending, b.state(id).Status)
		call := b.Ledger.Named(ajiotest.CallAcknowledge)[0]
		require.False(t, call.Effect)
		require.Equal(t, fault, call.Fault)
		require.Equal(t, status, call.Status)
		require.Equal(t, id, call.Key)
	}
}

func TestRefusedOnDemandKeepsTheLastShipmentOutOfAManifest(t *testing.T) {
	t.Parallel()
	b := setup(t)
	first := b.place()
	b.ready(first)
	second := b.place()
	for b.state(second).Carrier != b.state(first).Carrier {
		second = b.place()
	}
	b.ready(second)
	b.Faults.Next(ajiotest.CallManifest, simulate.Refused, 1)
	require.Contains(t, b.ds("POST", "/manifest", b.manifest(first, second)).body, "PARTIAL_SUCCESS")
	require.NotEmpty(t, b.state(first).ManifestID)
	require.Empty(t, b.state(second).ManifestID)
}

func TestEveryNthWritingCallIsRefusedInItsOwnShapeAndGoesThroughTheSecondTime(t *testing.T) {
	t.Parallel()
	b := setup(t, func(o *ajiotest.Options) { o.RefuseEvery = 1 })
	id, cancelled := b.place(), b.place()
	twice := func(name, refusal, success string, call func() answer) {
		t.Helper()
		require.Equal(t, 200, b.ds("GET", "/orders?orderIds="+id, nil).status, "a read is never refused")
		before := b.state(id)
		first := call()
		require.Equal(t, 200, first.status, name)
		require.Contains(t, first.body, refusal, name)
		require.Contains(t, first.body, "SIM_STATE: refused on demand", name)
		require.Equal(t, before, b.state(id), name)
		require.Contains(t, call().body, success, name)
		calls := b.Ledger.Named(name)
		last := calls[len(calls)-2:]
		require.Equal(t, []simulate.Fault{simulate.Refused, simulate.None}, []simulate.Fault{last[0].Fault, last[1].Fault}, name)
		require.Equal(t, []bool{false, true}, []bool{last[0].Effect, last[1].Effect}, name)
	}
	for _, order := range []string{cancelled, id} {
		twice(ajiotest.CallAcknowledge, `"success":[]`, `"failed_items":[]`, func() answer {
			return b.ds("POST", "/orders", ack(order, "Acknowledge", 2, 0, 1, 0))
		})
	}
	const failed, success = `"FAILED"`, `"SUCCESS"`
	twice(ajiotest.CallCancel, failed, success, func() answer {
		return b.ds("POST", "/orders/cancel", object{
			"order_id": cancelled, "reason": "DAMAGED", "order_lines": []object{{"order_item_id": lineID(cancelled, 0), "cancelled_quantity": 1}},
		})
	})
	twice(ajiotest.CallGenerate, failed, success, func() answer { return b.ds("POST", "/orders/b2bInvoice", b.invoice(id, 2, 1)) })
	twice(ajiotest.CallAttachIRN, failed, success, func() answer {
		return b.ds("PUT", "/orders/b2bInvoice", object{"order_id": id, "invoice_number": "AJ/1", "irn": "irn", "qr_code": "qr"})
	})
	twice(ajiotest.CallUpload, failed, success, func() answer {
		return b.ds("POST", "/orders/b2bInvoice/document", object{"order_id": id, "invoice_number": "AJ/1", "document": "JVBERi0="})
	})
	twice(ajiotest.CallManifest, failed, success, func() answer { return b.ds("POST", "/manifest", b.manifest(id)) })
}

func TestOnlyEveryNthWritingCallIsRefused(t *testing.T) {
	t.Parallel()
	b := setup(t, func(o *ajiotest.Options) { o.RefuseEvery = 3 })
	var refused []bool
	for range 7 {
		id := b.place()
		refused = append(refused, !strings.Contains(b.ds("POST", "/orders", ack(id, "Acknowledge", 2, 0, 1, 0)).body, `"failed_items":[]`))
		b.ds("GET", "/orders/pendency", nil) // does not count
	}
	require.Equal(t, []bool{false, false, true, false, false, true, false}, refused)
}

func TestTheShipmentKeptOutOfAManifestGoesIntoItsOwn(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ids := []string{b.place()}
	for len(ids) < 3 {
		if id := b.place(); b.state(id).Carrier == b.state(ids[0]).Carrier {
			ids = append(ids, id)
		}
	}
	for _, id := range ids {
		b.ready(id)
	}
	b.Faults.RefuseEvery(1)
	require.Contains(t, b.ds("POST", "/manifest", b.manifest(ids...)).body, `PARTIAL_SUCCESS`)
	require.Empty(t, b.state(ids[2]).ManifestID)
	require.Contains(t, b.ds("POST", "/manifest", b.manifest(ids[2])).body, `"SUCCESS"`)
}

func TestTheLedgerHoldsNoCredential(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.ready(b.place())
	ledger := b.call("GET", ajiotest.AdminPrefix+"/ledger", "").body
	require.Contains(t, ledger, `"name":"generate"`)
	require.NotContains(t, ledger, b.token)
	require.NotContains(t, ledger, "DV1")
	for i, call := range b.Ledger.Calls(nil) {
		require.Equal(t, ajiotest.System, call.System, fmt.Sprint(i))
		require.Equal(t, b.now(), call.At)
	}
}
