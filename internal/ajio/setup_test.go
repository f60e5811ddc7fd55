package ajio_test

import (
	"context"
	"io"
	"net/http"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"vmsflow/internal/ajio"
	"vmsflow/internal/ajio/ajiotest"
	"vmsflow/internal/simulate"
)

// The credential of the tests; neither part may ever stand in an error.
const (
	username = "DV0012345"
	password = "correct horse battery"
)

// clock is a time that tests move by hand.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func newClock() *clock { return &clock{now: time.Unix(1763354100, 0).UTC()} }

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// bundle is a simulator with a client for its only POB, on one clock.
type bundle struct {
	sim    *ajiotest.Server
	client *ajio.Client
	clock  *clock
}

func setup(t *testing.T, change ...func(*ajiotest.Options)) bundle {
	t.Helper()
	b := bundle{clock: newClock()}
	options := ajiotest.Options{
		Accounts:          []ajiotest.Account{{Pob: "BLR1", Username: username, Password: password}},
		Now:               b.clock.Now,
		ThrottlePerMinute: -1,
	}
	for _, apply := range change {
		apply(&options)
	}
	b.sim = ajiotest.NewServer(options)
	t.Cleanup(b.sim.Close)
	b.client = newClient(t, b.sim.URL, func(c *ajio.Config) {
		c.Now, c.PageBase = b.clock.Now, options.PageBase
	})
	return b
}

func newClient(t *testing.T, url string, change ...func(*ajio.Config)) *ajio.Client {
	t.Helper()
	config := ajio.Config{
		BaseURL: url, Partner: "vmsflow", Pob: "BLR1", Username: username, Password: password, Timeout: 10 * time.Second,
	}
	for _, apply := range change {
		apply(&config)
	}
	client, err := ajio.New(config)
	require.NoError(t, err)
	return client
}

// place puts an order of two lines and three units into the pendency.
func (b bundle) place() string {
	catalogue := ajiotest.Catalogue()
	return b.sim.PlaceOrder(ajiotest.Placement{Pob: "BLR1", Lines: []ajiotest.PlacedLine{
		{ItemCode: catalogue[0].ItemCode, Units: 2}, {ItemCode: catalogue[7].ItemCode, Units: 1},
	}})
}

func (b bundle) state(t *testing.T, id string) ajiotest.OrderState {
	t.Helper()
	state, known := b.sim.Order(id)
	require.True(t, known)
	return state
}

// acceptAll acknowledges every wanted unit.
func (b bundle) acceptAll(t *testing.T, id string) {
	t.Helper()
	require.NoError(t, b.client.Acknowledge(t.Context(), acceptance(b.state(t, id))))
}

func acceptance(state ajiotest.OrderState) ajio.AckRequest {
	request := ajio.AckRequest{OrderID: state.OrderID}
	for _, line := range state.Lines {
		request.Lines = append(request.Lines, ajio.AckLine{OrderItemID: line.OrderItemID, Confirmed: line.Ordered - line.CustomerCancelled})
	}
	return request
}

// generation invoices every live unit.
func generation(state ajiotest.OrderState) ajio.GenerateRequest {
	request := ajio.GenerateRequest{
		OrderID: state.OrderID, PONumber: state.PONumber, InvoiceNumber: "AJ/25-26/" + state.OrderID[len(state.OrderID)-6:],
		InvoiceDate: time.Unix(1763375400, 0), Lines: map[string]int{},
	}
	for _, line := range state.Lines {
		request.Lines[line.OrderItemID] = line.Live()
	}
	return request
}

var tinyPDF = []byte("%PDF-1.7\nsmall\n")

// ready takes an order to READY_TO_DISPATCH and returns its state.
func (b bundle) ready(t *testing.T, id string) ajiotest.OrderState {
	t.Helper()
	ctx := t.Context()
	b.acceptAll(t, id)
	request := generation(b.state(t, id))
	_, err := b.client.GenerateInvoice(ctx, request)
	require.NoError(t, err)
	require.NoError(t, b.client.AttachIRN(ctx, ajio.AttachRequest{OrderID: id, InvoiceNumber: request.InvoiceNumber, IRN: "irn-" + id, SignedQR: "qr"}))
	require.NoError(t, b.client.UploadInvoice(ctx, ajio.UploadRequest{OrderID: id, InvoiceNumber: request.InvoiceNumber, Document: tinyPDF}))
	return b.state(t, id)
}

func shipment(state ajiotest.OrderState) ajio.Shipment {
	return ajio.Shipment{OrderID: state.OrderID, TrackingNumber: state.TrackingNumber, InvoiceNumber: state.InvoiceNumber}
}

// day asks the pendency for all that the tests place.
func day(ctx context.Context, c *ajio.Client, page int) (ajio.PendencyPage, error) {
	start := newClock().Now()
	return c.Pendency(ctx, page, start.Add(-time.Hour), start.Add(24*time.Hour))
}

// stub answers every call but the login with one handler, for answers that the simulator never gives.
func stub(t *testing.T, answer http.HandlerFunc) string {
	t.Helper()
	mux := http.NewServeMux()
	mux.HandleFunc("POST /authToken", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write(golden(t, "login.response"))
	})
	mux.HandleFunc("/", answer)
	url, stop := simulate.Listen(mux)
	t.Cleanup(stop)
	return url
}

// says answers with a status and a body.
func says(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

// golden reads an example of contracts/ajio-vms.md.
func golden(t *testing.T, name string) []byte {
	t.Helper()
	content, err := os.ReadFile("testdata/" + name + ".json")
	require.NoError(t, err)
	return content
}
