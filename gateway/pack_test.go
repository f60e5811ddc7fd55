package main

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"vmsflow/internal/increff"
	"vmsflow/internal/order"
	"vmsflow/internal/postgres"
)

const packPath = "/usp/order/pack"

// packOf is the full pack of an order that releasedOrder made.
func packOf(pob, id string) body {
	return body{
		"orderCode": id, "locationCode": pob, "channelName": "AJIO", "weight": 640, "packageSku": "POLY-M", "fulfillmentType": "BLOCK_COMPLETE",
		"packageDetails": body{"length": 32, "breadth": 24, "height": 6},
		"shipmentItems":  []body{item(shirt, 2), item(cap1, 1)},
	}
}

func item(sku string, quantity any) body {
	return body{"channelSkuCode": sku, "quantityToPack": quantity, "externalSerialCodes": []string{}}
}

func TestAPackIsAnsweredWithLabelAndInvoice(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.releasedOrder(erpPob, "PACK-ANSWERED")
	w.startWorkflow(erpPob, id)

	answers := make(chan answer)
	go func() { answers <- w.post(packPath, packOf(erpPob, id)) }()
	w.awaitSignal(erpPob, id) // the packer waits from now on
	label := w.saveDocument(erpPob, id, postgres.KindShippingLabel, "AJ7700012345")
	invoice := w.saveDocument(erpPob, id, postgres.KindB2CInvoice, "AJC25110009871")
	got := (<-answers).ok(t)

	stored, err := w.db.Document(t.Context(), invoice.ID)
	require.NoError(t, err)
	o, err := w.db.Order(t.Context(), erpPob, id)
	require.NoError(t, err)
	require.JSONEq(t, fmt.Sprintf(`{
		"orderCode": "PACK-ANSWERED", "locationCode": "DV0012345", "channelId": "AJIO", "shipmentCode": "PACK-ANSWERED", "shipmentId": %d,
		"shippingLabel": { "transporter": "DELHIVERY", "awbNumber": "AJ7700012345", "shippingLabelUrl": "https://vmsflow.example/documents/label/%d" },
		"invoiceUrl": "https://vmsflow.example/documents/b2c-invoice/%d", "invoiceCode": "AJC25110009871", "invoiceDate": %q, "invoiceDetails": [] }`,
		o.ID, label.ID, invoice.ID, increff.At(stored.CreatedAt)), got.body)

	for _, again := range []body{packOf(erpPob, id), packOf(erpPob, id).with(body{"remarks": "unknown", "weight": "640"})} {
		require.Equal(t, got.body, w.post(packPath, again).ok(t).body, "a repeat has the same answer")
	}
	signals := w.signals(erpPob, id)
	require.Len(t, signals, 1)
	require.Equal(t, "packed", signals[0].name)
	require.JSONEq(t, `{ "orderCode": "PACK-ANSWERED", "locationCode": "DV0012345", "channelName": "AJIO", "weight": 640, "packageSku": "POLY-M",
		"fulfillmentType": "BLOCK_COMPLETE", "packageDetails": { "length": 32, "breadth": 24, "height": 6 },
		"shipmentItems": [ { "channelSkuCode": "469876543001", "quantityToPack": 2, "externalSerialCodes": [] }, { "channelSkuCode": "469880012004", "quantityToPack": 1, "externalSerialCodes": [] } ] }`,
		signals[0].payload)

	w.end(erpPob, id, order.Completed)
	require.Equal(t, got.body, w.post(packPath, packOf(erpPob, id)).ok(t).body, "also after the end")
}

func TestAPackThatBreaksARuleChangesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.releasedOrder(erpPob, "PACK-REFUSED")
	w.startWorkflow(erpPob, id)
	w.orderWithPO(erpPob, "PACK-HELD")
	w.releasedOrder(otherPob, "PACK-OTHER-CLIENT")
	items := func(items ...body) body { return body{"shipmentItems": items} }

	tests := []struct {
		rule        string
		change      body
		description string
	}{
		{"an order that nobody knows", body{"orderCode": "S-UNKNOWN"}, "[orderCode: S-UNKNOWN is not an order of location DV0012345]"},
		{"another location of the client", body{"locationCode": rmsPob}, "[orderCode: PACK-REFUSED is not an order of location DV0067890]"},
		{"another client's order is unknown", body{"orderCode": "PACK-OTHER-CLIENT"},
			"[orderCode: PACK-OTHER-CLIENT is not an order of location DV0012345]"},
		{"another client's location", body{"orderCode": "PACK-OTHER-CLIENT", "locationCode": otherPob},
			"[locationCode: DV0099999 is not a location of this credential]"},
		{"not released", body{"orderCode": "PACK-HELD"}, "[orderCode: the order is not released for picking]"},
		{"more units than released", items(item(shirt, 3), item(cap1, 1)),
			"[shipmentItems: released for picking were other units: channelSkuCode 469876543001: 3 units are 1 more than the order has]"},
		{"an unknown SKU", items(item("460000000000", 1)),
			"[shipmentItems: released for picking were other units: channelSkuCode 460000000000 is not in order]"},
		{"several parcels", body{"fulfillmentType": "MULTI_SHIPMENT_PARTIAL"},
			"[fulfillmentType: MULTI_SHIPMENT_PARTIAL is refused: an Ajio order is one parcel]"},
		{"another fulfilment", body{"fulfillmentType": "DRONE"}, `[fulfillmentType: "DRONE" is not known]`},
		{"another channel", body{"channelName": "BAZAAR"}, "[channelName: only AJIO is served]"},
		{"below zero", items(item(shirt, -1)), "[shipmentItems[0].quantityToPack: -1 is below 0]"},
		{"a text of 256 characters", body{"packageSku": string(make256())}, "[packageSku: has 256 characters, at most 255 are allowed]"},
		{"every broken rule at once", body{"orderCode": nil, "locationCode": nil, "channelName": nil, "shipmentItems": []body{{}}},
			"[orderCode: is missing] [locationCode: is missing] [channelName: is missing] [shipmentItems[0].channelSkuCode: is missing] " +
				"[shipmentItems[0].quantityToPack: is missing; 0 says that nothing of it was found]"},
		{"no list", body{"shipmentItems": nil}, "[shipmentItems: is missing]"},
		{"half a unit", items(item(shirt, 1.5)), "[shipmentItems[0].quantityToPack: a whole number is expected]"},
	}
	for _, test := range tests {
		t.Run(test.rule, func(t *testing.T) {
			w.post(packPath, packOf(erpPob, id).with(test.change)).badData(t, test.description)
		})
	}
	require.Zero(t, w.inboxRows())
	require.Empty(t, w.signals(erpPob, id))
}

