package gst_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"vmsflow/internal/gst"
)

func TestViolationsAreFoundInsideAnotherErrorAndShownOnOneLine(t *testing.T) {
	t.Parallel()
	err := fmt.Errorf("invoice of S1725110042: %w", gst.Violations{
		{ID: gst.QRValue, Field: "DocNo", Problem: "missing"},
		{ID: gst.GSTINForm, Problem: `"27" is no GSTIN`},
	})
	require.EqualError(t, err, `invoice of S1725110042: QR-004 DocNo: missing; GST-001 "27" is no GSTIN`)
	require.Len(t, gst.ViolationsIn(err), 2)
	require.True(t, gst.HasID(err, gst.QRValue))
	require.False(t, gst.HasID(err, gst.QRKeyUnknown))
}

func TestOtherErrorsHoldNoViolations(t *testing.T) {
	t.Parallel()
	require.Empty(t, gst.ViolationsIn(nil))
	require.Empty(t, gst.ViolationsIn(errors.New("QR-004")))
	require.False(t, gst.HasID(nil, gst.QRValue))
}

func TestOnlyAnUnknownKeyAndALateCreditNoteAreNoRefusal(t *testing.T) {
	t.Parallel()
	require.False(t, gst.QRKeyUnknown.Refuses())
	require.False(t, gst.CreditNoteLate.Refuses())
	for _, id := range ids(gst.GSTINForm, gst.DocTooOld, gst.IRNDiffers, gst.QRSignature, gst.QRValue, gst.TotalsOutside, gst.AboveOriginal, gst.CancelTooLate) {
		require.True(t, id.Refuses(), id)
	}
}
