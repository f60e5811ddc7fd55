package postgres

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"vmsflow/internal/order"
)

// CloseReturn ends an abandoned return in our own books, in one transaction: it ends as closed, and its units go to the
// settlement list, unless they are on it for another reason. They are those of the QC; without one those that the warehouse
// reported, and of the units that Ajio expects those that it did not. Of a parcel that Ajio has not announced they are
// what was shipped. Nobody outside is told.
//
// One that had ended before and was reopened keeps its outcome: what is not on the list yet goes there, and it is over.
//
// It returns what was closed. A repeat by the same person for the same reason does nothing; another one is ErrConflict,
// and so is a return that ended otherwise or that no sweep found to be abandoned.
func (db *DB) CloseReturn(ctx context.Context, id int64, by, why string) (Return, error) {
	by, why = strings.TrimSpace(withoutNUL(by)), strings.TrimSpace(withoutNUL(why))
	if by == "" || why == "" {
		return Return{}, errors.New("close a return: say who closes it, and why")
	}
	err := db.changeReturn(ctx, "close", id, func(tx pgx.Tx, r Return) error {
		reason := endedBy(r.WorkflowStatus, why)
		switch {
		case r.ClosedBy == by && r.EndReason == reason && r.isOver():
			return nil
		case r.ClosedBy != "" && r.isOver():
			return fmt.Errorf("it was closed by %s (%s) at %s: %w", r.ClosedBy, r.EndReason, r.EndedAt.Format(time.RFC3339), ErrConflict)
		case r.isOver():
			return fmt.Errorf("it ended as %s: %w", r.Outcome, ErrConflict)
		case r.AbandonedAt == nil:
			return fmt.Errorf("no sweep has found that its workflow is gone: %w", ErrConflict)
		}
		if err := listClosed(ctx, tx, r); err != nil {
			return err
		}
		if r.Outcome != "" {
			return closeAgain(ctx, tx, r, reason+", closed by "+by)
		}
		return exec(ctx, tx, `
			UPDATE returns SET outcome = $2, ended_at = now(), end_reason = $3, closed_by = $4 WHERE id = $1`,
			id, order.ReturnClosed, reason, by)
	})
	if err != nil {
		return Return{}, err
	}
	return db.Return(ctx, id)
}

// closeAgain closes what a return was reopened for.
func closeAgain(ctx context.Context, tx pgx.Tx, r Return, reason string) error {
	return exec(ctx, tx, `
		UPDATE returns SET reopened_at = NULL, abandoned_at = NULL, workflow_status = NULL, abandoned_why = NULL,
			end_reason = concat_ws('; ', NULLIF(end_reason, ''), 'reopened: ' || $2::text)
		WHERE id = $1`, r.ID, reason)
}

// listClosed puts the units of a return on the settlement list that are not on it yet.
func listClosed(ctx context.Context, tx pgx.Tx, r Return) error {
	if r.QCAt != nil {
		if err := listLateRows(ctx, tx, r); err != nil || r.Outcome != "" && r.Outcome != order.ReturnCancelled {
			return err // a document has settled the rest, or the list has it
		}
	}
	groups, err := unsettled(ctx, tx, r)
	if err != nil {
		return err
	}
	listed, err := listedUnits(ctx, tx, r.ID)
	if err != nil {
		return err
	}
	for why, units := range listed {
		if why == order.SettleClosed { // its workflow gave the return up and went before it could end it
			return nil
		}
		for group, n := range units {
			if groups[group] -= n; groups[group] <= 0 {
				delete(groups, group)
			}
		}
	}
	return listSettlements(ctx, tx, r, groups, order.SettleClosed)
}

