package main

import (
	"context"
	"encoding/json"
	"flag"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"
	"google.golang.org/protobuf/types/known/durationpb"

	"vmsflow/dev/devserver"
	"vmsflow/internal/order"
	"vmsflow/internal/postgres"
	"vmsflow/internal/postgres/pgtest"
	"vmsflow/workflows/contract"
	"vmsflow/workflows/searchattr"
)

var update = flag.Bool("update", false, "write the golden files anew")

func TestMain(m *testing.M) { pgtest.Main(m) }

// result is what a run of the program left behind.
type result struct {
	code     int
	out, err string
}

func starter(t *testing.T, args ...string) result {
	t.Helper()
	return starterWithInput(t, "", args...)
}

func starterWithInput(t *testing.T, in string, args ...string) result {
	t.Helper()
	var out, errOut strings.Builder
	code := run(t.Context(), args, strings.NewReader(in), &out, &errOut)
	return result{code, out.String(), errOut.String()}
}

// bench is a database, a Temporal server and a channels file for the programs that a test runs.
type bench struct {
	db       *postgres.DB
	temporal client.Client
}

const channelsFile = `channels:
  - &one
    pob: DV1
    name: One
    invoicing_model: erp
    invoice_checks: {warn_only: [INV-3]}
    seller: {gstin: 27AAPFU0939F1ZV}
    partner: {code: "1", location_code: KA01, address: {name: A, line1: B, city: C, state: D, zip: "560001"}}
    erp: {order_url: "http://127.0.0.1:1/orders", return_url: "http://127.0.0.1:1/returns"}
    ajio: {base_url: "http://127.0.0.1:1", partner: p, username: u, password_env: AJIO_1}
    warehouse: {base_url: "http://127.0.0.1:1"}
    client: {name: c, username: c, password_env: GATEWAY}
  - <<: *one
    pob: DV2
    name: Two
    sync: {every: 5m}
`

func newBench(t *testing.T, namespace string) *bench {
	t.Helper()
	server := devserver.ForTest(t)
	t.Setenv("TEMPORAL_CONFIG_FILE", filepath.Join(t.TempDir(), "none.toml"))
	t.Setenv("TEMPORAL_ADDRESS", server.Address)
	t.Setenv("TEMPORAL_NAMESPACE", namespace)
	c, err := client.Dial(client.Options{
		HostPort: server.Address, Namespace: namespace, Logger: log.NewStructuredLogger(slog.New(slog.DiscardHandler)),
	})
	require.NoError(t, err)
	t.Cleanup(c.Close)
	databaseURL := pgtest.URL(t)
	t.Setenv("DATABASE_URL", databaseURL)
	writeChannels(t, channelsFile)
	return &bench{db: pgtest.Open(t, databaseURL), temporal: c}
}

func writeChannels(t *testing.T, content string) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "channels.yaml")
	require.NoError(t, os.WriteFile(file, []byte(content), 0o600))
	t.Setenv("VMSFLOW_CHANNELS", file)
}

// work runs a worker with stand-ins for the workflows until the test or stop ends it.
func (b *bench) work(t *testing.T) (stop func()) {
	t.Helper()
	w := worker.New(b.temporal, contract.QueueOrders, worker.Options{})
	w.RegisterWorkflowWithOptions(standInOrder, workflow.RegisterOptions{Name: contract.ForwardOrder})
	w.RegisterWorkflowWithOptions(standInSync, workflow.RegisterOptions{Name: contract.ChannelSync})
	w.RegisterWorkflowWithOptions(standInReturnSync, workflow.RegisterOptions{Name: contract.ReturnSync})
	require.NoError(t, w.Start())
	stop = sync.OnceFunc(w.Stop)
	t.Cleanup(stop)
	return stop
}

