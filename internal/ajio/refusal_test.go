package ajio_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"vmsflow/internal/ajio"
	"vmsflow/internal/ajio/ajiotest"
	"vmsflow/internal/simulate"
)

func TestEveryWritingCallReportsARefusalAsRefused(t *testing.T) {
	t.Parallel()
	b := setup(t)
	calls := everyCall()
	for name, call := range map[string]string{
		ajiotest.CallAcknowledge: "acknowledge", ajiotest.CallCancel: "cancel", ajiotest.CallGenerate: "generate",
		ajiotest.CallAttachIRN: "attach", ajiotest.CallUpload: "upload",
		ajiotest.CallCreateRTO: "create RTO", ajiotest.CallQC: "QC", ajiotest.CallCreditNote: "credit note",
	} {
		b.sim.Faults.Next(name, simulate.Refused, 1)
		err := calls[call](t.Context(), b.client)
		require.True(t, ajio.IsKind(err, ajio.KindRefused), "%s: %v", name, err)
		require.ErrorContains(t, err, "SIM_STATE: refused on demand")
		require.False(t, b.sim.Ledger.Named(name)[0].Effect)
	}
}

func TestAPartialManifestNamesWhatStayedOut(t *testing.T) {
	t.Parallel()
	b := setup(t)
	first, second := b.ready(t, b.place()), b.state(t, b.place())
	carrier := first.Carrier
	request := ajio.ManifestRequest{Carrier: carrier, Shipments: []ajio.Shipment{shipment(first), shipment(second)}}
	result, err := b.client.CreateManifest(t.Context(), request)
	require.NoError(t, err)
	require.NotEmpty(t, result.ManifestID)
	require.Len(t, result.Failed, 1)
	require.Equal(t, second.OrderID, result.Failed[0].OrderID)
	require.Equal(t, result.ManifestID, b.state(t, first.OrderID).ManifestID)

	again, err := b.client.CreateManifest(t.Context(), request)
	require.NoError(t, err, "all refused is a result, not an error")
	require.Empty(t, again.ManifestID)
	require.Len(t, again.Failed, 2)
}

func TestAManifestThatFailedAsAWholeNamesEveryShipment(t *testing.T) {
	t.Parallel()
	client := newClient(t, stub(t, says(200, `{"status": "FAILED", "error_message": "closed", "failed_items": [{"order_id": "A", "error_message": "bad"}]}`)))
	result, err := client.CreateManifest(t.Context(), ajio.ManifestRequest{Shipments: []ajio.Shipment{{OrderID: "A"}, {OrderID: "B"}}})
	require.NoError(t, err)
	require.Equal(t, ajio.ManifestResult{Failed: []ajio.FailedItem{{OrderID: "A", Message: "bad"}, {OrderID: "B", Message: "closed"}}}, result)
}

func TestWhatAjioDoesNotKnowIsNilWithoutError(t *testing.T) {
	t.Parallel()
	b := setup(t)
	invoice, err := b.client.Invoice(t.Context(), storyOrder)
	require.NoError(t, err)
	require.Nil(t, invoice)
	manifest, err := b.client.Manifest(t.Context(), "MF1")
	require.NoError(t, err)
	require.Nil(t, manifest)
	manifest, err = b.client.ManifestOf(t.Context(), b.place())
	require.NoError(t, err)
	require.Nil(t, manifest)
}

// Ajio has no filter on changes: only reading the order again shows that its customer cancelled.
func TestACancellationByTheCustomerIsFoundByReadingAgain(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ctx, id := t.Context(), b.place()
	request := acceptance(b.state(t, id))
	require.NoError(t, b.sim.CancelUnitsByCustomer(id, request.Lines[0].OrderItemID, 1))
	page, err := day(ctx, b.client, 0)
	require.NoError(t, err)
	require.Equal(t, 2, page.Orders[0].Units(), "ordered is net of the customer's cancellations")

	require.NoError(t, b.sim.CancelByCustomer(id))
	page, err = day(ctx, b.client, 0)
	require.NoError(t, err)
	require.True(t, page.Empty)
	require.True(t, ajio.IsKind(b.client.Acknowledge(ctx, request), ajio.KindRefused))
	orders, err := b.client.Orders(ctx, []string{id})
	require.NoError(t, err)
	require.Equal(t, ajio.StatusCancelled, orders[0].Status)
	require.Empty(t, orders[0].Live())
}

func TestThePurchaseOrderIsNilUntilItComes(t *testing.T) {
	t.Parallel()
	b := setup(t, func(o *ajiotest.Options) {
		o.PODelay = func(string) time.Duration { return 48 * time.Hour }
	})
	ctx, id := t.Context(), b.place()
	orders, err := b.client.Orders(ctx, []string{id})
	require.NoError(t, err)
	require.Empty(t, orders, "an unacknowledged order is not in the answer")
	b.acceptAll(t, id)
	for _, step := range []struct {
		pass time.Duration
		po   bool
	}{{0, false}, {48*time.Hour - time.Second, false}, {time.Second, true}} {
		b.clock.Advance(step.pass)
		orders, err := b.client.Orders(ctx, []string{id})
		require.NoError(t, err)
		require.Equal(t, step.po, orders[0].PO != nil)
	}
}
