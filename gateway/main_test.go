package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
	"go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/log"

	"vmsflow/dev/devserver"
	"vmsflow/internal/config"
	"vmsflow/internal/gst/gsttest"
	"vmsflow/internal/order"
	"vmsflow/internal/postgres"
	"vmsflow/internal/postgres/pgtest"
	"vmsflow/workflows/contract"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// The locations of the tests: two of one client, one of another.
const (
	erpPob   = "DV0012345" // northline, Model 1
	rmsPob   = "DV0067890" // northline, Model 2
	otherPob = "DV0099999" // southgate, Model 1
)

var (
	northline = credential{"northline", "moss and granite"}
	southgate = credential{"southgate", "tin and copper"}
)

// sellerGSTIN is whose invoices the ERPs post, irpKey what the IRP signs them with.
const sellerGSTIN = "27AAPFU0939F1ZV"

var irpKey = sync.OnceValue(gsttest.NewKey)

type credential struct{ username, password string }

func channels() config.Channels {
	own := config.Client{Name: "northline", Username: northline.username, Password: northline.password}
	other := config.Client{Name: "southgate", Username: southgate.username, Password: southgate.password}
	seller, tax := config.Seller{GSTIN: sellerGSTIN}, config.TaxEnvironment{Keys: irpKey().Keys()}
	return config.Channels{
		{Pob: erpPob, InvoicingModel: order.ERPModel, Client: own, Seller: seller, Tax: tax, ERP: config.ERP{DocumentHosts: []string{"erp.internal:8080"}}},
		{Pob: rmsPob, InvoicingModel: order.RMSModel, Client: own, Seller: seller, Tax: tax, Returns: config.Returns{
			Policy: contract.ReturnPolicy{Models: []contract.DatedModel{{Model: order.RSIModel}}},
		}},
		{Pob: otherPob, InvoicingModel: order.ERPModel, Client: other, Seller: seller, Tax: tax},
	}
}

// world is a gateway on a database of its own and on the Temporal server that all tests share; order ids are
// therefore the test's own.
type world struct {
	*testing.T
	db       *postgres.DB
	sql      *pgx.Conn
	temporal client.Client
	gateway  *server
	url      string
	log      *lockedBuffer
}

// newWorld starts a gateway; change may change it before it serves.
func newWorld(t *testing.T, change ...func(*server)) *world {
	t.Helper()
	w := newWorldWithoutTemporal(t)
	w.temporal = dial(t, devserver.ForTest(t).Address)
	w.gateway.temporal = w.temporal
	for _, c := range change {
		c(w.gateway)
	}
	return w
}

// newWorldWithoutTemporal starts a gateway whose Temporal does not answer.
func newWorldWithoutTemporal(t *testing.T) *world {
	t.Helper()
	databaseURL := pgtest.URL(t)
	w := &world{T: t, db: pgtest.Open(t, databaseURL), log: &lockedBuffer{}}
	var err error
	w.sql, err = pgx.Connect(t.Context(), databaseURL)
	require.NoError(t, err)
	t.Cleanup(func() { _ = w.sql.Close(context.Background()) })
	w.gateway = &server{
		db: w.db, temporal: dial(t, "127.0.0.1:1"), callers: newCallers(channels()), rules: channels().InvoiceRules(), publicURL: "https://vmsflow.example",
		policies:      channels().ReturnPolicies(),
		documentHosts: documentHosts(channels()), wait: 20 * time.Second, log: slog.New(slog.NewJSONHandler(w.log, nil)),
	}
	web := httptest.NewServer(w.gateway.routes())
	t.Cleanup(web.Close)
	w.url = web.URL
	return w
}

func dial(t *testing.T, address string) client.Client {
	t.Helper()
	c, err := client.NewLazyClient(client.Options{HostPort: address, Logger: log.NewStructuredLogger(slog.New(slog.DiscardHandler))})
	require.NoError(t, err)
	t.Cleanup(c.Close)
	return c
}

