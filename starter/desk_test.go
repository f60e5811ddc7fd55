package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/worker"

	"vmsflow/activities"
	"vmsflow/internal/order"
	"vmsflow/workflows"
	"vmsflow/workflows/contract"
	"vmsflow/workflows/searchattr"
)

// desk is the outside world of the real workflows: it refuses what it is told to refuse, until that is mended.
type desk struct {
	*bench

	mu      sync.Mutex
	refuses map[string]string // attention by order id or manifest key
	ended   map[string]activities.EndInput
	manual  contract.ManifestResult // what the orders of a manifest were told
}

func (d *desk) refusal(id string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if attention := d.refuses[id]; attention != "" {
		return activities.Refuse(attention, nil, "%s was refused for a reason that takes more room than one line of the table has.\nMend it, then retry.", id)
	}
	return nil
}

func (d *desk) refuse(id, attention string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.refuses[id] = attention
}

func (d *desk) mend(ids ...string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, id := range ids {
		delete(d.refuses, id)
	}
}

// run starts workers with the real workflows and this world's activities until the test or stop ends them.
func (d *desk) run(t *testing.T) (stop func()) {
	t.Helper()
	orders := worker.New(d.temporal, contract.QueueOrders, worker.Options{})
	workflows.Register(orders)
	takes := func(w worker.Worker, name string, do any) {
		w.RegisterActivityWithOptions(do, activity.RegisterOptions{Name: name})
	}
	takes(orders, "SoftReserve", func(o order.Order) (order.Quantities, error) {
		return order.Quantities{o.Lines[0].OrderItemID: o.Lines[0].Ordered}, d.refusal(o.ID)
	})
	takes(orders, "EndOrder", func(in activities.EndInput) error {
		d.mu.Lock()
		defer d.mu.Unlock()
		d.ended[in.OrderID] = in
		return nil
	})
	takes(orders, "TellManifested", func(_ contract.ManifestInput, result contract.ManifestResult) error {
		d.mu.Lock()
		defer d.mu.Unlock()
		d.manual = result
		return nil
	})
	d.takeReturns(takes, orders)
	warehouse := worker.New(d.temporal, contract.QueueWarehouse, worker.Options{})
	takes(warehouse, "AnnounceReturn", func(in activities.AnnounceReturnInput) error { return d.refusal(in.Expectation.ReturnID) })
	stops := []func(){orders.Stop, warehouse.Stop}
	require.NoError(t, orders.Start())
	require.NoError(t, warehouse.Start())
	for _, pob := range []string{"DV1", "DV2"} {
		ajio := worker.New(d.temporal, contract.QueueAjio(pob), worker.Options{})
		takes(ajio, "CreateManifest", func(in contract.ManifestInput) (contract.ManifestResult, error) {
			return contract.ManifestResult{ManifestID: "MF1", Included: []string{"S1"}}, d.refusal(in.Key)
		})
		takes(ajio, "CancelOrder", func(activities.CancelInput) (activities.CancelResult, error) { return activities.CancelResult{}, nil })
		takes(ajio, "ReportQC", func(activities.ReportQCInput) (activities.QCAnswer, error) { return activities.QCAnswer{}, nil })
		takes(ajio, "CreateRTO", func(in activities.CreateRTOInput) (string, error) {
			return "R-RTO", d.db.SaveReturnID(context.Background(), in.Row, "R-RTO")
		})
		require.NoError(t, ajio.Start())
		stops = append(stops, ajio.Stop)
	}
	stop = sync.OnceFunc(func() {
		for _, s := range stops {
			s()
		}
	})
	t.Cleanup(stop)
	return stop
}

// open starts an order's real workflow, and enters it in the books.
func (d *desk) open(t *testing.T, pob, id string) {
	t.Helper()
	o := order.Order{
		Pob: pob, ID: id, OrderTime: time.Date(2025, 11, 17, 4, 35, 0, 0, time.UTC), PaymentMethod: "COD",
		Lines: []order.Line{{OrderItemID: id + "-1", ItemCode: "SKU1", Ordered: 2}},
	}
	_, err := d.db.RegisterOrder(t.Context(), o, order.ERPModel)
	require.NoError(t, err)
	_, err = d.temporal.ExecuteWorkflow(t.Context(), client.StartWorkflowOptions{
		ID: contract.OrderWorkflowID(pob, id), TaskQueue: contract.QueueOrders,
		TypedSearchAttributes: temporal.NewSearchAttributes(
			searchattr.OrderStage.ValueSet(string(order.Received)), searchattr.Pob.ValueSet(pob), searchattr.AjioOrderId.ValueSet(id)),
	}, contract.ForwardOrder, contract.ForwardOrderInput{Order: o, Policy: contract.Policy{Model: order.ERPModel, AckHold: 4 * time.Hour}})
	require.NoError(t, err)
}

