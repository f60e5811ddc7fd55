package gst_test

import (
	"math"
	"math/big"
	"testing"

	"github.com/stretchr/testify/require"

	"vmsflow/internal/gst"
)

func TestTheTaxOfALineIsRoundedHalfUpToThePaisa(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		assessable int64
		rate       gst.Rate
		igst, half int64
	}{
		{190_000, 500, 9_500, 4_750}, // the story's shirts
		{120_000, 500, 6_000, 3_000}, // the story's polo
		{0, 500, 0, 0},
		{9, 500, 0, 0},  // 0.45
		{10, 500, 1, 0}, // 0.5 and 0.25
		{20, 500, 1, 1}, // 1.0 and 0.5: together a paisa more than IGST
		{29, 500, 1, 1}, // 1.45 and 0.725
		{30, 500, 2, 1}, // 1.5 and 0.75
		{10_001, 1800, 1_800, 900},
		{10_003, 1800, 1_801, 900}, // 1800.54 and 900.27
		{33_333, 1200, 4_000, 2_000},
		{200, 25, 1, 0}, // 0.25 %: 0.5 and 0.25
		{199, 25, 0, 0},
		{100, 0, 0, 0},
		{99_999_999_999_999, 2800, 28_000_000_000_000, 14_000_000_000_000}, // 999999999999.99, the schema's limit
		{math.MaxInt64 / 2, 10_000, math.MaxInt64 / 2, 2_305_843_009_213_693_952},
	} {
		require.Equal(t, gst.Tax{IGST: c.igst}, gst.LineTax(c.assessable, c.rate, gst.IGST), "%d at %s %%", c.assessable, c.rate)
		require.Equal(t, gst.Tax{CGST: c.half, SGST: c.half}, gst.LineTax(c.assessable, c.rate, gst.CGSTAndSGST), "%d at %s %%", c.assessable, c.rate)
	}
}

func TestTheTaxOfAnInvoiceIsTheSumOfItsLines(t *testing.T) {
	t.Parallel()
	tax := gst.LineTax(190_000, 500, gst.IGST).Plus(gst.LineTax(120_000, 500, gst.IGST))
	require.Equal(t, gst.Tax{IGST: 15_500}, tax)
	require.Equal(t, int64(325_500), 310_000+tax.Total())
	tax = gst.LineTax(190_000, 500, gst.CGSTAndSGST).Plus(gst.LineTax(120_000, 500, gst.CGSTAndSGST))
	require.Equal(t, gst.Tax{CGST: 7_750, SGST: 7_750}, tax)
	require.Equal(t, int64(15_500), tax.Total())
}

func TestARateIsWrittenInPercent(t *testing.T) {
	t.Parallel()
	for rate, want := range map[gst.Rate]string{500: "5", 1800: "18", 1000: "10", 0: "0", 25: "0.25", 150: "1.5", 10: "0.1"} {
		require.Equal(t, want, rate.String())
	}
}

func TestIGSTDoesNotStandBesideCGSTAndSGST(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		split gst.Split
		tax   gst.Tax
		want  []gst.ID
	}{
		{"IGST", gst.IGST, gst.Tax{IGST: 15_500}, nil},
		{"CGST and SGST", gst.CGSTAndSGST, gst.Tax{CGST: 7_750, SGST: 7_750}, nil},
		{"no tax, IGST", gst.IGST, gst.Tax{}, nil},
		{"no tax, CGST and SGST", gst.CGSTAndSGST, gst.Tax{}, nil},
		{"all three", gst.IGST, gst.Tax{IGST: 1, CGST: 1, SGST: 1}, ids(gst.WrongSplit)},
		{"SGST beside IGST", gst.IGST, gst.Tax{IGST: 1, SGST: 1}, ids(gst.WrongSplit)},
		{"IGST within a state", gst.CGSTAndSGST, gst.Tax{IGST: 15_500}, ids(gst.WrongSplit)},
		{"CGST and SGST between states", gst.IGST, gst.Tax{CGST: 7_750, SGST: 7_750}, ids(gst.WrongSplit)},
		{"unequal halves", gst.CGSTAndSGST, gst.Tax{CGST: 7_750, SGST: 7_751}, ids(gst.WrongSplit)},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			requireIDs(t, gst.ValidateSplit(c.split, c.tax), c.want)
		})
	}
}

