package inbox

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"vmsflow/internal/increff"
	"vmsflow/internal/order"
	"vmsflow/internal/postgres"
	"vmsflow/workflows/contract"
)

// toEnded lets an ended return run again, if it takes the message yet. What it does not take it has had, or has no use for:
// a workflow that was started for it would find nothing to do.
func (d Deliverer) toEnded(ctx context.Context, m postgres.Message, r postgres.Return, in contract.ReturnInput) error {
	takes, err := d.takesYet(ctx, m, r)
	if err != nil || !takes {
		return err
	}
	if err := d.DB.MarkReturnReopened(ctx, r.ID); err != nil {
		return err
	}
	if err := contract.SignalReturn(ctx, d.Temporal, in, m.Kind, json.RawMessage(m.Payload)); err != nil {
		return err
	}
	// Its first start may have been by somebody who died before the row said so.
	return d.DB.MarkReturnStarted(ctx, r.ID)
}

// takesYet says what an ended return takes: a credit note while it has none, the parcel of a return that Ajio withdrew
// before it came, and units that its QC does not have, which somebody settles by hand.
func (d Deliverer) takesYet(ctx context.Context, m postgres.Message, r postgres.Return) (bool, error) {
	withdrawn := r.Outcome == order.ReturnCancelled && r.QCAt == nil
	switch m.Kind {
	case contract.SignalCreditNote:
		return r.CreditNoteNumber == "", nil
	case contract.SignalReturnParcel:
		return withdrawn, nil
	case contract.SignalReturnQC:
		late, err := d.DB.LateUnits(ctx, r.ID)
		if err != nil {
			return false, err
		}
		isNews, err := hasNewUnits(m, r, late)
		return withdrawn || isNews, err
	default:
		return false, nil
	}
}

// hasNewUnits says whether a message names units that are neither in the return's QC nor came late.
func hasNewUnits(m postgres.Message, r postgres.Return, late []string) (bool, error) {
	var report increff.ReturnProcessed
	if err := json.Unmarshal(m.Payload, &report); err != nil {
		return false, fmt.Errorf("inbox row %d: %w", m.ID, err)
	}
	known := slices.Concat(r.Units, r.Surplus)
	return slices.ContainsFunc(report.OrderItems, func(item increff.ReturnedItem) bool {
		row, err := contract.QCRow(item)
		return err == nil && !slices.Contains(late, row.UnitCode) && !slices.ContainsFunc(known, func(unit order.UnitResult) bool { return unit.UnitCode == row.UnitCode })
	}), nil
}
