package erp

import (
	"strconv"
	"strings"

	"vmsflow/internal/order"
)

// GSTRate is a GST rate in hundredths of a percent; in JSON it is a plain number of percent: 5, 2.5, 0.25.
type GSTRate int

// MarshalJSON writes percent without trailing zeros.
func (r GSTRate) MarshalJSON() ([]byte, error) {
	percent := strconv.Itoa(int(r) / 100)
	if hundredths := int(r) % 100; hundredths != 0 {
		percent += strings.TrimRight("."+strconv.Itoa(100 + hundredths)[1:], "0")
	}
	return []byte(percent), nil
}

// UnmarshalJSON reads a number of percent with at most two decimal places.
func (r *GSTRate) UnmarshalJSON(b []byte) error {
	var hundredths order.Paise // a percent has hundredths as a rupee has paise
	if err := hundredths.UnmarshalJSON(b); err != nil {
		return err
	}
	*r = GSTRate(hundredths)
	return nil
}
