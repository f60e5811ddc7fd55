package wire

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Count is a number of units or rows. It reads a number or a string, and null as 0 (§10).
type Count int

// UnmarshalJSON reads 2, "2" and 2.0.
func (c *Count) UnmarshalJSON(b []byte) error {
	text, err := scalar(b)
	if err != nil || text == "" {
		*c = 0
		return err
	}
	whole, fraction, _ := strings.Cut(text, ".")
	n, err := strconv.Atoi(whole)
	if err != nil || strings.Trim(fraction, "0") != "" {
		return fmt.Errorf("%.40q is not a whole number", text)
	}
	*c = Count(n)
	return nil
}

// QuotedCount is a count that Ajio writes as a string.
type QuotedCount int

// MarshalJSON writes "2".
func (c QuotedCount) MarshalJSON() ([]byte, error) {
	return strconv.AppendQuote(nil, strconv.Itoa(int(c))), nil
}

// UnmarshalJSON reads what Count reads.
func (c *QuotedCount) UnmarshalJSON(b []byte) error { return (*Count)(c).UnmarshalJSON(b) }

// Text is a text that may come as a number, as identifiers of digits do, or as null (§10). The empty text is
// written as null.
type Text string

// MarshalJSON writes a string, or null for the empty text.
func (t Text) MarshalJSON() ([]byte, error) {
	if t == "" {
		return []byte("null"), nil
	}
	return json.Marshal(string(t))
}

// UnmarshalJSON reads a string, the digits of a number, or null.
func (t *Text) UnmarshalJSON(b []byte) error {
	text, err := scalar(b)
	*t = Text(text)
	return err
}

// millisFrom is the smallest epoch of 13 digits: from there on a number counts milliseconds (§10).
const millisFrom = 1_000_000_000_000

// Time is a moment as Ajio writes it: seconds since the epoch (inferred, §2). It reads milliseconds as well, a
// number or a string; null, 0 and "" are the zero Time, which is written as null.
type Time struct{ time.Time }

// At wraps a moment for a body.
func At(t time.Time) Time { return Time{Time: t} }

// MarshalJSON writes whole seconds.
func (t Time) MarshalJSON() ([]byte, error) {
	if t.IsZero() {
		return []byte("null"), nil
	}
	return strconv.AppendInt(nil, t.Unix(), 10), nil
}

// UnmarshalJSON reads seconds or milliseconds. The result is in UTC.
func (t *Time) UnmarshalJSON(b []byte) error {
	text, err := scalar(b)
	if err != nil {
		return err
	}
	*t = Time{}
	if text == "" || text == "0" {
		return nil
	}
	epoch, err := strconv.ParseInt(text, 10, 64)
	switch {
	case err != nil || epoch < 0:
		return fmt.Errorf("%.40q is not a time in seconds since 1970", text)
	case epoch >= millisFrom:
		t.Time = time.UnixMilli(epoch).UTC()
	default:
		t.Time = time.Unix(epoch, 0).UTC()
	}
	return nil
}

// scalar returns a JSON string's content or a number's digits, without blanks around; "" for null.
func scalar(b []byte) (string, error) {
	var value any
	if len(b) > 0 && b[0] == '"' {
		var text string
		err := json.Unmarshal(b, &text)
		return strings.TrimSpace(text), err
	}
	if string(b) == "null" {
		return "", nil
	}
	var number json.Number
	if err := json.Unmarshal(b, &number); err != nil {
		_ = json.Unmarshal(b, &value)
		return "", fmt.Errorf("found %T where a text or a number belongs", value)
	}
	return number.String(), nil
}
