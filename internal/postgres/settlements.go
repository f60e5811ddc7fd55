package postgres

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"vmsflow/internal/order"
)

// Settlement is units of one return and line with one result, whose money is settled with Ajio by hand.
type Settlement struct {
	ID          int64                  `json:"id"`
	Pob         string                 `json:"pob"`
	OrderID     string                 `json:"order_id"`
	ReturnID    string                 `json:"return_id,omitempty"`
	Kind        order.ReturnKind       `json:"kind"`
	OrderItemID string                 `json:"order_item_id,omitempty"`
	ItemCode    string                 `json:"item_code"`
	Units       int                    `json:"units"`
	Code        order.QCCode           `json:"code,omitempty"`   // empty for units that were expected and never reported
	Reason      string                 `json:"reason,omitempty"` // Ajio's word
	Said        string                 `json:"said,omitempty"`   // the warehouse's word
	Why         order.SettlementReason `json:"why"`
	Value       *order.Paise           `json:"value,omitempty"` // with tax, by the purchase order; nil where there is none
	ListedAt    time.Time              `json:"listed_at"`
	SettledAt   *time.Time             `json:"settled_at,omitempty"`
	SettledBy   string                 `json:"settled_by,omitempty"`
	SettledWhy  string                 `json:"settled_why,omitempty"`
}

const selectSettlement = `
	SELECT s.id, r.pob, r.order_id, r.return_id, r.kind, s.order_item_id, s.item_code, s.units, s.code, s.reason, s.said, s.why, s.value,
		s.listed_at, s.settled_at, s.settled_by, s.settled_why
	FROM settlements s JOIN returns r ON r.id = s.return_row
	WHERE `

// unitGroup is what makes units one row of the list.
type unitGroup struct {
	UnitCode    string // of a late unit only
	OrderItemID string
	ItemCode    string
	Code        order.QCCode
	Reason      string
	Said        string
}

// compare orders rows by line, item and result.
func (g unitGroup) compare(other unitGroup) int {
	return cmp.Or(
		strings.Compare(g.OrderItemID, other.OrderItemID), strings.Compare(g.ItemCode, other.ItemCode),
		strings.Compare(string(g.Code), string(other.Code)), strings.Compare(g.Reason, other.Reason),
		strings.Compare(g.Said, other.Said), strings.Compare(g.UnitCode, other.UnitCode),
	)
}

// ListSettlements puts units of a return on the settlement list, with their value by the order's purchase order. Late units
// are listed one by one, as they come, each once. Any other reason lists a return once: a repeat with the same units does nothing,
// one with others is ErrConflict, and so is a unit that cannot be stored.
func (db *DB) ListSettlements(ctx context.Context, id int64, units []order.UnitResult, why order.SettlementReason) error {
	return db.changeReturn(ctx, "settlement list", id, func(tx pgx.Tx, r Return) error {
		if _, err := unitsJSON(units); err != nil {
			return err
		}
		return listSettlements(ctx, tx, r, grouped(units, why), why)
	})
}

func grouped(units []order.UnitResult, why order.SettlementReason) map[unitGroup]int {
	groups := map[unitGroup]int{}
	for _, unit := range units {
		group := unitGroup{OrderItemID: unit.OrderItemID, ItemCode: unit.ItemCode, Code: unit.Code, Reason: unit.Reason, Said: unit.Said}
		if why == order.SettleLate {
			group.UnitCode = unit.UnitCode
		}
		groups[group]++
	}
	return groups
}

func listSettlements(ctx context.Context, tx pgx.Tx, r Return, groups map[unitGroup]int, why order.SettlementReason) error {
	listed, err := listedUnits(ctx, tx, r.ID)
	switch before, again := listed[why]; {
	case err != nil || len(groups) == 0:
		return err
	case why == order.SettleLate:
	case again && !maps.Equal(before, groups):
		return fmt.Errorf("other units are listed for %s already: %w", why, ErrConflict)
	case again:
		return nil
	}
	po, err := one(ctx, tx, pgx.RowTo[*order.PurchaseOrder], `SELECT po FROM orders WHERE pob = $1 AND order_id = $2`, r.Pob, r.OrderID)
	if err != nil && !errors.Is(err, ErrNotFound) {
		return err
	}
	for _, group := range slices.SortedFunc(maps.Keys(groups), unitGroup.compare) {
		if err := exec(ctx, tx, `
			INSERT INTO settlements (return_row, why, unit_code, order_item_id, item_code, code, reason, said, units, value)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
			ON CONFLICT DO NOTHING`,
			r.ID, why, group.UnitCode, group.OrderItemID, group.ItemCode, group.Code, group.Reason, group.Said, groups[group],
			valueOf(po, group.OrderItemID, groups[group]),
		); err != nil {
			return err
		}
	}
	return nil
}

