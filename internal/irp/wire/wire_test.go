package wire_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"vmsflow/internal/irp/wire"
)

func TestMomentsAreReadToTheLetterInIST(t *testing.T) {
	t.Parallel()
	var stamp wire.Stamp
	require.NoError(t, json.Unmarshal([]byte(`"2025-11-17 16:00:05"`), &stamp))
	require.True(t, stamp.Equal(time.Date(2025, time.November, 17, 10, 30, 5, 0, time.UTC)))
	for _, bad := range []string{`"2025-11-17T16:00:05"`, `"2025-11-17 6:00:05"`, `"2025-11-17 16:00:05.1"`, `"17/11/2025 16:00:05"`, `""`, `1763375405`} {
		require.Error(t, json.Unmarshal([]byte(bad), &stamp), bad)
	}
	var day wire.Date
	require.NoError(t, json.Unmarshal([]byte(`"17/11/2025"`), &day))
	for _, bad := range []string{`"7/11/2025"`, `"2025-11-17"`, `"31/02/2025"`, `null`} {
		require.Error(t, json.Unmarshal([]byte(bad), &day), bad)
	}
}

func TestTheDayOfADocumentIsThatOfIST(t *testing.T) {
	t.Parallel()
	written, err := json.Marshal(wire.Date{Time: time.Date(2026, time.March, 31, 19, 0, 0, 0, time.UTC)})
	require.NoError(t, err)
	require.JSONEq(t, `"01/04/2026"`, string(written))
}

func TestRatesAreWrittenInPercent(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]wire.Rate{`5`: 500, `0.25`: 25, `18`: 1800, `0`: 0, `1.5`: 150} {
		var rate wire.Rate
		require.NoError(t, json.Unmarshal([]byte(text), &rate))
		require.Equal(t, want, rate)
		written, err := json.Marshal(rate)
		require.NoError(t, err)
		require.Equal(t, text, string(written))
	}
	var rate wire.Rate
	require.Error(t, json.Unmarshal([]byte(`0.125`), &rate), "a rate that we would round")
}

func TestAcknowledgementNumbersAreTextToUsAndNumbersToTheIRP(t *testing.T) {
	t.Parallel()
	for _, text := range []string{`112510000000421`, `"112510000000421"`, `" 112510000000421 "`} {
		var number wire.AckNo
		require.NoError(t, json.Unmarshal([]byte(text), &number))
		require.Equal(t, wire.AckNo("112510000000421"), number)
		written, err := json.Marshal(number)
		require.NoError(t, err)
		require.Equal(t, `112510000000421`, string(written))
	}
	var number wire.AckNo
	require.Error(t, json.Unmarshal([]byte(`{}`), &number))
	require.Error(t, json.Unmarshal([]byte(`true`), &number))
}
