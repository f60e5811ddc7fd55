package workflows

import (
	"fmt"
	"strings"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"vmsflow/activities"
	"vmsflow/internal/increff"
	"vmsflow/workflows/contract"
	"vmsflow/workflows/searchattr"
)

// sweepActivities, as the others, is for its names only.
var sweepActivities *activities.Sweeps

// OrderSweep finds the orders and returns whose workflow went without ending them, which nobody else would miss: a terminated
// workflow compensates nothing and raises no attention. It is started by its Schedule. Its page lists what a person
// has to settle, until the next sweep; what lasts is in Postgres. A sweep that met problems fails with all of them and
// with its result in the details.
func OrderSweep(ctx workflow.Context) (contract.OrderSweepResult, error) {
	var result contract.OrderSweepResult
	err := workflow.ExecuteActivity(sweeping(ctx, "compare open orders and returns with their workflows"), sweepActivities.FindAbandoned).Get(ctx, &result)
	activities.DoneDespite(err, &result)
	workflow.SetCurrentDetails(ctx, sweepDetails(result))
	if result.Unsettled > 0 || result.AbandonedReturns > 0 {
		upsert(ctx, []temporal.SearchAttributeUpdate{searchattr.Attention.ValueSet(contract.AttentionAbandoned)})
	}
	switch {
	case err == nil:
		return result, nil
	case ctx.Err() != nil:
		return result, ctx.Err() // cancelled
	default:
		return result, temporal.NewApplicationError(err.Error(), "SweepIncomplete", result)
	}
}

// sweepDetails is the sweep's page in the Web UI.
func sweepDetails(r contract.OrderSweepResult) string {
	var page strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&page, format+"\n", args...) }
	line("%d open orders; %d newly found without a workflow, %d running again.", r.Open, r.Found, r.Withdrawn)
	if r.AbandonedReturns > 0 {
		line("\n### %d returns were left behind by their workflows", r.AbandonedReturns)
		line("`starter returns` lists them, `starter returns close` closes one and puts its units on the settlement list. To let a" +
			" return go on instead, reset its workflow.")
	}
	if r.Unsettled == 0 {
		line("\nNo order is left behind.")
		return page.String()
	}
	line("\n### %d orders were left behind by their workflows", r.Unsettled)
	line("`starter abandoned` says what to undo by hand, `starter abandoned settle` then frees the stock. To let an order go on" +
		" instead, reset its workflow.")
	line("\n| order | POB | found | workflow | left behind |")
	line("|---|---|---|---|---|")
	for _, o := range r.Orders {
		line("| %s | %s | %s | %s | %s |", cell(o.OrderID), cell(o.Pob), o.FoundAt.In(increff.IST).Format("2 Jan 15:04 IST"),
			o.WorkflowStatus, cell(o.LeftBehind))
	}
	if more := r.Unsettled - len(r.Orders); more > 0 {
		line("\nAnd %d more.", more)
	}
	return page.String()
}

// cell keeps a text from outside within its cell of a table.
func cell(text string) string { return strings.NewReplacer("|", `\|`, "\n", " ").Replace(text) }
