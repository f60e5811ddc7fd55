package postgres

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// ListedReturn is a return as people see it in a list.
type ListedReturn struct {
	Return
	// ReportedAt is when the warehouse first said something of it, that its parcel is here or its QC; nil while it has not.
	ReportedAt *time.Time
}

// ReturnFilter says which returns are wanted; empty fields leave everything.
type ReturnFilter struct {
	Pobs    []string // required
	All     bool     // also those that are over
	OrderID string   // the forward order's
}

// Returns lists returns, those entered first coming first.
func (db *DB) Returns(ctx context.Context, f ReturnFilter) ([]ListedReturn, error) {
	list, err := many(ctx, db.pool, pgx.RowToStructByName[ListedReturn], `
		SELECT `+returnColumns+`, (
			SELECT min(received_at) FROM inbox i
			WHERE i.return_row = r.id AND i.kind IN ('return-parcel', 'return-qc')
		) AS reported_at`+fromReturns+`
			r.pob = ANY ($1) AND ($2 OR `+isRunning+`) AND ($3 = '' OR r.order_id = $3)
		ORDER BY r.id`, f.Pobs, f.All, f.OrderID)
	if err != nil {
		return nil, fmt.Errorf("returns: %w", err)
	}
	return list, nil
}