// needs waits until exactly these need attention, as starter attention lists them, and returns them by name.
func (d *desk) needs(t *testing.T, names ...string) map[string]*work {
	t.Helper()
	var byName map[string]*work
	require.Eventually(t, func() bool { // visibility follows a moment later
		list := openNow(t)
		byName = map[string]*work{}
		for _, w := range list.Open {
			byName[w.name()] = w
		}
		for _, name := range names {
			if byName[name] == nil {
				return false
			}
		}
		return len(byName) == len(names)
	}, 30*time.Second, 100*time.Millisecond, "needed: %v", names)
	return byName
}

func openNow(t *testing.T, flags ...string) attentionList {
	t.Helper()
	r := starter(t, append([]string{"attention", "--json"}, flags...)...)
	require.Zero(t, r.code, r.err)
	var list attentionList
	require.NoError(t, json.Unmarshal([]byte(r.out), &list))
	return list
}

func names(list attentionList) []string {
	all := []string{}
	for _, w := range list.Open {
		all = append(all, w.name())
	}
	return all
}

// answersOf reads the results of retry, skip or cancel.
func answersOf(t *testing.T, r result) map[string]answered {
	t.Helper()
	var list []answered
	require.NoError(t, json.Unmarshal([]byte(r.out), &list), "%s%s", r.out, r.err)
	byName := map[string]answered{}
	for _, a := range list {
		byName[a.Name] = a
	}
	return byName
}

const manifestName = "manifest:DV1:87456"

