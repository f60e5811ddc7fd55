package irp

import "encoding/json"

// The real interface wraps the body of a request and the Data of an answer as base64 of a text that is encrypted with
// a key agreed on at the login; between vmsflow and the simulator both travel as plain JSON
// (contracts/gst-einvoice.md §6, assumed). These two functions are the only place that would change.

// seal makes the body of a request.
func seal(content any) ([]byte, error) { return json.Marshal(content) }

// unseal reads the Data of an answer.
func unseal(data json.RawMessage, into any) error { return json.Unmarshal(data, into) }
