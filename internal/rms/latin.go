package rms

import (
	"strings"
	"unicode"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/unicode/norm"
)

// latin writes a text in Windows-1252, which the fonts of every PDF viewer have. A letter outside of it loses its
// accents; what then is still outside stands as a visible "?", one for each letter, never as another letter.
func latin(text string) string {
	var out strings.Builder
	for _, r := range norm.NFC.String(strings.ToValidUTF8(text, "\uFFFD")) {
		switch char, ok := charmap.Windows1252.EncodeRune(r); {
		case unicode.IsControl(r):
			out.WriteByte(' ')
		case ok:
			out.WriteByte(char)
		case r == '₹':
			out.WriteString("Rs.")
		default:
			out.WriteString(withoutAccents(r))
		}
	}
	return out.String()
}

// withoutAccents writes the parts of a letter that Windows-1252 has, "?" for a letter that has none. Accents alone,
// which stand on the letter before them, vanish.
func withoutAccents(r rune) string {
	var out strings.Builder
	for _, part := range norm.NFKD.String(string(r)) {
		if char, ok := charmap.Windows1252.EncodeRune(part); ok && !unicode.IsControl(part) {
			out.WriteByte(char)
		}
	}
	if out.Len() == 0 && !unicode.Is(unicode.Mn, r) {
		return "?"
	}
	return out.String()
}
