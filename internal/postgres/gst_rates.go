package postgres

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"vmsflow/internal/gst"
)

// Rates reads the table of tax rates, oldest first; its days are those of IST.
func (db *DB) Rates(ctx context.Context) ([]gst.RateRow, error) {
	rates, err := many(ctx, db.pool, toRateRow, `
		SELECT hsn_prefix, up_to_paise, rate, valid_from, valid_to FROM gst_rates
		ORDER BY valid_from, hsn_prefix, up_to_paise = 0, up_to_paise`)
	if err != nil {
		return nil, fmt.Errorf("read tax rates: %w", err)
	}
	return rates, nil
}

// ReplaceRates writes a new table of tax rates in place of the stored one, all of it or nothing. An empty table is
// refused, for every order would wait for a person.
func (db *DB) ReplaceRates(ctx context.Context, rates []gst.RateRow) error {
	if len(rates) == 0 {
		return errors.New("replace tax rates: no rows")
	}
	err := db.inTx(ctx, func(tx pgx.Tx) error {
		// A second caller waits; readers do not.
		if err := exec(ctx, tx, `LOCK TABLE gst_rates IN SHARE ROW EXCLUSIVE MODE`); err != nil {
			return err
		}
		if err := exec(ctx, tx, `DELETE FROM gst_rates`); err != nil {
			return err
		}
		for _, r := range rates {
			err := exec(ctx, tx, `
				INSERT INTO gst_rates (hsn_prefix, up_to_paise, rate, valid_from, valid_to)
				VALUES ($1, $2, $3, $4::date, NULLIF($5, '')::date)`,
				r.HSNPrefix, r.UpToPaise, r.Rate, dayInIST(r.ValidFrom), dayInIST(r.ValidTo))
			if err != nil {
				return fmt.Errorf("row for HSN %s up to %d paise from %s: %w", r.HSNPrefix, r.UpToPaise, dayInIST(r.ValidFrom), err)
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("replace tax rates: %w", err)
	}
	return nil
}

func toRateRow(row pgx.CollectableRow) (gst.RateRow, error) {
	var (
		r    gst.RateRow
		from time.Time
		to   *time.Time
	)
	err := row.Scan(&r.HSNPrefix, &r.UpToPaise, &r.Rate, &from, &to)
	r.ValidFrom = startOfDay(from)
	if to != nil {
		r.ValidTo = startOfDay(*to)
	}
	return r, err
}

// dayInIST writes the IST day of a moment for a date column; "" for none.
func dayInIST(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.In(gst.IST).Format(time.DateOnly)
}

// startOfDay is when the day of a date column begins in IST.
func startOfDay(date time.Time) time.Time {
	year, month, day := date.Date()
	return time.Date(year, month, day, 0, 0, 0, 0, gst.IST)
}
