// Package ajiotest is a simulator of Ajio's VMS API: a real HTTP server with the rules, the life cycle and the
// oddities of contracts/ajio-vms.md §9, in the manner of net/http/httptest. What the contract marks as assumed is
// enforced here as written, so that client and workflows are held to one reading of it.
//
// Its ledger keeps every call and its state can be read at any time; end-to-end tests compare both with what
// vmsflow believes. Faults are drawn per call name. Time is the caller's clock: tokens, purchase orders, documents
// and the customers' cancellations all become due by it, whenever somebody next looks.
//
// It is for tests, the demo and development only. The client's other end stands in internal/ajio, what both share
// in internal/ajio/wire.
package ajiotest