// standInOrder stands where its input says, notes which units it is asked to cancel, and ends with the first signal
// "manifested".
func standInOrder(ctx workflow.Context, state contract.OrderState) error {
	if err := workflow.SetQueryHandler(ctx, contract.QueryState, func() (contract.OrderState, error) { return state, nil }); err != nil {
		return err
	}
	err := workflow.SetUpdateHandler(ctx, contract.UpdateCancelOrder, func(_ workflow.Context, asked contract.CancelRequest) error {
		units, err := json.Marshal(asked.Units)
		state.Notes = append(state.Notes, contract.Note{Text: asked.Reason + ": " + string(units)})
		return err
	})
	if err != nil {
		return err
	}
	var outcome contract.ManifestOutcome
	workflow.GetSignalChannel(ctx, contract.SignalManifested).Receive(ctx, &outcome)
	state.Stage, state.ManifestID = order.Ended, outcome.ManifestID
	return nil
}

func standInSync(_ workflow.Context, input contract.ChannelSyncInput) (contract.ChannelSyncResult, error) {
	if input.Pob == "DV2" {
		return contract.ChannelSyncResult{}, temporal.NewNonRetryableApplicationError("Ajio refused the login", "Auth", nil)
	}
	return contract.ChannelSyncResult{Listed: 3, Started: 2, POs: 1}, nil
}

func standInReturnSync(_ workflow.Context, input contract.ChannelSyncInput) (contract.ReturnSyncResult, error) {
	if input.Pob == "DV3" {
		return contract.ReturnSyncResult{}, temporal.NewNonRetryableApplicationError("Ajio's list of returns is away", "Away", nil)
	}
	return contract.ReturnSyncResult{Listed: 4, Started: 1, Changed: 2}, nil
}

// order enters an order and starts its stand-in.
func (b *bench) order(t *testing.T, id string, state contract.OrderState) {
	t.Helper()
	o := order.Order{
		Pob: "DV1", ID: id, OrderTime: time.Date(2025, 11, 17, 4, 35, 0, 0, time.UTC), PaymentMethod: "COD",
		Lines: []order.Line{{OrderItemID: id + "-1", ItemCode: "SKU1", Ordered: 2}},
	}
	_, err := b.db.RegisterOrder(t.Context(), o, order.ERPModel)
	require.NoError(t, err)
	require.NoError(t, b.db.SavePO(t.Context(), "DV1", id, order.PurchaseOrder{Number: "PO-" + id}))
	state.Pob, state.OrderID = "DV1", id
	attributes := []temporal.SearchAttributeUpdate{
		searchattr.OrderStage.ValueSet(string(state.Stage)), searchattr.AjioOrderId.ValueSet(id),
		searchattr.PurchaseOrder.ValueSet("PO-" + id),
	}
	if state.Attention != "" {
		attributes = append(attributes, searchattr.Attention.ValueSet(state.Attention))
	}
	_, err = b.temporal.ExecuteWorkflow(t.Context(), client.StartWorkflowOptions{
		ID: contract.OrderWorkflowID("DV1", id), TaskQueue: contract.QueueOrders,
		TypedSearchAttributes: temporal.NewSearchAttributes(attributes...),
	}, contract.ForwardOrder, state)
	require.NoError(t, err)
}

func TestHelpSaysWhatThereIs(t *testing.T) {
	for _, command := range []string{"", "setup", "sync", "attention", "status", "retry", "skip", "cancel", "generate-rto", "finish-qc", "close-return", "cancelled", "document", "abandoned", "abandoned settle", "returns", "returns close", "settlements", "settlements settle", "signal", "stock", "stock load", "stock list"} {
		name := strings.ReplaceAll(strings.TrimSpace("starter "+command), " ", "-")
		t.Run(name, func(t *testing.T) {
			r := starter(t, append(strings.Fields(command), "--help")...)
			require.Zero(t, r.code, r.err)
			require.Contains(t, r.out, "Examples:")
			golden := filepath.Join("testdata", name+".golden")
			if *update {
				require.NoError(t, os.WriteFile(golden, []byte(r.out), 0o600))
			}
			want, err := os.ReadFile(golden)
			require.NoError(t, err)
			require.Equal(t, string(want), r.out, "run go test ./starter -update if it is meant")
		})
	}
}

