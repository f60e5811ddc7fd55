package gst

import (
	"regexp"
)

// stateNames are the codes of states and territories (contracts/gst-einvoice.md §4, documented).
var stateNames = map[string]string{
	"01": "Jammu and Kashmir", "02": "Himachal Pradesh", "03": "Punjab", "04": "Chandigarh", "05": "Uttarakhand",
	"06": "Haryana", "07": "Delhi", "08": "Rajasthan", "09": "Uttar Pradesh", "10": "Bihar", "11": "Sikkim",
	"12": "Arunachal Pradesh", "13": "Nagaland", "14": "Manipur", "15": "Mizoram", "16": "Tripura", "17": "Meghalaya",
	"18": "Assam", "19": "West Bengal", "20": "Jharkhand", "21": "Odisha", "22": "Chhattisgarh",
	"23": "Madhya Pradesh", "24": "Gujarat", "26": "Dadra and Nagar Haveli and Daman and Diu", "27": "Maharashtra",
	"29": "Karnataka", "30": "Goa", "31": "Lakshadweep", "32": "Kerala", "33": "Tamil Nadu", "34": "Puducherry",
	"35": "Andaman and Nicobar", "36": "Telangana", "37": "Andhra Pradesh", "38": "Ladakh",
	"96": "other countries", "97": "other territory",
}

var pinPattern = regexp.MustCompile(`^[1-9][0-9]{5}$`)

// StateName returns the name of a state by its code of two digits; false when there is no such state.
func StateName(code string) (string, bool) {
	name, ok := stateNames[code]
	return name, ok
}

// StateOf returns the state code in the first two digits of a GSTIN (contracts/gst-einvoice.md §4, documented).
// GST-003 when no state has it. It looks at nothing else: sandbox identities have a state as well.
func StateOf(gstin string) (string, error) {
	code := gstin[:min(2, len(gstin))]
	if _, ok := stateNames[code]; !ok {
		return "", violated(StateDiffers, "", "%q begins with no state code", gstin)
	}
	return code, nil
}

// ValidateState checks that an address lies in the state of its party's GSTIN (contracts/gst-einvoice.md §7,
// documented). Otherwise GST-003. The code may lack its leading zero, as Stcd may.
func ValidateState(gstin, code string) error {
	state, err := StateOf(gstin)
	if err != nil {
		return err
	}
	if len(code) == 1 {
		code = "0" + code
	}
	if code != state {
		return violated(StateDiffers, "", "state %q differs from that of GSTIN %s, %s %s", code, gstin, state, stateNames[state])
	}
	return nil
}

// ValidPIN says whether a PIN code has 6 digits, the first not 0 (contracts/gst-einvoice.md §4, documented).
func ValidPIN(pin string) bool { return pinPattern.MatchString(pin) }
