package main

import (
	"cmp"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"vmsflow/internal/postgres"
)

func settlementsCommand(t *tool) *cobra.Command {
	var filter postgres.SettlementFilter
	var pob string
	command := &cobra.Command{
		Use:   "settlements",
		Short: "List the returned units whose money is settled with Ajio by hand",
		Long: `settlements lists returned units for which no credit note and no invoice of Ajio
moves the money, oldest first: people settle them with Ajio. WHY is one of

  qc            the unit is bad or missing
  surplus       it came back although the return has no room for it
  not_shipped   its order was never shipped by vmsflow
  cancelled     it is here although Ajio withdrew the return
  closed        an operator gave the return up
  late          it was reported after the QC was finished
  not_invoiced  it is good, but its order was completed without an invoice to credit

VALUE is what the units cost by the purchase order, with tax; without one it is
empty. With --output csv the list is written for a spreadsheet.`,
		Example: `  starter settlements
  starter settlements --pob DV0012345 --all -o csv > settlements.csv
  starter settlements --return R2511240077
  starter settlements settle 17 18 --why "Ajio's debit note 4711" --by Meena`,
		Args:        cobra.NoArgs,
		Annotations: map[string]string{csvToo: "yes"},
		RunE: does(func(cmd *cobra.Command, _ []string) error {
			return t.listSettlements(cmd.Context(), pob, filter)
		}),
	}
	command.Flags().BoolVar(&filter.All, "all", false, "also what is settled")
	command.Flags().StringVar(&filter.OrderID, "order", "", "only the returns of this order")
	command.Flags().StringVar(&filter.ReturnID, "return", "", "only this return, by Ajio's id")
	command.Flags().StringVar(&pob, "pob", "", "only this POB")
	command.AddCommand(settleUnitsCommand(t))
	return command
}

func settleUnitsCommand(t *tool) *cobra.Command {
	var why, by string
	command := &cobra.Command{
		Use:   "settle ID...",
		Short: "Take units off the list that were settled with Ajio",
		Long: `settle records that units were settled with Ajio. ID is the number in the first
column of starter settlements; several are settled together or not at all. What is
settled stays in starter settlements --all, with its reason.`,
		Example: `  starter settlements settle 17 18 --why "Ajio's debit note 4711" --by Meena`,
		Args:    cobra.MinimumNArgs(1),
		RunE: does(func(cmd *cobra.Command, args []string) error {
			return t.settleUnits(cmd.Context(), args, by, why)
		}),
	}
	command.Flags().StringVar(&why, "why", "", "how it was settled; no personal data")
	command.Flags().StringVar(&by, "by", "", "who settles it")
	return command
}

func (t *tool) listSettlements(ctx context.Context, pob string, filter postgres.SettlementFilter) error {
	var err error
	if filter.Pobs, err = t.pobs(pob); err != nil {
		return err
	}
	db, err := t.database(ctx)
	if err != nil {
		return err
	}
	list, err := db.Settlements(ctx, filter)
	if err != nil {
		return err
	}
	if t.format == "csv" {
		return writeSettlements(t.out, list)
	}
	if list == nil {
		list = []postgres.Settlement{}
	}
	return t.print(list, func(w io.Writer) {
		if len(list) == 0 {
			row(w, "Nothing has to be settled by hand.")
			return
		}
		settlementRows(w, list)
	})
}

func settlementRows(w io.Writer, list []postgres.Settlement) {
	row(w, "ID", "POB", "ORDER", "RETURN", "KIND", "ITEM", "UNITS", "CODE", "REASON", "WAREHOUSE SAYS", "WHY", "VALUE ₹", "LISTED", "SETTLED")
	for _, s := range list {
		settled := "-"
		if s.SettledAt != nil {
			settled = fmt.Sprintf("%s by %s: %s", clock(*s.SettledAt), oneLine(s.SettledBy), cut(s.SettledWhy))
		}
		row(w, s.ID, s.Pob, s.OrderID, cmp.Or(s.ReturnID, "-"), s.Kind, s.ItemCode, s.Units, cmp.Or(s.Code, "-"), cmp.Or(s.Reason, "-"),
			cmp.Or(oneLine(s.Said), "-"), s.Why, cmp.Or(rupees(s), "-"), clock(s.ListedAt), settled)
	}
}

// rupees is the value of units; empty where no purchase order tells it.
func rupees(s postgres.Settlement) string {
	if s.Value == nil {
		return ""
	}
	return s.Value.String()
}

func writeSettlements(out io.Writer, list []postgres.Settlement) error {
	lines := [][]string{{
		"id", "pob", "order_id", "return_id", "kind", "item_code", "units", "code", "reason", "said", "why", "value_rupees", "listed_at",
		"settled_at", "settled_by", "settled_why",
	}}
	for _, s := range list {
		lines = append(lines, []string{
			strconv.FormatInt(s.ID, 10), s.Pob, s.OrderID, s.ReturnID, string(s.Kind), s.ItemCode, strconv.Itoa(s.Units), string(s.Code),
			s.Reason, s.Said, string(s.Why), rupees(s), stamp(&s.ListedAt), stamp(s.SettledAt), s.SettledBy, s.SettledWhy,
		})
	}
	return csv.NewWriter(out).WriteAll(lines)
}

// stamp writes a time for a spreadsheet; nil is empty.
func stamp(at *time.Time) string {
	if at == nil {
		return ""
	}
	return at.In(ist).Format(time.RFC3339)
}

// settledUnits is what was taken off the list.
type settledUnits struct {
	IDs []int64 `json:"ids"`
	By  string  `json:"by"`
	Why string  `json:"why"`
}

func (t *tool) settleUnits(ctx context.Context, names []string, by, why string) error {
	done := settledUnits{By: strings.TrimSpace(by), Why: strings.TrimSpace(why)}
	if done.Why == "" || done.By == "" {
		return exit(exitUsage, `say in --why how the units were settled, and in --by who settles them`)
	}
	for _, name := range names {
		id, err := rowNumber(name, "starter settlements")
		if err != nil {
			return err
		}
		done.IDs = append(done.IDs, id)
	}
	db, err := t.database(ctx)
	if err != nil {
		return err
	}
	err = db.Settle(ctx, done.IDs, done.By, done.Why)
	switch {
	case errors.Is(err, postgres.ErrNotFound):
		return exit(exitNotFound, "nothing was settled: %w", err)
	case err != nil:
		return exit(exitFailed, "nothing was settled: %w", err)
	}
	return t.print(done, func(w io.Writer) { row(w, "Settled: "+strings.Join(names, ", ")+".") })
}

// rowNumber reads the number that stands in the first column of what a command lists.
func rowNumber(name, command string) (int64, error) {
	id, err := strconv.ParseInt(name, 10, 64)
	if err != nil || id < 1 {
		return 0, exit(exitUsage, "%q is not the number of a row of %s", name, command)
	}
	return id, nil
}
