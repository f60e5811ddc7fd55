package irp

import (
	"encoding/json"
	"slices"
	"strings"

	"vmsflow/internal/irp/wire"
)

// special are the codes that do not simply mean a refusal for a person, the one that decides first
// (contracts/gst-einvoice.md §6.4). Any other code, also one that we do not know, is KindRefused.
var special = []struct {
	code string
	kind Kind
}{
	{wire.CodeInvalidToken, KindAuth},
	{wire.CodeLogin, KindAuth},
	{wire.CodeClient, KindAuth},
	{wire.CodeDuplicate, KindDuplicate},
	{wire.CodeNotActive, KindNotActive},
	{wire.CodeTooOldToRead, KindTooOld},
	{wire.CodeCancelTooLate, KindTooLate},
}

// notThere are the codes by which a read says that there is no such registration.
var notThere = []string{wire.CodeOtherGSTIN, wire.CodeNotAvailable, wire.CodeNotFound}

// mend says to an operator what a code asks for, where the IRP's words alone do not
// (contracts/gst-einvoice.md §6.4, assumed).
var mend = map[string]string{
	wire.CodeLogin:          "mend user name or password",
	wire.CodeClient:         "mend client id or secret",
	wire.CodeSchema:         "a field of the document does not keep the schema",
	wire.CodeIGSTOnIntra:    "the place of supply is wrong",
	wire.CodeHSN:            "mend the HSN code in the article master",
	wire.CodeSumOfItems:     "an error of vmsflow: report it",
	wire.CodeTotal:          "an error of vmsflow: report it",
	wire.CodeAssessable:     "an error of vmsflow: report it",
	wire.CodeSerialTwice:    "an error of vmsflow: report it",
	wire.CodeHalvesDiffer:   "an error of vmsflow: report it",
	wire.CodeBuyerURP:       "the buyer needs a GSTIN",
	wire.CodeSellerState:    "mend the seller's state in the configuration",
	wire.CodeBuyerState:     "mend the buyer's state in the configuration",
	wire.CodeGSTINInvalid:   "mend the GSTIN",
	wire.CodeGSTINInactive:  "the party's registration is not active: ask it",
	wire.CodeEWayBillActive: "cancel the e-way bill first",
	wire.CodeCancelTooLate:  "make a credit note instead",
	wire.CodeTooOldToRead:   "look it up in the portal",
}

// kindOf judges a refusal by its codes.
func kindOf(codes []string) Kind {
	for _, s := range special {
		if slices.Contains(codes, s.code) {
			return s.kind
		}
	}
	return KindRefused
}

// isNotThere reports whether every code of a refusal says so: beside another code it would be a guess.
func isNotThere(codes []string) bool {
	for _, code := range codes {
		if !slices.Contains(notThere, code) {
			return false
		}
	}
	return len(codes) > 0
}

// reasons takes codes and an operator's message out of ErrorDetails. What is no list of reasons is its own message.
func reasons(details json.RawMessage) (codes []string, message string) {
	var list []wire.ErrorDetail
	if json.Unmarshal(details, &list) != nil {
		return nil, string(details)
	}
	var texts []string
	for _, reason := range list {
		code, text := string(reason.ErrorCode), string(reason.ErrorMessage)
		if code != "" {
			codes = append(codes, code)
		}
		if advice := mend[code]; advice != "" {
			text = strings.TrimSpace(text + " (" + advice + ")")
		}
		texts = append(texts, strings.Trim(code+": "+text, ": "))
	}
	if message = strings.Join(texts, "; "); message == "" {
		message = "no reason was given"
	}
	return codes, message
}
