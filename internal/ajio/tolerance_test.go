package ajio_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"vmsflow/internal/ajio"
	"vmsflow/internal/ajio/ajiotest"
	"vmsflow/internal/order"
)

// The whole way of an order must look the same to us whatever Ajio's answers look like.
func TestTheLifeOfAnOrderIsTheSameUnderEveryQuirk(t *testing.T) {
	t.Parallel()
	for name, quirks := range map[string]ajiotest.Quirks{
		"as in the examples": {},
		"plain keys":         {PlainKeys: true},
		"unknown fields":     {UnknownFields: true},
		"numbers as strings": {StringNumbers: true},
		"milliseconds":       {Milliseconds: true},
		"late carrier":       {LateCarrier: true},
		"null invoice":       {NullInvoice: true},
		"documents inside":   {Documents: ajiotest.AlwaysContent},
		"documents as URLs":  {Documents: ajiotest.AlwaysURL},
		"all at once":        {UnknownFields: true, StringNumbers: true, Milliseconds: true, LateCarrier: true, NullInvoice: true},
	} {
		for base := range 2 {
			t.Run(fmt.Sprintf("%s, first page %d", name, base), func(t *testing.T) {
				t.Parallel()
				b := setup(t, func(o *ajiotest.Options) { o.Quirks, o.PageBase = quirks, base })
				ctx, id := t.Context(), b.place()
				placed := b.state(t, id)

				page, err := day(ctx, b.client, 0)
				require.NoError(t, err)
				require.Empty(t, page.Unreadable)
				require.Len(t, page.Orders, 1)
				require.Equal(t, 1, page.TotalPages)
				require.Equal(t, placed.OrderTime, page.Orders[0].OrderTime)
				require.Equal(t, 3, page.Orders[0].Units())
				if quirks.LateCarrier {
					require.Empty(t, page.Orders[0].TrackingNumber)
				}
				invoice, err := b.client.Invoice(ctx, id)
				require.NoError(t, err)
				require.Nil(t, invoice, "no invoice is not an error")

				state := b.ready(t, id)
				orders, err := b.client.Orders(ctx, []string{id})
				require.NoError(t, err)
				require.Equal(t, ajio.StatusReadyToDispatch, orders[0].Status)
				require.Equal(t, state.PONumber, orders[0].PO.Number)
				require.Equal(t, *state.POAt, orders[0].PO.Date)
				require.Equal(t, state.POAmount, orders[0].PO.Amount)
				require.Equal(t, order.Quantities{id + "0001": 2, id + "0002": 1}, orders[0].Live())
				requireSum(t, *orders[0].PO)

				b2c, err := b.client.B2CInvoice(ctx, id)
				require.NoError(t, err)
				require.Contains(t, string(b2c.Content), "b2c "+id)
				label, err := b.client.ShippingLabel(ctx, id)
				require.NoError(t, err)
				require.Equal(t, state.TrackingNumber, label.Number)

				made, err := b.client.CreateManifest(ctx, ajio.ManifestRequest{Carrier: state.Carrier, Shipments: []ajio.Shipment{shipment(state)}})
				require.NoError(t, err)
				require.Empty(t, made.Failed)
				manifest, err := b.client.Manifest(ctx, made.ManifestID)
				require.NoError(t, err)
				require.True(t, manifest.Date.Equal(b.clock.Now()))
				require.Equal(t, []ajio.Shipment{shipment(state)}, manifest.Shipments)
			})
		}
	}
}

// requireSum checks that a PO's lines add up to its amount.
func requireSum(t *testing.T, po order.PurchaseOrder) {
	t.Helper()
	var sum order.Paise
	for _, line := range po.Lines {
		require.Equal(t, 500, line.TaxRate)
		require.Positive(t, line.Tax())
		sum += line.BasePrice*order.Paise(line.Units) + line.Tax()
	}
	require.Equal(t, po.Amount, sum)
}

func TestUnknownEnumValuesAreData(t *testing.T) {
	t.Parallel()
	b := setup(t, func(o *ajiotest.Options) { o.Quirks.UnknownValues = true })
	id := b.place()
	page, err := day(t.Context(), b.client, 0)
	require.NoError(t, err)
	require.Equal(t, "SIM_NEW_METHOD", page.Orders[0].PaymentMethod)
	b.acceptAll(t, id)
	orders, err := b.client.Orders(t.Context(), []string{id})
	require.NoError(t, err)
	require.Equal(t, ajio.Status("SIM_NEW_STATUS"), orders[0].Status)
}

