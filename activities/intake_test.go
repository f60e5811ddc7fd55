package activities_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"vmsflow/activities"
	"vmsflow/dev/devserver"
	"vmsflow/internal/ajio"
	"vmsflow/internal/ajio/ajiotest"
	"vmsflow/internal/order"
	"vmsflow/internal/postgres"
	"vmsflow/internal/postgres/pgtest"
	"vmsflow/internal/simulate"
	"vmsflow/workflows/contract"
)

// feed is the intake of one POB against a simulated Ajio, a real Temporal server and a real Postgres. The orders that
// it starts stay as they are: no worker runs.
type feed struct {
	pob    string
	sim    *ajiotest.Server
	db     *postgres.DB
	intake *activities.Intake
}

func newFeed(t *testing.T, bend ...func(*http.Response) error) *feed {
	t.Helper()
	// All tests of the package share the server; a POB of one's own keeps the orders apart.
	f := &feed{pob: fmt.Sprintf("DV%010d", time.Now().UnixNano()%1e10), db: pgtest.New(t)}
	f.sim = ajiotest.NewServer(ajiotest.Options{
		Accounts: []ajiotest.Account{{Pob: f.pob, Username: f.pob, Password: "secret"}}, ThrottlePerMinute: -1, Seed: 1,
	})
	t.Cleanup(f.sim.Close)
	baseURL := f.sim.URL
	for _, change := range bend {
		baseURL = bent(t, baseURL, change)
	}
	ajioClient, err := ajio.New(ajio.Config{BaseURL: baseURL, Partner: "vmsflow", Pob: f.pob, Username: f.pob, Password: "secret"})
	require.NoError(t, err)
	f.intake = &activities.Intake{
		Client: ajioClient, DB: f.db, Temporal: dial(t), Lookback: 7 * 24 * time.Hour,
		Policy: contract.Policy{Model: order.ERPModel, AckHold: 4 * time.Hour},
	}
	return f
}

// bent puts a proxy before the simulator that spoils its answers.
func bent(t *testing.T, address string, change func(*http.Response) error) string {
	t.Helper()
	target, err := url.Parse(address)
	require.NoError(t, err)
	proxy := httputil.NewSingleHostReverseProxy(target)
	proxy.ModifyResponse = change
	server := httptest.NewServer(proxy)
	t.Cleanup(server.Close)
	return server.URL
}

// flaky is a Temporal that fails for some workflows.
type flaky struct {
	client.Client
	failing map[string]error // by workflow id
}

func (f *flaky) ExecuteWorkflow(ctx context.Context, o client.StartWorkflowOptions, w any, args ...any) (client.WorkflowRun, error) {
	if err := f.failing[o.ID]; err != nil {
		return nil, err
	}
	return f.Client.ExecuteWorkflow(ctx, o, w, args...)
}

func (f *flaky) SignalWorkflow(ctx context.Context, id, run, name string, payload any) error {
	if err := f.failing[id]; err != nil {
		return err
	}
	return f.Client.SignalWorkflow(ctx, id, run, name, payload)
}

func (f *flaky) SignalWithStartWorkflow(
	ctx context.Context, id, name string, payload any, o client.StartWorkflowOptions, w any, args ...any,
) (client.WorkflowRun, error) {
	if err := f.failing[id]; err != nil {
		return nil, err
	}
	return f.Client.SignalWithStartWorkflow(ctx, id, name, payload, o, w, args...)
}

// failFor makes Temporal fail for orders until heal is called.
func (f *feed) failFor(orderIDs ...string) (heal func()) {
	var ids []string
	for _, id := range orderIDs {
		ids = append(ids, contract.OrderWorkflowID(f.pob, id))
	}
	return f.failForWorkflows(ids...)
}

func (f *feed) failForWorkflows(ids ...string) (heal func()) {
	whole := f.intake.Temporal
	failing := map[string]error{}
	for _, id := range ids {
		failing[id] = errors.New("shard is moving")
	}
	f.intake.Temporal = &flaky{Client: whole, failing: failing}
	return func() { f.intake.Temporal = whole }
}

