package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"vmsflow/workflows/contract"
)

func retryCommand(t *tool) *cobra.Command {
	a := &answer{verb: "retry", update: contract.UpdateRetryStep, kinds: everyKind()}
	a.payload = a.decision
	command := &cobra.Command{
		Use:   "retry [ORDER|RETURN…]",
		Short: "Try parked steps again, after their cause was mended",
		Long: `retry has parked steps tried again: of the orders, returns and manifests that are
named, or of all that the flags select, after a look at them. Each gets the answer to
the step that it is parked at now; one that is parked elsewhere by then refuses it.

` + whatNames + `
A manifest is named by its workflow id.

"done" says that the answer was taken. What came of it: starter status.`,
		Example: `  starter retry S1725110042
  starter retry R2511240077 manifest:DV0012345:87456
  starter retry --attention erp_auth --pob DV0012345 --dry-run
  starter retry --step "post to the ERP" --yes`,
		RunE: does(func(cmd *cobra.Command, names []string) error { return t.answer(cmd.Context(), a, names) }),
	}
	a.flags(command)
	return command
}

func skipCommand(t *tool) *cobra.Command {
	a := &answer{verb: "skip", update: contract.UpdateSkipStep, kinds: everyKind(), mustSay: "who did the step by hand, and how"}
	a.payload = a.decision
	command := &cobra.Command{
		Use:   "skip [ORDER|RETURN…]",
		Short: "Go on without parked steps, because they were done by hand",
		Long: `skip lets orders, returns and manifests go on as if the step that they are parked
at had been done. Use it after doing the step by hand; --why says who did, and how. A
step whose result is needed later cannot be skipped, and the order or return says so.
The parcels of a manifest whose step is skipped try again alone.

They are named or selected by flags as for starter retry.`,
		Example: `  starter skip S1725110042 --why "entered in the ERP by hand, Meera"
  starter skip --step "stop the warehouse" --pob DV0012345 --why "stopped by phone, Ravi"`,
		RunE: does(func(cmd *cobra.Command, names []string) error { return t.answer(cmd.Context(), a, names) }),
	}
	a.flags(command)
	return command
}

// whatNames says what an argument ORDER or RETURN may be.
const whatNames = `An ORDER is an Ajio order id or the number of a purchase order, a RETURN an Ajio
return id, and each may be a workflow id, such as rto:DV0012345:S1725110042.`

// everyKind lists what has steps that can be parked.
func everyKind() []string { return []string{kindOrder, kindReturn, kindManifest} }

// decision answers the step that was parked when we looked, and no other.
func (a *answer) decision(w *work) (any, error) {
	if w.Parked == nil {
		return nil, fmt.Errorf("no step is parked, so there is nothing to decide")
	}
	return contract.Decision{Reason: a.why, Step: w.Parked.Step}, nil
}
