package ajiotest_test

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"vmsflow/internal/ajio/ajiotest"
)

// bench is a simulator with two sellers, spoken to in plain HTTP, and a clock that tests move.
type bench struct {
	*ajiotest.Server
	t     *testing.T
	mu    sync.Mutex
	clock time.Time
	token string // of POB BLR1
}

func setup(t *testing.T, change ...func(*ajiotest.Options)) *bench {
	t.Helper()
	b := &bench{t: t, clock: time.Unix(1763354100, 0).UTC()}
	options := ajiotest.Options{
		Accounts: []ajiotest.Account{
			{Pob: "BLR1", Username: "DV1", Password: "one", State: "29"}, {Pob: "BOM1", Username: "DV2", Password: "two", NoEInvoicing: true},
		},
		Now: b.now, ThrottlePerMinute: -1,
	}
	for _, apply := range change {
		apply(&options)
	}
	b.Server = ajiotest.NewServer(options)
	t.Cleanup(b.Close)
	b.token = b.login("DV1", "one")
	return b
}

func (b *bench) now() time.Time {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.clock
}

func (b *bench) advance(d time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.clock = b.clock.Add(d)
}

// later lets more time pass than a token lives.
func (b *bench) later(d time.Duration) {
	b.t.Helper()
	b.advance(d)
	b.token = b.login("DV1", "one")
}

// answer is what came back.
type answer struct {
	status int
	header http.Header
	body   string
}

func (b *bench) call(method, path, body string) answer {
	b.t.Helper()
	return b.callAs(b.token, method, path, body)
}

func (b *bench) callAs(token, method, path, body string) answer {
	b.t.Helper()
	request, err := http.NewRequestWithContext(b.t.Context(), method, b.URL+path, strings.NewReader(body))
	require.NoError(b.t, err)
	request.Header.Set("apiKey", token)
	response, err := http.DefaultClient.Do(request)
	require.NoError(b.t, err)
	defer response.Body.Close()
	content, err := io.ReadAll(response.Body)
	require.NoError(b.t, err)
	return answer{status: response.StatusCode, header: response.Header, body: string(content)}
}

// ds calls a path under the partner's prefix with a body of any kind.
func (b *bench) ds(method, path string, body any) answer {
	b.t.Helper()
	encoded := ""
	if body != nil {
		content, err := json.Marshal(body)
		require.NoError(b.t, err)
		encoded = string(content)
	}
	return b.call(method, "/ds/vmsflow"+path, encoded)
}

func (b *bench) login(username, password string) string {
	b.t.Helper()
	got := b.callAs("", "POST", "/authToken", `{"username": "`+username+`", "password": "`+password+`"}`)
	require.Equal(b.t, 200, got.status, got.body)
	var answer struct {
		Result struct{ AccessToken string } `json:"result"`
	}
	require.NoError(b.t, json.Unmarshal([]byte(got.body), &answer))
	return answer.Result.AccessToken
}

// place puts an order of two lines and three units into the pendency of BLR1.
func (b *bench) place() string {
	return b.PlaceOrder(ajiotest.Placement{Pob: "BLR1", Lines: []ajiotest.PlacedLine{
		{ItemCode: "469876543001", Units: 2}, {ItemCode: "469880012004", Units: 1},
	}})
}

func (b *bench) state(id string) ajiotest.OrderState {
	b.t.Helper()
	state, known := b.Order(id)
	require.True(b.t, known)
	return state
}

type object = map[string]any

func ack(id, status string, units ...int) object {
	lines := []object{}
	for i := 0; i+1 < len(units); i += 2 {
		lines = append(lines, object{"order_item_id": lineID(id, i/2), "confirmed_quantity": units[i], "cancelled_quantity": units[i+1]})
	}
	return object{"order_id": id, "status": status, "order_lines": lines}
}

func lineID(id string, i int) string { return id + "000" + string(rune('1'+i)) }

func (b *bench) acknowledge(id string) {
	b.t.Helper()
	require.Contains(b.t, b.ds("POST", "/orders", ack(id, "Acknowledge", 2, 0, 1, 0)).body, `"success":[{`)
}

func (b *bench) invoice(id string, first, second int) object {
	return object{
		"order_id": id, "po_number": b.state(id).PONumber, "invoice_number": "AJ/1", "invoice_date": 1763375400,
		"order_lines": []object{{"order_item_id": lineID(id, 0), "quantity": first}, {"order_item_id": lineID(id, 1), "quantity": second}},
	}
}

// ready takes an order to READY_TO_DISPATCH.
func (b *bench) ready(id string) {
	b.t.Helper()
	b.acknowledge(id)
	for _, step := range []answer{
		b.ds("POST", "/orders/b2bInvoice", b.invoice(id, 2, 1)),
		b.ds("PUT", "/orders/b2bInvoice", object{"order_id": id, "invoice_number": "AJ/1", "irn": "irn", "qr_code": "qr"}),
		b.ds("POST", "/orders/b2bInvoice/document", object{"order_id": id, "invoice_number": "AJ/1", "document": "JVBERi0="}),
	} {
		require.Contains(b.t, step.body, `"SUCCESS"`)
	}
}

func (b *bench) manifest(ids ...string) object {
	shipments := []object{}
	carrier := ""
	for _, id := range ids {
		state, _ := b.Order(id)
		carrier = state.Carrier
		shipments = append(shipments, object{"order_id": id, "tracking_number": state.TrackingNumber, "invoice_number": "AJ/1"})
	}
	return object{"carrier": carrier, "shipments": shipments}
}
