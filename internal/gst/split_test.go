package gst_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"vmsflow/internal/gst"
)

func TestTheTaxIsSplitByPlaceOfSupply(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, seller, pos string
		igstOnIntra       bool
		supply            gst.SupplyType
		want              gst.Split
	}{
		{"within a state", "27", "27", false, gst.B2B, gst.CGSTAndSGST},
		{"between states", "27", "29", false, gst.B2B, gst.IGST},
		{"between states, IGST on intra set", "27", "29", true, gst.B2B, gst.IGST},
		{"IGST on intra", "27", "27", true, gst.B2B, gst.IGST},
		{"SEZ in the same state, with payment", "27", "27", false, gst.SEZWithPayment, gst.IGST},
		{"SEZ in the same state, without", "27", "27", false, gst.SEZWithoutPayment, gst.IGST},
		{"export with payment", "27", "96", false, gst.ExportWithPayment, gst.IGST},
		{"export without", "27", "96", false, gst.ExportWithoutPayment, gst.IGST},
		{"export, place in the same state", "27", "27", false, gst.ExportWithPayment, gst.IGST},
		{"deemed export within a state", "27", "27", false, gst.DeemedExport, gst.CGSTAndSGST},
		{"deemed export between states", "27", "29", false, gst.DeemedExport, gst.IGST},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			split, err := gst.TaxSplit(c.seller, c.pos, c.igstOnIntra, c.supply)
			require.NoError(t, err)
			require.Equal(t, c.want, split)
		})
	}
}

func TestTheSplitIsNotGuessedFromUnknownStatesOrSupplies(t *testing.T) {
	t.Parallel()
	split, err := gst.TaxSplit("25", "", false, "B2C")
	requireIDs(t, err, ids(gst.WrongSplit, gst.WrongSplit, gst.WrongSplit))
	require.Empty(t, split)
	_, err = gst.TaxSplit("9", "09", false, gst.B2B)
	requireIDs(t, err, ids(gst.WrongSplit), "9 and 09 would look like two states")
}
