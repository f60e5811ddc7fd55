package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strings"
	"time"

	"github.com/spf13/cobra"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"

	"vmsflow/internal/order"
	"vmsflow/internal/postgres"
	"vmsflow/workflows/contract"
	"vmsflow/workflows/searchattr"
)

// queryTimeout is how long a worker may take to say where an order stands.
const queryTimeout = 5 * time.Second

// status is all that is known of an order. What could not be asked is nil and explained in Remarks.
type status struct {
	Pob        string               `json:"pob"`
	OrderID    string               `json:"order_id"`
	WorkflowID string               `json:"workflow_id"`
	Workflow   *execution           `json:"workflow,omitempty"` // from Temporal
	State      *contract.OrderState `json:"state,omitempty"`    // from the order's workflow, by a worker
	Record     *record              `json:"record,omitempty"`   // from Postgres
	// Abandoned is what its workflow left behind that went without ending it, until that is settled.
	Abandoned *postgres.AbandonedOrder `json:"abandoned,omitempty"`
	Attention string                   `json:"attention,omitempty"`
	Remarks   []string                 `json:"remarks,omitempty"`
	WebUI     string                   `json:"web_ui"`
}

// execution is what Temporal knows without a worker.
type execution struct {
	Status   string      `json:"status"`
	Started  time.Time   `json:"started"`
	Closed   *time.Time  `json:"closed,omitempty"`
	Stage    order.Stage `json:"stage,omitempty"`
	DueAt    *time.Time  `json:"due_at,omitempty"`
	Retrying []retrying  `json:"retrying,omitempty"`

	attention string
	open      bool
}

// retrying is an activity that has failed at least once and is tried again.
type retrying struct {
	Activity string `json:"activity"`
	Attempt  int32  `json:"attempt"`
	Failure  string `json:"failure"`
}

// record is what Postgres knows.
type record struct {
	Model          order.InvoicingModel `json:"model"`
	OrderTime      time.Time            `json:"order_time"`
	AcknowledgedAt *time.Time           `json:"acknowledged_at,omitempty"`
	PurchaseOrder  string               `json:"purchase_order,omitempty"`
	PostedAt       *time.Time           `json:"posted_at,omitempty"`
	InvoiceNumber  string               `json:"invoice_number,omitempty"`
	ReleasedAt     *time.Time           `json:"released_at,omitempty"`
	PackedAt       *time.Time           `json:"packed_at,omitempty"`
	ManifestID     string               `json:"manifest_id,omitempty"`
	EndingAt       *time.Time           `json:"ending_at,omitempty"`
	Outcome        order.Outcome        `json:"outcome,omitempty"`
	EndedAt        *time.Time           `json:"ended_at,omitempty"`
	EndReason      string               `json:"end_reason,omitempty"`
}

func statusCommand(t *tool) *cobra.Command {
	var pob string
	command := &cobra.Command{
		Use:   "status ORDER",
		Short: "Say where an order stands, what it waits for and what to do",
		Long: `status asks the order's workflow, Temporal and Postgres. ORDER is an Ajio order
id, the number of a purchase order or a workflow id. It also answers for orders
that have ended and while no worker or no database runs, and says what is missing.

It ends with exit code 4 when the order needs attention.`,
		Example: `  starter status S1725110042
  starter status 4700123456 --pob DV0012345
  starter status order:DV0012345:S1725110042 --json`,
		Args: named("ORDER"),
		RunE: does(func(cmd *cobra.Command, args []string) error { return t.status(cmd.Context(), args[0], pob) }),
	}
	command.Flags().StringVar(&pob, "pob", "", "look at this POB only")
	return command
}

func (t *tool) status(ctx context.Context, name, pob string) error {
	found, err := t.find(ctx, name, pob)
	if err != nil {
		return err
	}
	s := status{Pob: found.pob, OrderID: found.orderID, WorkflowID: found.workflowID()}
	engineErr := t.askTemporal(ctx, &s)
	if engineErr != nil {
		s.remark("Temporal did not answer: %v", engineErr)
	}
	switch {
	case found.row != nil:
		s.Record = recordOf(found.row)
		if err := t.askAbandoned(ctx, &s); err != nil {
			return err
		}
	case found.dbErr != nil:
		s.remark("Postgres did not answer: %v", found.dbErr)
	default:
		s.remark("Postgres has no such order.")
	}
	switch {
	case s.Workflow == nil && s.Record == nil && (engineErr != nil || found.dbErr != nil):
		return &exitError{code: exitUnreachable, err: errors.Join(engineErr, found.dbErr)}
	case s.Workflow == nil && s.Record == nil:
		return exit(exitNotFound, "neither Temporal nor Postgres has the order %s", name)
	}
	s.judge()
	s.WebUI = t.webUI(s.WorkflowID)
	if err := t.print(s, s.table); err != nil {
		return err
	}
	if s.Attention != "" {
		return &exitError{code: exitAttention}
	}
	return nil
}

func (s *status) remark(format string, args ...any) {
	s.Remarks = append(s.Remarks, fmt.Sprintf(format, args...))
}

