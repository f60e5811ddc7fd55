package main

import (
	"cmp"
	"context"
	"fmt"
	"io"

	"vmsflow/internal/order"
)

// orderReturn is one of an order's returns, in short.
type orderReturn struct {
	ReturnID   string              `json:"return_id,omitempty"` // Ajio's
	WorkflowID string              `json:"workflow_id"`
	Kind       order.ReturnKind    `json:"kind"`
	Stage      string              `json:"stage,omitempty"` // of an open one, as its workflow says
	Outcome    order.ReturnOutcome `json:"outcome,omitempty"`
	Attention  string              `json:"attention,omitempty"`
}

// askReturns fills in the returns of the order, and asks those that are open where they stand.
func (t *tool) askReturns(ctx context.Context, s *status) error {
	returns, err := t.db.ReturnsOfOrder(ctx, s.Pob, s.OrderID)
	if err != nil {
		return err
	}
	asked := make([]*work, len(returns))
	var open []*work
	for i, row := range returns {
		asked[i] = workOf(workflowOf(row))
		if row.Outcome == "" && row.StartedAt != nil && t.temporal != nil {
			open = append(open, asked[i])
		}
	}
	t.lookAll(ctx, open)
	for i, row := range returns {
		s.Returns = append(s.Returns, orderReturn{
			ReturnID: row.ReturnID, WorkflowID: asked[i].WorkflowID, Kind: row.Kind, Stage: asked[i].Stage, Outcome: row.Outcome,
			Attention: asked[i].Attention,
		})
	}
	return nil
}

func returnRows(w io.Writer, returns []orderReturn) {
	if len(returns) == 0 {
		return
	}
	fmt.Fprintln(w)
	row(w, "RETURN", "KIND", "STAGE", "ATTENTION")
	for _, r := range returns {
		stage := cmp.Or(r.Stage, "-")
		if r.Outcome != "" {
			stage = string(order.ReturnEnded) + " as " + string(r.Outcome)
		}
		row(w, cmp.Or(r.ReturnID, r.WorkflowID), r.Kind, stage, cmp.Or(r.Attention, "-"))
	}
}
