package activities_test

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"
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

func newFeed(t *testing.T) *feed {
	t.Helper()
	// All tests of the package share the server; a POB of one's own keeps the orders apart.
	f := &feed{pob: fmt.Sprintf("DV%010d", time.Now().UnixNano()%1e10), db: pgtest.New(t)}
	f.sim = ajiotest.NewServer(ajiotest.Options{
		Accounts: []ajiotest.Account{{Pob: f.pob, Username: f.pob, Password: "secret"}}, ThrottlePerMinute: -1, Seed: 1,
	})
	t.Cleanup(f.sim.Close)
	ajioClient, err := ajio.New(ajio.Config{BaseURL: f.sim.URL, Partner: "vmsflow", Pob: f.pob, Username: f.pob, Password: "secret"})
	require.NoError(t, err)
	f.intake = &activities.Intake{
		Client: ajioClient, DB: f.db, Temporal: dial(t), Lookback: 7 * 24 * time.Hour,
		Policy: contract.Policy{Model: order.ERPModel, AckHold: 4 * time.Hour},
	}
	return f
}

func dial(t *testing.T) client.Client {
	t.Helper()
	c, err := client.Dial(client.Options{HostPort: devserver.ForTest(t).Address, Logger: quiet{}})
	require.NoError(t, err)
	t.Cleanup(c.Close)
	return c
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
	f.sim.SeedOrders(120, f.pob, ajiotest.SeedOptions{From: time.Now().Add(-time.Hour), SpanSeconds: 3000})

	require.Equal(t, activities.PendencyResult{Listed: 120, Started: 120}, f.pull(t))
	require.Equal(t, activities.PendencyResult{Listed: 120}, f.pull(t), "known orders are not counted again")
	require.Len(t, f.sim.Ledger.Named(ajiotest.CallPendency), 6, "fifty orders a page")
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
	ids := f.sim.SeedOrders(3, f.pob, ajiotest.SeedOptions{})
	f.pull(t)
	whole, some, untouched := ids[0], ids[1], ids[2]
	require.NoError(t, f.sim.CancelByCustomer(whole))
	state, _ := f.sim.Order(some)
	if len(state.Lines) == 1 && state.Lines[0].Ordered == 1 {
		t.Fatal("the seeded order has one unit; choose another seed")
	}
	require.NoError(t, f.sim.CancelUnitsByCustomer(some, state.Lines[0].OrderItemID, 1))

	result := f.pull(t)
	require.Equal(t, []string{whole}, result.Left)
	require.Equal(t, 1, result.Cancelled)
	require.NoError(t, runner()(func(ctx context.Context, ids []string) error {
		cancelled, err := f.intake.CheckLeft(ctx, f.pob, ids)
		require.Equal(t, 1, cancelled)
		return err
	}, result.Left))
	require.Equal(t, []string{contract.SignalCustomerCancelled}, f.signals(t, whole))
	require.Equal(t, []string{contract.SignalCustomerCancelled}, f.signals(t, some))
	require.Empty(t, f.signals(t, untouched))
}

func TestPurchaseOrdersAreReadFiftyACall(t *testing.T) {
	t.Parallel()
	f := newFeed(t)
	ids := f.sim.SeedOrders(60, f.pob, ajiotest.SeedOptions{})
	f.pull(t)
	for _, id := range ids {
		known, err := f.db.Order(t.Context(), f.pob, id)
		require.NoError(t, err)
		wanted := order.Quantities{}
		for _, line := range known.Order.Lines {
			wanted[line.OrderItemID] = line.Ordered
		}
		desk := &activities.Ajio{Client: f.intake.Client, DB: f.db}
		in := activities.AcknowledgeInput{OrderRef: activities.OrderRef{Pob: f.pob, OrderID: id}, Wanted: wanted, Reserved: wanted}
		_, err = f.db.Reserve(t.Context(), f.pob, id, known.Order.Lines)
		require.NoError(t, err)
		require.NoError(t, runner()(desk.Acknowledge, in))
	}
	for _, want := range []int{60, 0} {
		require.NoError(t, runner()(func(ctx context.Context, pob string) error {
			found, err := f.intake.PullPurchaseOrders(ctx, pob)
			require.Equal(t, want, found)
			return err
		}, f.pob))
	}
	require.Len(t, f.sim.Ledger.Named(ajiotest.CallOrders), 2)
	require.Equal(t, []string{contract.SignalPODetails}, f.signals(t, ids[0]))
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
	_, err := f.intake.Temporal.DescribeWorkflowExecution(t.Context(), contract.ManifestWorkflowID(f.pob, "87456"), "")
	require.NoError(t, err)
}

func TestEachOrderOfAManifestIsTold(t *testing.T) {
	t.Parallel()
	f := newFeed(t)
	ids := f.sim.SeedOrders(2, f.pob, ajiotest.SeedOptions{})
	heard := make(chan contract.ManifestOutcome, 2)
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
		})
	}, in))
	require.ElementsMatch(t, []contract.ManifestOutcome{
		{Key: "1", ManifestID: "MF1", Carrier: "DELHIVERY"}, {Key: "1", Carrier: "DELHIVERY", Refused: "not uploaded"},
	}, []contract.ManifestOutcome{<-heard, <-heard})
}
