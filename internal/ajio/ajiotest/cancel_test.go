package ajiotest_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"vmsflow/internal/ajio/ajiotest"
	"vmsflow/internal/ajio/wire"
)

// cancel takes units off the lines of an order for its seller; the units are those of the first line, the second, ….
func (b *bench) cancel(id, reason string, units ...int) string {
	b.t.Helper()
	lines := []object{}
	for i, n := range units {
		if n != 0 {
			lines = append(lines, object{"order_item_id": lineID(id, i), "cancelled_quantity": n})
		}
	}
	got := b.ds("POST", "/orders/cancel", object{"order_id": id, "reason": reason, "order_lines": lines})
	require.Equal(b.t, 200, got.status, "a refusal comes with HTTP 200")
	return got.body
}

func TestTheSellerCancelsLiveUnitsUntilPacked(t *testing.T) {
	t.Parallel()
	b := setup(t)
	id := b.place()
	require.Contains(t, b.cancel(id, "DAMAGED", 1), "SIM_STATE", "not before the acknowledgement")
	b.acknowledge(id)
	require.Contains(t, b.cancel(id, "BORED", 1), "SIM_BAD_REQUEST")
	require.Contains(t, b.cancel(id, "DAMAGED", 0, 0, 1), "SIM_BAD_REQUEST", "no such line")
	require.Contains(t, b.cancel(id, "DAMAGED"), "SIM_QUANTITY", "nothing")
	require.Contains(t, b.cancel(id, "DAMAGED", -1), "SIM_QUANTITY")
	require.Contains(t, b.cancel(id, "DAMAGED", 3), "SIM_QUANTITY")
	require.Contains(t, b.cancel(id, "DAMAGED", 1, 2), "SIM_QUANTITY", "one line too many, and none is cancelled")
	require.Contains(t, b.cancel(id, "DAMAGED", 1), "SUCCESS")
	require.Contains(t, b.cancel(id, "OUT_OF_STOCK", 1), "SUCCESS", "on top of the earlier one")
	require.Contains(t, b.cancel(id, "SELLER_REQUEST", 1), "SIM_QUANTITY", "no unit of the line is alive")
	require.Equal(t, wire.StatusConfirmed, b.state(id).Status)
	require.Contains(t, b.cancel(id, "SELLER_REQUEST", 0, 1), "SUCCESS")
	require.Equal(t, wire.StatusCancelled, b.state(id).Status, "nothing is left")
	require.Contains(t, b.cancel(id, "SELLER_REQUEST", 0, 1), "SIM_STATE")
	var effects []bool
	for _, call := range b.Ledger.Named(ajiotest.CallCancel) {
		effects = append(effects, call.Effect)
		require.Equal(t, id, call.Key)
	}
	require.Equal(t, []bool{false, false, false, false, false, false, false, true, true, false, true, false}, effects)
}

func TestFromPackedOnNothingIsCancelled(t *testing.T) {
	t.Parallel()
	b := setup(t)
	id := b.place()
	b.acknowledge(id)
	for _, step := range []func() answer{
		func() answer { return b.ds("POST", "/orders/b2bInvoice", b.invoice(id, 2, 1)) },
		func() answer {
			return b.ds("PUT", "/orders/b2bInvoice", object{"order_id": id, "invoice_number": "AJ/1", "irn": "irn", "qr_code": "qr"})
		},
		func() answer {
			return b.ds("POST", "/orders/b2bInvoice/document", object{"order_id": id, "invoice_number": "AJ/1", "document": "JVBERi0="})
		},
		func() answer { return b.ds("POST", "/manifest", b.manifest(id)) },
	} {
		require.Contains(t, step().body, `"SUCCESS"`)
		require.Contains(t, b.cancel(id, "DAMAGED", 1), "SIM_STATE: order is "+string(b.state(id).Status))
	}
	require.NoError(t, b.Deliver(id))
	require.Contains(t, b.cancel(id, "DAMAGED", 2, 1), "SIM_STATE")
}

