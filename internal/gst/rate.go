package gst

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// RateRow is one row of the table of rates: goods whose HSN code begins with the prefix bear the rate on the days from
// ValidFrom to ValidTo, both included, up to a price per unit (contracts/gst-einvoice.md §9).
type RateRow struct {
	HSNPrefix string
	UpToPaise int64 // highest taxable value of one unit, included; 0 means no bound
	Rate      Rate
	ValidFrom time.Time
	ValidTo   time.Time // zero means open
}

// ErrNoRate says that no row decides the rate. The order waits for a person, who adds a row and retries
// (contracts/gst-einvoice.md §9, assumed).
var ErrNoRate = errors.New("no rate of tax is known")

// DefaultRates returns the rows that a new installation starts with (contracts/gst-einvoice.md §9): apparel (61, 62)
// and footwear (64) since 22 September 2025, apparel before. Footwear of before is left out, since its sources
// differ [assumed]. That the earlier apparel rows hold since GST began is inferred.
func DefaultRates() []RateRow {
	var (
		gstBegan = istDay(2017, time.July, 1)
		lastDay  = istDay(2025, time.September, 21)
		reform   = istDay(2025, time.September, 22)
		rows     []RateRow
	)
	for _, apparel := range []string{"61", "62"} {
		rows = append(rows,
			RateRow{HSNPrefix: apparel, UpToPaise: 1_000_00, Rate: 500, ValidFrom: gstBegan, ValidTo: lastDay},
			RateRow{HSNPrefix: apparel, Rate: 1200, ValidFrom: gstBegan, ValidTo: lastDay})
	}
	for _, chapter := range []string{"61", "62", "64"} {
		rows = append(rows,
			RateRow{HSNPrefix: chapter, UpToPaise: 2_500_00, Rate: 500, ValidFrom: reform},
			RateRow{HSNPrefix: chapter, Rate: 1800, ValidFrom: reform})
	}
	return rows
}

// RateFor returns the rate of goods on the date of their invoice; a credit note uses the date of the original supply
// (contracts/gst-einvoice.md §9, inferred, as is that the taxable value of one unit decides).
//
// Among the rows of that day the longest prefix wins, then the lowest price bound that holds the unit. When the
// longest prefix has no row for the price, or two with different rates, the answer is ErrNoRate: a shorter prefix is
// no substitute for a row that somebody forgot [assumed].
func RateFor(rows []RateRow, hsn string, unitValuePaise int64, date time.Time) (Rate, error) {
	prefix := longestPrefix(rows, hsn, date)
	var found []RateRow
	for _, row := range rows {
		if row.HSNPrefix != prefix || !row.validOn(date) || !row.holds(unitValuePaise) {
			continue
		}
		switch {
		case len(found) == 0 || row.tighterThan(found[0]):
			found = []RateRow{row}
		case !found[0].tighterThan(row) && row.Rate != found[0].Rate:
			found = append(found, row)
		}
	}
	what := fmt.Sprintf("HSN %s at %s a unit on %s", hsn, rupees(unitValuePaise), date.In(IST).Format(time.DateOnly))
	switch {
	case prefix == "" || len(found) == 0:
		return 0, fmt.Errorf("%w for %s: add a row", ErrNoRate, what)
	case len(found) > 1:
		return 0, fmt.Errorf("%w for %s: rows of %s %% and %s %% both hold, end one of them", ErrNoRate, what, found[0].Rate, found[1].Rate)
	}
	return found[0].Rate, nil
}

// longestPrefix returns the longest prefix of the code that has a row on this day; empty when none has.
func longestPrefix(rows []RateRow, hsn string, date time.Time) string {
	longest := ""
	for _, row := range rows {
		if len(row.HSNPrefix) > len(longest) && strings.HasPrefix(hsn, row.HSNPrefix) && row.validOn(date) {
			longest = row.HSNPrefix
		}
	}
	return longest
}

func (r RateRow) validOn(date time.Time) bool {
	day := dayOf(date)
	return !day.Before(dayOf(r.ValidFrom)) && (r.ValidTo.IsZero() || !day.After(dayOf(r.ValidTo)))
}

func (r RateRow) holds(unitValuePaise int64) bool {
	return r.UpToPaise == 0 || unitValuePaise <= r.UpToPaise
}

// tighterThan says whether the row has the lower price bound.
func (r RateRow) tighterThan(other RateRow) bool {
	return r.UpToPaise != 0 && (other.UpToPaise == 0 || r.UpToPaise < other.UpToPaise)
}