func TestWrongUseIsExitCode2(t *testing.T) {
	t.Setenv("DATABASE_URL", "postgres://127.0.0.1:1/none")
	writeChannels(t, channelsFile)
	tests := []struct {
		args string
		want string
	}{
		{"stats", `unknown command "stats"`},
		{"stock lost", `unknown command "lost"`},
		{"setup now", `unknown command "now"`},
		{"sync --pobb DV1", "unknown flag: --pobb"},
		{"status", "ORDER or RETURN is missing; usage: starter status ORDER|RETURN"},
		{"status S1 S2", `"S2" is too much`},
		{"status S1 -o xml", `--output "xml": write table or json`},
		{"document", "ORDER or RETURN is missing; usage: starter document ORDER|RETURN"},
		{"document S1 label now", `"now" is too much`},
		{"document S1 lable -o -", `"lable" is no kind of document; write b2b-invoice, b2c-invoice, label, credit-note or rsi`},
		{"document S1 -o label.pdf", `--output "label.pdf": the list is written as table or json; to write a document, name its KIND`},
		{"document S1 label --json", "--json and the document cannot both go to the standard output; write -o FILE"},
		{"document S1 label --json -o -", "--json and the document cannot both go to the standard output; write -o FILE"},
		{"status S1 -o csv", `--output "csv": write table or json`},
		{"retry", "name orders, or select them with --attention, --step or --all"},
		{"retry S1 --attention erp_auth", "name orders or select them by flags, not both"},
		{"retry S1 --timeout 0s", "--timeout must be above zero"},
		{"skip S1", "say with --why who did the step by hand, and how"},
		{"cancel --all", "say with --why why the order is cancelled"},
		{"cancel S1 S2 --why x --line L1=1", "units are those of one order"},
		{"cancel --all --why x --item A=1", "units are those of one order"},
		{"cancel S1 --why x --line L1=1 --item A=1", "either --line or --item"},
		{"cancel S1 --why x --line L1", `--line "L1": write what, = and how many units`},
		{"cancel S1 --why x --line L1=0", `--line L1: "0" is not a number of units from 1`},
		{"cancel S1 --why x --line L1=1 --line L1=2", "--line names L1 twice"},
		{"cancelled --to 2025-11-17", `--from "" is not a day such as 2025-11-17`},
		{"cancelled --from 2025-11-17 --to 17-11-2025", `--to "17-11-2025" is not a day`},
		{"cancelled --from 2025-11-17 --to 2025-11-16", "--to 2025-11-16 is before --from 2025-11-17"},
		{"signal S1 erp-invoic {}", `"erp-invoic" is no signal; write one of po-details, erp-invoice, packed, manifested, customer-cancelled`},
		{"signal S1 manifested @no/such/file", "no such file"},
		{"signal S1 manifested {", "not a manifested: unexpected EOF"},
		{"signal S1 manifested []", "cannot unmarshal array"},
		{`signal S1 manifested {"key":"1","carier":"D"}`, `unknown field "carier"`},
		{`signal S1 manifested {"manifest_id":"M1"}`, "it lacks key, carrier"},
		{`signal S1 manifested {"key":"1","carrier":"D"}{}`, "something follows"},
		{`signal S1 erp-invoice {"invoiceNumber":"1","ours":1}`, "it lacks invoiceDate, forwardPurchaseOrder, irnNumber, qrCode"},
		{"stock load no/such/file.csv", "no such file"},
		{"generate-rto", "generate-rto: name returns, or select them with --attention, --step or --all"},
		{"finish-qc R1", "finish-qc: say with --why why no more units will be reported"},
		{"close-return R1 --all --why x", "close-return: name returns or select them by flags, not both"},
		{`signal R1 return-qc {"returnOrderCode":"R1"}`, "it lacks forwardOrderCode, locationCode, channelName, awbNumber, transporter, orderItems"},
		{`signal R1 return-parcel {"tracking_number":"A","courier":"D"}`, `unknown field "courier"`},
		{`signal R1 return-expected {"pob":"DV1"}`, "it lacks return_order_id, order_id, return_type, return_status, return_date, return_order_items"},
		{`signal R1 credit-note {"creditNoteNumber":"CN1","ours":1}`, "it lacks returnOrderId, irnNumber"},
		{"abandoned settled", `unknown command "settled"`},
		{"abandoned settle", "ORDER is missing; usage: starter abandoned settle ORDER"},
		{"abandoned settle S1 --by Meena", "say in --why what was done by hand"},
		{"abandoned settle S1 --why done", "and in --by who settles"},
	}
	for _, test := range tests {
		t.Run(test.args, func(t *testing.T) {
			r := starter(t, strings.Fields(test.args)...)
			require.Equal(t, exitUsage, r.code, r.err)
			require.Contains(t, r.err, test.want)
			require.Empty(t, r.out)
		})
	}
}

