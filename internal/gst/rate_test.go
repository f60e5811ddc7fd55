package gst_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"vmsflow/internal/gst"
)

func TestApparelAndFootwearBearTheirRatesOfTheDay(t *testing.T) {
	t.Parallel()
	var (
		lastDay = ist(2025, time.September, 21, 23, 59, 59)
		reform  = date(2025, time.September, 22)
	)
	for _, c := range []struct {
		name  string
		hsn   string
		price int64
		date  time.Time
		want  gst.Rate
	}{
		{"the story's shirt", "62052000", 950_00, date(2025, time.November, 17), 500},
		{"the story's polo", "61091000", 1_200_00, date(2025, time.November, 17), 500},
		{"up to ₹2,500", "62052000", 2_500_00, reform, 500},
		{"a paisa above", "62052000", 2_500_01, reform, 1800},
		{"knitted, above", "6109", 2_500_01, reform, 1800},
		{"footwear up to the bound", "640399", 2_500_00, reform, 500},
		{"footwear above", "640399", 2_500_01, reform, 1800},
		{"before, up to ₹1,000", "62052000", 1_000_00, lastDay, 500},
		{"before, above", "62052000", 1_000_01, lastDay, 1200},
		{"the reform begins at midnight in IST", "62052000", 1_200_00, time.Date(2025, time.September, 21, 18, 30, 0, 0, time.UTC), 500},
		{"and not before", "62052000", 1_200_00, time.Date(2025, time.September, 21, 18, 29, 59, 0, time.UTC), 1200},
		{"the first day of GST", "61091000", 1, date(2017, time.July, 1), 500},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			rate, err := gst.RateFor(gst.DefaultRates(), c.hsn, c.price, c.date)
			require.NoError(t, err)
			require.Equal(t, c.want, rate)
		})
	}
}

func TestWithoutARowThereIsNoRate(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		hsn  string
		date time.Time
	}{
		{"a bag", "42022210", date(2025, time.November, 17)},
		{"footwear of before, where sources differ", "640399", date(2025, time.September, 21)},
		{"apparel before GST", "62052000", date(2017, time.June, 30)},
		{"no code", "", date(2025, time.November, 17)},
		{"a code shorter than the prefix", "6", date(2025, time.November, 17)},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			_, err := gst.RateFor(gst.DefaultRates(), c.hsn, 1_000_00, c.date)
			require.ErrorIs(t, err, gst.ErrNoRate)
		})
	}
}

func TestTheLongestPrefixThenTheLowestBoundDecidesTheRate(t *testing.T) {
	t.Parallel()
	since, until := date(2025, time.January, 1), date(2025, time.December, 31)
	rows := []gst.RateRow{
		{HSNPrefix: "62", Rate: 1800, ValidFrom: since},
		{HSNPrefix: "62", UpToPaise: 2_500_00, Rate: 500, ValidFrom: since},
		{HSNPrefix: "62", UpToPaise: 500_00, Rate: 0, ValidFrom: since},
		{HSNPrefix: "6214", UpToPaise: 3_000_00, Rate: 300, ValidFrom: since, ValidTo: until},
		{HSNPrefix: "63", Rate: 500, ValidFrom: since},
		{HSNPrefix: "63", Rate: 500, ValidFrom: since}, // twice the same does no harm
		{HSNPrefix: "64", Rate: 500, ValidFrom: since},
		{HSNPrefix: "64", Rate: 1800, ValidFrom: until}, // somebody forgot to end the first
	}
	for _, c := range []struct {
		name  string
		hsn   string
		price int64
		date  time.Time
		want  gst.Rate
		err   string
	}{
		{"lowest bound", "620520", 500_00, since, 0, ""},
		{"next bound", "620520", 500_01, since, 500, ""},
		{"no bound", "620520", 2_500_01, since, 1800, ""},
		{"longer prefix", "621410", 100_00, since, 300, ""},
		{"on its last day", "621410", 100_00, ist(2025, time.December, 31, 23, 59, 59), 300, ""},
		{"after its last day", "621410", 100_00, date(2026, time.January, 1), 0, ""},
		{"longer prefix without a row for the price", "621410", 3_000_01, since, 0, "add a row"},
		{"the same row twice", "630260", 1, since, 500, ""},
		{"one of two not begun", "640399", 1, since, 500, ""},
		{"two rows that differ", "640399", 1, until, 0, "rows of 5 % and 18 % both hold"},
		{"none begun", "640399", 1, date(2024, time.December, 31), 0, "HSN 640399 at 0.01 a unit on 2024-12-31"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			rate, err := gst.RateFor(rows, c.hsn, c.price, c.date)
			if c.err != "" {
				require.ErrorIs(t, err, gst.ErrNoRate)
				require.ErrorContains(t, err, c.err)
				return
			}
			require.NoError(t, err)
			require.Equal(t, c.want, rate)
		})
	}
}