// listLateRows lists the units that were reported after the QC was finished.
func listLateRows(ctx context.Context, tx pgx.Tx, r Return) error {
	rows, err := reportedRows(ctx, tx, r.ID)
	if err != nil {
		return err
	}
	known, err := lateUnits(ctx, tx, r.ID)
	if err != nil {
		return err
	}
	for _, unit := range slices.Concat(r.Units, r.Surplus) {
		known = append(known, unit.UnitCode)
	}
	rows = slices.DeleteFunc(rows, func(row order.QCRow) bool { return slices.Contains(known, row.UnitCode) })
	late := order.JudgeQC(nil, rows, order.DefaultQCTable(), false).Surplus
	return listSettlements(ctx, tx, r, grouped(late, order.SettleLate), order.SettleLate)
}

// unsettled counts the units that a return is about.
func unsettled(ctx context.Context, tx pgx.Tx, r Return) (map[unitGroup]int, error) {
	if r.QCAt != nil {
		return grouped(slices.Concat(r.Units, r.Surplus), order.SettleClosed), nil
	}
	rows, err := reportedRows(ctx, tx, r.ID)
	if err != nil {
		return nil, err
	}
	lines, err := expectedLines(ctx, tx, r)
	if err != nil {
		return nil, err
	}
	// The channel's own words for a reason are not known here; the warehouse's stand beside these.
	verdict := order.JudgeQC(lines, rows, order.DefaultQCTable(), false)
	groups := grouped(slices.Concat(verdict.Units, verdict.Surplus), order.SettleClosed)
	for _, line := range lines {
		left := line.Units
		for _, unit := range verdict.Units {
			if unit.OrderItemID == line.OrderItemID && unit.ReturnItemID == line.ReturnItemID {
				left--
			}
		}
		if left > 0 {
			groups[unitGroup{OrderItemID: line.OrderItemID, ItemCode: line.ItemCode}] += left
		}
	}
	return groups, nil
}

// reportedRows reads what the warehouse said of the units of a return, the first word on each.
func reportedRows(ctx context.Context, tx pgx.Tx, id int64) ([]order.QCRow, error) {
	return many(ctx, tx, pgx.RowToStructByName[order.QCRow], `
		SELECT unit_code, item_code, pass, CASE WHEN pass THEN '' ELSE reason END AS reason
		FROM (
			SELECT DISTINCT ON (unit_code) unit_code, i.id, n, item->>'channelSkuCode' AS item_code,
				item->>'qcStatus' = 'PASS' AS pass, COALESCE(item->>'qcReason', '') AS reason
			FROM inbox i
			CROSS JOIN json_array_elements(CASE json_typeof(payload->'orderItems') WHEN 'array' THEN payload->'orderItems' END)
				WITH ORDINALITY AS items (item, n)
			CROSS JOIN LATERAL (SELECT COALESCE(NULLIF(item->>'returnItemCode', ''), item->>'itemCode')) AS named (unit_code)
			WHERE return_row = $1 AND kind = 'return-qc' AND item->>'channelSkuCode' <> '' AND unit_code <> ''
			ORDER BY unit_code, i.id, n
		) first
		ORDER BY id, n`, id)
}

// expectedLines lists the units that a return brings back: those that Ajio expects or, of an RTO that it has not announced,
// those that were shipped.
func expectedLines(ctx context.Context, tx pgx.Tx, r Return) ([]order.ReturnLine, error) {
	switch {
	case r.Expectation != nil:
		return r.Expectation.ReturnLines(), nil
	case r.Kind != order.RTO:
		return nil, nil
	}
	return many(ctx, tx, pgx.RowToStructByNameLax[order.ReturnLine], `
		SELECT order_item_id, item_code, units
		FROM order_lines l JOIN orders o USING (pob, order_id) CROSS JOIN LATERAL (
			SELECT CASE WHEN o.invoice IS NULL THEN COALESCE(l.packed, l.confirmed, 0)
				ELSE COALESCE((o.invoice->'quantities'->>l.order_item_id)::int, 0) END AS units
		) shipped
		WHERE pob = $1 AND order_id = $2 AND units > 0 ORDER BY l.position`, r.Pob, r.OrderID)
}
