package gst

import "slices"

// Split is how the tax of a supply is divided.
type Split string

// The two splits.
const (
	IGST        Split = "IGST"
	CGSTAndSGST Split = "CGST+SGST" // half the rate each
)

// SupplyType is the IRP's SupTyp (contracts/gst-einvoice.md §7, documented).
type SupplyType string

// The types of supplies. vmsflow makes B2B only.
const (
	B2B                  SupplyType = "B2B"
	SEZWithPayment       SupplyType = "SEZWP"
	SEZWithoutPayment    SupplyType = "SEZWOP"
	ExportWithPayment    SupplyType = "EXPWP"
	ExportWithoutPayment SupplyType = "EXPWOP"
	DeemedExport         SupplyType = "DEXP"
)

var supplyTypes = []SupplyType{B2B, SEZWithPayment, SEZWithoutPayment, ExportWithPayment, ExportWithoutPayment, DeemedExport}

// TaxSplit returns the split of a supply: by the two states, IGST always for SEZ and exports and where igstOnIntra is
// set (contracts/gst-einvoice.md §8, documented). A deemed export stays in the country and goes by the states
// [assumed]. TAX-001 when the type or a state code of two digits is unknown: a guess would be wrong on paper.
func TaxSplit(sellerState, placeOfSupply string, igstOnIntra bool, supplyType SupplyType) (Split, error) {
	var vs Violations
	for _, state := range []struct{ field, code string }{{"Stcd", sellerState}, {"Pos", placeOfSupply}} {
		if _, ok := stateNames[state.code]; !ok {
			vs = append(vs, violation(WrongSplit, state.field, "no state has the code %q, so the tax split cannot be told", state.code))
		}
	}
	if !slices.Contains(supplyTypes, supplyType) {
		vs = append(vs, violation(WrongSplit, "SupTyp", "%q is no type of supply", supplyType))
	}
	if len(vs) > 0 {
		return "", vs
	}
	byStates := supplyType == B2B || supplyType == DeemedExport
	if byStates && sellerState == placeOfSupply && !igstOnIntra {
		return CGSTAndSGST, nil
	}
	return IGST, nil
}