func TestTheOrderDesk(t *testing.T) {
	d := &desk{bench: newBench(t, "default"), ended: map[string]activities.EndInput{}, refuses: map[string]string{
		"S1": "erp_auth", "S2": "erp_auth", "S3": "books_differ", "S4": "erp_auth", "87456": "ajio_refused",
	}}
	stop := d.run(t)

	t.Run("nothing needs attention", func(t *testing.T) {
		r := starter(t, "attention")
		require.Zero(t, r.code, r.err)
		require.Equal(t, "Nothing needs attention.\n", r.out)
		require.Equal(t, attentionList{Open: []*work{}, Counts: map[string]int{}}, openNow(t))
		r = starter(t, "retry", "--all")
		require.Zero(t, r.code, r.err)
		require.Equal(t, "Nothing waits for that.\n", r.out)
	})

	d.open(t, "DV1", "S1")
	d.needs(t, "S1") // so that it waits longest
	for _, id := range []string{"S2", "S3"} {
		d.open(t, "DV1", id)
	}
	d.open(t, "DV2", "S4")
	d.open(t, "DV1", "S5") // held, but a second document differs
	d.open(t, "DV1", "S6") // all is well
	require.NoError(t, d.temporal.SignalWorkflow(t.Context(), "order:DV1:S5", "", contract.SignalDifference,
		contract.Difference{Document: "invoice INV-1", Message: "invoiceDate differs"}))
	require.NoError(t, contract.StartManifest(t.Context(), d.temporal, contract.ManifestInput{
		Pob: "DV1", Key: "87456", Carrier: "DELHIVERY", Shipments: []contract.ManifestShipment{{OrderID: "S1"}},
	}))
	open := d.needs(t, "S1", "S2", "S3", "S4", "S5", manifestName)

	t.Run("each says where it stands, what is parked and what to do", func(t *testing.T) {
		require.Equal(t, string(order.Received), open["S1"].Stage)
		require.Equal(t, "erp_auth", open["S1"].Attention)
		require.Equal(t, "soft reserve stock", open["S1"].Parked.Step)
		require.False(t, open["S1"].Parked.CanSkip)
		require.Contains(t, open["S1"].Message, "Mend it, then retry.")
		require.WithinDuration(t, time.Now(), open["S1"].Since, time.Minute)

		require.Nil(t, open["S5"].Parked)
		require.Equal(t, string(order.AckHeld), open["S5"].Stage)
		require.Equal(t, "document_differs", open["S5"].Attention)
		require.Contains(t, open["S5"].Message, "Ask the sender which document is right", "the page says what to do")
		require.Contains(t, open["S5"].Message, "invoice INV-1. invoiceDate differs", "the notes say what happened")

		manifest := open[manifestName]
		require.Equal(t, kindManifest, manifest.Kind)
		require.Equal(t, "DV1", manifest.Pob)
		require.Equal(t, "create the manifest at Ajio", manifest.Parked.Step)
		require.True(t, manifest.Parked.CanSkip)
		require.True(t, strings.HasSuffix(manifest.Message, "Mend it, then retry."), manifest.Message)
	})
	t.Run("the table cuts messages and counts the reasons", func(t *testing.T) {
		r := starter(t, "attention")
		require.Zero(t, r.code, r.err)
		require.Contains(t, r.out, "S1 was refused for a reason that takes more room than one l…")
		require.Contains(t, r.out, "COUNT  ATTENTION\n3      erp_auth\n1      ajio_refused\n1      books_differ\n1      document_differs\n")
		require.Contains(t, r.out, "starter status NAME")
	})
	t.Run("flags narrow the list, and what has waited longest is first", func(t *testing.T) {
		require.Equal(t, []string{"S1", "S2"}, names(openNow(t, "--attention", "erp_auth", "--pob", "DV1")))
		require.Equal(t, []string{"S4"}, names(openNow(t, "--pob", "DV2")))
		require.Equal(t, []string{manifestName}, names(openNow(t, "--step", "create the manifest at Ajio")))
		require.NotContains(t, names(openNow(t, "--parked")), "S5")
		require.Equal(t, exitNotFound, starter(t, "attention", "--pob", "DV9").code)
		require.Equal(t, exitUsage, starter(t, "attention", "--attention", `a" OR "b`).code)
	})
	t.Run("status shows the commands that answer", func(t *testing.T) {
		r := starter(t, "status", "S1")
		require.Equal(t, exitAttention, r.code)
		require.Contains(t, r.out, "starter retry S1\n")
		require.Contains(t, r.out, `starter cancel S1 --why "…"`)
		require.NotContains(t, r.out, "starter skip", "the stock must be reserved")
	})

	t.Run("a dry run changes nothing and says to how many", func(t *testing.T) {
		r := starter(t, "skip", "--attention", "erp_auth", "--why", "by hand", "--dry-run")
		require.Zero(t, r.code, r.err)
		require.Contains(t, r.out, "3 of these 3 are to get the update skip-step.")
		require.Contains(t, r.out, "will refuse: this step cannot be skipped")
		r = starter(t, "retry", "S5", "S6", "S1", "--dry-run")
		require.Zero(t, r.code, r.err)
		require.Contains(t, r.out, "gets none: no step is parked")
		require.Contains(t, r.out, "1 of these 3 are to get")
		require.True(t, open["S1"].Since.Equal(d.needs(t, "S1", "S2", "S3", "S4", "S5", manifestName)["S1"].Since))
	})
	t.Run("a selection needs a yes", func(t *testing.T) {
		r := starter(t, "retry", "--attention", "erp_auth")
		require.Equal(t, exitUsage, r.code)
		require.Contains(t, r.err, "3 of these 3 are to get the update retry-step.")
		require.Contains(t, r.err, "write --yes")
		require.True(t, open["S1"].Since.Equal(openNow(t, "--attention", "erp_auth", "--pob", "DV1").Open[0].Since), "nothing was sent")
	})
	t.Run("a retry that is refused again parks anew", func(t *testing.T) {
		r := starter(t, "retry", "order:DV1:S1", "S1", "--json")
		require.Zero(t, r.code, r.err)
		require.Equal(t, map[string]answered{"S1": {WorkflowID: "order:DV1:S1", Name: "S1", Result: resultDone, Step: "soft reserve stock"}}, answersOf(t, r))
		require.Eventually(t, func() bool {
			list := openNow(t, "--pob", "DV1", "--attention", "erp_auth", "--parked")
			return len(list.Open) == 2 && list.Open[1].OrderID == "S1" && list.Open[1].Since.After(open["S1"].Since)
		}, 30*time.Second, 100*time.Millisecond)
	})
	t.Run("an answer to what was parked before is refused by the order", func(t *testing.T) {
		tool := &tool{temporal: d.temporal}
		a := &answer{update: contract.UpdateRetryStep, timeout: 10 * time.Second}
		a.payload = a.decision
		stale := workOf("order:DV1:S1")
		stale.Parked = &contract.Parked{Step: "post to the ERP"}
		told := tool.tell(t.Context(), a, stale)
		require.Equal(t, resultRefused, told.Result)
		require.Equal(t, `step "soft reserve stock" is parked, not "post to the ERP"`, told.Message)

		a.all = true // selected by flags: it is looked at again before anything is sent
		stale = workOf("order:DV1:S1")
		stale.Parked = &contract.Parked{Step: "soft reserve stock", Since: time.Unix(1, 0)}
		told = tool.tell(t.Context(), a, stale)
		require.Equal(t, resultRefused, told.Result)
		require.Contains(t, told.Message, "not sent: it changed")
	})
	t.Run("what cannot be skipped says so, and the exit code too", func(t *testing.T) {
		r := starter(t, "skip", "S1", "--why", "by hand", "--json")
		require.Equal(t, exitFailed, r.code)
		require.Equal(t, resultRefused, answersOf(t, r)["S1"].Result)
		require.Contains(t, answersOf(t, r)["S1"].Message, "cannot be skipped: what comes after it needs its result")
		require.Contains(t, r.err, "1 of 1 were not done")
	})
	t.Run("each of several has its own result", func(t *testing.T) {
		r := starter(t, "retry", "S2", "S5", "S-none", "--json")
		require.Equal(t, exitFailed, r.code)
		results := answersOf(t, r)
		require.Equal(t, resultDone, results["S2"].Result)
		require.Equal(t, resultRefused, results["S5"].Result)
		require.Equal(t, resultNotFound, results["S-none"].Result)
		require.Contains(t, r.err, "2 of 3 were not done")

		r = starter(t, "retry", "S-none", "manifest:DV1:none")
		require.Equal(t, exitNotFound, r.code)
		require.Contains(t, r.out, "Temporal has no such workflow")
	})
	t.Run("an order that has ended has nothing to answer", func(t *testing.T) {
		d.open(t, "DV2", "S7")
		require.NoError(t, d.db.EndOrder(t.Context(), "DV2", "S7", order.Rejected, ""))
		r := starter(t, "retry", "S7")
		require.Equal(t, exitNotFound, r.code)
		require.Contains(t, r.out, "the order has ended as rejected")
	})
	t.Run("an id at several POBs stops everything", func(t *testing.T) {
		d.open(t, "DV2", "S6")
		r := starter(t, "cancel", "S5", "S6", "--why", "sold twice")
		require.Equal(t, exitUsage, r.code)
		require.Contains(t, r.err, "S6 is at several POBs; write --pob")
		require.Empty(t, r.out)
	})
	t.Run("all with one reason are retried after it was mended", func(t *testing.T) {
		d.mend("S1", "S2", "S4")
		r := starter(t, "retry", "--attention", "erp_auth", "--why", "credential renewed", "--yes", "--json")
		require.Zero(t, r.code, r.err)
		require.Len(t, answersOf(t, r), 3)
		d.needs(t, "S3", "S5", manifestName)
	})
	t.Run("a manifest is retried, and given up with a skip", func(t *testing.T) {
		r := starter(t, "cancel", manifestName, "--why", "wrong courier")
		require.Equal(t, exitFailed, r.code)
		require.Contains(t, r.out, "only orders are cancelled")
		require.Zero(t, starter(t, "retry", manifestName).code)
		require.Contains(t, d.needs(t, "S3", "S5", manifestName)[manifestName].Message, "Mend it")
		require.Eventually(t, func() bool { // while the retry is under way nothing is parked
			r := starter(t, "skip", "--step", "create the manifest at Ajio", "--why", "made by hand", "--yes")
			return r.code == exitDone && !strings.Contains(r.out, "Nothing waits for that.")
		}, 30*time.Second, 100*time.Millisecond)
		require.NoError(t, d.temporal.GetWorkflow(t.Context(), manifestName, "").Get(t.Context(), nil))
		require.Equal(t, map[string]string{"S1": "the manifest was given up"}, d.manual.Refused)
		d.needs(t, "S3", "S5")
	})
	t.Run("orders are cancelled, by name or by what they need", func(t *testing.T) {
		r := starter(t, "cancel", "order:DV1:S6", "--why", "sold twice", "--json")
		require.Zero(t, r.code, r.err)
		require.NoError(t, d.temporal.GetWorkflow(t.Context(), "order:DV1:S6", "").Get(t.Context(), nil))
		require.Equal(t, "sold twice", d.ended["S6"].Reason)
		r = starter(t, "cancel", "order:DV1:S6", "--why", "sold twice")
		require.Equal(t, exitNotFound, r.code)
		require.Contains(t, r.out, "it has no open workflow")

		r = starter(t, "cancel", "--attention", "document_differs", "--parked", "--why", "x", "--yes")
		require.Contains(t, r.out, "Nothing waits for that.")
		r = starter(t, "cancel", "--attention", "document_differs", "--why", "the customer does not want it", "--yes")
		require.Zero(t, r.code, r.err)
		require.NoError(t, d.temporal.GetWorkflow(t.Context(), "order:DV1:S5", "").Get(t.Context(), nil))
		d.needs(t, "S3")
	})
	t.Run("without a worker everything is still listed, and nothing is said to be done", func(t *testing.T) {
		stop()
		open := d.needs(t, "S3")
		require.Equal(t, "books_differ", open["S3"].Attention)
		require.Contains(t, open["S3"].NoAnswer, "no worker answered")
		r := starter(t, "retry", "--attention", "books_differ", "--yes", "--json")
		require.Equal(t, exitFailed, r.code)
		require.Equal(t, resultNoAnswer, answersOf(t, r)["S3"].Result)

		w := workOf("order:DV1:S3") // the worker went away after it was asked
		a := &answer{update: contract.UpdateCancelOrder, timeout: time.Second, payload: func(*work) (any, error) {
			return contract.CancelRequest{Reason: "x"}, nil
		}}
		told := (&tool{temporal: d.temporal}).tell(t.Context(), a, w)
		require.Equal(t, resultNoAnswer, told.Result)
		require.Contains(t, told.Message, "It may still be taken")
	})
}