func make256() []byte {
	text := make([]byte, 256)
	for i := range text {
		text[i] = 'x'
	}
	return text
}

func TestAPackThatTakesLongIsInProgress(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(s *server) { s.wait = time.Millisecond })
	id := w.releasedOrder(erpPob, "PACK-SLOW")
	w.startWorkflow(erpPob, id)
	w.post(packPath, packOf(erpPob, id)).inProgress(t, "orderCode")
	w.post(packPath, packOf(erpPob, id)).inProgress(t, "orderCode")
	require.Len(t, w.signals(erpPob, id), 1, "the pack is recorded once")

	w.saveDocument(erpPob, id, postgres.KindShippingLabel, "")
	w.post(packPath, packOf(erpPob, id)).inProgress(t, "orderCode")
	w.saveDocument(erpPob, id, postgres.KindB2CInvoice, "AJC1")
	require.Contains(t, w.post(packPath, packOf(erpPob, id)).ok(t).body, `"awbNumber":"AWB-PO-PACK-SLOW"`, "the label had no number")
}

func TestAGatewayThatStopsDoesNotKeepPackersWaiting(t *testing.T) {
	t.Parallel()
	stop := make(chan struct{})
	w := newWorld(t, func(s *server) { s.wait, s.stopping = time.Hour, stop })
	id := w.releasedOrder(erpPob, "PACK-STOPPED")
	w.startWorkflow(erpPob, id)
	answers := make(chan answer)
	go func() { answers <- w.post(packPath, packOf(erpPob, id)) }()
	w.awaitSignal(erpPob, id)
	close(stop)
	(<-answers).inProgress(t, "orderCode")
}

func TestAPackWhileTemporalIsAwayIsRecorded(t *testing.T) {
	t.Parallel()
	w := newWorldWithoutTemporal(t)
	w.gateway.wait = time.Millisecond
	id := w.releasedOrder(erpPob, "PACK-AWAY")
	w.post(packPath, packOf(erpPob, id)).inProgress(t, "orderCode")
	waiting, err := w.db.Unsignalled(t.Context(), 0, 10)
	require.NoError(t, err)
	require.Len(t, waiting, 1)
}

const noLabel = "[orderCode: the order is cancelled: put the goods back, no label will come]"

func TestAPackThatEndsTheOrderIsAnsweredSo(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.releasedOrder(erpPob, "PACK-SHORT")
	w.startWorkflow(erpPob, id)
	short := packOf(erpPob, id).with(body{"shipmentItems": []body{item(shirt, 1), item(cap1, 0)}})
	answers := make(chan answer)
	go func() { answers <- w.post(packPath, short) }()
	w.awaitSignal(erpPob, id)
	// As the workflow does, before it tells Ajio, the ERP and the warehouse; the packer does not wait for those.
	require.NoError(t, w.db.MarkEnding(t.Context(), erpPob, id, "short after the e-invoice"))
	(<-answers).orderCancelled(t, noLabel)
	w.post(packPath, short).orderCancelled(t, noLabel)
	w.end(erpPob, id, order.CancelledBySeller)
	w.post(packPath, short).orderCancelled(t, noLabel)
}

func TestAPackOfACancelledOrderIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.releasedOrder(erpPob, "PACK-CANCELLED")
	w.end(erpPob, id, order.CancelledBySeller)
	w.post(packPath, packOf(erpPob, id)).orderCancelled(t, noLabel)
	require.Zero(t, w.inboxRows())

	gone := w.releasedOrder(erpPob, "PACK-GONE") // no workflow, though Postgres has it open
	for range 2 {
		w.post(packPath, packOf(erpPob, gone)).badData(t, "[orderCode: the order is closed and takes nothing any more]")
	}
	require.Equal(t, 1, w.count(`SELECT count(*) FROM inbox WHERE error <> ''`))
}

func TestASecondPackWithOtherContentIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(s *server) { s.wait = time.Millisecond })
	id := w.releasedOrder(erpPob, "PACK-TWICE")
	w.startWorkflow(erpPob, id)
	w.post(packPath, packOf(erpPob, id)).inProgress(t, "orderCode")
	w.post(packPath, packOf(erpPob, id).with(body{"shipmentItems": []body{item(shirt, 2)}, "weight": 500})).
		badData(t, "[shipmentItems: differs from what was accepted at TIME; that one stays] [weight: differs from what was accepted at TIME; that one stays]")
	signals := w.signals(erpPob, id)
	require.Len(t, signals, 2)
	require.Equal(t, sent{
		"difference-reported", `{"document":"pack report","message":"It came again with another shipmentItems, weight; what was accepted first stays."}`,
	}, signals[1])
}
