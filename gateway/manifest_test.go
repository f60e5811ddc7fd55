package main

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"vmsflow/internal/order"
	"vmsflow/internal/postgres"
	"vmsflow/workflows/contract"
)

const (
	manifestPath = "/manifests"
	combinedPath = "/ewms/push/usp/handover/combined"
)

// manifestWorkflow stands for the real one: Ajio refuses orders that end in -BAD, and manifest 999 never ends.
func manifestWorkflow(ctx workflow.Context, in contract.ManifestInput) (contract.ManifestResult, error) {
	result := contract.ManifestResult{ManifestID: "MF-" + in.Key, URL: "https://files.example/" + in.Key + ".pdf", Refused: map[string]string{}}
	for _, s := range in.Shipments {
		if strings.HasSuffix(s.OrderID, "-BAD") {
			result.Refused[s.OrderID] = "SIM_STATE: not ready"
			continue
		}
		result.Included = append(result.Included, s.OrderID)
	}
	if len(result.Included) == 0 {
		result.ManifestID, result.URL = "", ""
	}
	return result, workflow.Await(ctx, func() bool { return in.Key != "999" })
}

// newManifestWorld is a world with a worker for manifests.
func newManifestWorld(t *testing.T, change ...func(*server)) *world {
	t.Helper()
	w := newWorld(t, change...)
	manifests := worker.New(dialNow(t, w), contract.QueueOrders, worker.Options{})
	manifests.RegisterWorkflowWithOptions(manifestWorkflow, workflow.RegisterOptions{Name: contract.Manifest})
	require.NoError(t, manifests.Start())
	t.Cleanup(manifests.Stop)
	return w
}

// dialNow gives the worker a connection of its own, which outlives the calls that the test makes.
func dialNow(t *testing.T, w *world) client.Client {
	t.Helper()
	c, err := client.NewClientFromExistingWithContext(t.Context(), w.temporal, client.Options{Logger: log.NewStructuredLogger(slog.New(slog.DiscardHandler))})
	require.NoError(t, err)
	return c
}

func manifestOf(key any, ids ...string) body {
	items := []body{}
	for _, id := range ids {
		items = append(items, body{"orderCode": id, "shipmentCode": id, "awbNumber": "AWB-" + id, "packboxDetailsList": []body{{"boxId": 1, "awbNumber": "AWB-" + id}}})
	}
	return body{"transporter": "DELHIVERY", "locationCode": erpPob, "manifestId": key, "manifestItems": items}
}

func (w *world) manifestInput(key string) string {
	w.Helper()
	var payload string
	require.NoError(w, w.sql.QueryRow(w.Context(), `SELECT payload FROM inbox WHERE kind = 'manifest' AND key = $1`, erpPob+"/"+key).Scan(&payload))
	return payload
}

func TestAManifestIsAnsweredWithTheShipmentsThatAjioTook(t *testing.T) {
	t.Parallel()
	w := newManifestWorld(t)
	first, second, bad := w.packedOrder(erpPob, "MF-A-1"), w.packedOrder(erpPob, "MF-A-2"), w.packedOrder(erpPob, "MF-A-3-BAD")

	request := manifestOf(101, second, bad, first)
	const want = `{ "manifestCode": "MF-101", "manifestItems": [
		{ "orderCode": "MF-A-2", "shipmentCode": "MF-A-2" }, { "orderCode": "MF-A-1", "shipmentCode": "MF-A-1" } ] }`
	require.JSONEq(t, want, w.post(manifestPath, request).ok(t).body)
	require.JSONEq(t, `{ "pob": "DV0012345", "key": "101", "carrier": "DELHIVERY", "shipments": [
		{ "order_id": "MF-A-1", "tracking_number": "AWB-MF-A-1", "invoice_number": "INV-MF-A-1" },
		{ "order_id": "MF-A-2", "tracking_number": "AWB-MF-A-2", "invoice_number": "INV-MF-A-2" },
		{ "order_id": "MF-A-3-BAD", "tracking_number": "AWB-MF-A-3-BAD", "invoice_number": "INV-MF-A-3-BAD" } ] }`, w.manifestInput("101"))

	require.JSONEq(t, want, w.post(manifestPath, request.with(body{"transporter": "Delhivery", "unknown": 1})).ok(t).body, "a repeat has the same answer")
	require.Equal(t, 1, w.inboxRows())
	w.post(manifestPath, manifestOf(101, first)).
		badData(t, "[manifestItems: differs from what was accepted at TIME; that one stays]")

	// Later, Postgres alone knows it, and the refused order has a manifest of its own.
	require.NoError(t, w.db.SaveManifest(t.Context(), postgres.Manifest{
		Pob: erpPob, Key: "101", AjioManifestID: "MF-101", Carrier: "DELHIVERY", OrderIDs: []string{first, second, bad}, Refused: map[string]string{bad: "no"},
	}))
	require.NoError(t, w.db.SaveManifest(t.Context(), postgres.Manifest{
		Pob: erpPob, Key: "alone-" + bad, AjioManifestID: "MF-ALONE", Carrier: "DELHIVERY", OrderIDs: []string{bad},
	}))
	w.gateway.temporal = nil
	require.JSONEq(t, want, w.post(manifestPath, request).ok(t).body)
	w.post(manifestPath, manifestOf(102, first)).badData(t, "[manifestItems[0].orderCode: MF-A-1 is already in manifest MF-101]")
}

