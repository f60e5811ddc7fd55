package activities_test

import (
	"context"
	"fmt"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/workflow"

	"vmsflow/activities"
	"vmsflow/internal/ajio"
	"vmsflow/internal/ajio/ajiotest"
	"vmsflow/internal/order"
	"vmsflow/internal/postgres"
	"vmsflow/internal/postgres/pgtest"
	"vmsflow/internal/simulate"
	"vmsflow/workflows/contract"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

const pob = "DV0012345"

// desk is one POB with an order at a simulated Ajio, over real HTTP, and a real Postgres.
type desk struct {
	sim  *ajiotest.Server
	db   *postgres.DB
	ajio *activities.Ajio
	ref  activities.OrderRef
	o    order.Order
}

func newDesk(t *testing.T, change ...func(*ajiotest.Options)) *desk {
	t.Helper()
	options := ajiotest.Options{
		Accounts:          []ajiotest.Account{{Pob: pob, Username: pob, Password: "secret"}},
		ThrottlePerMinute: -1,
		Seed:              1,
	}
	for _, apply := range change {
		apply(&options)
	}
	sim := ajiotest.NewServer(options)
	t.Cleanup(sim.Close)
	sim.Faults.HangFor = 100 * time.Millisecond
	sim.Faults.SlowFor = time.Millisecond
	client, err := ajio.New(ajio.Config{BaseURL: sim.URL, Partner: "vmsflow", Pob: pob, Username: pob, Password: "secret"})
	require.NoError(t, err)
	d := &desk{sim: sim, db: pgtest.New(t), ajio: &activities.Ajio{Client: client}}
	d.ajio.DB = d.db

	return d.another(t)
}

// another is the same desk with one more order, which is known and has its stock.
func (d *desk) another(t *testing.T) *desk {
	t.Helper()
	d = &desk{sim: d.sim, db: d.db, ajio: d.ajio}
	id := d.sim.SeedOrders(1, pob, ajiotest.SeedOptions{})[0]
	page, err := d.ajio.Client.Pendency(t.Context(), 0, time.Now().Add(-30*24*time.Hour), time.Now().Add(time.Hour))
	require.NoError(t, err)
	i := slices.IndexFunc(page.Orders, func(o order.Order) bool { return o.ID == id })
	require.GreaterOrEqual(t, i, 0)
	d.o = page.Orders[i]
	d.ref = activities.OrderRef{Pob: pob, OrderID: id, OrderTime: d.o.OrderTime}
	d.stock(t)
	return d
}

// upload brings the order as far as READY_TO_DISPATCH.
func (d *desk) upload(t *testing.T) {
	t.Helper()
	for _, w := range writingCalls[:4] {
		require.NoError(t, w.call(d, t, runner()), w.name)
	}
}

// stock enters the order and reserves everything.
func (d *desk) stock(t *testing.T) {
	t.Helper()
	_, err := d.db.RegisterOrder(t.Context(), d.o, order.ERPModel)
	require.NoError(t, err)
	levels := map[string]int{}
	stock, err := d.db.Stock(t.Context(), pob)
	require.NoError(t, err)
	for _, row := range stock {
		levels[row.ItemCode] = row.OnHand
	}
	for _, line := range d.o.Lines {
		levels[line.ItemCode] += line.Ordered
	}
	var load []postgres.StockLevel
	for item, units := range levels {
		load = append(load, postgres.StockLevel{ItemCode: item, OnHand: units})
	}
	require.NoError(t, d.db.LoadStock(t.Context(), pob, load))
	_, err = d.db.Reserve(t.Context(), pob, d.o.ID, d.o.Lines)
	require.NoError(t, err)
}

func (d *desk) wanted() order.Quantities {
	wanted := order.Quantities{}
	for _, line := range d.o.Lines {
		wanted[line.OrderItemID] = line.Ordered
	}
	return wanted
}

func (d *desk) invoice(t *testing.T) activities.InvoiceInput {
	t.Helper()
	state, ok := d.sim.Order(d.o.ID)
	require.True(t, ok)
	document, err := d.db.SaveDocument(t.Context(), postgres.Document{
		Pob: pob, OrderID: d.o.ID, Kind: postgres.KindB2BInvoice, Number: "AJ/25-26/000421", ContentType: "application/pdf",
		Content: []byte("%PDF-1.7 the invoice"),
	})
	require.NoError(t, err)
	return activities.InvoiceInput{Pob: pob, OrderID: d.o.ID, PONumber: state.PONumber, Invoice: order.Invoice{
		Number: "AJ/25-26/000421", Date: time.Now(), IRN: "f57c9c12882370cfbf816f938f5d95ce35e2e747c5dd8cb9ed7310d58044c130",
		SignedQR: "signed.qr.code", Quantities: d.wanted(), DocumentID: document.ID,
	}}
}

func (d *desk) manifest() contract.ManifestInput {
	return contract.ManifestInput{Pob: pob, Key: "1", Carrier: d.o.Carrier, Shipments: []contract.ManifestShipment{
		{OrderID: d.o.ID, TrackingNumber: d.o.TrackingNumber, InvoiceNumber: "AJ/25-26/000421"},
	}}
}

func (d *desk) acknowledgeInput() activities.AcknowledgeInput {
	return activities.AcknowledgeInput{OrderRef: d.ref, Wanted: d.wanted(), Reserved: d.wanted()}
}

// The writing calls to Ajio, in the order of the lifecycle. Each is ready once those before it are done.
var writingCalls = []struct {
	name string // in the simulator's ledger
	call func(*desk, *testing.T, run) error
}{
	{ajiotest.CallAcknowledge, func(d *desk, _ *testing.T, run run) error { return run(d.ajio.Acknowledge, d.acknowledgeInput()) }},
	{ajiotest.CallGenerate, func(d *desk, t *testing.T, run run) error { return run(d.ajio.GenerateB2BInvoice, d.invoice(t)) }},
	{ajiotest.CallAttachIRN, func(d *desk, t *testing.T, run run) error { return run(d.ajio.AttachIRN, d.invoice(t)) }},
	{ajiotest.CallUpload, func(d *desk, t *testing.T, run run) error { return run(d.ajio.UploadB2BInvoice, d.invoice(t)) }},
	{ajiotest.CallManifest, func(d *desk, _ *testing.T, run run) error { return run(d.ajio.CreateManifest, d.manifest()) }},
}

// run runs an activity as a worker does: with Temporal's retries, whose waiting costs no time here.
type run func(activity any, in any) error

func runner() run {
	return func(activity, in any) error {
		var suite testsuite.WorkflowTestSuite
		suite.SetLogger(quiet{})
		env := suite.NewTestWorkflowEnvironment()
		env.SetTestTimeout(time.Minute) // of real time: databases and servers are real
		env.RegisterActivity(activity)
		env.ExecuteWorkflow(func(ctx workflow.Context) error {
			ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
				StartToCloseTimeout: time.Minute, RetryPolicy: &temporal.RetryPolicy{MaximumAttempts: 10},
			})
			return workflow.ExecuteActivity(ctx, activity, in).Get(ctx, nil)
		})
		return env.GetWorkflowError()
	}
}