func TestConfigurationIsWrongUse(t *testing.T) {
	t.Setenv("DATABASE_URL", "")
	t.Setenv("VMSFLOW_CHANNELS", "no/such.yaml")
	r := starter(t, "setup")
	require.Equal(t, exitUsage, r.code)
	require.Contains(t, r.err, "DATABASE_URL: is not set")
	require.Contains(t, r.err, "VMSFLOW_CHANNELS: open no/such.yaml")
}

func TestServersThatDoNotAnswerAreExitCode5(t *testing.T) {
	t.Setenv("DATABASE_URL", "postgres://127.0.0.1:1/none")
	t.Setenv("TEMPORAL_CONFIG_FILE", filepath.Join(t.TempDir(), "none.toml"))
	t.Setenv("TEMPORAL_ADDRESS", "127.0.0.1:1")
	writeChannels(t, channelsFile)
	for _, args := range []string{"setup", "sync", "attention", "retry S1", "retry --all", "cancelled --from 2025-11-17 --to 2025-11-17", "stock list", "status S1", "status order:DV1:S1", "status return:DV1:R1", "close-return R1 --why x", "document S1", "document order:DV1:S1 label", "abandoned", "abandoned settle S1 --why done --by Meena", `signal order:DV1:S1 manifested {"key":"1","carrier":"D"}`} {
		t.Run(args, func(t *testing.T) {
			r := starter(t, strings.Fields(args)...)
			require.Equal(t, exitUnreachable, r.code, r.err)
			require.Contains(t, r.err, "cannot be reached")
		})
	}
}

