package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"vmsflow/dev/simulator/world"
	"vmsflow/internal/order"
	"vmsflow/workflows/contract"
	"vmsflow/workflows/searchattr"
)

// operatorEvery is how often the operator's script runs.
const operatorEvery = 3 * time.Second

// operator plays an operator's script, with the tool that a person would use.
func (d *demo) operator(ctx context.Context, cast world.Cast) error {
	if time.Since(d.operated) < operatorEvery {
		return nil
	}
	d.operated = time.Now()
	return errors.Join(d.retryParked(ctx), d.closeReturns(ctx, cast))
}

// retryParked knows that Ajio takes on the second try what it refused on the first: every parked step is tried again.
func (d *demo) retryParked(ctx context.Context) error {
	if d.world.RefuseEvery == 0 {
		return nil
	}
	done, err := d.answer(ctx, "retry", "--all", "--yes", "--json")
	d.repaired += done
	return err
}

// closeReturns knows of which returns the ERP will never make the credit note, and gives them up once it has been posted
// them.
func (d *demo) closeReturns(ctx context.Context, cast world.Cast) error {
	for _, r := range cast.Returns {
		if r.Story.Outcome() != order.ReturnClosed {
			continue
		}
		waiting, err := d.count(ctx, contract.ReturnOrder, fmt.Sprintf(`AND WorkflowId = %q AND %s = %q AND ExecutionStatus = "Running"`,
			contract.ReturnWorkflowID(r.Pob, r.ReturnID), searchattr.OrderStage.GetName(), order.ReturnPostedToERP))
		if err != nil {
			return err
		}
		if waiting > 0 {
			done, err := d.answer(ctx, "close-return", r.ReturnID, "--why", "the ERP makes no credit note", "--yes", "--json")
			d.given += done
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// answer runs a command that answers orders and returns, and counts those that took the answer. One that did not has gone
// on meanwhile, or is asked again next time.
func (d *demo) answer(ctx context.Context, args ...string) (done int, err error) {
	printed, failed := d.stack.Starter(ctx, args...)
	var answers []struct {
		Result string `json:"result"`
	}
	if err := json.Unmarshal([]byte(printed), &answers); err != nil {
		return 0, fmt.Errorf("read the answers of starter %s: %w (%w)", args[0], err, failed)
	}
	for _, answer := range answers {
		if answer.Result == "done" {
			done++
		}
	}
	return done, nil
}

// sayOperated says what the operator's script had to do.
func (d *demo) sayOperated() {
	if d.world.RefuseEvery > 0 {
		fmt.Fprintf(d.out, "The operator's script had %d parked steps tried again (starter retry --all --yes).\n", d.repaired)
	}
	if d.given > 0 {
		fmt.Fprintf(d.out, "The operator's script gave up %d returns without a credit note (starter close-return).\n", d.given)
	}
}
