package main

import (
	"cmp"
	"context"
	"encoding/csv"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"vmsflow/internal/order"
	"vmsflow/internal/postgres"
)

func cancelledCommand(t *tool) *cobra.Command {
	var from, to, pob string
	command := &cobra.Command{
		Use:   "cancelled --from DATE --to DATE",
		Short: "List for the ERP team what was cancelled after it had been posted to the ERP",
		Long: `cancelled lists the orders that the ERP had and that were taken back, by the day on
which that was decided, and what the ERP has to do about each. A credit note for such
an order is made by hand and kept in the ERP: it is not for Ajio.

DATE is a day in India, such as 2025-11-17; --to is the last day of the list. With
--output csv it is written for a spreadsheet.`,
		Example: `  starter cancelled --from 2025-11-17 --to 2025-11-23
  starter cancelled --from 2025-11-17 --to 2025-11-17 --pob DV0012345 -o csv > cancelled.csv`,
		Args:        cobra.NoArgs,
		Annotations: map[string]string{csvToo: "yes"},
		RunE: does(func(cmd *cobra.Command, _ []string) error {
			first, until, err := days(from, to)
			if err != nil {
				return exit(exitUsage, "%w", err)
			}
			return t.cancelled(cmd.Context(), first, until, pob)
		}),
	}
	command.Flags().StringVar(&from, "from", "", "the first day")
	command.Flags().StringVar(&to, "to", "", "the last day")
	command.Flags().StringVar(&pob, "pob", "", "only this POB")
	return command
}

// days returns the moments from which and until which the days of a list last, in India.
func days(from, to string) (first, until time.Time, err error) {
	if first, err = time.ParseInLocation(time.DateOnly, from, ist); err != nil {
		return first, until, fmt.Errorf("--from %q is not a day such as 2025-11-17", from)
	}
	last, err := time.ParseInLocation(time.DateOnly, to, ist)
	if err != nil {
		return first, until, fmt.Errorf("--to %q is not a day such as 2025-11-17", to)
	}
	if last.Before(first) {
		return first, until, fmt.Errorf("--to %s is before --from %s", to, from)
	}
	return first, last.AddDate(0, 0, 1), nil
}

// cancelledOrder is one line for the ERP team.
type cancelledOrder struct {
	Pob           string        `json:"pob"`
	OrderID       string        `json:"order_id"`
	PurchaseOrder string        `json:"purchase_order"`
	InvoiceNumber string        `json:"invoice_number,omitempty"`
	CancelledAt   time.Time     `json:"cancelled_at"`
	Outcome       order.Outcome `json:"outcome,omitempty"` // empty while it is being taken back
	Reason        string        `json:"reason"`
	ERPToldAt     *time.Time    `json:"erp_told_at,omitempty"` // when the ERP took OUTWARD_ORDER_CANCEL
	CreditNote    bool          `json:"credit_note"`           // one has to be made by hand, and kept
	ToDo          string        `json:"to_do"`
}

func (t *tool) cancelled(ctx context.Context, from, until time.Time, pob string) error {
	pobs, err := t.pobs(pob)
	if err != nil {
		return err
	}
	db, err := t.database(ctx)
	if err != nil {
		return err
	}
	found, err := db.CancelledAfterPosting(ctx, pobs, from, until)
	if err != nil {
		return err
	}
	list := []cancelledOrder{}
	for _, o := range found {
		list = append(list, cancelledOrder{
			Pob: o.Pob, OrderID: o.OrderID, PurchaseOrder: o.PurchaseOrder, InvoiceNumber: o.InvoiceNumber,
			CancelledAt: o.CancelledAt.In(ist), Outcome: o.Outcome, Reason: o.Reason, ERPToldAt: o.ERPToldAt,
			CreditNote: o.InvoiceNumber != "" && o.IRNCancelledAt == nil, ToDo: toDoInERP(o),
		})
	}
	if t.format == "csv" {
		return writeCancelled(t.out, list)
	}
	return t.print(list, func(w io.Writer) {
		if len(list) == 0 {
			row(w, "Nothing was cancelled after it had been posted to the ERP.")
			return
		}
		row(w, "CANCELLED", "POB", "ORDER", "PO", "INVOICE", "REASON", "THE ERP HAS TO")
		for _, o := range list {
			row(w, clock(o.CancelledAt), o.Pob, o.OrderID, o.PurchaseOrder, cmp.Or(o.InvoiceNumber, "-"), cut(o.Reason), o.ToDo)
		}
	})
}

// toDoInERP says what is left to do by hand (contracts/increff-erp.md §7.4). An ERP's invoice for a cancelled order is
// refused, so that one may exist of which we know nothing.
func toDoInERP(o postgres.CancelledOrder) string {
	do := "do nothing. If it has made an e-invoice all the same: make a credit note by hand and keep it, it is not for Ajio."
	switch {
	case o.IRNCancelledAt != nil:
		do = "do nothing: the IRN of our e-invoice was cancelled, so that it takes no credit note."
	case o.InvoiceNumber != "" && o.Model == order.RMSModel:
		do = "do nothing. The seller makes a credit note for our e-invoice and keeps it in its books: it is not for Ajio."
	case o.Model == order.RMSModel:
		do = "do nothing."
	case o.InvoiceNumber != "":
		do = "make a credit note by hand and keep it: it is not for Ajio. " +
			"Within 24 hours of the e-invoice's registration its IRN may be cancelled instead."
	}
	switch {
	case o.ERPToldAt != nil, o.Model == order.RMSModel && !o.Posted:
		return do
	case o.Abandoned:
		return "cancel it in the ERP by hand: its workflow is gone, see starter abandoned. Then: " + do
	case o.Outcome == "":
		return "wait for its cancellation, which is under way. Then: " + do
	default: // the posting was made or taken back by hand
		return "see that the order is cancelled: it took no OUTWARD_ORDER_CANCEL. Then: " + do
	}
}

func writeCancelled(out io.Writer, list []cancelledOrder) error {
	w := csv.NewWriter(out)
	lines := [][]string{{"cancelled_at", "pob", "order_id", "purchase_order", "invoice_number", "reason", "to_do"}}
	for _, o := range list {
		lines = append(lines, []string{
			o.CancelledAt.Format(time.RFC3339), o.Pob, o.OrderID, o.PurchaseOrder, o.InvoiceNumber, o.Reason, o.ToDo,
		})
	}
	return w.WriteAll(lines)
}
