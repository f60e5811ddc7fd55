package gst_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"vmsflow/internal/gst"
)

func TestAnHSNCodeHasFourSixOrEightDigits(t *testing.T) {
	t.Parallel()
	today := date(2025, time.November, 17)
	for _, hsn := range []string{"6205", "620520", "62052000", "00001000"} {
		require.NoError(t, gst.ValidateHSN(hsn, today, false), hsn)
	}
	for _, hsn := range []string{"", "62", "620", "62052", "6205200", "620520000", "0000", "000000", "00000000", "62o5", "6205 ", "6205\n", "٦٢٠٥"} {
		requireIDs(t, gst.ValidateHSN(hsn, today, false), ids(gst.HSNForm), hsn)
	}
}

func TestFromFiveCroreAnHSNCodeHasSixDigitsSince15December2023(t *testing.T) {
	t.Parallel()
	before, since := ist(2023, time.December, 14, 23, 59, 59), date(2023, time.December, 15)
	require.NoError(t, gst.ValidateHSN("6205", before, true))
	require.NoError(t, gst.ValidateHSN("6205", since, false))
	requireIDs(t, gst.ValidateHSN("6205", since, true), ids(gst.HSNForm))
	require.NoError(t, gst.ValidateHSN("620520", since, true))
	require.NoError(t, gst.ValidateHSN("62052000", since, true))
}

func TestTheMainHSNCodeIsThatOfTheHighestTaxableValue(t *testing.T) {
	t.Parallel()
	shirts, polo := gst.HSNValue{HSN: "62052000", TaxablePaise: 190_000}, gst.HSNValue{HSN: "61091000", TaxablePaise: 120_000}
	require.Equal(t, "62052000", gst.MainHSNCode([]gst.HSNValue{shirts, polo}))
	require.Equal(t, "62052000", gst.MainHSNCode([]gst.HSNValue{polo, shirts}))
	require.Equal(t, "61091000", gst.MainHSNCode([]gst.HSNValue{{HSN: "61091000", TaxablePaise: 5}, {HSN: "62052000", TaxablePaise: 5}}), "the first of equals")
	require.Equal(t, "61091000", gst.MainHSNCode([]gst.HSNValue{{HSN: "61091000"}}), "a free line still has a code")
	require.Empty(t, gst.MainHSNCode(nil))
}
