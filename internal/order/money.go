package order

import (
	"fmt"
	"strconv"
	"strings"
)

// Paise is an amount of money in paise, a hundredth of a rupee. Amounts never pass through a float.
type Paise int64

// ParseRupees reads a decimal amount of rupees with at most two places, such as "997.5", "950.00" or "-3".
func ParseRupees(s string) (Paise, error) {
	text := strings.TrimSpace(s)
	digits, negative := strings.CutPrefix(text, "-")
	whole, fraction, _ := strings.Cut(digits, ".")
	fraction = strings.TrimRight(fraction, "0")
	if whole == "" || len(fraction) > 2 || len(whole) > 15 {
		return 0, fmt.Errorf("%q is not an amount of rupees with at most two decimal places", s)
	}
	total, err := strconv.ParseUint(whole+(fraction + "00")[:2], 10, 63)
	if err != nil {
		return 0, fmt.Errorf("%q is not an amount of rupees with at most two decimal places", s)
	}
	if negative {
		return -Paise(total), nil
	}
	return Paise(total), nil
}

// String writes the amount as decimal rupees with two places: "3255.00".
func (p Paise) String() string {
	sign := ""
	if p < 0 {
		sign, p = "-", -p
	}
	return fmt.Sprintf("%s%d.%02d", sign, p/100, p%100)
}

// MarshalJSON writes the amount as a JSON number of rupees with two places, as Ajio and Increff write money.
func (p Paise) MarshalJSON() ([]byte, error) { return []byte(p.String()), nil }

// UnmarshalJSON reads a JSON number or string of rupees; null leaves the amount unchanged.
func (p *Paise) UnmarshalJSON(b []byte) error {
	text := string(b)
	if text == "null" {
		return nil
	}
	amount, err := ParseRupees(strings.Trim(text, `"`))
	if err != nil {
		return err
	}
	*p = amount
	return nil
}
