package gst

import (
	"fmt"
	"time"
)

// IST is Indian Standard Time, in which the law counts days and years. It has no daylight saving.
var IST = time.FixedZone("IST", 19800)

// FinancialYear returns the financial year of a day, "2025-26", which starts on 1 April in IST
// (contracts/gst-einvoice.md §2, verified).
func FinancialYear(date time.Time) string {
	start := financialYearStart(date)
	return fmt.Sprintf("%04d-%02d", start, (start+1)%100)
}

// financialYearStart returns the calendar year in which the financial year of a day begins.
func financialYearStart(date time.Time) int {
	day := date.In(IST)
	if day.Month() < time.April {
		return day.Year() - 1
	}
	return day.Year()
}

// dayOf returns the start of the IST day of a moment.
func dayOf(t time.Time) time.Time {
	year, month, day := t.In(IST).Date()
	return istDay(year, month, day)
}

func istDay(year int, month time.Month, day int) time.Time {
	return time.Date(year, month, day, 0, 0, 0, 0, IST)
}
