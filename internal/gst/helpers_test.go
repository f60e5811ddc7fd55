package gst_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"vmsflow/internal/gst"
)

// The parties and the invoice of the story (contracts/gst-einvoice.md §1, §5).
const (
	seller = "27AAPFU0939F1ZV"
	buyer  = "29AAGCB7383J1Z4"

	storyIRN = "f57c9c12882370cfbf816f938f5d95ce35e2e747c5dd8cb9ed7310d58044c130"
)

func ist(year int, month time.Month, day, hour, minute, second int) time.Time {
	return time.Date(year, month, day, hour, minute, second, 0, gst.IST)
}

func date(year int, month time.Month, day int) time.Time { return ist(year, month, day, 0, 0, 0) }

// requireIDs holds that a check found exactly these faults, in this order; none means that it passed.
func requireIDs(t *testing.T, err error, want []gst.ID, about ...any) {
	t.Helper()
	if len(want) == 0 {
		require.NoError(t, err, about...)
		return
	}
	require.Error(t, err, about...)
	var got []gst.ID
	for _, v := range gst.ViolationsIn(err) {
		got = append(got, v.ID)
	}
	require.Equal(t, want, got, about...)
}

func ids(ids ...gst.ID) []gst.ID { return ids }
