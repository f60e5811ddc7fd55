// Package einvoice judges the B2B e-invoice that a client's ERP posts, by the rules INV-1 to INV-7
// (contracts/increff-erp.md §3.1) with the law behind them (internal/gst).
//
// Check is the one function that does it. The gateway calls it to answer the sender; the order's workflow calls it
// again, in a local activity, because an adapter may signal an invoice past the gateway. Everything here is pure: what
// is known of the order and of the environment are parameters.
package einvoice