func dial(t *testing.T) client.Client {
	t.Helper()
	c, err := client.Dial(client.Options{HostPort: devserver.ForTest(t).Address, Logger: quiet{}})
	require.NoError(t, err)
	t.Cleanup(c.Close)
	return c
}

// place places an order of one line at Ajio; the line's id is the order's with 0001.
func (f *feed) place(units int) string {
	return f.sim.PlaceOrder(ajiotest.Placement{Pob: f.pob, Lines: []ajiotest.PlacedLine{{ItemCode: "469876543001", Units: units}}})
}

func (f *feed) pull(t *testing.T) activities.PendencyResult {
	t.Helper()
	var result activities.PendencyResult
	require.NoError(t, runner()(func(ctx context.Context, pob string) (err error) {
		result, err = f.intake.PullPendency(ctx, pob)
		return err
	}, f.pob))
	return result
}

// check runs CheckLeft and returns how many orders it found cancelled.
func (f *feed) check(t *testing.T, ids ...string) (cancelled int, err error) {
	t.Helper()
	err = runner()(func(ctx context.Context, ids []string) (err error) {
		cancelled, err = f.intake.CheckLeft(ctx, f.pob, ids)
		return err
	}, ids)
	return cancelled, err
}

// pullPOs runs PullPurchaseOrders and returns how many it handed over.
func (f *feed) pullPOs(t *testing.T) (found int, err error) {
	t.Helper()
	err = runner()(func(ctx context.Context, pob string) (err error) {
		found, err = f.intake.PullPurchaseOrders(ctx, pob)
		return err
	}, f.pob)
	return found, err
}

// acknowledge acknowledges an order in full at Ajio, as its workflow would.
func (f *feed) acknowledge(t *testing.T, id string) {
	t.Helper()
	known, err := f.db.Order(t.Context(), f.pob, id)
	require.NoError(t, err)
	wanted := order.Quantities{}
	for _, line := range known.Order.Lines {
		wanted[line.OrderItemID] = line.Ordered
	}
	_, err = f.db.Reserve(t.Context(), f.pob, id, known.Order.Lines)
	require.NoError(t, err)
	desk := &activities.Ajio{Client: f.intake.Client, DB: f.db}
	require.NoError(t, runner()(desk.Acknowledge, activities.AcknowledgeInput{
		OrderRef: activities.OrderRef{Pob: f.pob, OrderID: id}, Wanted: wanted, Reserved: wanted,
	}))
}

// signals lists the signals that an order was sent, by name.
func (f *feed) signals(t *testing.T, orderID string) []string {
	t.Helper()
	var names []string
	history := f.intake.Temporal.GetWorkflowHistory(t.Context(), contract.OrderWorkflowID(f.pob, orderID), "", false, 0)
	for history.HasNext() {
		event, err := history.Next()
		require.NoError(t, err)
		if signal := event.GetWorkflowExecutionSignaledEventAttributes(); signal != nil {
			names = append(names, signal.GetSignalName())
		}
	}
	return names
}

func TestThePendencyStartsEachOrderOnce(t *testing.T) {
	t.Parallel()
	f := newFeed(t)
	ids := f.sim.SeedOrders(60, f.pob, ajiotest.SeedOptions{From: time.Now().Add(-time.Hour), SpanSeconds: 3000})

	require.Equal(t, activities.PendencyResult{Listed: 60, Started: 60}, f.pull(t))
	f.failFor(ids...)
	require.Equal(t, activities.PendencyResult{Listed: 60}, f.pull(t), "known orders are left alone")
	require.Len(t, f.sim.Ledger.Named(ajiotest.CallPendency), 4, "fifty orders a page")
}

func TestAPageThatFailsIsReadAgainAndDoublesNothing(t *testing.T) {
	t.Parallel()
	f := newFeed(t)
	f.sim.SeedOrders(60, f.pob, ajiotest.SeedOptions{From: time.Now().Add(-time.Hour), SpanSeconds: 3000})
	f.sim.Faults.Next(ajiotest.CallPendency, simulate.None, 1)
	f.sim.Faults.Next(ajiotest.CallPendency, simulate.ServerError, 1)
	result := f.pull(t)
	require.Equal(t, 60, result.Listed)
	require.Equal(t, 10, result.Started, "fifty were started before the second page failed")
}