func TestOneBadRowDoesNotLoseTheOthers(t *testing.T) {
	t.Parallel()
	row := func(id, rest string) string {
		return `{"order_id": ` + id + `, "order_date": "1763354100000", "order_lines": [{"order_item_id": "1", ` + rest + `, "item_details": {"item_code": 469876543001}}]}`
	}
	body := `{"orders": [` +
		row(`"A"`, `"ordered_quantity": "2"`) + `, ` +
		row(`"B"`, `"ordered_quantity": "two"`) + `, ` +
		row(`"C"`, `"ordered_quantity": 1.5`) + `, ` +
		row(`"D"`, `" ordered_quantity ": 3.0`) + `, ` +
		row(`null`, `"ordered_quantity": 1`) + `, 17, ` +
		row(`"E"`, `"ordered_quantity": 0`) + `, ` +
		row(`"F"`, `"ordered_quantity": -1`) + `, ` +
		row(`5`, `"ordered_quantity": 1, "mrp": "a lot"`) + `, {"order_id": "G", "order_lines": []}], "page": {"totalPages": "3"}}`
	page, err := day(t.Context(), newClient(t, stub(t, says(200, body))), 0)
	require.NoError(t, err)
	require.False(t, page.Empty)
	require.Equal(t, 3, page.TotalPages)
	var read, bad []string
	for _, o := range page.Orders {
		read = append(read, o.ID)
		require.Equal(t, "469876543001", o.Lines[0].ItemCode)
		require.Equal(t, time.Unix(1763354100, 0).UTC(), o.OrderTime)
	}
	for _, row := range page.Unreadable {
		bad = append(bad, row.OrderID)
		require.NotEmpty(t, row.Reason)
	}
	require.Equal(t, []string{"A", "D", "5"}, read)
	require.Equal(t, []string{"B", "C", "", "", "F", "G"}, bad, "E has left the list: its customer cancelled every unit")
}

func TestABadOrderIsNamedBesideTheReadableOnes(t *testing.T) {
	t.Parallel()
	line := `[{"order_item_id": "1", "quantity": "1", "item_base_price": 10, "tax_summary": {"igst_amount": "0.50", "igst_rate": "5.0"}}]`
	body := `{"orders": [{"order_id": "A", "status": "CONFIRMED", "po_number": 4700123456, "po_amount": 10.50, "order_lines": ` + line + `},
		{"order_id": "B", "po_number": "1", "po_amount": 1, "order_lines": [{"order_item_id": "1", "quantity": 1}]},
		{"order_id": "C", "po_number": "1", "po_amount": "1.005", "order_lines": []},
		{"order_id": "D", "status": "CONFIRMED", "po_number": null, "order_lines": null}]}`
	orders, err := newClient(t, stub(t, says(200, body))).Orders(t.Context(), []string{"A", "B", "C", "D"})
	require.True(t, ajio.IsKind(err, ajio.KindMalformed))
	require.ErrorContains(t, err, `order "B": PO 1: line 1: no item_base_price or tax_summary`)
	require.ErrorContains(t, err, `order "C"`)
	require.Len(t, orders, 2)
	require.Equal(t, "4700123456", orders[0].PO.Number)
	require.Equal(t, order.POLine{OrderItemID: "1", Units: 1, BasePrice: 1000, IGST: 50, TaxRate: 500}, orders[0].PO.Lines[0])
	require.Nil(t, orders[1].PO)
}

func TestPagesThatMoveWhileTheyAreReadMissNothingForGood(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ids := b.sim.SeedOrders(120, "BLR1", ajiotest.SeedOptions{SpanSeconds: 3600})
	found := map[string]bool{}
	sweep := func(between func()) (pages int) {
		for page := 0; ; page++ {
			got, err := day(t.Context(), b.client, page)
			require.NoError(t, err)
			for _, o := range got.Orders {
				found[o.ID] = true
			}
			if page == 0 {
				between()
			}
			if got.Empty || page+1 >= got.TotalPages {
				return page + 1
			}
		}
	}
	require.Equal(t, 2, sweep(func() {
		for _, id := range ids[:50] {
			b.acceptAll(t, id)
		}
	}), "120 orders are three pages, 70 are two")
	require.Len(t, found, 70, "rows 51 to 100 slid into the first page")
	sweep(func() {})
	require.Len(t, found, 120)
}

func TestAnAnswerAboutAnotherOrderIsNotTakenForOurs(t *testing.T) {
	t.Parallel()
	client := newClient(t, stub(t, says(200, `{"order_id": "OTHER", "document": "JVBERi0=", "invoice_number": "1"}`)))
	_, err := client.ShippingLabel(t.Context(), storyOrder)
	require.True(t, ajio.IsKind(err, ajio.KindMalformed), err)
	_, err = client.Invoice(t.Context(), storyOrder)
	require.True(t, ajio.IsKind(err, ajio.KindMalformed), err)
}
