// Package ajio is the client of Ajio's VMS (drop-ship) API for one POB: the pendency, the acknowledgement, orders
// with their purchase orders, the B2B invoice, documents, manifests and returns (contracts/ajio-vms.md).
//
// A method is one call: it signs in, throws away nothing that Ajio said, and tells by the Kind of its error what
// to do next. It repeats a call only once, after a 401, because such a call has had no effect; everything else is
// the caller's to repeat, by the rules of contracts/ajio-vms.md §11. It knows nothing of workflows, of the
// database or of what an order needs next; it never logs.
//
// Shapes stand in internal/ajio/wire, the simulator in internal/ajio/ajiotest.
package ajio