func TestOneDecisionOnOneParkingIsOneUpdate(t *testing.T) {
	a := &answer{update: contract.UpdateRetryStep}
	at := func(since time.Time) *work {
		return &work{exact: true, Parked: &contract.Parked{Step: "post to the ERP", Since: since}}
	}
	now := time.Now()
	require.Equal(t, a.updateID(at(now)), a.updateID(at(now.UTC())))
	require.NotEqual(t, a.updateID(at(now)), a.updateID(at(now.Add(1))))
	require.Empty(t, a.updateID(&work{Parked: &contract.Parked{Since: now}}), "a manifest does not say when it was parked")
}

func TestSomeUnitsOfAnOrderAreCancelled(t *testing.T) {
	b := newBench(t, "default")
	b.order(t, "S1", contract.OrderState{Stage: order.AckHeld, Lines: []contract.LineState{
		{OrderItemID: "L1", ItemCode: "SKU1", Ordered: 2, Live: 1}, {OrderItemID: "L2", ItemCode: "SKU1", Ordered: 2, Live: 2},
	}})
	b.work(t)
	for args, want := range map[string]string{
		"--line L2=1":             `{"L2":1}`,
		"--line L2=2 --line L1=1": `{"L1":1,"L2":2}`,
		"--item SKU1=2":           `{"L1":1,"L2":1}`,
		"":                        "null",
	} {
		t.Run(args, func(t *testing.T) {
			r := starter(t, append([]string{"cancel", "S1", "--why", "damaged"}, strings.Fields(args)...)...)
			require.Zero(t, r.code, r.out+r.err)
			var s status
			require.NoError(t, json.Unmarshal([]byte(starter(t, "status", "S1", "--json").out), &s))
			require.Equal(t, "damaged: "+want, s.State.Notes[len(s.State.Notes)-1].Text)
		})
	}
	for args, want := range map[string]string{
		"--line L9=1":   "the order has no line L9; it has L1, L2",
		"--line L1=2":   "line L1 has 1 live units, not 2",
		"--item SKU9=1": "SKU9 is not in order",
		"--item SKU1=4": "4 units are 1 more than the order has",
	} {
		t.Run(args, func(t *testing.T) {
			r := starter(t, append([]string{"cancel", "S1", "--why", "damaged"}, strings.Fields(args)...)...)
			require.Equal(t, exitFailed, r.code)
			require.Contains(t, r.out, want)
		})
	}
}

func TestAnOperatorIsAskedOnlyAtATerminal(t *testing.T) {
	for typed, want := range map[string]int{"y\n": exitDone, "Yes\n": exitDone, "\n": exitFailed, "n\n": exitFailed, "": exitFailed} {
		t.Run(fmt.Sprintf("%q", typed), func(t *testing.T) {
			var asked strings.Builder
			terminal := &tool{in: strings.NewReader(typed), errOut: &asked, interactive: true}
			require.Equal(t, want, report(&asked, terminal.confirm(&answer{})))
			require.Contains(t, asked.String(), "Go on? [y/N]")
		})
	}
	piped := &tool{in: strings.NewReader("y\n")}
	require.Equal(t, exitUsage, report(&strings.Builder{}, piped.confirm(&answer{})))
	require.NoError(t, piped.confirm(&answer{yes: true}))
	require.False(t, isTerminal(strings.NewReader("")))
}
