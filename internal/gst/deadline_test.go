package gst_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"vmsflow/internal/gst"
)

func TestAnIRNCanBeCancelledFor24HoursAndNotBesideAnEWayBill(t *testing.T) {
	t.Parallel()
	registered := ist(2025, time.November, 17, 16, 0, 5)
	for _, c := range []struct {
		name     string
		after    time.Duration
		ewayBill bool
		want     []gst.ID
	}{
		{"at once", 0, false, nil},
		{"our clock is behind", -time.Minute, false, nil},
		{"a second before", 24*time.Hour - time.Second, false, nil},
		{"exactly 24:00:00", 24 * time.Hour, false, nil},
		{"a moment later", 24*time.Hour + 1, false, ids(gst.CancelTooLate)},
		{"e-way bill", time.Hour, true, ids(gst.CancelEWayBillFirst)},
		{"both", 25 * time.Hour, true, ids(gst.CancelTooLate, gst.CancelEWayBillFirst)},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			requireIDs(t, gst.CanCancelIRN(registered, registered.Add(c.after).UTC(), c.ewayBill), c.want)
		})
	}
}

func TestADocumentIsRegisteredWithin30DaysTheFirstIncluded(t *testing.T) {
	t.Parallel()
	aprilFirst := date(2025, time.April, 1)
	for _, c := range []struct {
		name            string
		document, today time.Time
		from10Crore     bool
		want            []gst.ID
	}{
		{"the same day", aprilFirst, aprilFirst, true, nil},
		{"dated later on the same day", ist(2025, time.April, 1, 23, 0, 0), aprilFirst, true, nil},
		{"the last moment of 30 April", aprilFirst, ist(2025, time.April, 30, 23, 59, 59), true, nil},
		{"1 May", aprilFirst, date(2025, time.May, 1), true, ids(gst.DocTooOld)},
		{"30 April in UTC, 1 May in IST", aprilFirst, time.Date(2025, time.April, 30, 18, 30, 0, 0, time.UTC), true, ids(gst.DocTooOld)},
		{"1 May, below 10 crore", aprilFirst, date(2025, time.May, 1), false, nil},
		{"over a leap day", date(2024, time.February, 1), date(2024, time.March, 1), true, nil},
		{"over a leap day, a day more", date(2024, time.February, 1), date(2024, time.March, 2), true, ids(gst.DocTooOld)},
		{"tomorrow", date(2025, time.April, 2), ist(2025, time.April, 1, 23, 59, 59), false, ids(gst.DocDateInFuture)},
		{"tomorrow in UTC, today in IST", aprilFirst, time.Date(2025, time.March, 31, 18, 30, 0, 0, time.UTC), true, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			requireIDs(t, gst.MayRegister(c.document, c.today, c.from10Crore), c.want)
		})
	}
	require.ErrorContains(t, gst.MayRegister(aprilFirst, date(2025, time.May, 1), true), "until 30/04/2025")
}

func TestACreditNoteIsMadeUntil30NovemberAfterTheYearOfTheSupply(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ supply, want time.Time }{
		{date(2025, time.May, 15), date(2026, time.November, 30)},
		{date(2026, time.March, 31), date(2026, time.November, 30)},
		{time.Date(2026, time.March, 31, 18, 29, 59, 0, time.UTC), date(2026, time.November, 30)},
		{time.Date(2026, time.March, 31, 18, 30, 0, 0, time.UTC), date(2027, time.November, 30)},
		{date(2026, time.April, 1), date(2027, time.November, 30)},
	} {
		require.True(t, c.want.Equal(gst.CreditNoteDeadline(c.supply)), c.supply)
	}
}

func TestRecordsAreKept72MonthsFromTheDueDateOfTheAnnualReturn(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ due, want time.Time }{
		{date(2026, time.December, 31), date(2032, time.December, 31)},
		{date(2027, time.February, 28), date(2033, time.February, 28)},                            // extended
		{date(2028, time.February, 29), date(2034, time.March, 1)},                                // a day that 2034 has not: rather longer
		{time.Date(2026, time.December, 31, 0, 0, 0, 0, time.UTC), date(2032, time.December, 31)}, // as Postgres returns a date
	} {
		require.True(t, c.want.Equal(gst.RetainUntil(c.due)), c.due)
	}
}

func TestAnEWayBillIsNeededAboveFiftyThousandRupees(t *testing.T) {
	t.Parallel()
	require.EqualValues(t, 50_000*100, gst.EWayBillBoundPaise)
}
