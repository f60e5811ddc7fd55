package rms

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"vmsflow/internal/gst"
)

// Party is the seller or the buyer as an invoice names it. The lengths of its texts are the IRP's
// (contracts/gst-einvoice.md §7, documented); no text may hold a quotation mark or a backslash.
type Party struct {
	GSTIN     string `json:"gstin"`
	LegalName string `json:"legal_name"`         // 3 to 100 characters
	Address1  string `json:"address1"`           // 1 to 100
	Address2  string `json:"address2,omitempty"` // 3 to 100, or empty
	Location  string `json:"location"`           // the town, 3 to 50
	StateCode string `json:"state_code"`         // two digits, those of the GSTIN
	PIN       string `json:"pin"`                // 6 digits
}

// Problems checks a party; who is SellerDtls or BuyerDtls. The channels file can be judged with it before there is
// any order.
func (p Party) Problems(who string) Problems {
	var found Problems
	bad := func(field, format string, args ...any) {
		found = append(found, problem(BadParty, who+"."+field, "%s; mend the channel's configuration", fmt.Sprintf(format, args...)))
	}
	if err := gst.ValidateGSTIN(p.GSTIN, nil); err != nil {
		bad("Gstin", "%v", err)
	} else if err := gst.ValidateState(p.GSTIN, p.StateCode); err != nil {
		bad("Stcd", "%v", err)
	}
	for _, text := range []struct {
		field, value string
		least, most  int
	}{
		{"LglNm", p.LegalName, 3, 100}, {"Addr1", p.Address1, 1, 100}, {"Addr2", p.Address2, 3, 100}, {"Loc", p.Location, 3, 50},
	} {
		if text.field == "Addr2" && text.value == "" {
			continue
		}
		if why := textProblem(text.value, text.least, text.most); why != "" {
			bad(text.field, "%s", why)
		}
	}
	if !gst.ValidPIN(p.PIN) {
		bad("Pin", "%q is no PIN code: 6 digits, the first not 0", p.PIN)
	}
	return found
}

// textProblem says why the IRP would refuse a text; empty when it would not.
func textProblem(text string, least, most int) string {
	switch length := utf8.RuneCountInString(strings.TrimSpace(text)); {
	case length < least || length > most:
		return fmt.Sprintf("%q has %d characters, %d to %d are needed", text, length, least, most)
	case strings.ContainsAny(text, `"\`):
		return fmt.Sprintf("%q has a quotation mark or a backslash, which the IRP does not take", text)
	case strings.ContainsFunc(text, unicode.IsControl) || !utf8.ValidString(text):
		return fmt.Sprintf("%q has characters that cannot be printed", text)
	}
	return ""
}