func TestWhoTookUnitsAwayIsCountedApart(t *testing.T) {
	t.Parallel()
	b := setup(t)
	id := b.PlaceOrder(ajiotest.Placement{Pob: "BLR1", Lines: []ajiotest.PlacedLine{
		{ItemCode: "469876543001", Units: 5}, {ItemCode: "469880012004", Units: 3},
	}})
	require.NoError(t, b.CancelUnitsByCustomer(id, lineID(id, 0), 1))
	require.Contains(t, b.ds("POST", "/orders", ack(id, "Acknowledge", 3, 1, 3, 0)).body, `"failed_items":[]`)
	require.Contains(t, b.cancel(id, "DAMAGED", 1, 1), "SUCCESS")
	require.Contains(t, b.ds("POST", "/orders/b2bInvoice", b.invoice(id, 2, 1)).body, "SUCCESS")
	counts := func(line wire.DetailsLine) []wire.Count {
		return []wire.Count{line.Quantity, line.CustomerCancelled, line.SellerCancelled, line.ShortPicked}
	}
	lines := b.po(id).Lines
	require.Equal(t, []wire.Count{5, 1, 2, 0}, counts(lines[0]), "refused in the acknowledgement counts as cancelled by the seller")
	require.Equal(t, []wire.Count{3, 0, 1, 1}, counts(lines[1]))
	for i, line := range b.state(id).Lines {
		require.Equal(t, line.Invoiced, line.Live(), i)
		require.Equal(t, line.Ordered, line.CustomerCancelled+line.SellerCancelled+line.ShortPicked+line.Invoiced, i)
	}
}

func TestWhatIsCancelledBeforeThePOIsNotInIt(t *testing.T) {
	t.Parallel()
	b := setup(t, func(o *ajiotest.Options) { o.PODelay = func(string) time.Duration { return time.Hour } })
	id := b.place()
	b.acknowledge(id)
	require.Contains(t, b.cancel(id, "OUT_OF_STOCK", 1), "SUCCESS")
	b.later(time.Hour)
	po := b.po(id)
	require.Equal(t, "2257.50", po.POAmount.String()) // 950.00 + 1200.00 and 5 %
	require.Equal(t, "107.50", po.TotalTax.String())
	require.Equal(t, "47.50", taxOf(po.Lines[0]))
	require.Equal(t, "60.00", taxOf(po.Lines[1]))
	require.EqualValues(t, 2, po.Lines[0].Quantity, "stays gross")

	gone := b.place()
	b.acknowledge(gone)
	require.Contains(t, b.cancel(gone, "OUT_OF_STOCK", 2, 1), "SUCCESS")
	b.later(time.Hour)
	require.Empty(t, b.state(gone).PONumber, "nothing to order")
}

func TestWhatIsCancelledAfterThePOLowersTheLinesTaxAndNotTheAmount(t *testing.T) {
	t.Parallel()
	b := setup(t)
	id := b.place()
	b.acknowledge(id)
	require.Equal(t, "95.00", taxOf(b.po(id).Lines[0]))
	require.Contains(t, b.cancel(id, "DAMAGED", 1), "SUCCESS")
	po := b.po(id)
	require.Equal(t, "47.50", taxOf(po.Lines[0]))
	require.Equal(t, "60.00", taxOf(po.Lines[1]))
	require.Equal(t, "3255.00", po.POAmount.String())
	require.Equal(t, "155.00", po.TotalTax.String())
	require.Contains(t, b.ds("POST", "/orders/b2bInvoice", b.invoice(id, 2, 1)).body, "SIM_QUANTITY", "only live units are invoiced")
	require.Contains(t, b.ds("POST", "/orders/b2bInvoice", b.invoice(id, 1, 0)).body, "SUCCESS")
	require.Equal(t, "0.00", taxOf(b.po(id).Lines[1]), "short-picked")
}
