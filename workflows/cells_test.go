package workflows_test

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
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

// The cancellation table on a real server, cell by cell: who cancels, how much, when, in which model. What is expected
// stands in the table itself (internal/order); here every word of it is held against what an order does.
func TestEveryCellOfTheCancellationTable(t *testing.T) {
	server := devserver.ForTest(t)
	temporal, err := client.Dial(client.Options{HostPort: server.Address, Logger: log.NewStructuredLogger(slog.New(slog.DiscardHandler))})
	require.NoError(t, err)
	t.Cleanup(temporal.Close)
	phases := []order.Phase{order.UntilAcknowledged, order.BeforePosting, order.BeforeEInvoice, order.EInvoiceNotPacked, order.PackedOrLater}
	for _, model := range []order.InvoicingModel{order.ERPModel, order.RMSModel} {
		for _, phase := range phases {
			for _, by := range []order.Party{order.Customer, order.Seller} {
				for _, scope := range []order.Scope{order.WholeOrder, order.SomeUnits} {
					t.Run(fmt.Sprintf("%s, %s, by the %s, %s", model, phase, by, scope), func(t *testing.T) {
						c := newCell(t, temporal, model)
						c.reach(phase)
						c.cancel(by, scope)
						c.check(by, scope, phase)
					})
				}
			}
		}
	}
	t.Run("a cancel from the Web UI is the seller's, and goes by the table", func(t *testing.T) {
		for phase, outcome := range map[order.Phase]order.Outcome{
			order.BeforeEInvoice: order.CancelledBySeller, order.PackedOrLater: order.Completed,
		} {
			c := newCell(t, temporal, order.ERPModel)
			c.reach(phase)
			require.NoError(t, temporal.CancelWorkflow(t.Context(), c.id, ""))
			if outcome == order.Completed {
				c.eventually("the refusal is shown", func(s contract.OrderState) bool { return s.Attention == "cancel_refused" })
			}
			require.Equal(t, outcome, c.finish(2).Outcome)
		}
	})
}

// cell is one order on a real server, with stand-ins for everybody outside.
type cell struct {
	*world
	temporal client.Client
	model    order.InvoicingModel
	id       string
	asked    error // what the seller was answered
}

// queues hands a stand-in to the workers of all queues, whichever its activity runs on.
type queues []worker.Worker

func (q queues) RegisterActivityWithOptions(act any, o activity.RegisterOptions) {
	for _, w := range q {
		w.RegisterActivityWithOptions(act, o)
	}
}

