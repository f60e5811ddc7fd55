package postgres

import (
	"context"
	"errors"
	"time"

	"vmsflow/internal/order"
)

var errNotBuilt = errors.New("not built yet")

// Return is the row of one return.
type Return struct {
	ID               int64
	Pob              string
	OrderID          string // of the forward order, which need not be known
	ReturnID         string // Ajio's; empty for an RTO that it has not announced
	Kind             order.ReturnKind
	Expectation      *order.Expectation // as the workflow was last told
	StartedAt        *time.Time         // when its workflow was known to have been started
	QCAt             *time.Time
	Units            []order.UnitResult // the QC; nil before QCAt
	CreditNoteNumber string
	EndedAt          *time.Time
	Outcome          order.ReturnOutcome // empty while it is open
}

// EnterReturn returns the row of a return and makes it if there is none. An RTO is found by its order, also where its row
// has no return id yet, which is then entered; an RTO that was cancelled makes room for another. An RTO that has another
// return id is ErrConflict. A return id that stands under the other kind keeps its row.
func (db *DB) EnterReturn(ctx context.Context, pob, orderID, returnID string, kind order.ReturnKind) (Return, error) {
	return Return{}, errNotBuilt
}

// MarkReturnStarted records that the workflow of a return was started.
func (db *DB) MarkReturnStarted(ctx context.Context, id int64) error { return errNotBuilt }

// SaveExpectation records what the workflow was told of Ajio's expectation.
func (db *DB) SaveExpectation(ctx context.Context, id int64, e order.Expectation) error {
	return errNotBuilt
}

// SaveReturnID enters the id that Ajio gave an RTO. Another one than before is ErrConflict.
func (db *DB) SaveReturnID(ctx context.Context, id int64, returnID string) error { return errNotBuilt }

// Return reads one return by its row.
func (db *DB) Return(ctx context.Context, id int64) (Return, error) { return Return{}, errNotBuilt }

// FindReturn reads one return by Ajio's id, among these POBs; ErrNotFound when there is none.
func (db *DB) FindReturn(ctx context.Context, returnID string, pobs []string) (Return, error) {
	return Return{}, errNotBuilt
}

// ReturnsOfOrder lists the returns of an order, oldest first.
func (db *DB) ReturnsOfOrder(ctx context.Context, pob, orderID string) ([]Return, error) {
	return nil, errNotBuilt
}

// KnownReturns reads those of these returns that have a row, by return id, in one query.
func (db *DB) KnownReturns(ctx context.Context, pob string, returnIDs []string) (map[string]Return, error) {
	return nil, errNotBuilt
}

// OpenReturns lists the returns of a POB that have not ended and have a return id, oldest first, at most limit.
func (db *DB) OpenReturns(ctx context.Context, pob string, limit int) ([]Return, error) {
	return nil, errNotBuilt
}
