package postgres

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"vmsflow/internal/order"
)

// Return is the row of one return.
type Return struct {
	ID               int64
	Pob              string
	OrderID          string // of the forward order, which need not be known
	ReturnID         string // Ajio's; empty for an RTO that it has not announced
	Kind             order.ReturnKind
	Expectation      *order.Expectation // as the workflow was last told
	CreatedAt        time.Time
	StartedAt        *time.Time         // when its workflow was known to have been started
	QCAt             *time.Time         `db:"qc_at"`
	Restocked        map[string]int     // units of it that are in stock, by item code
	QCRevision       int                `db:"qc_revision"` // how often the QC was judged anew
	Units            []order.UnitResult // the QC; nil before QCAt
	Surplus          []order.UnitResult // units that are here although the return has no room for them
	CreditNoteNumber string
	// Successor says that Ajio withdrew an earlier RTO of the order, whose workflow id is not this one's.
	Successor bool
	SaidCode  string // the return id by which the warehouse reported an RTO that Ajio had not announced; may be empty
	// ReopenedAt is set while the workflow of an ended return runs again for what came afterwards, or should.
	ReopenedAt *time.Time
	// AbandonedAt is set while a workflow should run the return and none does, as the sweep found it.
	AbandonedAt    *time.Time
	WorkflowStatus string // of an abandoned one, as Temporal spells it, or WorkflowGone
	AbandonedWhy   string // what Temporal keeps of the reason; may be empty
	EndedAt        *time.Time
	Outcome        order.ReturnOutcome // empty while it is open
	EndReason      string
	ClosedBy       string // who closed an abandoned one by hand
}

const returnColumns = `r.id, r.pob, r.order_id, r.return_id, r.kind, r.expectation, r.created_at, r.started_at,
	r.qc_at, r.qc_revision, r.restocked, qc.units, qc.surplus, COALESCE(n.number, '') AS credit_note_number, r.successor, r.said_code,
	r.reopened_at, r.abandoned_at,
	COALESCE(r.workflow_status, '') AS workflow_status, COALESCE(r.abandoned_why, '') AS abandoned_why,
	r.ended_at, COALESCE(r.outcome, '') AS outcome, r.end_reason, r.closed_by`

const fromReturns = `
	FROM returns r
	LEFT JOIN credit_notes n ON n.return_row = r.id
	CROSS JOIN LATERAL (
		SELECT jsonb_agg(to_jsonb(u) ORDER BY position) FILTER (WHERE NOT surplus) AS units,
			jsonb_agg(to_jsonb(u) ORDER BY position) FILTER (WHERE surplus) AS surplus
		FROM return_units u WHERE u.return_row = r.id
	) qc
	WHERE `

const selectReturn = `SELECT ` + returnColumns + fromReturns

// fromReturnsAlone reads returns without the units of their QC, for those who look at many.
const fromReturnsAlone = `
	FROM returns r
	LEFT JOIN credit_notes n ON n.return_row = r.id
	CROSS JOIN (SELECT NULL::jsonb AS units, NULL::jsonb AS surplus) qc
	WHERE `

// EnterReturn returns the row of a return and makes it if there is none. An RTO is found by its order, also where its row
// has no return id yet, which is then entered; an RTO that was cancelled makes room for another, its successor. An RTO that
// has another return id is ErrConflict, and so is a return id of another order. A return id that stands under the other
// kind keeps its row, and so does one by which the warehouse reported an RTO that has no other: whatever Ajio calls it,
// one parcel is one return.
func (db *DB) EnterReturn(ctx context.Context, pob, orderID, returnID string, kind order.ReturnKind) (Return, error) {
	var entered Return
	err := db.inTx(ctx, func(tx pgx.Tx) error {
		// Feed and parcel may bring one return at the same moment, and there is no row yet to hold.
		if err := exec(ctx, tx, `SELECT pg_advisory_xact_lock(hashtextextended('return of ' || $1 || '/' || $2, 0))`, pob, orderID); err != nil {
			return err
		}
		var err error
		entered, err = enterReturn(ctx, tx, pob, orderID, returnID, kind)
		return err
	})
	if err != nil {
		return Return{}, fmt.Errorf("enter %s %q of order %s: %w", kind, returnID, orderID, err)
	}
	return entered, nil
}