func TestAManifestThatBreaksARuleChangesNothing(t *testing.T) {
	t.Parallel()
	w := newManifestWorld(t)
	good := w.packedOrder(erpPob, "MF-B-1")
	w.packedOrder(otherPob, "MF-B-OTHER-CLIENT")
	w.packedOrder(rmsPob, "MF-B-OTHER-LOCATION")
	w.releasedOrder(erpPob, "MF-B-NOT-PACKED")
	w.releasedOrder(erpPob, "MF-B-NO-LABEL")
	require.NoError(t, w.db.SavePacked(t.Context(), erpPob, "MF-B-NO-LABEL", fullOrder("MF-B-NO-LABEL")))
	w.packedOrder(erpPob, "MF-B-CANCELLED")
	w.end(erpPob, "MF-B-CANCELLED", order.CancelledBySeller)
	w.packedOrder(erpPob, "MF-B-ENDING")
	require.NoError(t, w.db.MarkEnding(t.Context(), erpPob, "MF-B-ENDING", "for the test"))
	var tooMany []string
	for i := range 251 {
		tooMany = append(tooMany, fmt.Sprint("S", i))
	}

	tests := []struct {
		rule        string
		request     body
		description string
	}{
		{"the 251st shipment", manifestOf(1, tooMany...),
			"[manifestItems: 251 shipments are over the limit of 250; close this manifest with 250 and another one with the rest]"},
		{"no shipment", manifestOf(1), "[manifestItems: is missing or empty]"},
		{"an order twice", manifestOf(1, good, good), "[manifestItems[1].orderCode: MF-B-1 stands twice]"},
		{"orders that are not ready", manifestOf(1, good, "MF-B-NOT-PACKED", "MF-B-NO-LABEL", "MF-B-CANCELLED", "MF-B-UNKNOWN", "MF-B-ENDING"),
			"[manifestItems[1].orderCode: MF-B-NOT-PACKED is not packed] [manifestItems[2].orderCode: MF-B-NO-LABEL has no label yet] " +
				"[manifestItems[3].orderCode: MF-B-CANCELLED is cancelled: put the goods back] [manifestItems[4].orderCode: MF-B-UNKNOWN is not an order of location DV0012345] " +
				"[manifestItems[5].orderCode: MF-B-ENDING is cancelled: put the goods back]"},
		{"another client's order is unknown", manifestOf(1, "MF-B-OTHER-CLIENT"),
			"[manifestItems[0].orderCode: MF-B-OTHER-CLIENT is not an order of location DV0012345]"},
		{"another location's order", manifestOf(1, "MF-B-OTHER-LOCATION"),
			"[manifestItems[0].orderCode: MF-B-OTHER-LOCATION is not an order of location DV0012345]"},
		{"another client's location", manifestOf(1, good).with(body{"locationCode": otherPob}), "[locationCode: DV0099999 is not a location of this credential]"},
		{"another carrier", manifestOf(1, good).with(body{"transporter": "XPRESSBEES"}),
			"[manifestItems[0].orderCode: MF-B-1 goes with DELHIVERY, not with XPRESSBEES: one manifest is for one transporter]"},
		{"another shipment", manifestOf(1, good).with(body{"manifestItems": []body{{"orderCode": good, "shipmentCode": "X"}}}),
			"[manifestItems[0].shipmentCode: must be the orderCode: an Ajio order is one shipment]"},
		{"every broken rule at once", body{"manifestItems": []body{{}}},
			"[transporter: is missing] [locationCode: is missing] [manifestItems[0].orderCode: is missing]"},
	}
	for _, test := range tests {
		t.Run(test.rule, func(t *testing.T) { w.post(manifestPath, test.request).badData(t, test.description) })
	}
	w.post(combinedPath, body{"channelName": "BAZAAR", "locationCode": erpPob, "transporter": "DELHIVERY", "orderCodes": tooMany}).badData(t,
		"[channelName: only AJIO is served] [orderCodes: 251 shipments are over the limit of 250; close this manifest with 250 and another one with the rest]")
	w.post(combinedPath, body{"locationCode": erpPob, "transporter": "DELHIVERY", "orderCodes": []string{good, "MF-B-NOT-PACKED"}}).
		badData(t, "[orderCodes[1]: MF-B-NOT-PACKED is not packed]")
	require.Zero(t, w.inboxRows())
}

func TestAManifestMayHave250Shipments(t *testing.T) {
	t.Parallel()
	w := newManifestWorld(t)
	var ids []string
	for i := range 250 {
		ids = append(ids, w.packedOrder(erpPob, fmt.Sprintf("MF-250-%03d", i)))
	}
	got := w.post(manifestPath, manifestOf(250, ids...)).ok(t)
	require.Equal(t, 250, strings.Count(got.body, `"orderCode"`))
}