func TestCustomersCancellationsReachTheirOrders(t *testing.T) {
	t.Parallel()
	f := newFeed(t)
	whole, some, untouched := f.place(3), f.place(3), f.place(3)
	f.pull(t)
	require.NoError(t, f.sim.CancelByCustomer(whole))
	require.NoError(t, f.sim.CancelUnitsByCustomer(some, some+"0001", 1))

	result := f.pull(t)
	require.Equal(t, activities.PendencyResult{Listed: 2, Cancelled: 1, Left: []string{whole}}, result)
	cancelled, err := f.check(t, result.Left...)
	require.NoError(t, err)
	require.Equal(t, 1, cancelled)
	told := []contract.CustomerCancellation{{Remaining: order.Quantities{some + "0001": 2}}}
	require.Equal(t, []contract.CustomerCancellation{{Remaining: order.Quantities{}, Whole: true}}, f.cancellations(t, whole))
	require.Equal(t, told, f.cancellations(t, some))
	require.Empty(t, f.signals(t, untouched))

	require.Zero(t, f.pull(t).Cancelled)
	require.Equal(t, told, f.cancellations(t, some), "the same is told once, not with every tick")
	require.NoError(t, f.sim.CancelUnitsByCustomer(some, some+"0001", 1))
	require.Equal(t, 1, f.pull(t).Cancelled)
	told = append(told, contract.CustomerCancellation{Remaining: order.Quantities{some + "0001": 1}})
	require.Equal(t, told, f.cancellations(t, some))
}

func TestACancellationThatWasNotToldIsToldByTheNextTick(t *testing.T) {
	t.Parallel()
	f := newFeed(t)
	id := f.place(3)
	f.pull(t)
	require.NoError(t, f.sim.CancelUnitsByCustomer(id, id+"0001", 1))
	heal := f.failFor(id)
	require.ErrorContains(t, runner()(f.intake.PullPendency, f.pob), "signal customer-cancelled to order "+id)
	heal()
	require.Equal(t, 1, f.pull(t).Cancelled)
	require.Len(t, f.cancellations(t, id), 1)
}

func TestAnOrderThatIsListedWithOtherLinesIsNotTakenForCancelled(t *testing.T) {
	t.Parallel()
	var renamed atomic.Bool
	f := newFeed(t, func(r *http.Response) error {
		if renamed.Load() {
			return replaceIn(r, `"order_item_id":"`, `"order_item_id":"X`)
		}
		return nil
	})
	id := f.place(3)
	f.pull(t)
	renamed.Store(true)
	require.ErrorContains(t, runner()(f.intake.PullPendency, f.pob), "order "+id+": Ajio lists it with none of the lines that are held")
	require.Empty(t, f.signals(t, id))
	require.Len(t, f.sim.Ledger.Named(ajiotest.CallPendency), 2, "it would be no clearer at once")
}

func TestOneOrderThatFailsKeepsNoOtherFromBeingStarted(t *testing.T) {
	t.Parallel()
	f := newFeed(t)
	ids := f.sim.SeedOrders(3, f.pob, ajiotest.SeedOptions{})
	heal := f.failFor(ids[0])

	var result activities.PendencyResult
	err := runner()(f.intake.PullPendency, f.pob)
	require.ErrorContains(t, err, "start order "+ids[0]+": shard is moving")
	activities.DoneDespite(err, &result)
	require.Equal(t, activities.PendencyResult{Listed: 3}, result, "the last attempt found the others started")
	for _, id := range ids[1:] {
		_, err := f.intake.Temporal.DescribeWorkflowExecution(t.Context(), contract.OrderWorkflowID(f.pob, id), "")
		require.NoError(t, err)
	}
	heal()
	require.Equal(t, activities.PendencyResult{Listed: 3, Started: 1}, f.pull(t))
}