func TestSetup(t *testing.T) {
	const namespace = "starter-setup"
	b := newBench(t, namespace)
	registerNamespace(t, b.temporal, namespace)

	first := starter(t, "setup", "--json")
	require.Zero(t, first.code, first.err)
	require.Equal(t, map[string]string{
		"tables": "unchanged", // pgtest migrates
		"Pob":    "created", "OrderStage": "created", "AjioOrderId": "created", "PurchaseOrder": "created", "InvoiceNumber": "created",
		"InvoicingModel": "created", "ReturnKind": "created", "AjioReturnId": "created", "Settlement": "created",
		"Attention": "created", "DueAt": "created", "inbox-sweep": "created", "order-sweep": "created",
		"sync:DV1": "created", "sync:DV2": "created", "sync-returns:DV1": "created", "sync-returns:DV2": "created",
	}, results(t, first))

	t.Run("a second run changes nothing", func(t *testing.T) {
		for name, result := range results(t, starter(t, "setup", "--json")) {
			require.Equal(t, "unchanged", result, name)
		}
	})
	t.Run("several at once do the same", func(t *testing.T) {
		codes := make(chan int, 3)
		for range 3 {
			go func() {
				codes <- run(t.Context(), []string{"setup"}, strings.NewReader(""), &strings.Builder{}, &strings.Builder{})
			}()
		}
		for range 3 {
			require.Zero(t, <-codes)
		}
	})
	t.Run("a changed interval is updated, an operator's pause is kept", func(t *testing.T) {
		handle := b.temporal.ScheduleClient().GetHandle(t.Context(), "sync:DV2")
		require.NoError(t, handle.Pause(t.Context(), client.SchedulePauseOptions{Note: "maintenance"}))
		writeChannels(t, strings.Replace(channelsFile, "{every: 5m}", "{every: 10m}\n    returns: {sync_every: 20m}", 1))
		got := results(t, starter(t, "setup", "--json"))
		require.Equal(t, "updated", got["sync:DV2"])
		require.Equal(t, "updated", got["sync-returns:DV2"])
		require.Equal(t, "unchanged", got["sync-returns:DV1"])
		require.Equal(t, "unchanged", got["sync:DV1"])
		description, err := handle.Describe(t.Context())
		require.NoError(t, err)
		require.Equal(t, 10*time.Minute, description.Schedule.Spec.Intervals[0].Every)
		require.True(t, description.Schedule.State.Paused)
		require.Equal(t, "maintenance", description.Schedule.State.Note)
		require.NoError(t, handle.Unpause(t.Context(), client.ScheduleUnpauseOptions{}))
	})
	t.Run("the Schedules of a POB that is gone are paused, and resumed when it is back", func(t *testing.T) {
		writeChannels(t, channelsFile[:strings.Index(channelsFile, "  - <<")])
		paused := func(id string) (bool, string) {
			description, err := b.temporal.ScheduleClient().GetHandle(t.Context(), id).Describe(t.Context())
			require.NoError(t, err)
			return description.Schedule.State.Paused, description.Schedule.State.Note
		}
		both := []string{"sync:DV2", "sync-returns:DV2"}
		require.Eventually(t, func() bool { // the list of Schedules follows a moment later
			r := starter(t, "setup", "--json")
			require.Zero(t, r.code, r.err)
			orders, _ := paused(both[0])
			returns, _ := paused(both[1])
			return orders && returns
		}, 30*time.Second, 200*time.Millisecond)
		for _, id := range both {
			_, note := paused(id)
			require.Equal(t, goneNote, note)
		}
		still, _ := paused("sync-returns:DV1")
		require.False(t, still)

		writeChannels(t, channelsFile)
		again := results(t, starter(t, "setup", "--json"))
		for _, id := range both {
			require.Equal(t, "updated", again[id])
			still, note := paused(id)
			require.False(t, still)
			require.Empty(t, note)
		}
	})
	t.Run("a database without tables gets them, and until then is told from a broken one", func(t *testing.T) {
		db, err := postgres.Open(t.Context(), emptyDatabase(t))
		require.NoError(t, err)
		defer db.Close()
		require.Contains(t, starter(t, "stock", "list").err, "run starter setup")
		require.Equal(t, "updated", results(t, starter(t, "setup", "--json"))["tables"])
		current, err := db.SchemaIsCurrent(t.Context())
		require.NoError(t, err)
		require.True(t, current)
	})
}

// emptyDatabase points DATABASE_URL at a schema without tables.
func emptyDatabase(t *testing.T) string {
	t.Helper()
	databaseURL := os.Getenv("DATABASE_URL")
	connection, err := pgx.Connect(t.Context(), databaseURL)
	require.NoError(t, err)
	_, err = connection.Exec(t.Context(), `CREATE SCHEMA empty`)
	require.NoError(t, err)
	require.NoError(t, connection.Close(t.Context()))
	parsed, err := url.Parse(databaseURL)
	require.NoError(t, err)
	query := parsed.Query()
	query.Set("search_path", "empty")
	parsed.RawQuery = query.Encode()
	t.Setenv("DATABASE_URL", parsed.String())
	return parsed.String()
}

func results(t *testing.T, r result) map[string]string {
	t.Helper()
	require.Zero(t, r.code, r.err)
	var lines []done
	require.NoError(t, json.Unmarshal([]byte(r.out), &lines))
	byName := map[string]string{}
	for _, line := range lines {
		byName[line.Name] = line.Result
	}
	return byName
}