// answer is what the gateway said.
type answer struct {
	status int
	header http.Header
	body   string
}

// post calls as northline. A body that is no string is sent as JSON.
func (w *world) post(path string, body any) answer { return w.call(northline, "POST", path, body) }

func (w *world) get(path string) answer { return w.call(northline, "GET", path, "") }

func (w *world) call(who credential, method, path string, body any) answer {
	w.Helper()
	text, ready := body.(string)
	if !ready {
		encoded, err := json.Marshal(body)
		require.NoError(w, err)
		text = string(encoded)
	}
	request, err := http.NewRequestWithContext(w.Context(), method, w.url+path, strings.NewReader(text))
	require.NoError(w, err)
	request.Header.Set("authUsername", who.username)
	request.Header.Set("authPassword", who.password)
	noRedirects := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	response, err := noRedirects.Do(request)
	require.NoError(w, err)
	defer response.Body.Close()
	content, err := io.ReadAll(response.Body)
	require.NoError(w, err)
	return answer{status: response.StatusCode, header: response.Header, body: string(content)}
}

var acceptedAt = regexp.MustCompile(`accepted at \d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+05:30`)

// refused requires an error body; the time at which something was accepted is written TIME.
func (a answer) refused(t require.TestingT, status int, code, message, description string) {
	golden, err := json.Marshal(map[string]string{"code": code, "message": message, "description": description})
	require.NoError(t, err)
	require.JSONEq(t, string(golden), acceptedAt.ReplaceAllString(a.body, "accepted at TIME"))
	require.Equal(t, status, a.status)
	require.Equal(t, "application/json", a.header.Get("Content-Type"))
}

func (a answer) badData(t require.TestingT, description string) {
	a.refused(t, 400, "BAD_DATA", "Input validation failed", description)
}

func (a answer) orderCancelled(t require.TestingT, description string) {
	a.refused(t, 400, "ORDER_CANCELLED", "The order is cancelled", description)
}

func (a answer) inProgress(t require.TestingT, field string) {
	a.refused(t, 503, "IN_PROGRESS", "In progress", "["+field+": is recorded and under way; repeat the same call after Retry-After]")
	require.Equal(t, "10", a.header.Get("Retry-After"))
}

func (a answer) ok(t require.TestingT) answer {
	require.Equal(t, 200, a.status, a.body)
	return a
}

// The items of the story's order: two units of shirt, one of cap.
const (
	shirt = "469876543001"
	cap1  = "469880012004"
)

// orderWithPO enters an order with its purchase order "PO-" + id, which has not been released.
func (w *world) orderWithPO(pob, id string) string {
	w.Helper()
	ctx := w.Context()
	model := order.ERPModel
	if pob == rmsPob {
		model = order.RMSModel
	}
	lines := []order.Line{{OrderItemID: id + "-1", ItemCode: shirt, Ordered: 2}, {OrderItemID: id + "-2", ItemCode: cap1, Ordered: 1}}
	_, err := w.db.RegisterOrder(ctx, order.Order{
		Pob: pob, ID: id, OrderTime: time.Date(2025, 11, 17, 6, 0, 0, 0, time.UTC), PaymentMethod: "PREPAID", Lines: lines,
	}, model)
	require.NoError(w, err)
	require.NoError(w, w.db.MarkAcknowledged(ctx, pob, id, fullOrder(id), time.Now()))
	require.NoError(w, w.db.SavePO(ctx, pob, id, order.PurchaseOrder{
		Number: "PO-" + id, Carrier: "DELHIVERY", TrackingNumber: "AWB-PO-" + id, Lines: []order.POLine{
			{OrderItemID: id + "-1", ItemCode: shirt, Units: 2}, {OrderItemID: id + "-2", ItemCode: cap1, Units: 1},
		},
	}))
	return id
}

func fullOrder(id string) order.Quantities { return order.Quantities{id + "-1": 2, id + "-2": 1} }

