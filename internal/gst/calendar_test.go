package gst_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"vmsflow/internal/gst"
)

func TestTheFinancialYearStartsOnFirstAprilInIST(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		date time.Time
		want string
	}{
		{date(2020, time.January, 3), "2019-20"},
		{date(2021, time.March, 31), "2020-21"},
		{date(2021, time.April, 1), "2021-22"},
		{ist(2026, time.March, 31, 23, 59, 59), "2025-26"},
		{time.Date(2026, time.March, 31, 18, 29, 59, 0, time.UTC), "2025-26"},
		{time.Date(2026, time.March, 31, 18, 30, 0, 0, time.UTC), "2026-27"},
		{time.Date(2026, time.March, 31, 19, 0, 0, 0, time.UTC), "2026-27"},
		{ist(2026, time.April, 1, 0, 30, 0), "2026-27"},
		{time.Date(2026, time.April, 1, 0, 0, 0, 0, time.FixedZone("UTC+14", 14*3600)), "2025-26"}, // still 31 March in IST
		{date(2099, time.April, 1), "2099-00"},
	} {
		require.Equal(t, c.want, gst.FinancialYear(c.date), c.date)
	}
}
