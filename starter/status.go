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
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"

	"vmsflow/internal/order"
	"vmsflow/internal/postgres"
	"vmsflow/workflows/contract"
	"vmsflow/workflows/searchattr"
)

// queryTimeout is how long a worker may take to say where an order stands.
const queryTimeout = 5 * time.Second

// standing is what is known of an order and of a return alike. What could not be asked is nil and explained in Remarks.
type standing struct {
	Pob        string     `json:"pob"`
	OrderID    string     `json:"order_id,omitempty"` // of a return its forward order's
	WorkflowID string     `json:"workflow_id"`
	Workflow   *execution `json:"workflow,omitempty"` // from Temporal
	Attention  string     `json:"attention,omitempty"`
	Remarks    []string   `json:"remarks,omitempty"`
	WebUI      string     `json:"web_ui"`
}

// status is all that is known of an order.
type status struct {
	standing
	State  *contract.OrderState `json:"state,omitempty"`  // from the order's workflow, by a worker
	Record *record              `json:"record,omitempty"` // from Postgres
	// Abandoned is what its workflow left behind that went without ending it, until that is settled.
	Abandoned *postgres.AbandonedOrder `json:"abandoned,omitempty"`
	Returns   []orderReturn            `json:"returns,omitempty"`
}

// execution is what Temporal knows without a worker.
type execution struct {
	Status   string     `json:"status"`
	Started  time.Time  `json:"started"`
	Closed   *time.Time `json:"closed,omitempty"`
	Stage    string     `json:"stage,omitempty"`
	DueAt    *time.Time `json:"due_at,omitempty"`
	Retrying []retrying `json:"retrying,omitempty"`

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
		Use:   "status ORDER|RETURN",
		Short: "Say where an order or a return stands, what it waits for and what to do",
		Long: `status asks the workflow of an order or a return, Temporal and Postgres. It also
answers for those that have ended and while no worker or no database runs, and says
what is missing.

` + whatNames + `

It ends with exit code 4 when the order or return needs attention.`,
		Example: `  starter status S1725110042
  starter status 4700123456 --pob DV0012345
  starter status R2511240077
  starter status order:DV0012345:S1725110042 --json`,
		Args: named("ORDER or RETURN"),
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
	if found.kind == kindReturn {
		return t.statusOfReturn(ctx, found)
	}
	s := &status{standing: standing{Pob: found.pob, OrderID: found.orderID, WorkflowID: found.workflowID}}
	var state contract.OrderState
	answered, engineErr := t.askTemporal(ctx, &s.standing, &state)
	if answered {
		s.State = &state
	}
	switch {
	case found.row != nil:
		s.Record = recordOf(found.row)
		if err := errors.Join(t.askAbandoned(ctx, s), t.askReturns(ctx, s)); err != nil {
			return err
		}
	case found.dbErr != nil:
		s.remark("Postgres did not answer: %v", found.dbErr)
	default:
		s.remark("Postgres has no such order.")
	}
	if s.Workflow == nil && s.Record == nil {
		return unknown(found, engineErr)
	}
	s.judge()
	return t.show(s, &s.standing, s.table)
}

// unknown is the error for something that neither Temporal nor Postgres has, or could be asked for.
func unknown(found target, engineErr error) error {
	if engineErr != nil || found.dbErr != nil {
		return &exitError{code: exitUnreachable, err: errors.Join(engineErr, found.dbErr)}
	}
	return exit(exitNotFound, "neither Temporal nor Postgres has the %s", found)
}

// show prints the result; its exit code says whether a person is needed.
func (t *tool) show(result any, s *standing, rows func(io.Writer)) error {
	s.WebUI = t.webUI(s.WorkflowID)
	if err := t.print(result, rows); err != nil {
		return err
	}
	if s.Attention != "" {
		return &exitError{code: exitAttention}
	}
	return nil
}

func (s *standing) remark(format string, args ...any) {
	s.Remarks = append(s.Remarks, fmt.Sprintf(format, args...))
}

// judge decides whether a person is needed.
func (s *status) judge() {
	switch {
	case s.State != nil:
		s.Attention = attentionOf(s.State.Attention, s.State.Parked)
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

// attentionOf is what a workflow says that a person is needed for.
func attentionOf(attention string, parked *contract.Parked) string {
	if attention == "" && parked != nil {
		return parked.Reason
	}
	return attention
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

// askTemporal fills in what Temporal knows, and in state what a worker answers. The error is that of reaching Temporal,
// which stands among the remarks.
func (t *tool) askTemporal(ctx context.Context, s *standing, state any) (answered bool, _ error) {
	description, err := t.describe(ctx, s.WorkflowID)
	switch {
	case contract.IsGone(err):
		s.remark("Temporal has no such workflow: it never started, or it ended longer ago than the namespace keeps.")
		return false, nil
	case err != nil:
		s.remark("Temporal did not answer: %v", err)
		return false, err
	}
	s.Workflow = executionOf(description)
	if err := t.askState(ctx, s.WorkflowID, state); err != nil {
		s.remark("No worker answered for the workflow, so this is what Temporal and Postgres keep (%v).", err)
		return false, nil
	}
	return true, nil
}

func (t *tool) describe(ctx context.Context, workflowID string) (*workflowservice.DescribeWorkflowExecutionResponse, error) {
	engine, err := t.engine(ctx)
	if err != nil {
		return nil, err
	}
	return engine.DescribeWorkflowExecution(ctx, workflowID, "")
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
	} else {
		s.stageRows(w)
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
	s.workflowRows(w)
	if s.State != nil {
		s.lineRows(w)
		noteRows(w, s.State.Notes)
	}
	returnRows(w, s.Returns)
}

// stageRows says what Temporal keeps of what no worker told.
func (s *standing) stageRows(w io.Writer) {
	if s.Workflow != nil && s.Workflow.Stage != "" {
		row(w, "Stage", s.Workflow.Stage)
		timeRow(w, "Due", s.Workflow.DueAt)
	}
}

// workflowRows says what Temporal knows, and what is to be remarked.
func (s *standing) workflowRows(w io.Writer) {
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
}

func (s *status) stateRows(w io.Writer) {
	row(w, "Stage", s.State.Stage)
	textRow(w, "To do", s.State.Advice)
	textRow(w, "Waiting for", s.State.WaitingFor)
	timeRow(w, "Due", s.State.DueAt)
	if s.State.Parked != nil {
		parkedRows(w, s.State.Parked, s.OrderID)
		// None that is bound to be refused.
		if s.Record == nil || s.Record.mayCancel(s.State.Stage) {
			row(w, "", "starter cancel "+s.OrderID+` --why "…"`)
		}
	}
	textRow(w, "AWB", s.State.TrackingNo)
}

// parkedRows says what is parked and names the commands that answer.
func parkedRows(w io.Writer, parked *contract.Parked, name string) {
	row(w, "Parked", fmt.Sprintf("%s since %s: %s", parked.Step, clock(parked.Since), oneLine(parked.Message)))
	row(w, "Answer", "starter retry "+name)
	if parked.CanSkip {
		row(w, "", "starter skip "+name+` --why "…"`)
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
}

func noteRows(w io.Writer, notes []contract.Note) {
	if len(notes) == 0 {
		return
	}
	fmt.Fprintln(w)
	row(w, "AT", "NOTE")
	for _, note := range notes {
		row(w, clock(note.At), oneLine(note.Text))
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
