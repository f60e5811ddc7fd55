package ajio_test

import (
	"fmt"
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"vmsflow/internal/ajio"
	"vmsflow/internal/ajio/ajiotest"
	"vmsflow/internal/order"
)

// delivered places an order of two lines and three units and takes it to its customer.
func (b bundle) delivered(t *testing.T) ajiotest.OrderState {
	t.Helper()
	state := b.ready(t, b.place())
	made, err := b.client.CreateManifest(t.Context(), ajio.ManifestRequest{Carrier: state.Carrier, Shipments: []ajio.Shipment{shipment(state)}})
	require.NoError(t, err)
	require.Empty(t, made.Failed)
	require.NoError(t, b.sim.Deliver(state.OrderID))
	return b.state(t, state.OrderID)
}

// announce lets a customer return one unit of the first line.
func (b bundle) announce(t *testing.T) string {
	t.Helper()
	state := b.delivered(t)
	id, err := b.sim.Announce(ajiotest.Announcement{
		OrderID: state.OrderID, Kind: order.CustomerReturn, Lines: []ajiotest.AnnouncedLine{{OrderItemID: state.Lines[0].OrderItemID, Units: 1}},
	})
	require.NoError(t, err)
	return id
}

func (b bundle) read(t *testing.T, returnID string) order.Expectation {
	t.Helper()
	returns, err := b.client.ReturnsByID(t.Context(), []string{returnID})
	require.NoError(t, err)
	require.Len(t, returns, 1)
	return returns[0]
}

func (b bundle) qc(returnID string) ajio.QCRequest {
	return ajio.QCRequest{ReturnID: returnID, Items: []ajio.QCItem{{ReturnItemID: returnID + "0001", Units: 1, Code: order.Good}}}
}

func TestAReturnLooksTheSameUnderEveryQuirk(t *testing.T) {
	t.Parallel()
	for name, quirks := range map[string]ajiotest.Quirks{
		"as in the examples": {},
		"unknown fields":     {UnknownFields: true},
		"numbers as strings": {StringNumbers: true},
		"milliseconds":       {Milliseconds: true},
		"late carrier":       {LateCarrier: true},
		"documents inside":   {Documents: ajiotest.AlwaysContent},
	} {
		for base := range 2 {
			t.Run(fmt.Sprintf("%s, first page %d", name, base), func(t *testing.T) {
				t.Parallel()
				b := setup(t, func(o *ajiotest.Options) {
					o.Quirks, o.PageBase, o.RSIDelay = quirks, base, time.Minute
					o.Accounts[0].ReturnModel = order.RSIModel
				})
				ctx, id := t.Context(), b.announce(t)
				page, err := b.client.Returns(ctx, order.StatusReturnCreated, order.CustomerReturn, 0)
				require.NoError(t, err)
				require.Empty(t, page.Unreadable)
				require.Equal(t, 1, page.TotalPages)
				require.Equal(t, []order.Expectation{b.read(t, id)}, page.Returns)
				require.Equal(t, b.clock.Now(), page.Returns[0].ReturnDate)
				require.Equal(t, 1, page.Returns[0].Items[0].Units)
				page, err = b.client.Returns(ctx, order.StatusReturnCreated, order.RTO, 0)
				require.NoError(t, err)
				require.True(t, page.Empty)

				require.NoError(t, b.client.PerformQC(ctx, b.qc(id)))
				require.Equal(t, order.StatusReturnProcessed, b.read(t, id).Status)
				_, err = b.client.RSI(ctx, id)
				require.True(t, ajio.IsKind(err, ajio.KindNotReady), err)
				require.ErrorContains(t, err, "return sales invoice of return "+id)
				b.clock.Advance(time.Minute)
				rsi, err := b.client.RSI(ctx, id)
				require.NoError(t, err)
				require.Contains(t, string(rsi.Content), "rsi "+id)
				state, err := b.sim.Return(id)
				require.NoError(t, err)
				require.Equal(t, state.RSINumber, rsi.Number)
				require.Equal(t, state.OrderID, rsi.OrderID)
			})
		}
	}
}

