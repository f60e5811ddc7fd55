package main

import (
	"cmp"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"vmsflow/internal/order"
	"vmsflow/internal/postgres"
	"vmsflow/workflows/contract"
)

func returnsCommand(t *tool) *cobra.Command {
	var filter postgres.ReturnFilter
	var pob string
	command := &cobra.Command{
		Use:   "returns",
		Short: "List the returns that are open or reopened, and close those whose workflow is gone",
		Long: `returns lists what comes back, customers' returns and parcels that return to their
origin, by what Postgres knows of each: what Ajio expects, what the warehouse has
reported, and the credit note. A return that is abandoned was left by its workflow,
which was terminated, failed or was deleted; the sweep that finds abandoned orders
finds them, too. With --output csv the list is written for a spreadsheet.

To let an abandoned return go on, reset its workflow in the Web UI; to give it up:
starter returns close.`,
		Example: `  starter returns
  starter returns --order S1725110042 --all
  starter returns --pob DV0012345 -o csv > returns.csv
  starter returns close 17 --why "sent back to the customer" --by Meena`,
		Args:        cobra.NoArgs,
		Annotations: map[string]string{csvToo: "yes"},
		RunE: does(func(cmd *cobra.Command, _ []string) error {
			return t.listReturns(cmd.Context(), pob, filter)
		}),
	}
	command.Flags().BoolVar(&filter.All, "all", false, "also those that are over")
	command.Flags().StringVar(&filter.OrderID, "order", "", "only those of this order")
	command.Flags().StringVar(&pob, "pob", "", "only this POB")
	command.AddCommand(closeAbandonedReturnCommand(t))
	return command
}

func closeAbandonedReturnCommand(t *tool) *cobra.Command {
	var why, by string
	command := &cobra.Command{
		Use:   "close ID",
		Short: "End an abandoned return in our own books and list its units for settlement",
		Long: `close ends a return whose workflow is gone, in Postgres only: Ajio, the ERP and the
warehouse are not told. Its units go to the list of starter settlements: those of
the QC, or else what the warehouse reported and what Ajio expects besides, or else
what was shipped. Good units of a QC that was not entered do not come back to stock:
see in the warehouse what arrived, then starter stock load. A return that had ended
before and was reopened keeps its outcome; only what is not on the list yet goes
there.

ID is the number in the first column of starter returns. A return whose workflow
runs is refused: that is what starter close-return is for.`,
		Example: `  starter returns close 17 --why "sent back to the customer" --by Meena`,
		Args:    named("ID"),
		RunE: does(func(cmd *cobra.Command, args []string) error {
			return t.closeReturn(cmd.Context(), args[0], by, why)
		}),
	}
	command.Flags().StringVar(&why, "why", "", "what becomes of it, for its record; no personal data")
	command.Flags().StringVar(&by, "by", "", "who closes it")
	return command
}

// returnLine is what the books know of one return.
type returnLine struct {
	ID            int64               `json:"id"`
	Pob           string              `json:"pob"`
	OrderID       string              `json:"order_id"`
	ReturnID      string              `json:"return_id,omitempty"`
	Kind          order.ReturnKind    `json:"kind"`
	AjioStatus    order.ReturnStatus  `json:"ajio_status,omitempty"`    // empty while Ajio has announced nothing
	Expected      int                 `json:"expected_units,omitempty"` // by Ajio
	ReportedAt    *time.Time          `json:"reported_at,omitempty"`    // when the warehouse first said something of it
	QCAt          *time.Time          `json:"qc_at,omitempty"`
	Good          int                 `json:"good,omitempty"`
	Bad           int                 `json:"bad,omitempty"`
	Missing       int                 `json:"missing,omitempty"`
	Surplus       int                 `json:"surplus,omitempty"`
	CreditNote    string              `json:"credit_note_number,omitempty"`
	AbandonedAt   *time.Time          `json:"abandoned_at,omitempty"` // when a sweep found that its workflow is gone
	WorkflowState string              `json:"workflow_status,omitempty"`
	AbandonedWhy  string              `json:"abandoned_why,omitempty"`
	Outcome       order.ReturnOutcome `json:"outcome,omitempty"`
	EndedAt       *time.Time          `json:"ended_at,omitempty"`
	ReopenedAt    *time.Time          `json:"reopened_at,omitempty"` // while it runs again, or should, for what came after its end
	EndReason     string              `json:"end_reason,omitempty"`
	ClosedBy      string              `json:"closed_by,omitempty"`
}

