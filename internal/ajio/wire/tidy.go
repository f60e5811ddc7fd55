package wire

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"
)

// Decode reads a body as the client must tolerate it: blanks around keys, such as "listing_price ", do not
// matter, nor do unknown fields (§5.1, §10).
func Decode(body []byte, into any) error {
	tidy, err := Tidy(body)
	if err != nil {
		return err
	}
	return json.Unmarshal(tidy, into)
}

// Tidy returns a body with the blanks around its keys removed. Where two keys become one, the tidy one rules.
func Tidy(body []byte) ([]byte, error) {
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber() // amounts of money keep their digits
	var tree any
	if err := decoder.Decode(&tree); err != nil {
		return nil, fmt.Errorf("not JSON: %w", err)
	}
	if _, err := decoder.Token(); err != io.EOF {
		return nil, fmt.Errorf("not JSON: more after its end")
	}
	return json.Marshal(trimKeys(tree))
}

func trimKeys(node any) any {
	switch value := node.(type) {
	case []any:
		for i := range value {
			value[i] = trimKeys(value[i])
		}
	case map[string]any:
		for key, child := range value {
			value[key] = trimKeys(child)
			trimmed := strings.TrimSpace(key)
			if trimmed == key {
				continue
			}
			if _, taken := value[trimmed]; !taken {
				value[trimmed] = value[key]
			}
			delete(value, key)
		}
	}
	return node
}
