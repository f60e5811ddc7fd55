package gst

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

var amountPattern = regexp.MustCompile(`^[0-9]{1,15}(\.[0-9]+)?$`)

var errAmount = errors.New("no amount of rupees with at most two decimal places")

// parsePaise reads the text of a JSON number of rupees, not negative, into paise. It never passes through a float, so
// an exponent or a third decimal place other than 0 is refused rather than rounded.
func parsePaise(text string) (int64, error) {
	if !amountPattern.MatchString(text) {
		return 0, errAmount
	}
	whole, fraction, _ := strings.Cut(text, ".")
	fraction = strings.TrimRight(fraction, "0")
	if len(fraction) > 2 {
		return 0, errAmount
	}
	return strconv.ParseInt(whole+(fraction + "00")[:2], 10, 64)
}

// rupees writes paise for a person: "3255.00".
func rupees(paise int64) string {
	sign := ""
	if paise < 0 {
		sign, paise = "-", -paise
	}
	return fmt.Sprintf("%s%d.%02d", sign, paise/100, paise%100)
}

// floorDivide divides and rounds towards minus infinity.
func floorDivide(a, b int64) int64 {
	quotient := a / b
	if a%b < 0 {
		quotient--
	}
	return quotient
}