// Whatever happens to a call or its answer, its effect comes about once.
func TestEveryEffectAtAjioHappensOnce(t *testing.T) {
	t.Parallel()
	for _, fault := range []simulate.Fault{
		simulate.TooManyRequests, simulate.ServerError, simulate.Unavailable, simulate.Timeout, simulate.Slow,
		simulate.AnswerLost, simulate.TokenExpired,
	} {
		t.Run(string(fault), func(t *testing.T) {
			t.Parallel()
			d := newDesk(t)
			for _, w := range writingCalls {
				times := 2
				if fault == simulate.TokenExpired {
					times = 1 // a second 401 in a row is for a person
				}
				d.sim.Faults.Next(w.name, fault, times)
				require.NoError(t, w.call(d, t, runner()), w.name)
				effects := d.sim.Ledger.Calls(func(c simulate.Call) bool { return c.Name == w.name && c.Effect })
				if w.name == ajiotest.CallUpload || w.name == ajiotest.CallAttachIRN {
					require.NotEmpty(t, effects, w.name) // these replace themselves
				} else {
					require.Len(t, effects, 1, "%s under %s", w.name, fault)
				}
			}
			state, _ := d.sim.Order(d.o.ID)
			require.Equal(t, string(ajio.StatusDispatched), string(state.Status))
		})
	}
}

func TestARefusalAtAjioIsForAPerson(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	for _, w := range writingCalls[:4] { // what a manifest refuses is in its result
		d.sim.Faults.Next(w.name, simulate.Refused, 1)
		err := w.call(d, t, runner())
		require.Error(t, err, w.name)
		require.Equal(t, activities.AttentionAjioRefused, activities.RefusalOf(err).Attention, w.name)
		require.NotContains(t, err.Error(), "secret")
		require.NoError(t, w.call(d, t, runner()), "%s is good when it is tried again", w.name)
	}
}