// listedUnits reads what is on the list of a return, by reason.
func listedUnits(ctx context.Context, tx pgx.Tx, id int64) (map[order.SettlementReason]map[unitGroup]int, error) {
	list, err := many(ctx, tx, pgx.RowToStructByName[Settlement], selectSettlement+`s.return_row = $1`, id)
	listed := map[order.SettlementReason]map[unitGroup]int{}
	for _, s := range list {
		if listed[s.Why] == nil {
			listed[s.Why] = map[unitGroup]int{}
		}
		listed[s.Why][unitGroup{OrderItemID: s.OrderItemID, ItemCode: s.ItemCode, Code: s.Code, Reason: s.Reason, Said: s.Said}] = s.Units
	}
	return listed, err
}

// valueOf is what units of a line cost by the purchase order; nil when the line is not in it.
func valueOf(po *order.PurchaseOrder, orderItemID string, units int) *order.Paise {
	if po == nil || po.Units()[orderItemID] == 0 {
		return nil
	}
	value := po.Value(order.Quantities{orderItemID: units})
	return &value
}

// SettlementFilter says what of the settlement list is wanted; empty fields leave everything.
type SettlementFilter struct {
	Pobs     []string // required
	All      bool     // also what is settled
	OrderID  string
	ReturnID string
}

// Settlements lists units that are settled by hand, those listed first coming first.
func (db *DB) Settlements(ctx context.Context, f SettlementFilter) ([]Settlement, error) {
	list, err := many(ctx, db.pool, pgx.RowToStructByName[Settlement], selectSettlement+`
		r.pob = ANY ($1) AND ($2 OR s.settled_at IS NULL) AND ($3 = '' OR r.order_id = $3) AND ($4 = '' OR r.return_id = $4)
		ORDER BY s.id`, f.Pobs, f.All, f.OrderID, f.ReturnID)
	if err != nil {
		return nil, fmt.Errorf("settlements: %w", err)
	}
	return list, nil
}

// LateUnits reads the codes of the units of a return that were listed because they came after the QC was finished.
func (db *DB) LateUnits(ctx context.Context, id int64) ([]string, error) {
	codes, err := lateUnits(ctx, db.pool, id)
	if err != nil {
		return nil, fmt.Errorf("late units of the return in row %d: %w", id, err)
	}
	return codes, nil
}

func lateUnits(ctx context.Context, q querier, id int64) ([]string, error) {
	return many(ctx, q, pgx.RowTo[string], `SELECT unit_code FROM settlements WHERE return_row = $1 AND why = 'late' ORDER BY id`, id)
}

// HasSettlements says whether units of a return are or were on the settlement list.
func (db *DB) HasSettlements(ctx context.Context, id int64) (bool, error) {
	has, err := one(ctx, db.pool, pgx.RowTo[bool], `SELECT EXISTS (SELECT FROM settlements WHERE return_row = $1)`, id)
	if err != nil {
		return false, fmt.Errorf("settlements of the return in row %d: %w", id, err)
	}
	return has, nil
}

// Settle records that a person settled rows of the list with Ajio, all of them or none. A repeat by the same person for
// the same reason does nothing; a row that somebody else settled, or for another reason, is ErrConflict, and an unknown
// one ErrNotFound.
func (db *DB) Settle(ctx context.Context, ids []int64, by, why string) error {
	by, why = strings.TrimSpace(withoutNUL(by)), strings.TrimSpace(withoutNUL(why))
	if by == "" || why == "" {
		return errors.New("settle: say who settles it, and why")
	}
	ids = slices.Compact(slices.Sorted(slices.Values(ids)))
	return db.inTx(ctx, func(tx pgx.Tx) error {
		list, err := many(ctx, tx, pgx.RowToStructByName[Settlement], selectSettlement+`s.id = ANY ($1) ORDER BY s.id FOR NO KEY UPDATE OF s`, ids)
		if err != nil {
			return fmt.Errorf("settle: %w", err)
		}
		known := map[int64]bool{}
		for _, s := range list {
			known[s.ID] = true
			if s.SettledAt != nil && (s.SettledBy != by || s.SettledWhy != why) {
				return fmt.Errorf("settlement %d was settled by %s (%s) at %s: %w",
					s.ID, s.SettledBy, s.SettledWhy, s.SettledAt.Format(time.RFC3339), ErrConflict)
			}
		}
		for _, id := range ids {
			if !known[id] {
				return fmt.Errorf("settlement %d: %w", id, ErrNotFound)
			}
		}
		return exec(ctx, tx, `
			UPDATE settlements SET settled_at = now(), settled_by = $2, settled_why = $3 WHERE id = ANY ($1) AND settled_at IS NULL`,
			ids, by, why)
	})
}

// SettleCredited settles the good units that were listed when an operator closed a return, because its credit note was
// sent to Ajio after all. A repeat does nothing.
func (db *DB) SettleCredited(ctx context.Context, id int64, note string) error {
	return db.changeReturn(ctx, "settlement by credit note", id, func(tx pgx.Tx, _ Return) error {
		return exec(ctx, tx, `
			UPDATE settlements SET settled_at = now(), settled_by = 'vmsflow', settled_why = $2
			WHERE return_row = $1 AND why = 'closed' AND code = 'GOOD' AND order_item_id <> '' AND settled_at IS NULL`, id, "credit note "+withoutNUL(note))
	})
}
