package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"vmsflow/internal/order"
	"vmsflow/internal/postgres"
	"vmsflow/workflows/contract"
)

// returnStatus is all that is known of a return.
type returnStatus struct {
	standing
	ReturnID    string                `json:"return_id,omitempty"` // Ajio's
	State       *contract.ReturnState `json:"state,omitempty"`     // from the return's workflow, by a worker
	Record      *returnRecord         `json:"record,omitempty"`    // from Postgres
	Settlements []postgres.Settlement `json:"settlements,omitempty"`
}

// returnRecord is what Postgres knows.
type returnRecord struct {
	ID               int64               `json:"id"` // as starter returns has it
	Kind             order.ReturnKind    `json:"kind"`
	EnteredAt        time.Time           `json:"entered_at"`
	StartedAt        *time.Time          `json:"started_at,omitempty"`
	QCAt             *time.Time          `json:"qc_at,omitempty"`
	CreditNoteNumber string              `json:"credit_note_number,omitempty"`
	AbandonedAt      *time.Time          `json:"abandoned_at,omitempty"`
	WorkflowStatus   string              `json:"workflow_status,omitempty"` // of an abandoned one
	Outcome          order.ReturnOutcome `json:"outcome,omitempty"`
	EndedAt          *time.Time          `json:"ended_at,omitempty"`
	ReopenedAt       *time.Time          `json:"reopened_at,omitempty"` // while it runs again, or should, for what came after its end
	EndReason        string              `json:"end_reason,omitempty"`
	ClosedBy         string              `json:"closed_by,omitempty"`
}

func (t *tool) statusOfReturn(ctx context.Context, found target) error {
	s := &returnStatus{
		standing: standing{Pob: found.pob, OrderID: found.orderID, WorkflowID: found.workflowID}, ReturnID: found.returnID,
	}
	engineErr := t.askReturn(ctx, s)
	switch {
	case found.returned != nil:
		s.Record = returnRecordOf(found.returned)
		if err := t.askSettlements(ctx, s); err != nil {
			return err
		}
	case found.dbErr != nil:
		s.remark("Postgres did not answer: %v", found.dbErr)
	default:
		s.remark("Postgres has no such return.")
	}
	if s.Workflow == nil && s.Record == nil {
		return unknown(found, engineErr)
	}
	s.judge()
	return t.show(s, &s.standing, s.table)
}

// askReturn asks Temporal and the workflow.
func (t *tool) askReturn(ctx context.Context, s *returnStatus) error {
	var state contract.ReturnState
	answered, err := t.askTemporal(ctx, &s.standing, &state)
	if answered {
		s.State = &state
		s.OrderID, s.ReturnID = cmp.Or(s.OrderID, state.OrderID), cmp.Or(s.ReturnID, state.ReturnID)
	}
	return err
}

// askSettlements fills in what of the return stands on the settlement list.
func (t *tool) askSettlements(ctx context.Context, s *returnStatus) error {
	list, err := t.db.Settlements(ctx, postgres.SettlementFilter{Pobs: []string{s.Pob}, All: true, OrderID: s.OrderID, ReturnID: s.ReturnID})
	s.Settlements = slices.DeleteFunc(list, func(l postgres.Settlement) bool { return l.ReturnID != s.ReturnID })
	return err
}

func returnRecordOf(row *postgres.Return) *returnRecord {
	return &returnRecord{
		ID: row.ID, Kind: row.Kind, EnteredAt: row.CreatedAt, StartedAt: row.StartedAt, QCAt: row.QCAt, CreditNoteNumber: row.CreditNoteNumber,
		AbandonedAt: row.AbandonedAt, WorkflowStatus: row.WorkflowStatus, Outcome: row.Outcome, EndedAt: row.EndedAt,
		ReopenedAt: row.ReopenedAt, EndReason: row.EndReason, ClosedBy: row.ClosedBy,
	}
}