func enterReturn(ctx context.Context, tx pgx.Tx, pob, orderID, returnID string, kind order.ReturnKind) (Return, error) {
	if returnID != "" {
		known, err := readReturn(ctx, tx, `r.pob = $1 AND r.return_id = $2`, pob, returnID)
		switch {
		case err == nil && known.OrderID != orderID:
			return Return{}, fmt.Errorf("the return is of order %s: %w", known.OrderID, ErrConflict)
		case !errors.Is(err, ErrNotFound):
			return known, err
		}
		said, err := readReturn(ctx, tx, saidRTO+` AND r.pob = $2 AND r.order_id = $3 ORDER BY r.id DESC LIMIT 1`, returnID, pob, orderID)
		switch {
		case err == nil:
			return nameReturn(ctx, tx, said.ID, returnID)
		case !errors.Is(err, ErrNotFound):
			return Return{}, err
		}
	}
	if kind == order.RTO {
		known, err := readReturn(ctx, tx, `r.pob = $1 AND r.order_id = $2 AND r.kind = 'rto' AND r.outcome IS DISTINCT FROM 'cancelled'`,
			pob, orderID)
		switch {
		case err == nil && returnID != "":
			return nameReturn(ctx, tx, known.ID, returnID)
		case !errors.Is(err, ErrNotFound):
			return known, err
		}
	}
	id, err := one(ctx, tx, pgx.RowTo[int64], `
		INSERT INTO returns (pob, order_id, return_id, kind, successor)
		VALUES ($1, $2, $3, $4, $4 = 'rto' AND EXISTS (SELECT FROM returns WHERE pob = $1 AND order_id = $2 AND kind = 'rto'))
		RETURNING id`, pob, orderID, returnID, kind)
	if violates(err, "returns_by_return_id") { // another order's caller was first
		return Return{}, fmt.Errorf("the return is of another order: %w", ErrConflict)
	}
	if err != nil {
		return Return{}, err
	}
	return readReturn(ctx, tx, `r.id = $1`, id)
}

// saidRTO finds the RTO that the warehouse reported by a return id which Ajio had not announced, while it has no other.
const saidRTO = `r.said_code = $1 AND r.said_code <> '' AND r.kind = 'rto' AND r.return_id = ''`

// nameReturn gives a return its id, if it has none.
func nameReturn(ctx context.Context, tx pgx.Tx, id int64, returnID string) (Return, error) {
	stored, err := one(ctx, tx, pgx.RowTo[string], `
		UPDATE returns SET return_id = CASE WHEN return_id = '' THEN $2 ELSE return_id END WHERE id = $1 RETURNING return_id`, id, returnID)
	switch {
	case violates(err, "returns_by_return_id"):
		return Return{}, fmt.Errorf("the id %s belongs to another return: %w", returnID, ErrConflict)
	case err != nil:
		return Return{}, err
	case stored != returnID:
		return Return{}, fmt.Errorf("the order has the RTO %s, not %s: %w", stored, returnID, ErrConflict)
	}
	return readReturn(ctx, tx, `r.id = $1`, id)
}

// MarkReturnStarted records that the workflow of a return was started; the first time stays.
func (db *DB) MarkReturnStarted(ctx context.Context, id int64) error {
	return db.changeReturn(ctx, "start", id, func(tx pgx.Tx, _ Return) error {
		return exec(ctx, tx, `UPDATE returns SET started_at = COALESCE(started_at, now()) WHERE id = $1`, id)
	})
}

// SaveExpectation records what the workflow was told of Ajio's expectation; the last one stays. A text that cannot be
// stored is ErrConflict.
func (db *DB) SaveExpectation(ctx context.Context, id int64, e order.Expectation) error {
	text, err := json.Marshal(e)
	if err != nil {
		return fmt.Errorf("return %s, expectation: %w", e.ReturnID, err)
	}
	if hasNUL(text) {
		return fmt.Errorf("return %s, expectation: a NUL character, which no database takes: %w", e.ReturnID, ErrConflict)
	}
	return db.changeReturn(ctx, "expectation", id, func(tx pgx.Tx, _ Return) error {
		return exec(ctx, tx, `UPDATE returns SET expectation = $2 WHERE id = $1`, id, json.RawMessage(text))
	})
}

// SaveReturnID enters the id that Ajio gave an RTO. Another one than before is ErrConflict, and so is one that another
// return has.
func (db *DB) SaveReturnID(ctx context.Context, id int64, returnID string) error {
	if returnID == "" {
		return fmt.Errorf("return in row %d: its id is empty", id)
	}
	return db.changeReturn(ctx, "its id at Ajio", id, func(tx pgx.Tx, _ Return) error {
		_, err := nameReturn(ctx, tx, id, returnID)
		return err
	})
}

// SaveSaidCode records by which return id the warehouse reported an RTO that Ajio had not announced; the first stays. A
// code that cannot be stored is ErrConflict.
func (db *DB) SaveSaidCode(ctx context.Context, id int64, code string) error {
	if strings.ContainsRune(code, 0) {
		return fmt.Errorf("return in row %d, said as %q: a NUL character, which no database takes: %w", id, code, ErrConflict)
	}
	return db.changeReturn(ctx, "the id that the warehouse says", id, func(tx pgx.Tx, _ Return) error {
		return exec(ctx, tx, `UPDATE returns SET said_code = $2 WHERE id = $1 AND said_code = ''`, id, code)
	})
}