func registerNamespace(t *testing.T, c client.Client, name string) {
	t.Helper()
	_, err := c.WorkflowService().RegisterNamespace(t.Context(), &workflowservice.RegisterNamespaceRequest{
		Namespace: name, WorkflowExecutionRetentionPeriod: durationpb.New(24 * time.Hour),
	})
	require.NoError(t, err)
	require.Eventually(t, func() bool { // the server reads its namespaces every few seconds
		_, err := c.ScheduleClient().List(t.Context(), client.ScheduleListOptions{})
		if err != nil {
			return false
		}
		_, err = c.CountWorkflow(t.Context(), &workflowservice.CountWorkflowExecutionsRequest{})
		return err == nil
	}, time.Minute, 100*time.Millisecond)
}

func TestSyncPrintsWhatItFound(t *testing.T) {
	b := newBench(t, "default")
	r := starter(t, "sync", "--pob", "DV1")
	require.Equal(t, exitNotFound, r.code, "before setup")
	require.Contains(t, r.err, "run starter setup")
	require.Equal(t, exitNotFound, starter(t, "sync", "--pob", "DV9").code)

	require.Zero(t, starter(t, "setup").code)
	r = starter(t, "sync", "--pob", "DV1", "--timeout", "300ms")
	require.Equal(t, exitFailed, r.code)
	require.Contains(t, r.out, "is a worker running?")

	b.work(t) // the sync that waits is joined
	r = starter(t, "sync", "--pob", "DV1", "--json")
	require.Zero(t, r.code, r.err)
	require.JSONEq(t, `[{"pob":"DV1","listed":3,"started":2,"unreadable":0,"cancelled":0,"pos":1,
		"returns":{"listed":4,"started":1,"changed":2,"unreadable":0}}]`, r.out)

	r = starter(t, "sync")
	require.Equal(t, exitFailed, r.code)
	require.Contains(t, r.out, "Ajio refused the login")
	require.Contains(t, r.err, "the sync of 1 of 2 POBs failed")

	t.Run("orders and returns are told apart, and a POB fails with either", func(t *testing.T) {
		writeChannels(t, strings.Replace(channelsFile, "DV2", "DV3", 1))
		require.Zero(t, starter(t, "setup").code)
		r := starter(t, "sync")
		require.Equal(t, exitFailed, r.code)
		require.Contains(t, r.err, "the sync of 1 of 2 POBs failed")
		lines := cells(r.out)
		require.Equal(t, []string{
			"POB LISTED STARTED CANCELLED POS UNREADABLE ERROR", "DV1 3 2 0 1 0", "DV3 3 2 0 1 0", "",
			"POB RETURNS LISTED STARTED CHANGED UNREADABLE ERROR", "DV1 4 1 2 0",
		}, lines[:6])
		require.Contains(t, lines[6], "DV3 0 0 0 0")
		require.Contains(t, lines[6], "Ajio's list of returns is away")
	})
}