func TestAcknowledge(t *testing.T) {
	t.Parallel()
	acknowledge := func(t *testing.T, d *desk, in activities.AcknowledgeInput) activities.AcknowledgeResult {
		t.Helper()
		var result activities.AcknowledgeResult
		require.NoError(t, runner()(func(ctx context.Context, in activities.AcknowledgeInput) (err error) {
			result, err = d.ajio.Acknowledge(ctx, in)
			return err
		}, in))
		return result
	}
	t.Run("the customer cancelled everything: nothing is acknowledged", func(t *testing.T) {
		t.Parallel()
		d := newDesk(t)
		require.NoError(t, d.sim.CancelByCustomer(d.o.ID))
		require.True(t, acknowledge(t, d, d.acknowledgeInput()).CustomerCancelled)
	})
	t.Run("the customer cancelled some units: the rest is acknowledged and the reservation lowered", func(t *testing.T) {
		t.Parallel()
		d := newDesk(t)
		if len(d.o.Lines) == 1 && d.o.Lines[0].Ordered == 1 {
			t.Fatal("the seeded order has one unit; choose another seed")
		}
		line := d.o.Lines[0]
		require.NoError(t, d.sim.CancelUnitsByCustomer(d.o.ID, line.OrderItemID, 1))
		result := acknowledge(t, d, d.acknowledgeInput())
		require.Equal(t, d.o.Units()-1, result.Confirmed.Total())
		known, err := d.db.Order(t.Context(), pob, d.o.ID)
		require.NoError(t, err)
		require.Equal(t, d.o.Units()-1, known.Reserved.Total())
	})
	t.Run("a line without stock goes with quantity 0", func(t *testing.T) {
		t.Parallel()
		d := newDesk(t)
		in := d.acknowledgeInput()
		in.Reserved = order.Quantities{d.o.Lines[0].OrderItemID: d.o.Lines[0].Ordered}
		result := acknowledge(t, d, in)
		require.Equal(t, d.o.Lines[0].Ordered, result.Confirmed.Total())
		state, _ := d.sim.Order(d.o.ID)
		require.Equal(t, d.o.Units()-d.o.Lines[0].Ordered, sellerCancelled(state.Lines))
	})
	t.Run("nothing left to accept: the order is refused, once", func(t *testing.T) {
		t.Parallel()
		d := newDesk(t)
		d.sim.Faults.Next(ajiotest.CallAcknowledge, simulate.AnswerLost, 1)
		in := d.acknowledgeInput()
		in.Reserved = order.Quantities{}
		result := acknowledge(t, d, in)
		require.False(t, result.CustomerCancelled)
		require.Zero(t, result.Confirmed.Total())
		state, _ := d.sim.Order(d.o.ID)
		require.Equal(t, string(ajio.StatusCancelled), string(state.Status))
	})
}

func TestCancelOrderFitsWhateverAjioKnows(t *testing.T) {
	t.Parallel()
	for name, prepare := range map[string]func(*testing.T, *desk){
		"unacknowledged": func(*testing.T, *desk) {},
		"acknowledged":   func(t *testing.T, d *desk) { require.NoError(t, runner()(d.ajio.Acknowledge, d.acknowledgeInput())) },
		"cancelled by the customer": func(t *testing.T, d *desk) {
			require.NoError(t, d.sim.CancelByCustomer(d.o.ID))
		},
	} {
		for _, fault := range []simulate.Fault{simulate.None, simulate.AnswerLost} {
			t.Run(fmt.Sprintf("%s, fault %q", name, fault), func(t *testing.T) {
				t.Parallel()
				d := newDesk(t)
				prepare(t, d)
				d.sim.Faults.Next(ajiotest.CallAcknowledge, fault, 1)
				d.sim.Faults.Next(ajiotest.CallCancel, fault, 1)
				var byCustomer atomic.Bool
				require.NoError(t, runner()(func(ctx context.Context, in activities.CancelInput) error {
					result, err := d.ajio.CancelOrder(ctx, in)
					byCustomer.Store(result.CustomerCancelled)
					return err
				}, activities.CancelInput{OrderRef: d.ref, Wanted: d.wanted()}))
				require.Equal(t, name == "cancelled by the customer", byCustomer.Load())
				state, _ := d.sim.Order(d.o.ID)
				require.Equal(t, string(ajio.StatusCancelled), string(state.Status))
			})
		}
	}
}

