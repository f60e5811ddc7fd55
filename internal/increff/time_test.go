package increff_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"vmsflow/internal/increff"
)

func TestTimeReadsAllFourFormsAndWritesTheFirst(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ read, written string }{
		{"2025-11-17T16:00:00.000+05:30", "2025-11-17T16:00:00.000+05:30"},
		{"2025-11-17T16:00:00+05:30", "2025-11-17T16:00:00.000+05:30"},
		{"2025-11-17T10:30:00.250Z", "2025-11-17T16:00:00.250+05:30"},
		{"2025-11-17T10:30:00Z", "2025-11-17T16:00:00.000+05:30"},
		{"2025-11-17T10:30:00.5Z[UTC]", "2025-11-17T16:00:00.500+05:30"},
		{"2025-11-17T10:30:00Z[UTC]", "2025-11-17T16:00:00.000+05:30"},
		{"17-11-2025T16:00:00", "2025-11-17T16:00:00.000+05:30"},
		{"17-11-2025T16:00:00.125", "2025-11-17T16:00:00.125+05:30"},
		{"2026-03-31T19:00:00Z", "2026-04-01T00:30:00.000+05:30"}, // another day, and another financial year, in IST
	} {
		var read increff.Time
		require.NoError(t, json.Unmarshal([]byte(`"`+c.read+`"`), &read), c.read)
		written, err := json.Marshal(read)
		require.NoError(t, err)
		require.Equal(t, `"`+c.written+`"`, string(written), c.read)
	}
}

func TestTimeRefusesEverythingElse(t *testing.T) {
	t.Parallel()
	for _, wrong := range []string{
		`""`, `"2025-11-17"`, `"2025-11-17T16:00:00"`, `"17/11/2025 16:00"`, `"2025-11-17T16:00:00[UTC]"`,
		`"2025-11-17T16:00:00+05:30[UTC]"`, `"31-02-2025T00:00:00"`, `1763375400`, `true`,
	} {
		var read increff.Time
		require.Error(t, json.Unmarshal([]byte(wrong), &read), wrong)
	}
}

func TestTimeWithoutValueIsNull(t *testing.T) {
	t.Parallel()
	var body struct {
		At      increff.Time `json:"at"`
		Omitted increff.Time `json:"omitted,omitzero"`
	}
	written, err := json.Marshal(body)
	require.NoError(t, err)
	require.JSONEq(t, `{"at":null}`, string(written))
	body.At = increff.At(time.Unix(0, 0))
	require.NoError(t, json.Unmarshal([]byte(`{"at":null}`), &body))
	require.True(t, body.At.Equal(time.Unix(0, 0)), "null leaves the time unchanged")
}