func newReturnLine(r postgres.ListedReturn) returnLine {
	line := returnLine{
		ID: r.ID, Pob: r.Pob, OrderID: r.OrderID, ReturnID: r.ReturnID, Kind: r.Kind, ReportedAt: r.ReportedAt, QCAt: r.QCAt,
		CreditNote: r.CreditNoteNumber, AbandonedAt: r.AbandonedAt, WorkflowState: r.WorkflowStatus, AbandonedWhy: r.AbandonedWhy,
		Outcome: r.Outcome, EndedAt: r.EndedAt, ReopenedAt: r.ReopenedAt, EndReason: r.EndReason, ClosedBy: r.ClosedBy, Surplus: len(r.Surplus),
	}
	if r.Expectation != nil {
		line.AjioStatus, line.Expected = r.Expectation.Status, r.Expectation.Units().Total()
	}
	for _, unit := range r.Units {
		switch unit.Code {
		case order.Good:
			line.Good++
		case order.Bad:
			line.Bad++
		case order.Missing:
			line.Missing++
		}
	}
	return line
}

// expected says what Ajio announced.
func (l returnLine) expected() string {
	switch {
	case l.AjioStatus == "":
		return "not announced"
	case l.Expected == 1:
		return fmt.Sprintf("1 unit, %s", l.AjioStatus)
	default:
		return fmt.Sprintf("%d units, %s", l.Expected, l.AjioStatus)
	}
}

// warehouse says what the warehouse reported.
func (l returnLine) warehouse() string {
	switch {
	case l.QCAt != nil:
		counts := fmt.Sprintf("%d good, %d bad, %d missing", l.Good, l.Bad, l.Missing)
		if l.Surplus > 0 {
			counts += fmt.Sprintf(", %d too many", l.Surplus)
		}
		return counts
	case l.ReportedAt != nil:
		return "reported " + clock(*l.ReportedAt)
	default:
		return "-"
	}
}

// standing says whether it is open, or how it ended.
func (l returnLine) standing() string {
	switch {
	case l.AbandonedAt != nil && (l.Outcome == "" || l.ReopenedAt != nil):
		return strings.TrimSuffix(fmt.Sprintf("abandoned, its workflow is %s: %s", strings.ToLower(l.WorkflowState), cut(l.AbandonedWhy)), ": ")
	case l.ReopenedAt != nil:
		return fmt.Sprintf("%s, reopened %s", l.Outcome, clock(*l.ReopenedAt))
	case l.ClosedBy != "":
		return fmt.Sprintf("%s by %s: %s", l.Outcome, oneLine(l.ClosedBy), cut(l.EndReason))
	case l.Outcome != "" && l.EndReason != "":
		return fmt.Sprintf("%s: %s", l.Outcome, cut(l.EndReason))
	case l.Outcome != "":
		return string(l.Outcome)
	default:
		return "open"
	}
}

