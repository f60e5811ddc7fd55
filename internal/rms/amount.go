package rms

import (
	"fmt"
	"strings"

	"vmsflow/internal/order"
)

// figures writes an amount as Indian documents do, grouped by thousand, lakh and crore: "12,34,567.89".
func figures(amount order.Paise) string {
	sign := ""
	if amount < 0 {
		sign, amount = "-", -amount
	}
	rupees := fmt.Sprint(int64(amount / 100))
	head, tail := rupees[:max(len(rupees)-3, 0)], rupees[max(len(rupees)-3, 0):]
	for len(head) > 0 {
		cut := max(len(head)-2, 0)
		tail = head[cut:] + "," + tail
		head = head[:cut]
	}
	return fmt.Sprintf("%s%s.%02d", sign, tail, amount%100)
}

// inWords writes an amount as invoices do: "Rupees three thousand two hundred fifty-five and fifty paise only". The
// amount is not negative.
func inWords(amount order.Paise) string {
	rupees, paise := int64(amount/100), int64(amount%100)
	if paise == 0 {
		return "Rupees " + words(rupees) + " only"
	}
	return "Rupees " + words(rupees) + " and " + words(paise) + " paise only"
}

var (
	small = strings.Fields(`zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen
		sixteen seventeen eighteen nineteen`)
	tens = strings.Fields(`- - twenty thirty forty fifty sixty seventy eighty ninety`)
)

// words writes a number in Indian numbering: thousand, lakh (a hundred thousand), crore (a hundred lakh).
func words(n int64) string {
	for _, step := range []struct {
		size int64
		name string
	}{
		{1_00_00_000, "crore"}, {1_00_000, "lakh"}, {1_000, "thousand"}, {100, "hundred"},
	} {
		if n < step.size {
			continue
		}
		head := words(n/step.size) + " " + step.name
		if rest := n % step.size; rest > 0 {
			return head + " " + words(rest)
		}
		return head
	}
	switch {
	case n < 20:
		return small[n]
	case n%10 == 0:
		return tens[n/10]
	default:
		return tens[n/10] + "-" + small[n%10]
	}
}