// judge decides whether a person is needed.
func (s *status) judge() {
	switch {
	case s.State != nil:
		s.Attention = s.State.Attention
		if s.Attention == "" && s.State.Parked != nil {
			s.Attention = s.State.Parked.Reason
		}
	case s.Workflow != nil:
		s.Attention = s.Workflow.attention
	}
	if gone := s.workflowGone(); gone != "" {
		s.Attention = "the workflow is " + strings.ToLower(gone) + ", the order is not"
		s.adviseAbandoned()
	}
	if s.Abandoned != nil && s.Workflow != nil && s.Workflow.open {
		s.remark("Its workflow was found to be %s but runs again. The gateway answers that the order is cancelled until the next "+
			"sweep; trigger the Schedule %s in the Web UI.", strings.ToLower(s.Abandoned.WorkflowStatus), contract.OrderSweepWorkflowID)
	}
}

// workflowGone says how the workflow of an order that is open went; empty if nothing speaks for that.
func (s *status) workflowGone() string {
	switch {
	case s.Record != nil && s.Record.Outcome != "", s.Workflow != nil && s.Workflow.open:
		return ""
	case s.Workflow != nil && (s.Record != nil || s.Workflow.Status != enumspb.WORKFLOW_EXECUTION_STATUS_COMPLETED.String()):
		return s.Workflow.Status
	case s.Workflow == nil && s.Abandoned != nil:
		return s.Abandoned.WorkflowStatus
	default:
		return ""
	}
}

// adviseAbandoned says what to do about an order whose workflow is gone.
func (s *status) adviseAbandoned() {
	if s.Abandoned == nil {
		s.remark("Nothing was compensated. Within the hour a sweep says here what to undo by hand; trigger the Schedule %s in the Web UI "+
			"to have it at once.", contract.OrderSweepWorkflowID)
	} else {
		s.remark("Nothing was compensated. To give the order up, do by hand what is named here, then starter abandoned settle %s.", s.OrderID)
	}
	if s.Workflow != nil {
		s.remark("To let the order go on instead, reset its workflow in the Web UI.")
	}
}

// askAbandoned fills in what the sweep found of the order and nobody has settled.
func (t *tool) askAbandoned(ctx context.Context, s *status) error {
	found, err := t.db.FindAbandoned(ctx, s.Pob, s.OrderID)
	switch {
	case errors.Is(err, postgres.ErrNotFound):
		return nil
	case err != nil:
		return err
	case found.SettledAt == nil:
		s.Abandoned = &found
	}
	return nil
}

// askTemporal fills in what Temporal and, through it, a worker know. The error is that of reaching Temporal.
func (t *tool) askTemporal(ctx context.Context, s *status) error {
	engine, err := t.engine(ctx)
	if err != nil {
		return err
	}
	description, err := engine.DescribeWorkflowExecution(ctx, s.WorkflowID, "")
	var unknown *serviceerror.NotFound
	switch {
	case errors.As(err, &unknown):
		s.remark("Temporal has no such workflow: it never started, or it ended longer ago than the namespace keeps.")
		return nil
	case err != nil:
		return err
	}
	s.Workflow = executionOf(description)
	state, err := t.askState(ctx, s.WorkflowID)
	if err != nil {
		s.remark("No worker answered for the workflow, so this is what Temporal and Postgres keep (%v).", err)
		return nil
	}
	s.State = &state
	return nil
}

func executionOf(description *workflowservice.DescribeWorkflowExecutionResponse) *execution {
	info := description.GetWorkflowExecutionInfo()
	e := &execution{Status: info.GetStatus().String(), Started: info.GetStartTime().AsTime(), open: contract.IsOpen(info.GetStatus())}
	if info.GetCloseTime() != nil {
		closed := info.GetCloseTime().AsTime()
		e.Closed = &closed
	}
	readAttribute(info.GetSearchAttributes(), searchattr.OrderStage.GetName(), &e.Stage)
	readAttribute(info.GetSearchAttributes(), searchattr.Attention.GetName(), &e.attention)
	readAttribute(info.GetSearchAttributes(), searchattr.DueAt.GetName(), &e.DueAt)
	for _, activity := range description.GetPendingActivities() {
		if activity.GetLastFailure() != nil {
			e.Retrying = append(e.Retrying, retrying{
				activity.GetActivityType().GetName(), activity.GetAttempt(), activity.GetLastFailure().GetMessage(),
			})
		}
	}
	return e
}

func recordOf(row *postgres.Order) *record {
	r := &record{
		Model: row.Model, OrderTime: row.Order.OrderTime, AcknowledgedAt: row.AcknowledgedAt, PostedAt: row.PostedAt,
		ReleasedAt: row.ReleasedAt, PackedAt: row.PackedAt, ManifestID: row.ManifestID,
		EndingAt: row.EndingAt, Outcome: row.Outcome, EndedAt: row.EndedAt, EndReason: row.EndReason,
	}
	if row.PO != nil {
		r.PurchaseOrder = row.PO.Number
	}
	if row.Invoice != nil {
		r.InvoiceNumber = row.Invoice.Number
	}
	return r
}

