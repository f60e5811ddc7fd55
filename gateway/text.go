package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxText is the longest text field in characters (contracts/increff-erp.md §2.1, documented).
const maxText = 255

// maxQR is the longest signed QR. Real ones have about 940 characters (contracts/increff-erp.md §2.1); what is eight
// times as long is none, and would make the order's history long.
const maxQR = 8 << 10

// maxURL is the longest URL of a document (contracts/increff-erp.md §2.1, assumed).
const maxURL = 2048

// longTexts are the exceptions (contracts/increff-erp.md §2.1).
var longTexts = map[string]int{"qrCode": maxQR, "signedQrCode": maxQR, "invoiceURL": maxURL, "creditNotePdfUrl": maxURL}

// checkTexts reports the texts of a body that are too long or hold control characters, which no code and no URL
// has. The body is one of our types without its base64 documents.
func checkTexts(body any) broken {
	text, err := json.Marshal(body)
	if err != nil {
		panic(err) // our own types
	}
	var fields map[string]any
	if err := json.Unmarshal(text, &fields); err != nil {
		panic(err) // it was written a moment ago
	}
	var found broken
	walkTexts(&found, "", "", fields)
	return found
}

func walkTexts(found *broken, path, name string, value any) {
	switch v := value.(type) {
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(v)) {
			walkTexts(found, strings.TrimPrefix(path+"."+key, "."), key, v[key])
		}
	case []any:
		for i, item := range v {
			walkTexts(found, fmt.Sprintf("%s[%d]", path, i), name, item)
		}
	case string:
		limit, exempt := longTexts[name]
		if !exempt {
			limit = maxText
		}
		if characters := utf8.RuneCountInString(v); characters > limit {
			found.add(path, "has %d characters, at most %d are allowed", characters, limit)
		}
		if strings.ContainsFunc(v, unicode.IsControl) {
			found.add(path, "holds a control character")
		}
	}
}