func TestAnOrderIsStartedAsItWasFirstSeen(t *testing.T) {
	t.Parallel()
	f := newFeed(t)
	id := f.place(3)
	page, err := f.intake.Client.Pendency(t.Context(), 0, time.Now().Add(-time.Hour), time.Now().Add(time.Hour))
	require.NoError(t, err)
	first := page.Orders[0]
	// A worker died after it entered the order, the customer changed their mind, and the channel its model.
	_, err = f.db.RegisterOrder(t.Context(), first, order.RMSModel)
	require.NoError(t, err)
	require.NoError(t, f.sim.CancelUnitsByCustomer(id, first.Lines[0].OrderItemID, 1))

	require.Equal(t, activities.PendencyResult{Listed: 1, Started: 1, Cancelled: 1}, f.pull(t))
	history := f.intake.Temporal.GetWorkflowHistory(t.Context(), contract.OrderWorkflowID(f.pob, id), "", false, 0)
	started, err := history.Next()
	require.NoError(t, err)
	var in contract.ForwardOrderInput
	require.NoError(t, converter.GetDefaultDataConverter().FromPayloads(started.GetWorkflowExecutionStartedEventAttributes().GetInput(), &in))
	require.Equal(t, 3, in.Order.Units())
	require.Equal(t, order.RMSModel, in.Policy.Model)
	require.Equal(t, []string{contract.SignalCustomerCancelled}, f.signals(t, id))
}

func TestAnOrderWhoseWorkflowRanBeforeItsRowSaysSoIsNotNew(t *testing.T) {
	t.Parallel()
	f := newFeed(t)
	id := f.sim.SeedOrders(1, f.pob, ajiotest.SeedOptions{})[0]
	_, err := f.intake.Temporal.ExecuteWorkflow(t.Context(), client.StartWorkflowOptions{
		ID: contract.OrderWorkflowID(f.pob, id), TaskQueue: f.pob,
	}, contract.ForwardOrder)
	require.NoError(t, err)
	require.Equal(t, activities.PendencyResult{Listed: 1}, f.pull(t))
	known, err := f.db.KnownOrders(t.Context(), f.pob, []string{id})
	require.NoError(t, err)
	require.True(t, known[id].Started)
}

func TestAnOrderThatHasEndedIsNotStartedAgain(t *testing.T) {
	t.Parallel()
	f := newFeed(t)
	id := f.sim.SeedOrders(1, f.pob, ajiotest.SeedOptions{})[0]
	heal := f.failFor(id)
	require.Error(t, runner()(f.intake.PullPendency, f.pob))
	heal()
	require.NoError(t, f.db.EndOrder(t.Context(), f.pob, id, order.CancelledByCustomer, ""))
	require.Equal(t, activities.PendencyResult{Listed: 1}, f.pull(t))
	_, err := f.intake.Temporal.DescribeWorkflowExecution(t.Context(), contract.OrderWorkflowID(f.pob, id), "")
	require.True(t, contract.IsGone(err), err)
}

func TestAnOrderThatIsCancelledBeforeItIsStartedEndsInTheBooks(t *testing.T) {
	t.Parallel()
	f := newFeed(t)
	ids := f.sim.SeedOrders(2, f.pob, ajiotest.SeedOptions{})
	heal := f.failFor(ids...)
	require.Error(t, runner()(f.intake.PullPendency, f.pob))
	heal()
	for _, id := range ids {
		require.NoError(t, f.sim.CancelByCustomer(id))
	}
	// The second was acknowledged meanwhile, by a workflow that is gone: that is for a person.
	require.NoError(t, f.db.MarkAcknowledged(t.Context(), f.pob, ids[1], nil, time.Now()))

	for _, want := range []int{1, 0} {
		cancelled, err := f.check(t, ids...)
		require.NoError(t, err)
		require.Equal(t, want, cancelled)
	}
	unstarted, err := f.db.Order(t.Context(), f.pob, ids[0])
	require.NoError(t, err)
	require.Equal(t, order.CancelledByCustomer, unstarted.Outcome)
	acknowledged, err := f.db.Order(t.Context(), f.pob, ids[1])
	require.NoError(t, err)
	require.Empty(t, acknowledged.Outcome)
	require.Empty(t, f.pull(t).Left)
}

