package workflows_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/worker"

	"vmsflow/activities"
	"vmsflow/dev/devserver"
	"vmsflow/internal/order"
	"vmsflow/workflows"
	"vmsflow/workflows/contract"
)

// expected is what a cell of the cancellation table must come to.
type expected struct {
	refused string // in the table's words; the order goes on then as if nobody had asked
	// effects are everything that is done because of the request, in order: nobody goes on picking while Ajio and the ERP
	// are told, and the stock is settled last.
	effects []string
	note    string // what the operator must know
}

// The cancellation table once more, in effects (contracts/increff-erp.md §7.4). It is written out here and not looked up
// in internal/order, so that neither can change without the other.
func expectedOf(model order.InvoicingModel, by order.Party, scope order.Scope, phase order.Phase) (expected, bool) {
	type column struct {
		model order.InvoicingModel // empty: both
		phase order.Phase
	}
	rows := map[order.Party]map[order.Scope]map[column]expected{
		order.Customer: {
			order.WholeOrder: {
				{"", order.UntilAcknowledged}: {effects: []string{"EndOrder"}},
				{"", order.BeforePosting}:     {refused: "Ajio no longer lets a customer cancel"},
				{"", order.BeforeEInvoice}:    {refused: "Ajio no longer lets a customer cancel"},
				{"", order.EInvoiceNotPacked}: {refused: "Ajio no longer lets a customer cancel"},
				{"", order.PackedOrLater}:     {refused: "Ajio no longer lets a customer cancel"},
			},
			order.SomeUnits: {
				{"", order.UntilAcknowledged}: {effects: []string{"Acknowledge"}}, // with fewer
				{"", order.BeforePosting}:     {refused: "Ajio no longer lets a customer cancel"},
				{"", order.BeforeEInvoice}:    {refused: "Ajio no longer lets a customer cancel"},
				{"", order.EInvoiceNotPacked}: {refused: "Ajio no longer lets a customer cancel"},
				{"", order.PackedOrLater}:     {refused: "Ajio no longer lets a customer cancel"},
			},
		},
		order.Seller: {
			order.WholeOrder: {
				{"", order.UntilAcknowledged}: {effects: []string{"CancelOrder", "EndOrder"}},
				{"", order.BeforePosting}:     {effects: []string{"CancelOrder", "EndOrder"}},
				{"", order.BeforeEInvoice}:    {effects: []string{"MarkEnding", "StopOrder", "CancelOrder", "CancelPosting", "EndOrder"}},
				{order.ERPModel, order.EInvoiceNotPacked}: {
					effects: []string{"MarkEnding", "StopOrder", "CancelOrder", "CancelPosting", "EndOrder"}, note: order.CreditNoteStays,
				},
				{order.RMSModel, order.EInvoiceNotPacked}: {
					effects: []string{"MarkEnding", "StopOrder", "CancelOrder", "CancelIRN", "CancelPosting", "EndOrder"},
				},
				{"", order.PackedOrLater}: {refused: "the parcel is packed"},
			},
			order.SomeUnits: {
				{"", order.UntilAcknowledged}:          {effects: []string{"KeepReserved", "Acknowledge"}}, // with fewer
				{"", order.BeforePosting}:              {effects: []string{"CancelUnits", "KeepReserved"}},
				{order.ERPModel, order.BeforeEInvoice}: {refused: "the ERP may already be invoicing"},
				{order.RMSModel, order.BeforeEInvoice}: {effects: []string{"StopUnits", "CancelUnits", "KeepReserved", "ReadPurchaseOrder"}},
				{"", order.EInvoiceNotPacked}:          {refused: "an e-invoice exists and cannot be cut"},
				{"", order.PackedOrLater}:              {refused: "the parcel is packed"},
			},
		},
	}
	row := rows[by][scope]
	if want, ok := row[column{"", phase}]; ok {
		return want, true
	}
	want, ok := row[column{model, phase}]
	return want, ok
}