// webUI is the page of a workflow.
func (t *tool) webUI(workflowID string) string {
	return strings.TrimRight(t.program.WebUI, "/") + "/namespaces/" + url.PathEscape(cmp.Or(t.namespace, client.DefaultNamespace)) +
		"/workflows/" + url.PathEscape(workflowID)
}

// table writes what is there, the most important first.
func (s *status) table(w io.Writer) {
	row(w, "Order", s.OrderID+" at "+s.Pob)
	if s.Attention != "" {
		row(w, "ATTENTION", s.Attention)
	}
	if s.State != nil {
		s.stateRows(w)
	} else if s.Workflow != nil && s.Workflow.Stage != "" {
		row(w, "Stage", s.Workflow.Stage)
		timeRow(w, "Due", s.Workflow.DueAt)
	}
	if s.Record != nil {
		s.Record.rows(w)
	}
	if s.Abandoned != nil {
		row(w, "Left behind", s.Abandoned.LeftBehind)
		for _, task := range s.Abandoned.LeftBehind.ByHand {
			row(w, "By hand", task)
		}
	}
	if s.Workflow != nil {
		row(w, "Workflow", s.Workflow.Status+" since "+clock(s.Workflow.Started))
		timeRow(w, "Closed", s.Workflow.Closed)
		for _, a := range s.Workflow.Retrying {
			row(w, "Retrying", fmt.Sprintf("%s, attempt %d: %s", a.Activity, a.Attempt, a.Failure))
		}
	}
	row(w, "Web UI", s.WebUI)
	for _, remark := range s.Remarks {
		row(w, "Remark", remark)
	}
	if s.State != nil {
		s.lineRows(w)
	}
}

func (s *status) stateRows(w io.Writer) {
	row(w, "Stage", s.State.Stage)
	textRow(w, "Waiting for", s.State.WaitingFor)
	timeRow(w, "Due", s.State.DueAt)
	if parked := s.State.Parked; parked != nil {
		row(w, "Parked", fmt.Sprintf("%s since %s: %s", parked.Step, clock(parked.Since), oneLine(parked.Message)))
		s.answerRows(w, parked)
	}
	textRow(w, "AWB", s.State.TrackingNo)
}

// answerRows names the commands that answer a parked step, but none that is bound to be refused.
func (s *status) answerRows(w io.Writer, parked *contract.Parked) {
	row(w, "Answer", "starter retry "+s.OrderID)
	if parked.CanSkip {
		row(w, "", "starter skip "+s.OrderID+` --why "…"`)
	}
	if s.Record == nil || s.Record.mayCancel(s.State.Stage) {
		row(w, "", "starter cancel "+s.OrderID+` --why "…"`)
	}
}

// mayCancel reports whether the seller can cancel the order as a whole in this stage.
func (r record) mayCancel(stage order.Stage) bool {
	return r.EndingAt == nil && order.Cancellation(order.Seller, order.WholeOrder, order.PhaseOf(stage, r.Model), r.Model).Allowed
}

func (s *status) lineRows(w io.Writer) {
	fmt.Fprintln(w)
	row(w, "LINE", "ITEM", "ORDERED", "CUSTOMER CANCELLED", "SELLER CANCELLED", "SHORT", "LIVE")
	for _, l := range s.State.Lines {
		row(w, l.OrderItemID, l.ItemCode, l.Ordered, l.CustomerCancelled, l.SellerCancelled, l.ShortPicked, l.Live)
	}
	if len(s.State.Notes) > 0 {
		fmt.Fprintln(w)
		row(w, "AT", "NOTE")
		for _, note := range s.State.Notes {
			row(w, clock(note.At), oneLine(note.Text))
		}
	}
}

func (r record) rows(w io.Writer) {
	row(w, "Model", r.Model)
	row(w, "Ordered", clock(r.OrderTime))
	timeRow(w, "Acknowledged", r.AcknowledgedAt)
	textRow(w, "Purchase order", r.PurchaseOrder)
	timeRow(w, "Posted to ERP", r.PostedAt)
	textRow(w, "Invoice", r.InvoiceNumber)
	timeRow(w, "Released", r.ReleasedAt)
	timeRow(w, "Packed", r.PackedAt)
	textRow(w, "Manifest", r.ManifestID)
	timeRow(w, "Ending since", r.EndingAt)
	if r.Outcome != "" {
		row(w, "Outcome", strings.TrimSuffix(string(r.Outcome)+": "+r.EndReason, ": "))
	}
	timeRow(w, "Ended", r.EndedAt)
}

func textRow(w io.Writer, name, text string) {
	if text != "" {
		row(w, name, text)
	}
}

func timeRow(w io.Writer, name string, at *time.Time) {
	if at != nil {
		row(w, name, clock(*at))
	}
}

var ist = time.FixedZone("IST", 5*3600+1800)

// clock writes a time as operators read it.
func clock(at time.Time) string { return at.In(ist).Format("2006-01-02 15:04:05 MST") }