func TestAManifestThatAjioRefusesWhollyIsAnsweredWithItsWords(t *testing.T) {
	t.Parallel()
	w := newManifestWorld(t)
	first, second := w.packedOrder(erpPob, "MF-C-1-BAD"), w.packedOrder(erpPob, "MF-C-2-BAD")
	for range 2 {
		w.post(manifestPath, manifestOf(301, second, first)).badData(t, "[manifestItems[1].orderCode: MF-C-1-BAD was refused by Ajio: SIM_STATE: not ready] "+
			"[manifestItems[0].orderCode: MF-C-2-BAD was refused by Ajio: SIM_STATE: not ready]")
	}
}

func TestAManifestThatTakesLongIsInProgress(t *testing.T) {
	t.Parallel()
	stop := make(chan struct{})
	w := newManifestWorld(t, func(s *server) { s.wait, s.stopping = time.Hour, stop })
	id := w.packedOrder(erpPob, "MF-D-1")
	close(stop) // rather than waiting for the time to be up
	w.post(manifestPath, manifestOf(999, id)).inProgress(t, "manifest")
	require.Equal(t, 1, w.count(`SELECT count(*) FROM inbox WHERE signalled_at IS NOT NULL`))

	w.gateway.stopping, w.gateway.wait = nil, 50*time.Millisecond
	w.post(manifestPath, manifestOf(999, id)).inProgress(t, "manifest")
}

func TestAManifestWhileTemporalIsAwayIsRecorded(t *testing.T) {
	t.Parallel()
	w := newWorldWithoutTemporal(t)
	w.gateway.wait = time.Millisecond
	id := w.packedOrder(erpPob, "MF-E-1")
	w.post(manifestPath, manifestOf(401, id)).inProgress(t, "manifest")
	waiting, err := w.db.Unsignalled(t.Context(), 0, 10)
	require.NoError(t, err)
	require.Len(t, waiting, 1)
}

func TestAManifestWithoutAnIDIsNamedByItsOrders(t *testing.T) {
	t.Parallel()
	w := newManifestWorld(t)
	first, second := w.packedOrder(erpPob, "MF-F-1"), w.packedOrder(erpPob, "MF-F-2")

	got := w.post(manifestPath, manifestOf(nil, first, second)).ok(t)
	key := handover{parcels: []parcel{{orderID: second}, {orderID: first}}}.keyOfSet()
	require.Contains(t, got.body, `"manifestCode":"MF-`+key+`"`)
	require.Len(t, key, 32)

	combined := w.post(combinedPath, body{"channelName": "AJIO", "locationCode": erpPob, "orderCodes": []string{second, first}, "transporter": "DELHIVERY"}).ok(t)
	require.JSONEq(t, `{"handoverDocumentUrl": "https://vmsflow.example/documents/manifest/MF-`+key+`"}`, combined.body)
	require.Equal(t, 1, w.inboxRows(), "both forms are one manifest")

	description, err := w.temporal.DescribeWorkflow(t.Context(), contract.ManifestWorkflowID(erpPob, key), "")
	require.NoError(t, err)
	runs, err := w.temporal.WorkflowService().ListWorkflowExecutions(context.Background(), &workflowservice.ListWorkflowExecutionsRequest{
		Namespace: "default", Query: fmt.Sprintf("WorkflowId = %q AND RunId != %q", contract.ManifestWorkflowID(erpPob, key), description.WorkflowExecution.RunID),
	})
	require.NoError(t, err)
	require.Empty(t, runs.Executions, "it was started once")
}

func TestTheDocumentOfAManifestIsFoundByItsClientOnly(t *testing.T) {
	t.Parallel()
	w := newWorldWithoutTemporal(t)
	save := func(pob, id, url string) {
		require.NoError(t, w.db.SaveManifest(t.Context(), postgres.Manifest{
			Pob: pob, Key: id, AjioManifestID: id, Carrier: "DELHIVERY", URL: url, OrderIDs: []string{"S1"},
		}))
	}
	save(erpPob, "MF1", "https://files.example/manifest/MF1.pdf?a=1&b=2")
	save(erpPob, "MF2", "")
	save(otherPob, "MF3", "https://files.example/manifest/MF3.pdf")

	require.JSONEq(t, `{"manifestUrl": "https://files.example/manifest/MF1.pdf?a=1&b=2"}`, w.get("/manifests?manifestCode=MF1").ok(t).body)
	got := w.get("/documents/manifest/MF1")
	require.Equal(t, 302, got.status)
	require.Equal(t, "https://files.example/manifest/MF1.pdf?a=1&b=2", got.header.Get("Location"))
	for _, unknown := range []string{"MF2", "MF3", "MF4", ""} {
		w.get("/manifests?manifestCode="+unknown).badData(t, "[manifestCode: no document of such a manifest is known]")
		if unknown != "" {
			w.get("/documents/manifest/"+unknown).refused(t, 404, "BAD_DATA", "Not found", "[document: is not known]")
		}
	}
}
