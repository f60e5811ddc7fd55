// Package irptest is a simulator of the invoice registration portal: a real HTTP server with the rules of
// contracts/gst-einvoice.md §6, §7 and §16, in the manner of net/http/httptest. What the contract marks as assumed is
// enforced here as written, so that client and invoicing are held to one reading of it.
//
// It signs with a key of its own and the issuer "SIM", so that no document of it can pass for a real one. Its ledger
// keeps every call and its state every document; end-to-end tests compare both with what vmsflow believes. Faults are
// drawn per call name. Time is the caller's clock.
//
// It is for tests, the demo and development only. The client's other end stands in internal/irp, what both share in
// internal/irp/wire.
package irptest