// Ajio's status decides, also when its counts say that units are still wanted.
func TestACancelledOrderIsToldThatNothingIsLeft(t *testing.T) {
	t.Parallel()
	f := newFeed(t, replace(`"status":"CONFIRMED"`, `"status":"CANCELLED"`))
	id := f.sim.SeedOrders(1, f.pob, ajiotest.SeedOptions{})[0]
	f.pull(t)
	f.acknowledge(t, id)
	cancelled, err := f.check(t, id)
	require.NoError(t, err)
	require.Equal(t, 1, cancelled)
	require.Equal(t, []contract.CustomerCancellation{{Remaining: order.Quantities{}, Whole: true}}, f.cancellations(t, id))
}

func TestPurchaseOrdersAreReadFiftyACall(t *testing.T) {
	t.Parallel()
	f := newFeed(t)
	ids := f.sim.SeedOrders(60, f.pob, ajiotest.SeedOptions{})
	f.pull(t)
	for _, id := range ids {
		f.acknowledge(t, id)
	}
	for _, want := range []int{60, 0} {
		found, err := f.pullPOs(t)
		require.NoError(t, err)
		require.Equal(t, want, found)
	}
	require.Len(t, f.sim.Ledger.Named(ajiotest.CallOrders), 2)
	require.Equal(t, []string{contract.SignalPODetails}, f.signals(t, ids[0]))
}

func TestAPurchaseOrderThatCannotBeReadOrSignalledHoldsUpNoOther(t *testing.T) {
	t.Parallel()
	var unreadable atomic.Value
	unreadable.Store("nobody")
	f := newFeed(t, func(r *http.Response) error {
		return replaceIn(r, fmt.Sprintf(`"order_id":%q`, unreadable.Load()), `"order_id":null`)
	})
	ids := f.sim.SeedOrders(4, f.pob, ajiotest.SeedOptions{})
	f.pull(t)
	for _, id := range ids {
		f.acknowledge(t, id)
	}
	unreadable.Store(ids[0])
	heal := f.failFor(ids[1])
	_, err := f.pullPOs(t)
	require.ErrorContains(t, err, "no order_id")
	require.ErrorContains(t, err, "signal po-details to order "+ids[1])
	for i, want := range [][]string{nil, nil, {contract.SignalPODetails}, {contract.SignalPODetails}} {
		require.Equal(t, want, f.signals(t, ids[i]))
	}

	heal()
	calls := len(f.sim.Ledger.Named(ajiotest.CallOrders))
	found, err := f.pullPOs(t)
	require.ErrorContains(t, err, "no order_id")
	require.Equal(t, 1, found)
	require.Len(t, f.sim.Ledger.Named(ajiotest.CallOrders), calls+1, "what cannot be understood waits for the next tick")
	unreadable.Store("nobody")
	found, err = f.pullPOs(t)
	require.NoError(t, err)
	require.Equal(t, 1, found)
}

func TestABatchThatFailsHoldsUpNoOtherUntilAjioIsTakenToBeAway(t *testing.T) {
	t.Parallel()
	f := newFeed(t)
	ids := make([]string, 200)
	for i := range ids {
		ids[i] = fmt.Sprintf("S%d", i)
	}
	f.sim.Faults.Next(ajiotest.CallOrders, simulate.ServerError, 1)
	_, err := f.check(t, ids...)
	require.NoError(t, err)
	require.Len(t, f.sim.Ledger.Named(ajiotest.CallOrders), 4+4, "all four batches, and all four again")

	f.sim.Faults.Next(ajiotest.CallOrders, simulate.ServerError, 3)
	_, err = f.check(t, ids...)
	require.NoError(t, err)
	require.Len(t, f.sim.Ledger.Named(ajiotest.CallOrders), 8+3+4)
}

func TestAnOrderThatIsCancelledInsteadOfGettingAPOIsToldOnce(t *testing.T) {
	t.Parallel()
	f := newFeed(t, replace(`"status":"CONFIRMED"`, `"status":"CANCELLED"`), func(r *http.Response) error {
		return replaceIn(r, `"po_number":"`, `"no_po_number":"`)
	})
	id := f.sim.SeedOrders(1, f.pob, ajiotest.SeedOptions{})[0]
	f.pull(t)
	f.acknowledge(t, id)
	for range 2 {
		found, err := f.pullPOs(t)
		require.NoError(t, err)
		require.Zero(t, found)
	}
	require.Equal(t, []contract.CustomerCancellation{{Remaining: order.Quantities{}, Whole: true}}, f.cancellations(t, id))
	require.Len(t, f.sim.Ledger.Named(ajiotest.CallOrders), 1, "it is not read with every tick")
}