// judge decides whether a person is needed.
func (s *returnStatus) judge() {
	switch {
	case s.State != nil:
		s.Attention = attentionOf(s.State.Attention, s.State.Parked)
	case s.Workflow != nil:
		s.Attention = s.Workflow.attention
	}
	gone := s.workflowGone()
	if gone == "" {
		return
	}
	s.Attention = "the workflow is " + strings.ToLower(gone) + ", the return is not"
	if s.Record.AbandonedAt == nil {
		s.remark("Within the hour a sweep finds that; trigger the Schedule %s in the Web UI to have it at once.", contract.OrderSweepWorkflowID)
	}
	s.remark("To give the return up, once the sweep has found it: starter returns close %d. Its units go to the settlement list.", s.Record.ID)
	if s.Workflow != nil {
		s.remark("To let the return go on instead, reset its workflow in the Web UI.")
	}
}

// workflowGone says how the workflow of a return that is not over went; empty if nothing speaks for that.
func (s *returnStatus) workflowGone() string {
	switch {
	case s.Record == nil || s.Record.ReopenedAt == nil && (s.Record.Outcome != "" || s.Record.StartedAt == nil):
		return ""
	case s.Workflow == nil:
		return s.Record.WorkflowStatus
	case s.Workflow.open:
		return ""
	default:
		return s.Workflow.Status
	}
}

// name is what the commands take.
func (s *returnStatus) name() string { return cmp.Or(s.ReturnID, s.WorkflowID) }

// table writes what is there, the most important first.
func (s *returnStatus) table(w io.Writer) {
	row(w, "Return", cmp.Or(s.ReturnID, "that Ajio has not announced,")+" at "+s.Pob)
	textRow(w, "Order", s.OrderID)
	textRow(w, "ATTENTION", s.Attention)
	if s.State != nil {
		s.stateRows(w)
	} else {
		s.stageRows(w)
	}
	if s.Record != nil {
		s.Record.rows(w, s.State == nil)
	}
	s.workflowRows(w)
	if s.State != nil {
		s.lineRows(w)
		noteRows(w, s.State.Notes)
	}
	if len(s.Settlements) > 0 {
		fmt.Fprintf(w, "\nOn the settlement list:\n")
		settlementRows(w, s.Settlements)
	}
}

func (s *returnStatus) stateRows(w io.Writer) {
	state := s.State
	row(w, "Kind", state.Kind)
	row(w, "Stage", state.Stage)
	textRow(w, "To do", state.Advice)
	textRow(w, "Waiting for", state.WaitingFor)
	timeRow(w, "Due", state.DueAt)
	if state.Parked != nil {
		parkedRows(w, state.Parked, s.name())
		if state.Outcome == "" {
			row(w, "", "starter close-return "+s.name()+` --why "…"`)
		}
	}
	textRow(w, "At Ajio", string(state.AjioStatus))
	textRow(w, "AWB", state.TrackingNo)
	textRow(w, "Settled by", string(state.SettlementModel))
	textRow(w, "Settlement", state.Settlement)
	textRow(w, "Credit note", state.CreditNoteNo)
	if state.CreditNoteBy != nil && state.CreditNoteNo == "" && state.Outcome == "" {
		row(w, "Credit note by", state.CreditNoteBy.In(ist).Format(time.DateOnly)+", the last day of the law")
	}
}

// rows says what Postgres knows; alone, also what the workflow would have said.
func (r returnRecord) rows(w io.Writer, alone bool) {
	if alone {
		row(w, "Kind", r.Kind)
		textRow(w, "Credit note", r.CreditNoteNumber)
	}
	row(w, "Entered", clock(r.EnteredAt))
	timeRow(w, "QC", r.QCAt)
	timeRow(w, "Found abandoned", r.AbandonedAt)
	if r.Outcome != "" {
		row(w, "Outcome", strings.TrimSuffix(string(r.Outcome)+": "+r.EndReason, ": "))
	}
	timeRow(w, "Ended", r.EndedAt)
	timeRow(w, "Reopened", r.ReopenedAt)
	textRow(w, "Closed by", r.ClosedBy)
}

func (s *returnStatus) lineRows(w io.Writer) {
	fmt.Fprintln(w)
	row(w, "LINE", "ITEM", "EXPECTED", "GOOD", "BAD", "MISSING")
	for _, l := range s.State.Lines {
		row(w, l.OrderItemID, l.ItemCode, l.Expected, l.Good, l.Bad, l.Missing)
	}
}
