package wire

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"vmsflow/internal/gst"
	"vmsflow/internal/order"
)

const (
	dateLayout  = "02/01/2006"          // dd/MM/yyyy; documented, §6.1
	stampLayout = "2006-01-02 15:04:05" // IST, without saying so; inferred, §6.1
)

// UnmarshalJSON reads 1 and "1".
func (f *Flag) UnmarshalJSON(b []byte) error {
	text, err := scalar(b)
	if err != nil {
		return err
	}
	n, err := strconv.Atoi(text)
	*f = Flag(n)
	return err
}

// Text is a text that may come as a number or as null; the empty text is written as null.
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

// AckNo is an acknowledgement number: a number here, a string at some gateways, text to us (documented, §6.1).
type AckNo string

// MarshalJSON writes a number.
func (n AckNo) MarshalJSON() ([]byte, error) { return []byte(n), nil }

// UnmarshalJSON reads a string, the digits of a number, or null.
func (n *AckNo) UnmarshalJSON(b []byte) error { return (*Text)(n).UnmarshalJSON(b) }

// Rate is a rate of tax, written in percent.
type Rate gst.Rate

// MarshalJSON writes 5 for 5 %.
func (r Rate) MarshalJSON() ([]byte, error) { return []byte(gst.Rate(r).String()), nil }

// UnmarshalJSON reads a number with at most two decimals.
func (r *Rate) UnmarshalJSON(b []byte) error {
	percent, err := order.ParseRupees(string(b)) // both count hundredths
	*r = Rate(percent)
	return err
}

// Date is the day of a document, in IST.
type Date struct{ time.Time }

// MarshalJSON writes "17/11/2025".
func (d Date) MarshalJSON() ([]byte, error) { return json.Marshal(d.In(gst.IST).Format(dateLayout)) }

// UnmarshalJSON reads the form that MarshalJSON writes and no other.
func (d *Date) UnmarshalJSON(b []byte) error { return readTime(b, dateLayout, &d.Time) }

// Stamp is a moment to the second. It says no zone and is in IST.
type Stamp struct{ time.Time }

// MarshalJSON writes "2025-11-17 16:00:05".
func (s Stamp) MarshalJSON() ([]byte, error) { return json.Marshal(s.In(gst.IST).Format(stampLayout)) }

// UnmarshalJSON reads the form that MarshalJSON writes; null leaves the zero Stamp.
func (s *Stamp) UnmarshalJSON(b []byte) error {
	if string(b) == "null" {
		return nil
	}
	return readTime(b, stampLayout, &s.Time)
}

// readTime insists on the layout to the letter: time.Parse alone would also take "6:00:05".
func readTime(b []byte, layout string, into *time.Time) error {
	var text string
	if err := json.Unmarshal(b, &text); err != nil {
		return err
	}
	moment, err := time.ParseInLocation(layout, text, gst.IST)
	if err != nil || moment.Format(layout) != text {
		return fmt.Errorf("%.40q is not of the form %s", text, layout)
	}
	*into = moment
	return nil
}

// scalar returns a JSON string's content or a number's digits, without blanks around; "" for null.
func scalar(b []byte) (string, error) {
	if string(b) == "null" {
		return "", nil
	}
	if len(b) > 0 && b[0] == '"' {
		var text string
		err := json.Unmarshal(b, &text)
		return strings.TrimSpace(text), err
	}
	var number json.Number
	if err := json.Unmarshal(b, &number); err != nil {
		return "", fmt.Errorf("found %.40s where a text or a number belongs", b)
	}
	return number.String(), nil
}