func TestStatus(t *testing.T) {
	b := newBench(t, "default")
	due := time.Date(2025, 11, 17, 8, 35, 0, 0, time.UTC)
	b.order(t, "S-held", contract.OrderState{Stage: order.AckHeld, WaitingFor: "the end of the hold", DueAt: &due,
		Lines: []contract.LineState{{OrderItemID: "S-held-1", ItemCode: "SKU1", Ordered: 2, Live: 2}}})
	b.order(t, "S-parked", contract.OrderState{Stage: order.POReceived, Attention: "erp_refused", Parked: &contract.Parked{
		Step: "post to ERP", Reason: "erp_refused", Message: "HTTP 400: no such customer", Since: due, CanSkip: true,
	}})
	stop := b.work(t)

	for _, name := range []string{"S-held", "PO-S-held", "order:DV1:S-held"} {
		t.Run("an order is found as "+name, func(t *testing.T) {
			r := starter(t, "status", name)
			require.Zero(t, r.code, r.err)
			for _, want := range []string{
				"S-held at DV1", "ack_held", "the end of the hold", "2025-11-17 14:05:00 IST", "PO-S-held", "Running since",
				"http://localhost:8233/namespaces/default/workflows/order:DV1:S-held",
			} {
				require.Contains(t, r.out, want)
			}
			require.NotContains(t, r.out, "Remark")
		})
	}
	t.Run("a parked order needs attention", func(t *testing.T) {
		r := starter(t, "status", "S-parked")
		require.Equal(t, exitAttention, r.code)
		require.Empty(t, r.err)
		require.Contains(t, r.out, "HTTP 400: no such customer")
		for _, answer := range []string{"starter retry S-parked\n", `starter skip S-parked --why "…"`, `starter cancel S-parked --why "…"`} {
			require.Contains(t, r.out, answer)
		}
	})
	t.Run("JSON", func(t *testing.T) {
		r := starter(t, "status", "S-parked", "-o", "json")
		require.Equal(t, exitAttention, r.code)
		var s status
		require.NoError(t, json.Unmarshal([]byte(r.out), &s))
		require.Equal(t, "erp_refused", s.Attention)
		require.Equal(t, "post to ERP", s.State.Parked.Step)
		require.Equal(t, order.ERPModel, s.Record.Model)
	})
	t.Run("nobody knows it", func(t *testing.T) {
		for _, args := range [][]string{{"S-none"}, {"order:DV1:S-none"}, {"S-held", "--pob", "DV2"}, {"S-held", "--pob", "DV9"}} {
			r := starter(t, append([]string{"status"}, args...)...)
			require.Equal(t, exitNotFound, r.code, r.out)
		}
	})
	t.Run("a signal ends it, and a closed workflow still answers", func(t *testing.T) {
		b.order(t, "S-done", contract.OrderState{Stage: order.Labelled})
		r := starterWithInput(t, `{"key":"7","carrier":"D","manifest_id":"M7"}`, "signal", "PO-S-done", "manifested", "-")
		require.Zero(t, r.code, r.err)
		require.Contains(t, r.out, "Sent manifested to order:DV1:S-done")
		require.NoError(t, b.temporal.GetWorkflow(t.Context(), "order:DV1:S-done", "").Get(t.Context(), nil))
		require.NoError(t, b.db.EndOrder(t.Context(), "DV1", "S-done", order.Completed, "handed over"))

		r = starter(t, "status", "S-done", "--json")
		require.Zero(t, r.code, r.err)
		var s status
		require.NoError(t, json.Unmarshal([]byte(r.out), &s))
		require.Equal(t, "Completed", s.Workflow.Status)
		require.Equal(t, "M7", s.State.ManifestID)
		require.Equal(t, order.Completed, s.Record.Outcome)

		r = starter(t, "signal", "S-done", "manifested", `{"key":"7","carrier":"D"}`)
		require.Equal(t, exitNotFound, r.code)
		require.Contains(t, r.err, "no open workflow")
	})
	t.Run("the database is down", func(t *testing.T) {
		t.Setenv("DATABASE_URL", "postgres://127.0.0.1:1/none")
		require.Eventually(t, func() bool { // visibility follows a moment later
			return starter(t, "status", "PO-S-held").code != exitNotFound
		}, 30*time.Second, 100*time.Millisecond)
		for _, name := range []string{"S-held", "PO-S-held", "order:DV1:S-held"} {
			r := starter(t, "status", name)
			require.Zero(t, r.code, r.err)
			require.Contains(t, r.out, "ack_held")
			require.Contains(t, r.out, "Postgres did not answer")
		}
		require.Equal(t, exitNotFound, starter(t, "status", "S-none").code)
	})
	t.Run("Temporal is down", func(t *testing.T) {
		t.Setenv("TEMPORAL_ADDRESS", "127.0.0.1:1")
		r := starter(t, "status", "S-held")
		require.Zero(t, r.code, r.err)
		require.Contains(t, r.out, "Temporal did not answer")
		require.Contains(t, r.out, "PO-S-held")
	})
	t.Run("the worker is down", func(t *testing.T) {
		stop()
		r := starter(t, "status", "S-parked")
		require.Equal(t, exitAttention, r.code, r.err)
		for _, want := range []string{"erp_refused", "po_received", "No worker answered", "PO-S-parked"} {
			require.Contains(t, r.out, want)
		}
	})
	t.Run("a terminated workflow of an open order needs attention", func(t *testing.T) {
		require.NoError(t, b.temporal.TerminateWorkflow(t.Context(), "order:DV1:S-held", "", "by mistake"))
		r := starter(t, "status", "S-held")
		require.Equal(t, exitAttention, r.code, r.err)
		require.Contains(t, r.out, "the workflow is terminated, the order is not")
		require.Contains(t, r.out, "trigger the Schedule order-sweep")
		require.Contains(t, r.out, "reset its workflow")
	})
}