func TestUnitsAreCancelledAtAjioOnceWhateverHappens(t *testing.T) {
	t.Parallel()
	for _, fault := range []simulate.Fault{simulate.None, simulate.AnswerLost, simulate.ServerError} {
		t.Run(fmt.Sprintf("fault %q", fault), func(t *testing.T) {
			t.Parallel()
			d := newDesk(t)
			require.NoError(t, runner()(d.ajio.Acknowledge, d.acknowledgeInput()))
			line := d.o.Lines[0].OrderItemID
			keep := d.wanted()
			keep[line]--
			d.sim.Faults.Next(ajiotest.CallCancel, fault, 1)
			in := activities.CancelUnitsInput{OrderRef: d.ref, Keep: keep}
			for range 2 { // a repeat finds nothing left to cancel
				require.NoError(t, runner()(d.ajio.CancelUnits, in))
			}
			state, _ := d.sim.Order(d.o.ID)
			require.Equal(t, 1, sellerCancelled(state.Lines))

			in.Keep = d.wanted() // more than Ajio has left
			require.Equal(t, activities.AttentionAjioDiffers, activities.RefusalOf(runner()(d.ajio.CancelUnits, in)).Attention)
		})
	}
}

func TestAnInvoiceForAnOrderThatAjioCancelledIsForAPerson(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	require.NoError(t, runner()(d.ajio.Acknowledge, d.acknowledgeInput()))
	in := d.invoice(t)
	require.NoError(t, runner()(func(ctx context.Context, in activities.CancelInput) error {
		_, err := d.ajio.CancelOrder(ctx, in)
		return err
	}, activities.CancelInput{OrderRef: d.ref, Wanted: d.wanted()}))
	require.Equal(t, activities.AttentionAjioCancelled, activities.RefusalOf(runner()(d.ajio.GenerateB2BInvoice, in)).Attention)
}

func TestDocumentsAreArchivedOnce(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.upload(t)
	d.sim.Faults.Next(ajiotest.CallLabel, simulate.AnswerLost, 1)
	for range 2 {
		require.NoError(t, runner()(d.ajio.FetchB2CInvoice, d.ref))
		require.NoError(t, runner()(d.ajio.FetchLabel, d.ref))
	}
	for _, kind := range []string{postgres.KindB2CInvoice, postgres.KindShippingLabel} {
		document, err := d.db.LatestDocument(t.Context(), pob, d.o.ID, kind)
		require.NoError(t, err)
		require.Equal(t, "%PDF", string(document.Content[:4]))
		require.NotEmpty(t, document.Number)
	}
}

func TestAManifestFindsParcelsThatStandInOneAlready(t *testing.T) {
	t.Parallel()
	create := func(t *testing.T, d *desk, in contract.ManifestInput) contract.ManifestResult {
		t.Helper()
		var result contract.ManifestResult
		require.NoError(t, runner()(func(ctx context.Context, in contract.ManifestInput) (err error) {
			result, err = d.ajio.CreateManifest(ctx, in)
			return err
		}, in))
		return result
	}
	t.Run("after an answer that was lost for good, when an operator retries", func(t *testing.T) {
		t.Parallel()
		d := newDesk(t)
		d.upload(t)
		first := create(t, d, d.manifest())
		again := create(t, d, d.manifest()) // the first attempt of another activity: nothing tells it to read back
		require.Equal(t, first.ManifestID, again.ManifestID)
		require.Equal(t, []string{d.o.ID}, again.Included)
		require.Empty(t, again.Refused)
	})
	t.Run("made by hand for one of them", func(t *testing.T) {
		t.Parallel()
		d := newDesk(t)
		d.upload(t)
		other := d.another(t)
		other.o.Carrier = d.o.Carrier
		other.upload(t)
		byHand := create(t, d, d.manifest())
		both := d.manifest()
		both.Key = "2"
		state, _ := d.sim.Order(other.o.ID)
		both.Carrier = state.Carrier
		both.Shipments = append(both.Shipments, contract.ManifestShipment{
			OrderID: other.o.ID, TrackingNumber: state.TrackingNumber, InvoiceNumber: "AJ/25-26/000421",
		})
		result := create(t, d, both)
		require.Equal(t, []string{other.o.ID}, result.Included)
		require.Equal(t, map[string]string{d.o.ID: byHand.ManifestID}, result.Elsewhere)
		require.NotEqual(t, byHand.ManifestID, result.ManifestID)
		require.Empty(t, result.Refused)
	})
}

func sellerCancelled(lines []ajiotest.LineState) int {
	total := 0
	for _, line := range lines {
		total += line.SellerCancelled
	}
	return total
}

// quiet drops the SDK's log.
type quiet struct{}

func (quiet) Debug(string, ...any) {}
func (quiet) Info(string, ...any)  {}
func (quiet) Warn(string, ...any)  {}
func (quiet) Error(string, ...any) {}