// MarkReturnReopened records that the workflow of an ended return runs again for what came afterwards; the first time
// stays until EndReturn ends it once more. It is called before the workflow is started: if the caller dies in between,
// the sweep finds a return that nobody runs. Of an open return it records nothing.
func (db *DB) MarkReturnReopened(ctx context.Context, id int64) error {
	return db.changeReturn(ctx, "reopening", id, func(tx pgx.Tx, _ Return) error {
		return exec(ctx, tx, `
			UPDATE returns SET reopened_at = COALESCE(reopened_at, now()) WHERE id = $1 AND ended_at IS NOT NULL`, id)
	})
}

// Return reads one return by its row, or ErrNotFound.
func (db *DB) Return(ctx context.Context, id int64) (Return, error) {
	r, err := readReturn(ctx, db.pool, `r.id = $1`, id)
	if err != nil {
		return Return{}, fmt.Errorf("return in row %d: %w", id, err)
	}
	return r, nil
}

// FindReturn reads one return by Ajio's id, among these POBs; ErrNotFound when there is none.
func (db *DB) FindReturn(ctx context.Context, returnID string, pobs []string) (Return, error) {
	r, err := readReturn(ctx, db.pool, `r.return_id = $1 AND r.return_id <> '' AND r.pob = ANY ($2)`, returnID, pobs)
	if err != nil {
		return Return{}, fmt.Errorf("return %s: %w", returnID, err)
	}
	return r, nil
}

// ReturnsOfOrder lists the returns of an order, oldest first.
func (db *DB) ReturnsOfOrder(ctx context.Context, pob, orderID string) ([]Return, error) {
	list, err := manyReturns(ctx, db.pool, `r.pob = $1 AND r.order_id = $2 ORDER BY r.id`, pob, orderID)
	if err != nil {
		return nil, fmt.Errorf("returns of order %s: %w", orderID, err)
	}
	return list, nil
}

// KnownReturns reads those of these returns that have a row, by return id, in one query, without their units.
func (db *DB) KnownReturns(ctx context.Context, pob string, returnIDs []string) (map[string]Return, error) {
	list, err := returnsAlone(ctx, db.pool, `r.pob = $1 AND r.return_id <> '' AND r.return_id = ANY ($2)`, pob, returnIDs)
	if err != nil {
		return nil, fmt.Errorf("known returns of POB %s: %w", pob, err)
	}
	known := make(map[string]Return, len(list))
	for _, r := range list {
		known[r.ReturnID] = r
	}
	return known, nil
}

// ReturnsToAskFor lists the returns of a POB of which Ajio may have more to say, oldest first, at most limit, without their
// units: those that are not over, have a return id, and were not told yet that they are processed or withdrawn, which is
// Ajio's last word.
func (db *DB) ReturnsToAskFor(ctx context.Context, pob string, limit int) ([]Return, error) {
	list, err := returnsAlone(ctx, db.pool, `
		r.pob = $1 AND `+isRunning+` AND r.return_id <> '' AND (
			r.started_at IS NULL OR COALESCE(r.expectation->>'return_status', '') NOT IN ('RETURN_PROCESSED', 'RETURN_CANCELLED')
		) ORDER BY r.id LIMIT $2`, pob, limit)
	if err != nil {
		return nil, fmt.Errorf("returns of POB %s to ask for: %w", pob, err)
	}
	return list, nil
}

func readReturn(ctx context.Context, q querier, where string, args ...any) (Return, error) {
	return one(ctx, q, pgx.RowToStructByName[Return], selectReturn+where, args...)
}

func returnsAlone(ctx context.Context, q querier, where string, args ...any) ([]Return, error) {
	return many(ctx, q, pgx.RowToStructByName[Return], `SELECT `+returnColumns+fromReturnsAlone+where, args...)
}

func manyReturns(ctx context.Context, q querier, where string, args ...any) ([]Return, error) {
	return many(ctx, q, pgx.RowToStructByName[Return], selectReturn+where, args...)
}

// changeReturn runs change in a transaction that holds the row of one return. Its errors name what and the return; an
// unknown row is ErrNotFound. The return's row is always locked before rows of stock, and never together with an order's
// (see step).
func (db *DB) changeReturn(ctx context.Context, what string, id int64, change func(tx pgx.Tx, r Return) error) error {
	name := fmt.Sprintf("return in row %d", id)
	err := db.inTx(ctx, func(tx pgx.Tx) error {
		if _, err := one(ctx, tx, pgx.RowTo[int64], `SELECT id FROM returns WHERE id = $1 FOR NO KEY UPDATE`, id); err != nil {
			return err
		}
		r, err := readReturn(ctx, tx, `r.id = $1`, id)
		if err != nil {
			return err
		}
		name = r.Name()
		return change(tx, r)
	})
	if err != nil {
		return fmt.Errorf("%s, %s: %w", name, what, err)
	}
	return nil
}

// Name says which return it is, for people.
func (r Return) Name() string {
	if r.ReturnID == "" {
		return "RTO of order " + r.OrderID
	}
	return "return " + r.ReturnID
}