// The workflow finds the contradiction itself and stops for a person.
func TestAPurchaseOrderThatContradictsTheBooksReachesItsOrder(t *testing.T) {
	t.Parallel()
	f := newFeed(t)
	id := f.sim.SeedOrders(1, f.pob, ajiotest.SeedOptions{})[0]
	f.pull(t)
	f.acknowledge(t, id)
	require.NoError(t, f.db.SavePO(t.Context(), f.pob, id, order.PurchaseOrder{Number: "P1"}))
	found, err := f.pullPOs(t)
	require.NoError(t, err)
	require.Equal(t, 1, found)
	require.Equal(t, []string{contract.SignalPODetails}, f.signals(t, id))
}

// cancellations lists what an order was told of its customer.
func (f *feed) cancellations(t *testing.T, orderID string) (told []contract.CustomerCancellation) {
	t.Helper()
	history := f.intake.Temporal.GetWorkflowHistory(t.Context(), contract.OrderWorkflowID(f.pob, orderID), "", false, 0)
	for history.HasNext() {
		event, err := history.Next()
		require.NoError(t, err)
		if signal := event.GetWorkflowExecutionSignaledEventAttributes(); signal.GetSignalName() == contract.SignalCustomerCancelled {
			var c contract.CustomerCancellation
			require.NoError(t, converter.GetDefaultDataConverter().FromPayloads(signal.GetInput(), &c))
			told = append(told, c)
		}
	}
	return told
}

// replace changes the text of Ajio's answers.
func replace(old, by string) func(*http.Response) error {
	return func(r *http.Response) error { return replaceIn(r, old, by) }
}

func replaceIn(r *http.Response, old, by string) error {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return err
	}
	body = bytes.ReplaceAll(body, []byte(old), []byte(by))
	r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	r.Header.Set("Content-Length", strconv.Itoa(len(body)))
	return nil
}

// A gateway that died between the inbox row and the signal left a message behind; the sweep delivers it.
func TestTheSweepDeliversWhatAGatewayCouldNot(t *testing.T) {
	t.Parallel()
	f := newFeed(t)
	id := f.sim.SeedOrders(1, f.pob, ajiotest.SeedOptions{})[0]
	f.pull(t)
	accept := func(kind, orderID string, payload any) {
		body, err := json.Marshal(payload)
		require.NoError(t, err)
		_, _, err = f.db.Accept(t.Context(), postgres.Message{
			Kind: kind, Key: orderID, Client: "northline", Pob: f.pob, OrderID: orderID, Body: body, Payload: body,
		})
		require.NoError(t, err)
	}
	accept(contract.SignalPacked, id, map[string]any{"orderCode": id})
	accept(contract.SignalPacked, "S0000000000", map[string]any{"orderCode": "S0000000000"})
	accept(contract.SignalERPInvoice, id, map[string]any{"invoiceNumber": strings.Repeat("7", 3<<20)}) // more than Temporal takes
	accept(contract.InboxManifest, "87456", contract.ManifestInput{Pob: f.pob, Key: "87456", Carrier: "DELHIVERY"})

	messages := &activities.Messages{DB: f.db, Temporal: f.intake.Temporal, MinAge: time.Nanosecond}
	for _, want := range []int{2, 0} {
		require.NoError(t, runner()(func(ctx context.Context) error {
			delivered, err := messages.DeliverInbox(ctx)
			require.Equal(t, want, delivered)
			return err
		}, nil))
	}
	require.Equal(t, []string{contract.SignalPacked}, f.signals(t, id))
	for kind, why := range map[string]string{contract.SignalPacked: "", contract.SignalERPInvoice: "Temporal does not take it"} {
		message, err := f.db.FindMessage(t.Context(), kind, id)
		require.NoError(t, err)
		require.Contains(t, message.Error, why)
		require.Equal(t, why == "", message.Error == "")
	}
	_, err := f.intake.Temporal.DescribeWorkflowExecution(t.Context(), contract.ManifestWorkflowID(f.pob, "87456"), "")
	require.NoError(t, err)
}

