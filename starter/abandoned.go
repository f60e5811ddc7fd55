package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"vmsflow/internal/order"
	"vmsflow/internal/postgres"
	"vmsflow/workflows/contract"
)

func abandonedCommand(t *tool) *cobra.Command {
	var pob string
	command := &cobra.Command{
		Use:   "abandoned",
		Short: "List the orders whose workflow was terminated, and what it left behind",
		Long: `abandoned lists the orders whose workflow went without ending them, because it
was terminated, failed or was deleted. Temporal compensates nothing then: stock
stays reserved, and Ajio, the warehouse and the ERP are not told. A sweep finds
them every hour; the Schedule ` + contract.OrderSweepWorkflowID + ` can be triggered in the Web UI to have
it at once.

For each order it says what must be undone by hand, in which system, in which
order. When that is done: starter abandoned settle. To let an order go on instead,
reset its workflow in the Web UI; the next sweep then takes it off the list.`,
		Example: `  starter abandoned
  starter abandoned --pob DV0012345 --json
  starter abandoned settle S1725110042 --why "cancelled at Ajio, picking stopped" --by Meena`,
		Args: cobra.NoArgs,
		RunE: does(func(cmd *cobra.Command, _ []string) error { return t.listAbandoned(cmd.Context(), pob) }),
	}
	command.Flags().StringVar(&pob, "pob", "", "only this POB")
	command.AddCommand(settleCommand(t))
	return command
}

func settleCommand(t *tool) *cobra.Command {
	var pob, why, by string
	command := &cobra.Command{
		Use:   "settle ORDER",
		Short: "Free an abandoned order's stock and end it in our own books",
		Long: `settle frees the stock of an order whose workflow is gone and ends the order in
Postgres, as cancelled by the seller. The units of an order that is in a manifest
have left the house: it ends as completed, and they leave the stock.

Nobody outside is told. First do by hand what starter abandoned says of the order:
stop the warehouse, cancel the order at Ajio and in the ERP, cancel the IRN while
it can be. ORDER is an Ajio order id, the number of a purchase order or a workflow
id. An order whose workflow runs is refused.`,
		Example: `  starter abandoned settle S1725110042 --why "cancelled at Ajio, picking stopped" --by Meena`,
		Args:    named("ORDER"),
		RunE: does(func(cmd *cobra.Command, args []string) error {
			return t.settle(cmd.Context(), args[0], pob, why, by)
		}),
	}
	command.Flags().StringVar(&why, "why", "", "what was done by hand, for the order's record; no personal data")
	command.Flags().StringVar(&by, "by", "", "who settles it")
	command.Flags().StringVar(&pob, "pob", "", "look at this POB only")
	return command
}

func (t *tool) listAbandoned(ctx context.Context, pob string) error {
	pobs, err := t.pobs(pob)
	if err != nil {
		return err
	}
	db, err := t.database(ctx)
	if err != nil {
		return err
	}
	list, err := db.Abandoned(ctx, pobs)
	if err != nil {
		return err
	}
	if list == nil {
		list = []postgres.AbandonedOrder{}
	}
	return t.print(list, func(w io.Writer) {
		row(w, "POB", "ORDER", "FOUND", "WORKFLOW", "LEFT BEHIND, AND TO DO BY HAND")
		for _, o := range list {
			row(w, o.Pob, o.OrderID, clock(o.FoundAt), o.WorkflowStatus, o.LeftBehind)
			for _, task := range o.LeftBehind.ByHand {
				row(w, "", "", "", "", "- "+task.String())
			}
		}
	})
}

// settled is what became of an order.
type settled struct {
	postgres.AbandonedOrder
	Outcome order.Outcome `json:"outcome"`
}

func (t *tool) settle(ctx context.Context, name, pob, why, by string) error {
	why, by = strings.TrimSpace(why), strings.TrimSpace(by)
	if why == "" || by == "" {
		return exit(exitUsage, `say in --why what was done by hand, and in --by who settles the order`)
	}
	db, err := t.database(ctx)
	if err != nil {
		return err
	}
	found, err := t.find(ctx, name, pob)
	if err != nil {
		return err
	}
	if found.kind == kindReturn {
		return exit(exitUsage, "%s is no order: starter close-return gives it up while its workflow runs, starter returns close when that is gone", found)
	}
	if err := t.refuseRunning(ctx, found); err != nil {
		return err
	}
	var s settled
	s.AbandonedOrder, s.Outcome, err = db.SettleAbandoned(ctx, found.pob, found.orderID, by, why)
	switch {
	case errors.Is(err, postgres.ErrNotFound):
		return notAbandoned(found)
	case err != nil:
		return err
	}
	return t.print(s, s.table)
}

// refuseRunning keeps an order from being ended under a workflow that goes on with it.
func (t *tool) refuseRunning(ctx context.Context, found target) error {
	runs, err := t.runs(ctx, found.workflowID)
	if err != nil || !runs {
		return err
	}
	return exit(exitFailed, "the workflow of %s runs, so nothing was settled; to cancel the order send its workflow the update %s",
		found, contract.UpdateCancelOrder)
}

// runs reports whether a workflow can still go on.
func (t *tool) runs(ctx context.Context, workflowID string) (bool, error) {
	description, err := t.describe(ctx, workflowID)
	if contract.IsGone(err) {
		return false, nil
	}
	return contract.IsOpen(description.GetWorkflowExecutionInfo().GetStatus()), err
}

func notAbandoned(found target) error {
	switch {
	case found.row == nil:
		return exit(exitNotFound, "Postgres has no %s", found)
	case found.row.Outcome != "":
		return exit(exitNotFound, "%s was not abandoned: it ended as %s", found, found.row.Outcome)
	default:
		return exit(exitNotFound, "no sweep has found %s yet: trigger the Schedule %s in the Web UI, then see starter abandoned for what to undo",
			found, contract.OrderSweepWorkflowID)
	}
}

func (s settled) table(w io.Writer) {
	fmt.Fprintf(w, "Order %s at %s is settled as %s. Nobody outside was told.\n", s.OrderID, s.Pob, s.Outcome)
	if len(s.LeftBehind.ByHand) > 0 {
		fmt.Fprintln(w, "This must have been done by hand:")
	}
	for _, task := range s.LeftBehind.ByHand {
		fmt.Fprintf(w, "- %s\n", task)
	}
}
