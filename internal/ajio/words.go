package ajio

import (
	"bytes"
	"encoding/json"
	"strings"

	"vmsflow/internal/ajio/wire"
)

// words is what an answer says of the call's fate, in whichever of Ajio's shapes.
type words struct {
	status      string // "" when there is none
	message     string
	success     string // the JSON of "success": a boolean in the envelope, a list in the acknowledgement
	failedItems []json.RawMessage
}

// readWords takes an answer's fate out of its body. A body that is no JSON object is its own message.
func readWords(body []byte) words {
	var fields struct {
		Status       wire.Text       `json:"status"`
		ErrorMessage wire.Text       `json:"error_message"`
		Success      json.RawMessage `json:"success"`
		FailedItems  json.RawMessage `json:"failed_items"`
	}
	if start := bytes.TrimSpace(body); len(start) == 0 || start[0] != '{' || wire.Decode(body, &fields) != nil {
		return words{message: string(bytes.ToValidUTF8(body[:min(len(body), 4*maxMessage)], nil))}
	}
	said := words{status: string(fields.Status), message: string(fields.ErrorMessage), success: string(fields.Success)}
	_ = json.Unmarshal(fields.FailedItems, &said.failedItems) // anything but a list names nothing
	if said.message == "" && len(said.failedItems) > 0 {
		said.message = itemMessage(said.failedItems[0])
	}
	return said
}

// refused reports whether an answer with HTTP 200 is a refusal all the same (contracts/ajio-vms.md §2.1).
func (w words) refused(partial bool) bool {
	switch {
	case w.success == "false":
		return true
	case partial:
		return false
	default:
		return strings.EqualFold(w.status, wire.Failed) || len(w.failedItems) > 0
	}
}

// itemMessage is what Ajio says of one failed item, as it stands when it has another shape than documented.
func itemMessage(item json.RawMessage) string {
	var failed wire.FailedItem
	if json.Unmarshal(item, &failed) == nil && failed.ErrorMessage != "" {
		return string(failed.ErrorMessage)
	}
	return string(item)
}

// settle judges the outcome that a writing call states. FAILED was found before. An answer without a status says
// nothing about the effect; one with a status that we do not know is for a person.
func (c *Client) settle(k call, outcome wire.Outcome) error {
	switch status := string(outcome.Status); {
	case strings.EqualFold(status, wire.Success):
		return nil
	case status == "":
		return c.failed(k, KindMalformed, 200, "the answer does not say whether the call succeeded")
	default:
		return c.failed(k, KindRefused, 200, "unexpected status "+status+" "+string(outcome.ErrorMessage))
	}
}