func TestAMessageThatFailsHoldsUpNoOther(t *testing.T) {
	t.Parallel()
	f := newFeed(t)
	ids := f.sim.SeedOrders(2, f.pob, ajiotest.SeedOptions{})
	f.pull(t)
	for _, id := range ids {
		_, _, err := f.db.Accept(t.Context(), postgres.Message{
			Kind: contract.SignalPacked, Key: id, Client: "northline", Pob: f.pob, OrderID: id, Payload: []byte(`{}`),
		})
		require.NoError(t, err)
	}
	heal := f.failFor(ids[0])
	messages := &activities.Messages{DB: f.db, Temporal: f.intake.Temporal}
	err := runner()(func(ctx context.Context) error {
		_, err := messages.DeliverInbox(ctx)
		return err
	}, nil)
	require.ErrorContains(t, err, "(packed of order "+ids[0]+"): shard is moving")
	require.Len(t, f.signals(t, ids[1]), 1)

	manifest := contract.ManifestInput{Pob: f.pob, Key: "1", Shipments: []contract.ManifestShipment{{OrderID: ids[0]}, {OrderID: ids[1]}}}
	tell := func(ctx context.Context, in contract.ManifestInput) error {
		return messages.TellManifested(ctx, in, contract.ManifestResult{ManifestID: "MF1", Included: ids})
	}
	require.ErrorContains(t, runner()(tell, manifest), "tell order "+ids[0]+" of manifest 1: shard is moving")
	require.Contains(t, f.signals(t, ids[1]), contract.SignalManifested)
	heal()
	messages.Temporal = f.intake.Temporal
	require.NoError(t, runner()(func(ctx context.Context) error {
		_, err := messages.DeliverInbox(ctx)
		return err
	}, nil))
	require.NoError(t, runner()(tell, manifest))
	require.ElementsMatch(t, []string{contract.SignalPacked, contract.SignalManifested}, f.signals(t, ids[0]))
}

func TestEachOrderOfAManifestIsTold(t *testing.T) {
	t.Parallel()
	f := newFeed(t)
	ids := f.sim.SeedOrders(3, f.pob, ajiotest.SeedOptions{})
	heard := make(chan contract.ManifestOutcome, 3)
	w := worker.New(f.intake.Temporal, f.pob, worker.Options{})
	w.RegisterWorkflowWithOptions(func(ctx workflow.Context) error {
		var outcome contract.ManifestOutcome
		workflow.GetSignalChannel(ctx, contract.SignalManifested).Receive(ctx, &outcome)
		heard <- outcome
		return nil
	}, workflow.RegisterOptions{Name: "listener"})
	require.NoError(t, w.Start())
	t.Cleanup(w.Stop)
	in := contract.ManifestInput{Pob: f.pob, Key: "1", Carrier: "DELHIVERY"}
	for _, id := range ids {
		in.Shipments = append(in.Shipments, contract.ManifestShipment{OrderID: id})
		_, err := f.intake.Temporal.ExecuteWorkflow(t.Context(), client.StartWorkflowOptions{
			ID: contract.OrderWorkflowID(f.pob, id), TaskQueue: f.pob,
		}, "listener")
		require.NoError(t, err)
	}
	in.Shipments = append(in.Shipments, contract.ManifestShipment{OrderID: "S0000000000"}) // one that has ended

	messages := &activities.Messages{DB: f.db, Temporal: f.intake.Temporal}
	require.NoError(t, runner()(func(ctx context.Context, in contract.ManifestInput) error {
		return messages.TellManifested(ctx, in, contract.ManifestResult{
			ManifestID: "MF1", Included: ids[:1], Refused: map[string]string{ids[1]: "not uploaded"},
			Elsewhere: map[string]string{ids[2]: "MF7"},
		})
	}, in))
	require.ElementsMatch(t, []contract.ManifestOutcome{
		{Key: "1", ManifestID: "MF1", Carrier: "DELHIVERY"}, {Key: "1", Carrier: "DELHIVERY", Refused: "not uploaded"},
		{Key: "1", ManifestID: "MF7", Carrier: "DELHIVERY"},
	}, []contract.ManifestOutcome{<-heard, <-heard, <-heard})
}
