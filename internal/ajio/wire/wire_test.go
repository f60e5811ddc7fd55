package wire_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"vmsflow/internal/ajio/wire"
)

func TestCountsAreNumbersOrStrings(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int{`2`: 2, `"2"`: 2, `2.0`: 2, `"2.00"`: 2, `" 2 "`: 2, `-1`: -1, `null`: 0, `""`: 0} {
		count := wire.Count(7)
		require.NoError(t, count.UnmarshalJSON([]byte(text)), text)
		require.Equal(t, wire.Count(want), count, text)
	}
	for _, text := range []string{`"two"`, `1.5`, `true`, `{}`, `[2]`, `99999999999999999999`, `1e3`} {
		var count wire.Count
		require.Error(t, json.Unmarshal([]byte(text), &count), text)
	}
}

func TestTimesAreSecondsOrMilliseconds(t *testing.T) {
	t.Parallel()
	moment := time.Unix(1763354100, 0).UTC()
	for text, want := range map[string]time.Time{
		`1763354100`: moment, `"1763354100"`: moment, `1763354100000`: moment, `"1763354100123"`: moment.Add(123 * time.Millisecond),
		`null`: {}, `0`: {}, `""`: {},
	} {
		var at wire.Time
		require.NoError(t, json.Unmarshal([]byte(text), &at), text)
		require.Equal(t, want, at.Time, text)
	}
	for _, text := range []string{`"2025-11-17"`, `-5`, `true`, `1763354100.5`} {
		var at wire.Time
		require.Error(t, json.Unmarshal([]byte(text), &at), text)
	}
	written, err := json.Marshal([]wire.Time{wire.At(moment), {}})
	require.NoError(t, err)
	require.JSONEq(t, `[1763354100, null]`, string(written))
}

func TestTextsMayComeAsNumbers(t *testing.T) {
	t.Parallel()
	var texts []wire.Text
	require.NoError(t, json.Unmarshal([]byte(`["a", 469876543001, 4700123456.00, null]`), &texts))
	require.Equal(t, []wire.Text{"a", "469876543001", "4700123456.00", ""}, texts)
	require.Error(t, json.Unmarshal([]byte(`[{}]`), &texts))
}

func TestBlanksAroundKeysDoNotMatter(t *testing.T) {
	t.Parallel()
	tidy, err := wire.Tidy([]byte(`{" a ": [{"listing_price ": 1299.00}], "b\t": 1, "c": 2, "c ": 3}`))
	require.NoError(t, err)
	require.JSONEq(t, `{"a":[{"listing_price":1299.00}],"b":1,"c":2}`, string(tidy))
	require.Contains(t, string(tidy), "1299.00", "amounts keep their digits")
	for _, body := range []string{``, `{`, `{} {}`, `<html>`, `{"a": 1} trailing`} {
		_, err := wire.Tidy([]byte(body))
		require.Error(t, err, body)
	}
}
