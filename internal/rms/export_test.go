package rms

import "vmsflow/internal/order"

// What only the printed page shows.
var (
	InWords = func(amount order.Paise) string { return inWords(amount) }
	Figures = func(amount order.Paise) string { return figures(amount) }
	Latin   = latin
	Halves  = halves
	PrintQR = func(signed string) (png []byte, size float64, err error) {
		code, err := printQR(signed)
		return code.png, code.size, err
	}
)
