package increff

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"unicode"
)

// ParseHeaders turns configured names and values into a header. It refuses what cannot be sent, such as the
// line break at the end of a secret that was read from a file; the error names the header, never its value.
func ParseHeaders(headers map[string]string) (http.Header, error) {
	parsed := http.Header{}
	for name, value := range headers {
		if name == "" || strings.ContainsFunc(name, notToken) {
			return nil, fmt.Errorf("%.40q is not the name of an HTTP header", name)
		}
		if strings.ContainsFunc(value, unicode.IsControl) {
			return nil, fmt.Errorf("the value of the header %s contains a line break or another control character", name)
		}
		parsed.Set(name, value)
	}
	return parsed, nil
}

func notToken(r rune) bool {
	return r <= ' ' || r >= unicode.MaxASCII || strings.ContainsRune(`()<>@,;:\"/[]?={}`, r)
}

// scrub takes the header values out of a text, whole and word by word ("Bearer <token>"). Very short ones stay:
// they are no secrets, and every text has an "1" somewhere.
func scrub(text string, header http.Header) string {
	var secrets []string
	for _, values := range header {
		for _, value := range values {
			if len(value) >= 4 {
				secrets = append(secrets, value)
			}
			for word := range strings.FieldsSeq(value) {
				if len(word) >= 6 {
					secrets = append(secrets, word)
				}
			}
		}
	}
	// The longest first, or a part of a longer secret would stay.
	slices.SortFunc(secrets, func(a, b string) int { return len(b) - len(a) })
	for _, secret := range secrets {
		text = strings.ReplaceAll(text, secret, "***")
	}
	return text
}
