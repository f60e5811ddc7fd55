package warehouse_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"vmsflow/internal/increff"
	"vmsflow/internal/order"
	"vmsflow/internal/warehouse"
)

func at(t *testing.T, s string) time.Time {
	t.Helper()
	parsed, err := increff.ParseTime(s)
	require.NoError(t, err)
	return parsed.Time
}

// story is order S1725110042 of the contracts.
func story(t *testing.T) (order.Order, order.PurchaseOrder) {
	t.Helper()
	return order.Order{
			Pob: "DV0012345", ID: "S1725110042", OrderTime: at(t, "2025-11-17T10:05:00.000+05:30"), PaymentMethod: "PREPAID",
		}, order.PurchaseOrder{Lines: []order.POLine{
			{OrderItemID: "S17251100420001", ItemCode: "469876543001", Units: 2, BasePrice: 95000, IGST: 9500},
			{OrderItemID: "S17251100420002", ItemCode: "469880012004", Units: 1, BasePrice: 120000, IGST: 6000},
		}}
}

// received is one call as a warehouse saw it.
type received struct {
	method, path, user string
	body               []byte
}

func listen(t *testing.T, status int) (*warehouse.Client, func() received) {
	t.Helper()
	calls := make(chan received, 1)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		calls <- received{r.Method, r.URL.EscapedPath(), r.Header.Get("authUsername"), body}
		w.WriteHeader(status)
	}))
	t.Cleanup(server.Close)
	client, err := warehouse.New(warehouse.Config{BaseURL: server.URL + "/", Headers: map[string]string{"authUsername": "vmsflow"}})
	require.NoError(t, err)
	return client, func() received { return <-calls }
}

func TestCallsAreThoseOfTheContract(t *testing.T) {
	t.Parallel()
	o, po := story(t)
	client, next := listen(t, http.StatusOK)
	for _, c := range []struct {
		file, method, path string
		call               func() error
	}{
		{"testdata/order.json", http.MethodPost, "/orders/outward", func() error {
			return client.CreateOrder(t.Context(), warehouse.NewOutwardOrder(o, po, at(t, "2025-11-17T15:43:00.000+05:30")))
		}},
		{"testdata/release.json", http.MethodPut, "/orders/S1725110042", func() error {
			return client.Release(t.Context(), warehouse.Release{
				OrderID: o.ID, Pob: o.Pob, DispatchBy: warehouse.DispatchBy(o), StartProcessing: at(t, "2025-11-17T16:01:00.000+05:30"),
			})
		}},
		{"testdata/stop.json", http.MethodPut, "/orders/S1725110042/cancel", func() error {
			return client.Stop(t.Context(), warehouse.Stop{OrderID: o.ID, Pob: o.Pob, Items: []warehouse.StopItem{
				{ChannelSKUCode: "469876543001", OrderItemCode: "S17251100420001", Cancelled: 2},
				{ChannelSKUCode: "469880012004", OrderItemCode: "S17251100420002", Cancelled: 1},
			}})
		}},
		{"testdata/return.json", http.MethodPost, "/return/return-orders", func() error {
			return client.ExpectReturn(t.Context(), warehouse.NewReturnOrder(order.Expectation{
				Pob: o.Pob, ReturnID: "R2511240077", OrderID: o.ID, Kind: order.CustomerReturn, TrackingNumber: "AJR880004411",
				ReturnDate: at(t, "2025-11-24T11:30:00.000+05:30"), Items: []order.ExpectedItem{
					{ReturnItemID: "R25112400770001", OrderItemID: "S17251100420001", ItemCode: "469876543001", Units: 1},
				},
			}, "DELHIVERY"))
		}},
	} {
		require.NoError(t, c.call())
		got := next()
		require.Equal(t, []string{c.method, c.path, "vmsflow"}, []string{got.method, got.path, got.user})
		example, err := os.ReadFile(c.file)
		require.NoError(t, err)
		require.Equal(t, tokens(t, example), tokens(t, got.body), c.file)
	}
}

// tokens takes a document apart, so that the order of fields counts and 0 equals 0.00.
func tokens(t *testing.T, document []byte) []json.Token {
	t.Helper()
	var all []json.Token
	decoder := json.NewDecoder(bytes.NewReader(document))
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			return all
		}
		require.NoError(t, err)
		all = append(all, token)
	}
}

func TestLinesOfOneSKUAreMergedUnderTheFirstLine(t *testing.T) {
	t.Parallel()
	o, _ := story(t)
	outward := warehouse.NewOutwardOrder(o, order.PurchaseOrder{Lines: []order.POLine{
		{OrderItemID: "1", ItemCode: "A", Units: 0, BasePrice: 900},
		{OrderItemID: "2", ItemCode: "A", Units: 1, BasePrice: 100, IGST: 5},
		{OrderItemID: "3", ItemCode: "B", Units: 1, BasePrice: 300},
		{OrderItemID: "4", ItemCode: "A", Units: 2, BasePrice: 180, IGST: 5},
	}}, time.Now())
	require.Equal(t, []warehouse.OutwardItem{
		{ChannelSkuCode: "A", OrderItemCode: "2", Quantity: 3, SellingPricePerUnit: 157},
		{ChannelSkuCode: "B", OrderItemCode: "3", Quantity: 1, SellingPricePerUnit: 300},
	}, outward.OrderItems)
}

func TestAReturnHasARowForEveryUnitThatIsStillExpected(t *testing.T) {
	t.Parallel()
	var codes []string
	announced := warehouse.NewReturnOrder(order.Expectation{Kind: order.RTO, Items: []order.ExpectedItem{
		{ReturnItemID: "R1", OrderItemID: "1", ItemCode: "A", Units: 2},
		{ReturnItemID: "R2", OrderItemID: "2", ItemCode: "B", Units: 0}, // cancelled
		{ReturnItemID: "R3", OrderItemID: "1", ItemCode: "A", Units: 1},
	}}, "")
	for _, item := range announced.OrderItems {
		codes = append(codes, item.ItemCode)
	}
	require.Equal(t, []string{"R1-1", "R1-2", "R3-1"}, codes)
	require.Equal(t, "RETURN_TO_ORIGIN", announced.OrderType)
}

func TestFailuresNameTheCallAndTheOrder(t *testing.T) {
	t.Parallel()
	for status, kind := range map[int]increff.Kind{
		400: increff.KindRefused, 401: increff.KindAuth, 429: increff.KindThrottled, 503: increff.KindTransport,
	} {
		client, next := listen(t, status)
		err := client.Release(t.Context(), warehouse.Release{OrderID: "S1/2 3", Pob: "P"})
		require.Equal(t, "/orders/S1%2F2%203", next().path)
		require.True(t, increff.IsKind(err, kind), "%v", err)
		require.Equal(t, fmt.Sprintf("warehouse release for order S1/2 3: %s: HTTP %d", kind, status), err.Error())
	}
}

func TestConfigurationIsChecked(t *testing.T) {
	t.Parallel()
	for _, config := range []warehouse.Config{
		{}, {BaseURL: "warehouse.example"}, {BaseURL: "https://w.example", Headers: map[string]string{"a": "b\n"}},
	} {
		_, err := warehouse.New(config)
		require.Error(t, err)
	}
}