func (t *tool) listReturns(ctx context.Context, pob string, filter postgres.ReturnFilter) error {
	var err error
	if filter.Pobs, err = t.pobs(pob); err != nil {
		return err
	}
	db, err := t.database(ctx)
	if err != nil {
		return err
	}
	found, err := db.Returns(ctx, filter)
	if err != nil {
		return err
	}
	list := []returnLine{}
	for _, r := range found {
		list = append(list, newReturnLine(r))
	}
	if t.format == "csv" {
		return writeReturns(t.out, list)
	}
	return t.print(list, func(w io.Writer) {
		if len(list) == 0 {
			row(w, "No return is open.")
			return
		}
		row(w, "ID", "POB", "ORDER", "RETURN", "KIND", "AJIO EXPECTS", "WAREHOUSE", "CREDIT NOTE", "STANDING")
		for _, l := range list {
			row(w, l.ID, l.Pob, l.OrderID, cmp.Or(l.ReturnID, "-"), l.Kind, l.expected(), l.warehouse(), cmp.Or(l.CreditNote, "-"), l.standing())
		}
	})
}

func writeReturns(out io.Writer, list []returnLine) error {
	lines := [][]string{{
		"id", "pob", "order_id", "return_id", "kind", "ajio_status", "expected_units", "reported_at", "qc_at", "good", "bad", "missing", "surplus",
		"credit_note_number", "abandoned_at", "workflow_status", "outcome", "ended_at", "end_reason", "closed_by",
	}}
	for _, l := range list {
		lines = append(lines, []string{
			strconv.FormatInt(l.ID, 10), l.Pob, l.OrderID, l.ReturnID, string(l.Kind), string(l.AjioStatus), strconv.Itoa(l.Expected),
			stamp(l.ReportedAt), stamp(l.QCAt), strconv.Itoa(l.Good), strconv.Itoa(l.Bad), strconv.Itoa(l.Missing), strconv.Itoa(l.Surplus),
			l.CreditNote, stamp(l.AbandonedAt), l.WorkflowState, string(l.Outcome), stamp(l.EndedAt), l.EndReason, l.ClosedBy,
		})
	}
	return csv.NewWriter(out).WriteAll(lines)
}

func (t *tool) closeReturn(ctx context.Context, name, by, why string) error {
	by, why = strings.TrimSpace(by), strings.TrimSpace(why)
	if why == "" || by == "" {
		return exit(exitUsage, `say in --why what becomes of the return, and in --by who closes it`)
	}
	id, err := rowNumber(name, "starter returns")
	if err != nil {
		return err
	}
	pobs, err := t.pobs("")
	if err != nil {
		return err
	}
	db, err := t.database(ctx)
	if err != nil {
		return err
	}
	r, err := db.Return(ctx, id)
	switch {
	case errors.Is(err, postgres.ErrNotFound), err == nil && !slices.Contains(pobs, r.Pob):
		return exit(exitNotFound, "Postgres has no return with the number %d", id)
	case err != nil:
		return err
	}
	if err := t.refuseToClose(ctx, r); err != nil {
		return err
	}
	closed, err := db.CloseReturn(ctx, id, by, why)
	if err != nil {
		return err
	}
	return t.print(newReturnLine(postgres.ListedReturn{Return: closed}), func(w io.Writer) {
		fmt.Fprintf(w, "The %s at %s is closed. Nobody outside was told.\n", closed.Name(), closed.Pob)
		fmt.Fprintf(w, "starter settlements --order %s lists what has to be settled with Ajio.\n", closed.OrderID)
	})
}

// refuseToClose keeps a return from being closed under a workflow that goes on with it, or that nobody has missed yet.
func (t *tool) refuseToClose(ctx context.Context, r postgres.Return) error {
	if r.Outcome != "" && r.ReopenedAt == nil {
		return nil // the books know what to say
	}
	runs, err := t.runs(ctx, workflowOf(r))
	switch {
	case err != nil:
		return err
	case runs:
		return exit(exitFailed, "the workflow of %s at %s runs, so nothing was closed; starter close-return gives it up", r.Name(), r.Pob)
	case r.AbandonedAt == nil:
		return exit(exitNotFound, "no sweep has found %s at %s yet: trigger the Schedule %s in the Web UI, then see starter returns",
			r.Name(), r.Pob, contract.OrderSweepWorkflowID)
	}
	return nil
}