// releasedOrder enters an order that was invoiced and released for picking.
func (w *world) releasedOrder(pob, id string) string {
	w.Helper()
	w.orderWithPO(pob, id)
	require.NoError(w, w.db.SaveInvoice(w.Context(), pob, id, order.Invoice{Number: "INV-" + id, Quantities: fullOrder(id)}))
	require.NoError(w, w.db.MarkReleased(w.Context(), pob, id, fullOrder(id)))
	return id
}

// packedOrder enters an order that waits for its handover.
func (w *world) packedOrder(pob, id string) string {
	w.Helper()
	w.releasedOrder(pob, id)
	require.NoError(w, w.db.SavePacked(w.Context(), pob, id, fullOrder(id)))
	w.saveDocument(pob, id, postgres.KindShippingLabel, "AWB-"+id)
	return id
}

func (w *world) saveDocument(pob, id, kind, number string) postgres.DocumentRef {
	w.Helper()
	ref, err := w.db.SaveDocument(w.Context(), postgres.Document{
		Pob: pob, OrderID: id, Kind: kind, Number: number, ContentType: "application/pdf", Content: []byte("%PDF-1.7 " + kind + " of " + id),
	})
	require.NoError(w, err)
	return ref
}

func (w *world) end(pob, id string, outcome order.Outcome) {
	w.Helper()
	require.NoError(w, w.db.EndOrder(w.Context(), pob, id, outcome, "for the test"))
}

// count runs a query for one number.
func (w *world) count(query string, args ...any) int {
	w.Helper()
	var n int
	require.NoError(w, w.sql.QueryRow(w.Context(), query, args...).Scan(&n))
	return n
}

func (w *world) inboxRows() int { return w.count(`SELECT count(*) FROM inbox`) }

// startWorkflow starts an order's workflow on a queue that no worker listens to: signals are taken all the same.
func (w *world) startWorkflow(pob, id string) {
	w.Helper()
	_, err := w.temporal.ExecuteWorkflow(w.Context(), client.StartWorkflowOptions{
		ID: contract.OrderWorkflowID(pob, id), TaskQueue: "nobody",
	}, contract.ForwardOrder)
	require.NoError(w, err)
}

type sent struct{ name, payload string }

// signals reads which signals an order's workflow got, from its history.
func (w *world) signals(pob, id string) []sent {
	w.Helper()
	return w.signalsTo(contract.OrderWorkflowID(pob, id))
}

// awaitSignal blocks until an order's workflow has got a signal.
func (w *world) awaitSignal(pob, id string) {
	w.Helper()
	w.readSignals(contract.OrderWorkflowID(pob, id), true, func(got []sent) bool { return len(got) > 0 })
}

// signalsTo reads which signals a workflow got, from the history of its last run.
func (w *world) signalsTo(workflowID string) []sent {
	w.Helper()
	return w.readSignals(workflowID, false, func([]sent) bool { return false })
}

func (w *world) readSignals(workflowID string, wait bool, enough func([]sent) bool) []sent {
	w.Helper()
	var got []sent
	events := w.temporal.GetWorkflowHistory(w.Context(), workflowID, "", wait, enums.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
	for !enough(got) && events.HasNext() {
		event, err := events.Next()
		require.NoError(w, err)
		if s := event.GetWorkflowExecutionSignaledEventAttributes(); s != nil {
			got = append(got, sent{s.SignalName, string(s.Input.Payloads[0].Data)})
		}
	}
	return got
}

// lockedBuffer is a log that may be read while it is written.
type lockedBuffer struct {
	mu     sync.Mutex
	buffer bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buffer.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buffer.String()
}

// body is a JSON object that a test may change.
type body map[string]any

func (b body) with(changes body) body {
	changed := maps.Clone(b)
	for name, value := range changes {
		if value == nil {
			delete(changed, name)
		} else {
			changed[name] = value
		}
	}
	return changed
}

func marshal(t *testing.T, v any) string {
	t.Helper()
	text, err := json.Marshal(v)
	require.NoError(t, err)
	return string(text)
}
