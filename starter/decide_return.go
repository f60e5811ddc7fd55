package main

import (
	"errors"

	"github.com/spf13/cobra"

	"vmsflow/workflows/contract"
)

func generateRTOCommand(t *tool) *cobra.Command {
	return returnCommand(t, contract.UpdateGenerateRTO, "why the RTO is generated before the grace is over", &cobra.Command{
		Use:   "generate-rto [RETURN…]",
		Short: "Ask Ajio for the return of parcels that came back unannounced, now",
		Long: `generate-rto ends the grace in which Ajio may still announce a parcel that has come
back: the return is raised at Ajio, with its QC, as soon as that is done. The return
refuses it when Ajio has announced it, and when it is no RTO.

` + howReturnsAreChosen,
		Example: `  starter generate-rto rto:DV0012345:S1725110042 --why "Ajio asks for it, ticket 4711"`,
	})
}

func finishQCCommand(t *tool) *cobra.Command {
	return returnCommand(t, contract.UpdateFinishQC, "why no more units will be reported", &cobra.Command{
		Use:   "finish-qc [RETURN…]",
		Short: "Take the units of returns that the warehouse did not name for missing",
		Long: `finish-qc ends the wait for the warehouse's QC: Ajio is told that the units that
nobody named are missing, and they go to the settlement list. Of a parcel that is
lost, that is all of them. A unit that is reported later changes nothing any more.

` + howReturnsAreChosen,
		Example: `  starter finish-qc R2511240077 --why "the parcel is lost, says the courier"
  starter finish-qc --attention parcel_overdue --pob DV0012345 --why "lost" --dry-run`,
	})
}

func closeReturnCommand(t *tool) *cobra.Command {
	return returnCommand(t, contract.UpdateCloseReturn, "why the return is given up", &cobra.Command{
		Use:   "close-return [RETURN…]",
		Short: "Give returns up; their units go to the settlement list",
		Long: `close-return ends returns before their last step. Ajio and the ERP hear nothing more
of them from here; the units that no document has settled go to the settlement list,
and people settle them with Ajio.

` + howReturnsAreChosen,
		Example: `  starter close-return R2511240077 --why "settled by mail with Ajio, ticket 4711"
  starter close-return --attention credit_note_lapsed --why "commercial note, Meera" --dry-run`,
	})
}

const howReturnsAreChosen = `A RETURN is an Ajio return id or a workflow id, such as rto:DV0012345:S1725110042.
Returns are named or selected by flags as for starter retry; they need not be parked.
"done" says that the return accepted. What came of it: starter status.`

// returnCommand completes a command that asks returns for something, which is named after the update.
func returnCommand(t *tool, update, mustSay string, command *cobra.Command) *cobra.Command {
	a := &answer{verb: update, update: update, kinds: []string{kindReturn}, mustSay: mustSay}
	a.payload = a.request
	command.RunE = does(func(cmd *cobra.Command, names []string) error { return t.answer(cmd.Context(), a, names) })
	a.flags(command)
	command.Flags().BoolVar(&a.filter.parked, "parked", false, "only what is parked at a step")
	return command
}

// request is what a return is asked, parked or not.
func (a *answer) request(w *work) (any, error) {
	if w.Kind != kindReturn {
		return nil, errors.New("it is no return; starter status names the returns of an order")
	}
	return contract.Decision{Reason: a.why}, nil
}
