package increff

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// IST is Indian Standard Time, which has no daylight saving.
var IST = time.FixedZone("IST", 19800)

const (
	// written is the one form in which vmsflow writes a time: milliseconds, always +05:30.
	written = "2006-01-02T15:04:05.000-07:00"
	// zoneless is dd-MM-yyyy'T'HH:mm:ss, read as IST.
	zoneless = "02-01-2006T15:04:05"
)

// Time is a moment in the forms of contracts/increff-erp.md §2.1. It is written in IST, with milliseconds and
// the offset; the zero Time is written as null.
type Time struct{ time.Time }

// At wraps a moment for a body.
func At(t time.Time) Time { return Time{Time: t} }

// ParseTime reads the four accepted forms: with an offset, with Z, with Z[UTC], and dd-MM-yyyy'T'HH:mm:ss,
// which is IST. Fractions of a second may be missing in each. The result is in IST.
func ParseTime(s string) (Time, error) {
	text := s
	if utc, ok := strings.CutSuffix(s, "Z[UTC]"); ok {
		text = utc + "Z"
	}
	// time.Parse accepts a fraction after the seconds even where the layout shows none.
	if t, err := time.Parse(time.RFC3339, text); err == nil {
		return Time{Time: t.In(IST)}, nil
	}
	if t, err := time.ParseInLocation(zoneless, s, IST); err == nil {
		return Time{Time: t}, nil
	}
	return Time{}, fmt.Errorf("%.40q is not a time such as 2025-11-17T16:00:00.000+05:30 or 17-11-2025T16:00:00", s)
}

// String writes the time as it stands in bodies.
func (t Time) String() string { return t.In(IST).Format(written) }

// MarshalJSON writes the time as it stands in bodies.
func (t Time) MarshalJSON() ([]byte, error) {
	if t.IsZero() {
		return []byte("null"), nil
	}
	return []byte(`"` + t.String() + `"`), nil
}

// UnmarshalJSON reads the four accepted forms; null leaves the time unchanged.
func (t *Time) UnmarshalJSON(b []byte) error {
	if string(b) == "null" {
		return nil
	}
	var text string
	if err := json.Unmarshal(b, &text); err != nil {
		return fmt.Errorf("%.40s is not a time: a string is expected", b)
	}
	parsed, err := ParseTime(text)
	if err != nil {
		return err
	}
	*t = parsed
	return nil
}