func TestTotalsMayDifferByARupeeAroundTheWholeRupees(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		computed, lowest, highest int64
	}{
		{234_504, 234_400, 234_700}, // the documented example
		{234_500, 234_400, 234_700}, // whole rupees
		{234_501, 234_400, 234_700},
		{234_599, 234_400, 234_700},
		{234_600, 234_500, 234_800},
		{325_500, 325_400, 325_700},
		{0, -100, 200},
		{99, -100, 200},
		{-1, -200, 100},
		{-100, -200, 100},
	} {
		require.True(t, gst.WithinTolerance(c.computed, c.lowest), c)
		require.True(t, gst.WithinTolerance(c.computed, c.computed), c)
		require.True(t, gst.WithinTolerance(c.computed, c.highest), c)
		require.False(t, gst.WithinTolerance(c.computed, c.lowest-1), c)
		require.False(t, gst.WithinTolerance(c.computed, c.highest+1), c)
		require.NoError(t, gst.ValidateTotal(c.computed, c.highest))
		requireIDs(t, gst.ValidateTotal(c.computed, c.highest+1), ids(gst.TotalsOutside))
	}
	require.ErrorContains(t, gst.ValidateTotal(-5, 3_255_00), "3255.00 is too far from the computed -0.05")
}

// FuzzTolerance compares with the rule written in numbers that cannot overflow.
func FuzzTolerance(f *testing.F) {
	for _, seed := range [][2]int64{
		{234_504, 234_400}, {234_504, 234_700}, {234_504, 234_701}, {234_500, 234_399}, {0, 0}, {-1, 100},
		{math.MaxInt64, math.MaxInt64}, {math.MinInt64, math.MinInt64}, {math.MaxInt64, math.MinInt64}, {math.MinInt64, math.MaxInt64},
	} {
		f.Add(seed[0], seed[1])
	}
	f.Fuzz(func(t *testing.T, computed, stated int64) {
		hundred := big.NewInt(100)
		rupee := new(big.Int).Div(big.NewInt(computed), hundred) // Div rounds down for a positive divisor
		lowest := new(big.Int).Mul(new(big.Int).Sub(rupee, big.NewInt(1)), hundred)
		highest := new(big.Int).Mul(new(big.Int).Add(rupee, big.NewInt(2)), hundred)
		want := lowest.Cmp(big.NewInt(stated)) <= 0 && big.NewInt(stated).Cmp(highest) <= 0
		require.Equal(t, want, gst.WithinTolerance(computed, stated))
		require.True(t, gst.WithinTolerance(stated, stated))
	})
}

// FuzzLineTax compares the rounding with exact fractions.
func FuzzLineTax(f *testing.F) {
	for _, seed := range [][2]int64{{190_000, 500}, {10, 500}, {20, 500}, {200, 25}, {99_999_999_999_999, 2800}, {-10, 500}} {
		f.Add(seed[0], seed[1])
	}
	halfUp := func(amount, rate, denominator int64) *big.Int {
		exact := new(big.Int).Mul(big.NewInt(amount), big.NewInt(rate))
		exact.Add(exact, big.NewInt(denominator/2))
		return exact.Div(exact, big.NewInt(denominator))
	}
	f.Fuzz(func(t *testing.T, assessable, rate int64) {
		rate = int64(uint64(rate) % 10_001) // 0 to 100 %
		igst := gst.LineTax(assessable, gst.Rate(rate), gst.IGST)
		require.Equal(t, halfUp(assessable, rate, 10_000).String(), big.NewInt(igst.IGST).String())
		halves := gst.LineTax(assessable, gst.Rate(rate), gst.CGSTAndSGST)
		require.Equal(t, halfUp(assessable, rate, 20_000).String(), big.NewInt(halves.CGST).String())
		require.Equal(t, halves.CGST, halves.SGST)
		require.NoError(t, gst.ValidateSplit(gst.CGSTAndSGST, halves))
	})
}
