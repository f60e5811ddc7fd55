package remote_test

import (
	"errors"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"vmsflow/internal/remote"
)

func TestARetryAfterIsSecondsOrADateAndNeverMoreThanAnHour(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 24, 8, 0, 0, 0, time.UTC)
	for value, want := range map[string]time.Duration{
		"": 0, "soon": 0, "-1": 0, "0": 0, " 7 ": 7 * time.Second, "86400": time.Hour,
		"Tue, 24 Nov 2026 08:00:30 GMT": 30 * time.Second, "Tue, 24 Nov 2026 07:00:00 GMT": 0, "Wed, 25 Nov 2026 08:00:00 GMT": time.Hour,
	} {
		require.Equal(t, want, remote.RetryAfter(value, now), value)
	}
}

func TestForeignWordsBecomeOneLine(t *testing.T) {
	t.Parallel()
	require.Equal(t, "a b c", remote.OneLine(" a\n\tb\x00 c\uFFFD", 10))
	require.Equal(t, "ääää…", remote.OneLine(strings.Repeat("ä", 6), 5), "counted in characters")
}

func TestAnErrorLosesItsURL(t *testing.T) {
	t.Parallel()
	refused := errors.New("connection refused")
	require.Equal(t, refused, remote.WithoutURL(&url.Error{Op: "Get", URL: "https://erp.example/?key=secret", Err: refused}))
	require.Equal(t, refused, remote.WithoutURL(refused))
}
