package erptest

import "strings"

// spoilSignature changes the first character of the signature, which always changes its bytes.
func spoilSignature(token string) string {
	at := strings.LastIndexByte(token, '.') + 1
	other := "A"
	if token[at] == 'A' {
		other = "B"
	}
	return token[:at] + other + token[at+1:]
}