func TestAReturnThatCannotBeReadIsNamedAndLosesNoOther(t *testing.T) {
	t.Parallel()
	row := func(id, change string) string {
		return `{"return_order_id": ` + id + `, "return_date": "1763964000000", "order_id": "S1", "return_type": "RTO", "return_status": "RETURN_CREATED", "tracking_number": null,
			"return_order_items": [{"return_item_id": 1, " order_item_id ": "S11", "return_quantity": "2", "cancelled_return_quantity": null, "item_details": {"item_code": 469876543001}}]` + change + `}`
	}
	body := `{"orders": [` +
		row(`"A"`, "") + `, ` +
		row(`"B"`, `, "return_status": "RETURN_LOST"`) + `, ` +
		row(`"C"`, `, "return_type": "EXCHANGE"`) + `, ` +
		row(`"D"`, `, "return_date": null`) + `, ` +
		row(`"E"`, `, "return_order_items": [{"return_item_id": "1", "order_item_id": "S11", "return_quantity": 1, "cancelled_return_quantity": 2, "item_details": {"item_code": "1"}}]`) + `, ` +
		row(`"F"`, `, "return_order_items": [{"return_quantity": "two"}]`) + `, ` +
		row(`null`, "") + `, 17, ` +
		row(`5`, `, "return_order_items": null`) + `], "page": {"totalPages": "1"}}`
	client := newClient(t, stub(t, says(200, body)))
	page, err := client.Returns(t.Context(), order.StatusReturnCreated, order.RTO, 0)
	require.NoError(t, err)
	require.False(t, page.Empty)
	var read []string
	for _, e := range page.Returns {
		read = append(read, e.ReturnID)
	}
	require.Equal(t, []string{"A", "5"}, read)
	require.Equal(t, order.Expectation{
		Pob: "BLR1", ReturnID: "A", OrderID: "S1", Kind: order.RTO, Status: order.StatusReturnCreated, ReturnDate: time.Unix(1763964000, 0).UTC(),
		Items: []order.ExpectedItem{{ReturnItemID: "1", OrderItemID: "S11", ItemCode: "469876543001", Units: 2}},
	}, page.Returns[0])
	var bad []string
	for _, row := range page.Unreadable {
		bad = append(bad, row.ReturnID)
	}
	require.Equal(t, []string{"B", "C", "D", "E", "F", "", ""}, bad)
	require.Equal(t, `return B: return_status "RETURN_LOST" is not known`, page.Unreadable[0].Reason)
	require.Equal(t, `return C: return_type "EXCHANGE" is not known`, page.Unreadable[1].Reason)

	returns, err := client.ReturnsByID(t.Context(), []string{"A", "B"})
	require.True(t, ajio.IsKind(err, ajio.KindMalformed))
	require.ErrorContains(t, err, "RETURN_LOST")
	require.Len(t, returns, 2)
}

func TestAStatusThatNobodyKnowsIsForAPerson(t *testing.T) {
	t.Parallel()
	strange := ajiotest.NewServer(ajiotest.Options{
		Accounts: []ajiotest.Account{{Pob: "BLR1", Username: username, Password: password}}, Quirks: ajiotest.Quirks{UnknownValues: true},
	})
	t.Cleanup(strange.Close)
	id, err := strange.Announce(ajiotest.Announcement{Pob: "BLR1", OrderID: "S1", Kind: order.RTO, Lines: []ajiotest.AnnouncedLine{
		{OrderItemID: "S10001", ItemCode: "469876543001", Units: 1},
	}})
	require.NoError(t, err)
	_, err = newClient(t, strange.URL).ReturnsByID(t.Context(), []string{id})
	require.ErrorContains(t, err, "return "+id+`: return_status "SIM_NEW_STATUS" is not known`)
}

// An RTO may not be in the feed yet; then FAILED with its id is the answer (contracts/ajio-vms.md §11.1).
func TestASecondRTOOfAnOrderIsTheFirst(t *testing.T) {
	t.Parallel()
	b := setup(t, func(o *ajiotest.Options) { o.RTODelay = time.Hour })
	ctx, state := t.Context(), b.delivered(t)
	request := ajio.RTORequest{OrderID: state.OrderID}
	for _, line := range state.Lines {
		request.Items = append(request.Items, ajio.RTOItem{ItemCode: line.ItemCode, OrderItemID: line.OrderItemID, Units: line.Invoiced, Code: order.Good})
	}
	first, err := b.client.CreateRTO(ctx, request)
	require.NoError(t, err)
	again, err := b.client.CreateRTO(ctx, request)
	require.NoError(t, err)
	require.Equal(t, first, again)
	listed, err := b.client.RTOsOfOrder(ctx, state.OrderID)
	require.NoError(t, err)
	require.Empty(t, listed)
	b.clock.Advance(time.Hour)
	listed, err = b.client.RTOsOfOrder(ctx, state.OrderID)
	require.NoError(t, err)
	require.Equal(t, first, listed[0].ReturnID)
	require.Equal(t, order.RTO, listed[0].Kind)
}

func TestPapersOfAnotherReturnAreNotTakenForOurs(t *testing.T) {
	t.Parallel()
	client := newClient(t, stub(t, says(200, `{"return_order_id": "OTHER", "document": "JVBERi0=", "rsi_number": "1"}`)))
	_, err := client.RSI(t.Context(), storyReturn)
	require.True(t, ajio.IsKind(err, ajio.KindMalformed), err)
	client = newClient(t, stub(t, says(200, `{"return_order_id": "`+storyReturn+`", "document": "JVBERi0=", "rsi_number": "1"}`)))
	rsi, err := client.RSI(t.Context(), storyReturn)
	require.NoError(t, err)
	require.Equal(t, ajio.Document{Number: "1", Content: []byte("%PDF-")}, rsi)
}

func TestWhatMustFitOnePageAsksForTheLargest(t *testing.T) {
	t.Parallel()
	var sizes []string
	client := newClient(t, stub(t, func(w http.ResponseWriter, r *http.Request) {
		sizes = append(sizes, r.URL.Query().Get("pageSize"))
		_, _ = io.WriteString(w, `{"orders": [], "page": {"totalPages": "1"}}`)
	}))
	_, err := client.ReturnsByID(t.Context(), []string{"A", "B"})
	require.NoError(t, err)
	_, err = client.RTOsOfOrder(t.Context(), "S1")
	require.NoError(t, err)
	require.Equal(t, []string{"50", "50"}, sizes)
}