// Every cell of the table on a real server: who cancels, how much, when, in which model.
func TestEveryCellOfTheCancellationTable(t *testing.T) {
	t.Parallel()
	e := newEverybody(t)
	phases := []order.Phase{order.UntilAcknowledged, order.BeforePosting, order.BeforeEInvoice, order.EInvoiceNotPacked, order.PackedOrLater}
	for _, model := range []order.InvoicingModel{order.ERPModel, order.RMSModel} {
		for _, phase := range phases {
			for _, by := range []order.Party{order.Customer, order.Seller} {
				for _, scope := range []order.Scope{order.WholeOrder, order.SomeUnits} {
					t.Run(fmt.Sprintf("%s, %s, by the %s, %s", model, phase, by, scope), func(t *testing.T) {
						want, ok := expectedOf(model, by, scope, phase)
						require.True(t, ok, "the cell is not covered")
						c := newCell(t, e, model)
						c.reach(phase)
						c.cancel(by, scope)
						c.check(by, scope, want)
					})
				}
			}
		}
	}
	for _, model := range []order.InvoicingModel{order.ERPModel, order.RMSModel} {
		for _, phase := range phases {
			t.Run(fmt.Sprintf("%s, %s, from the Web UI", model, phase), func(t *testing.T) {
				want, ok := expectedOf(model, order.Seller, order.WholeOrder, phase)
				require.True(t, ok, "the cell is not covered")
				c := newCell(t, e, model)
				c.reach(phase)
				require.NoError(t, e.temporal.CancelWorkflow(t.Context(), c.id, ""))
				if want.refused != "" {
					c.noted("Cancelling from Temporal was refused: " + want.refused)
					c.asked = errors.New(want.refused)
				}
				c.check(order.Seller, order.WholeOrder, want)
			})
		}
	}
	t.Run("a terminated order takes nothing back: the sweep finds it", func(t *testing.T) {
		c := newCell(t, e, order.ERPModel)
		c.reach(order.EInvoiceNotPacked)
		require.NoError(t, e.temporal.TerminateWorkflow(t.Context(), c.id, "", "by mistake"))
		require.Error(t, e.temporal.GetWorkflow(t.Context(), c.id, "").Get(t.Context(), nil))
		require.Empty(t, c.since())
	})
}

// everybody is a real server with a worker for every queue and stand-ins for all outside, who play one order at a time:
// workers that came and went with each order would take tasks of the next one to their graves.
type everybody struct {
	*world
	temporal client.Client
}

func newEverybody(t *testing.T) everybody {
	t.Helper()
	server := devserver.ForTest(t)
	temporal, err := client.Dial(client.Options{HostPort: server.Address, Logger: log.NewStructuredLogger(slog.New(slog.DiscardHandler))})
	require.NoError(t, err)
	t.Cleanup(temporal.Close)
	var all queues
	for _, queue := range []string{
		contract.QueueOrders, contract.QueueERP, contract.QueueWarehouse, contract.QueueEInvoice, contract.QueueAjio(pob),
	} {
		all = append(all, worker.New(temporal, queue, worker.Options{}))
	}
	e := everybody{world: newActors(t, all), temporal: temporal}
	workflows.Register(all[0])
	for _, w := range all {
		require.NoError(t, w.Start())
		t.Cleanup(w.Stop)
	}
	return e
}

// queues hands a stand-in to the workers of all queues, whichever its activity runs on.
type queues []worker.Worker

func (q queues) RegisterActivityWithOptions(act any, o activity.RegisterOptions) {
	for _, w := range q {
		w.RegisterActivityWithOptions(act, o)
	}
}

// cell is one order among everybody.
type cell struct {
	everybody
	model   order.InvoicingModel
	id      string
	reached int   // how many effects there were when the cancellation was asked for
	asked   error // what the seller was answered
}

func newCell(t *testing.T, e everybody, model order.InvoicingModel) *cell {
	t.Helper()
	c := &cell{everybody: e, model: model, id: "cell:" + t.Name()}
	c.mu.Lock()
	c.t, c.story = t, newStory()
	c.mu.Unlock()
	in := storyInput()
	in.Policy.Model = model
	_, err := c.temporal.ExecuteWorkflow(t.Context(), client.StartWorkflowOptions{
		ID: c.id, TaskQueue: contract.QueueOrders, WorkflowExecutionTimeout: time.Minute,
	}, contract.ForwardOrder, in)
	require.NoError(t, err)
	t.Cleanup(func() { _ = c.temporal.TerminateWorkflow(context.Background(), c.id, "", "the test is over") }) // or it has ended
	return c
}

func (c *cell) now() contract.OrderState {
	value, err := c.temporal.QueryWorkflow(c.t.Context(), c.id, "", contract.QueryState)
	require.NoError(c.t, err)
	var state contract.OrderState
	require.NoError(c.t, value.Get(&state))
	return state
}

func (c *cell) eventually(what string, is func(contract.OrderState) bool) {
	c.t.Helper()
	require.Eventually(c.t, func() bool { return is(c.now()) }, 20*time.Second, 10*time.Millisecond, what)
}

func (c *cell) tell(signal string, payload any) {
	c.t.Helper()
	require.NoError(c.t, c.temporal.SignalWorkflow(c.t.Context(), c.id, "", signal, payload))
}