func TestStock(t *testing.T) {
	databaseURL := pgtest.URL(t)
	t.Setenv("DATABASE_URL", databaseURL)
	writeChannels(t, channelsFile)
	db := pgtest.Open(t, databaseURL)

	r := starterWithInput(t, "\ufeffpob,item_code,on_hand\nDV1,A, 5\nDV1,B,0\n\nDV2,A,7\n", "stock", "load", "-")
	require.Zero(t, r.code, r.err)
	require.Equal(t, "POB  ITEMS LOADED\nDV1  2\nDV2  1\n", r.out)

	o := order.Order{Pob: "DV2", ID: "S1", Lines: []order.Line{{OrderItemID: "1", ItemCode: "A", Ordered: 3}}}
	_, err := db.RegisterOrder(t.Context(), o, order.ERPModel)
	require.NoError(t, err)
	_, err = db.Reserve(t.Context(), "DV2", "S1", o.Lines)
	require.NoError(t, err)

	r = starter(t, "stock", "list")
	require.Zero(t, r.code, r.err)
	require.Equal(t, "POB  ITEM  ON HAND  RESERVED  FREE\nDV1  A     5        0         5\nDV1  B     0        0         0\nDV2  A     7        3         4\n", r.out)
	r = starter(t, "stock", "list", "--pob", "DV2", "--json")
	require.Zero(t, r.code, r.err)
	require.JSONEq(t, `[{"pob":"DV2","item_code":"A","on_hand":7,"reserved":3,"free":4}]`, r.out)

	tests := []struct{ name, content, want string }{
		{"every bad row is named", strings.Join([]string{
			"pob,item_code,on_hand", "DV1,A,9", "DV9,A,1", "DV1,,1", "DV1,B,-1", "DV1,C,1.5", "DV1,A,2", "DV1,D", `DV1,"E,1`,
		}, "\n"), `line 3: POB "DV9" is not in the channels file
line 4: item_code is empty
line 5: on_hand "-1" is not a whole number from 0
line 6: on_hand "1.5" is not a whole number from 0
line 7: item A of POB DV1 stands at line 2 already
line 8: has 2 columns instead of 3
line 9: extraneous or missing " in quoted-field
`},
		{"units that orders hold", "pob,item_code,on_hand\nDV1,A,9\nDV2,A,2\n", "line 3: item A of POB DV2 has 2 units on hand, but orders hold 3\n"},
		{"other columns", "pob,sku,qty\nDV1,A,9\n", "line 1: must name the columns pob,item_code,on_hand\n"},
		{"no rows", "pob,item_code,on_hand\n", "line 1: is followed by no rows\n"},
		{"nothing", "", "line 1: must name the columns pob,item_code,on_hand\n"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "stock.csv")
			require.NoError(t, os.WriteFile(file, []byte(test.content), 0o600))
			r := starter(t, "stock", "load", file)
			require.Equal(t, exitFailed, r.code)
			_, list, _ := strings.Cut(r.err, "wrong:\n")
			require.Equal(t, test.want, list)
			require.Contains(t, r.err, "nothing was loaded")
			stock, err := db.Stock(context.Background(), "DV1")
			require.NoError(t, err)
			require.Equal(t, []postgres.StockRow{{ItemCode: "A", OnHand: 5}, {ItemCode: "B"}}, stock)
		})
	}
}