func newCell(t *testing.T, temporal client.Client, model order.InvoicingModel) *cell {
	t.Helper()
	var all queues
	for _, queue := range []string{
		contract.QueueOrders, contract.QueueERP, contract.QueueWarehouse, contract.QueueEInvoice, contract.QueueAjio(pob),
	} {
		all = append(all, worker.New(temporal, queue, worker.Options{}))
	}
	c := &cell{world: newActors(t, all), temporal: temporal, model: model, id: "cell:" + t.Name()}
	workflows.Register(all[0])
	for _, w := range all {
		require.NoError(t, w.Start())
		t.Cleanup(w.Stop)
	}
	in := storyInput()
	in.Policy.Model = model
	_, err := temporal.ExecuteWorkflow(t.Context(), client.StartWorkflowOptions{
		ID: c.id, TaskQueue: contract.QueueOrders, WorkflowExecutionTimeout: time.Minute,
	}, contract.ForwardOrder, in)
	require.NoError(t, err)
	t.Cleanup(func() { _ = temporal.TerminateWorkflow(context.Background(), c.id, "", "the test is over") }) // or it has ended
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
		c.refuseAs = map[string]string{"GenerateB2BInvoice": activities.AttentionAjioCancelled}
		c.refuse["GenerateB2BInvoice"] = 1
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
		left, c.po = units(1, 1), storyPO(1, 1)
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

// finish takes the order to its end.
func (c *cell) finish(first int) contract.OrderState {
	c.t.Helper()
	if s := c.now(); s.Parked != nil && s.Outcome == "" && c.asked != nil {
		require.NoError(c.t, c.ask(contract.UpdateRetryStep, contract.Decision{Reason: "Ajio has it again"}))
	}
	c.advance(first, func(s contract.OrderState) bool { return s.Outcome != "" })
	var state contract.OrderState
	require.NoError(c.t, c.temporal.GetWorkflow(c.t.Context(), c.id, "").Get(c.t.Context(), &state))
	for _, line := range state.Lines {
		require.Equal(c.t, line.Ordered, line.Live+line.CustomerCancelled+line.SellerCancelled+line.ShortPicked, "the units add up")
	}
	return state
}

// check holds what became of the order against the table.
func (c *cell) check(by order.Party, scope order.Scope, phase order.Phase) {
	c.t.Helper()
	ruling := order.Cancellation(by, scope, phase, c.model)
	first := 2
	if ruling.Allowed && scope == order.SomeUnits {
		first = 1
	}
	if !ruling.Allowed && by == order.Customer {
		c.eventually("the report raises attention", func(s contract.OrderState) bool {
			return slices.ContainsFunc(s.Notes, func(n contract.Note) bool {
				return n.Text == "Ajio reports a cancellation after the acknowledgement. "+ruling.Refusal
			})
		})
		if c.now().Parked != nil {
			c.asked = fmt.Errorf("parked, and not by the customer") // finish retries
		}
	}
	if by == order.Seller {
		require.Equal(c.t, ruling.Allowed, c.asked == nil, "%v", c.asked)
	}
	if !ruling.Allowed && by == order.Seller && c.now().Parked == nil {
		require.ErrorContains(c.t, c.asked, ruling.Refusal)
	}
	state := c.finish(first)
	c.mu.Lock()
	defer c.mu.Unlock()
	did := func(name string) bool { return slices.Contains(c.done, name) }
	require.True(c.t, did("EndOrder"), "the stock is settled")
	announced, posted := phase != order.UntilAcknowledged && phase != order.BeforePosting, phase != order.UntilAcknowledged && phase != order.BeforePosting
	switch {
	case !ruling.Allowed:
		require.Equal(c.t, order.Completed, state.Outcome, "a refusal changes nothing")
		require.Equal(c.t, 3, state.Lines[0].Live+state.Lines[1].Live)
		for _, undo := range []string{"CancelOrder", "CancelUnits", "CancelPosting", "CancelIRN", "StopOrder", "StopUnits"} {
			require.False(c.t, did(undo), undo)
		}
	case scope == order.SomeUnits:
		require.Equal(c.t, order.Completed, state.Outcome)
		require.Equal(c.t, 1, state.Lines[0].Live)
		require.Equal(c.t, by == order.Seller, state.Lines[0].SellerCancelled == 1)
		require.Equal(c.t, by == order.Customer, state.Lines[0].CustomerCancelled == 1)
		require.Equal(c.t, by == order.Seller && phase != order.UntilAcknowledged, did("CancelUnits"), "before the acknowledgement that tells Ajio")
		require.Equal(c.t, announced, did("StopUnits"))
		require.False(c.t, did("CancelPosting"), "the ERP is never told of a part")
	default:
		want := order.CancelledBySeller
		if by == order.Customer {
			want = order.CancelledByCustomer
		}
		require.Equal(c.t, want, state.Outcome)
		require.Equal(c.t, ruling.TellAjio, did("CancelOrder"))
		require.Equal(c.t, ruling.TellERP && posted, did("CancelPosting"))
		require.Equal(c.t, announced, did("StopOrder"))
		require.Equal(c.t, ruling.CancelIRN, did("CancelIRN"))
		noted := slices.ContainsFunc(state.Notes, func(n contract.Note) bool { return n.Text == order.CreditNoteStays })
		require.Equal(c.t, ruling.Note == order.CreditNoteStays, noted, "what the operator must know")
	}
}