// ask sends an operator's update and returns what the order answers.
func (c *cell) ask(update string, payload any) error {
	handle, err := c.temporal.UpdateWorkflow(c.t.Context(), client.UpdateWorkflowOptions{
		WorkflowID: c.id, UpdateName: update, Args: []any{payload}, WaitForStage: client.WorkflowUpdateStageCompleted,
	})
	if err != nil {
		return err
	}
	return handle.Get(c.t.Context(), nil)
}

// reach takes the order to a phase.
func (c *cell) reach(phase order.Phase) {
	c.t.Helper()
	if phase == order.EInvoiceNotPacked && c.model == order.RMSModel {
		// Here the invoice follows the packing: what is left of this phase is an order that Ajio cancelled meanwhile.
		c.mu.Lock()
		c.refuseAs = map[string]string{"GenerateB2BInvoice": activities.AttentionAjioCancelled}
		c.refuse["GenerateB2BInvoice"] = 1
		c.mu.Unlock()
	}
	c.advance(2, func(s contract.OrderState) bool {
		if s.WaitingFor == "" && s.Parked == nil {
			return false
		}
		switch phase {
		case order.UntilAcknowledged:
			return s.Stage == order.AckHeld
		case order.BeforePosting:
			return s.Stage == order.Acknowledged
		case order.BeforeEInvoice:
			return s.Stage == order.PostedToERP || c.model == order.RMSModel && s.Stage == order.Picking
		case order.EInvoiceNotPacked:
			return c.model == order.ERPModel && s.Stage == order.Picking || s.Attention == activities.AttentionAjioCancelled
		default:
			return s.Stage == order.Labelled
		}
	})
	c.reached = len(c.since())
}

// since is what was done after the cancellation was asked for.
func (c *cell) since() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.done[c.reached:])
}

func (c *cell) noted(text string) {
	c.t.Helper()
	c.eventually("noted: "+text, func(s contract.OrderState) bool {
		return slices.ContainsFunc(s.Notes, func(n contract.Note) bool { return strings.Contains(n.Text, text) })
	})
}

// advance lets come in what the order waits for, until it is where it is to be. first is how many units of the first line
// are left.
func (c *cell) advance(first int, there func(contract.OrderState) bool) {
	c.t.Helper()
	sent := map[order.Stage]bool{}
	c.eventually("the order gets there", func(s contract.OrderState) bool {
		if there(s) {
			return true
		}
		if sent[s.Stage] || s.WaitingFor == "" {
			return false
		}
		sent[s.Stage] = true
		switch s.Stage {
		case order.AckHeld:
			require.NoError(c.t, c.ask(contract.UpdateReleaseHold, contract.Decision{Reason: "the test does not wait"}))
		case order.Acknowledged:
			c.tell(contract.SignalPODetails, storyPO(first, 1))
		case order.PostedToERP:
			c.tell(contract.SignalERPInvoice, storyInvoice())
		case order.Picking:
			c.tell(contract.SignalPacked, storyPack(first, 1))
		case order.Labelled:
			c.tell(contract.SignalManifested, manifested())
		}
		return false
	})
}

func (c *cell) cancel(by order.Party, scope order.Scope) {
	c.t.Helper()
	left := order.Quantities(nil)
	if scope == order.SomeUnits {
		left = units(1, 1)
		c.mu.Lock()
		c.po = storyPO(1, 1)
		c.mu.Unlock()
	}
	if by == order.Customer {
		c.tell(contract.SignalCustomerCancelled, contract.CustomerCancellation{Remaining: left, Whole: scope == order.WholeOrder})
		return
	}
	asked := contract.CancelRequest{Reason: "sold twice"}
	if scope == order.SomeUnits {
		asked.Units = units(1, 0)
	}
	c.asked = c.ask(contract.UpdateCancelOrder, asked)
}

// check holds what becomes of the order against the cell.
func (c *cell) check(by order.Party, scope order.Scope, want expected) {
	c.t.Helper()
	switch {
	case want.refused == "":
		require.NoError(c.t, c.asked)
	case by == order.Seller:
		require.ErrorContains(c.t, c.asked, want.refused)
	default: // Ajio has done it already: a person must look
		c.noted("Ajio reports a cancellation after the acknowledgement. " + want.refused)
	}
	left := units(2, 1)
	if want.refused == "" && scope == order.SomeUnits {
		left = units(1, 1)
	}
	state := c.finish(left, want.refused != "" || scope == order.SomeUnits)
	if want.refused != "" {
		c.checkWhole(state)
		return
	}
	require.GreaterOrEqual(c.t, len(c.since()), len(want.effects), "%v", c.done)
	require.Equal(c.t, want.effects, c.since()[:len(want.effects)])
	for _, note := range []string{order.CreditNoteStays, order.CreditNoteInBooks} {
		noted := slices.ContainsFunc(state.Notes, func(n contract.Note) bool { return n.Text == note })
		require.Equal(c.t, want.note == note, noted, note)
	}
	if scope == order.SomeUnits {
		c.checkCut(state, by, want)
		return
	}
	require.Len(c.t, c.since(), len(want.effects), "nothing more is done")
	c.checkTakenBack(state, by)
}

// finish takes the order to its end, with the units that are left of it. One that goes on may stand parked still.
func (c *cell) finish(left order.Quantities, goesOn bool) contract.OrderState {
	c.t.Helper()
	if goesOn && c.now().Parked != nil {
		require.NoError(c.t, c.ask(contract.UpdateRetryStep, contract.Decision{Reason: "Ajio has it again"}))
	}
	c.advance(left[firstLine], func(s contract.OrderState) bool { return s.Outcome != "" })
	var state contract.OrderState
	require.NoError(c.t, c.temporal.GetWorkflow(c.t.Context(), c.id, "").Get(c.t.Context(), &state))
	for _, line := range state.Lines {
		require.Equal(c.t, line.Ordered, line.Live+line.CustomerCancelled+line.SellerCancelled+line.ShortPicked, "the units add up")
	}
	return state
}

// checkWhole checks that a refusal changed nothing.
func (c *cell) checkWhole(state contract.OrderState) {
	c.t.Helper()
	require.Equal(c.t, order.Completed, state.Outcome)
	require.Equal(c.t, []int{2, 1}, []int{state.Lines[0].Live, state.Lines[1].Live})
	for _, undo := range []string{
		"MarkEnding", "CancelOrder", "CancelUnits", "CancelPosting", "CancelIRN", "StopOrder", "StopUnits", "KeepReserved",
	} {
		require.NotContains(c.t, c.done, undo)
	}
}

// checkCut checks that the order went on with one unit less, and that everybody heard of the same units.
func (c *cell) checkCut(state contract.OrderState, by order.Party, want expected) {
	c.t.Helper()
	require.Equal(c.t, order.Completed, state.Outcome)
	first := contract.LineState{OrderItemID: firstLine, ItemCode: "469876543001", Ordered: 2, Live: 1}
	if by == order.Customer {
		first.CustomerCancelled = 1
	} else {
		first.SellerCancelled = 1
		require.Equal(c.t, units(1, 1), c.kept)
	}
	require.Equal(c.t, first, state.Lines[0])
	require.Equal(c.t, 1, state.Lines[1].Live)
	if slices.Contains(want.effects, "CancelUnits") {
		require.Equal(c.t, units(1, 1), c.cutAjio.Keep)
	}
	if slices.Contains(want.effects, "ReadPurchaseOrder") {
		require.True(c.t, c.made.Cut, "the amount of a purchase order that was cut is not compared")
	}
	if slices.Contains(want.effects, "StopUnits") {
		require.Equal(c.t, units(2, 1), c.stopped[0].Announced)
		require.Equal(c.t, units(1, 1), c.stopped[0].Keep)
	}
	if slices.Contains(want.effects, "Acknowledge") {
		require.Equal(c.t, units(1, 1), c.acknowledged)
	}
	require.NotContains(c.t, c.done, "CancelPosting", "the ERP is never told of a part")
}

// checkTakenBack checks that all of the order was taken back, by the party that cancelled it.
func (c *cell) checkTakenBack(state contract.OrderState, by order.Party) {
	c.t.Helper()
	outcome := order.CancelledBySeller
	if by == order.Customer {
		outcome = order.CancelledByCustomer
	}
	require.Equal(c.t, outcome, state.Outcome)
	require.Equal(c.t, outcome, c.ended.Outcome)
	for _, line := range state.Lines {
		if by == order.Customer {
			require.Equal(c.t, line.Ordered, line.CustomerCancelled)
		} else {
			require.Equal(c.t, line.Ordered, line.SellerCancelled)
		}
	}
	if c.did("CancelOrder") {
		require.Equal(c.t, order.ReasonSellerRequest, c.cancelAjio.Reason)
		require.True(c.t, c.cancelAjio.Wanted.Equal(units(2, 1)), "a refusal at Ajio names every line")
	}
	if c.did("StopOrder") {
		require.Equal(c.t, units(2, 1), c.stopped[0].Announced)
		require.Empty(c.t, c.stopped[0].Keep)
	}
	if c.did("CancelPosting") {
		require.Equal(c.t, order.ReasonSellerRequest, c.cancelERP.Reason)
		require.Equal(c.t, units(2, 1), c.cancelERP.PO.Units())
	}
}
