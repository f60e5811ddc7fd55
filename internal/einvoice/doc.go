// Package einvoice judges the two documents that a client's ERP posts, by the rules of contracts/increff-erp.md with the
// law behind them (internal/gst): the B2B e-invoice by INV-1 to INV-7 (§3.1), the credit note over a return by CN-1 to
// CN-3 (§3.2).
//
// Check and CheckCreditNote do it. The gateway calls them to answer the sender; the workflow of the order or return calls
// them again, in a local activity, because an adapter may signal a document past the gateway. Everything here is pure: what
// is known of the order and of the environment are parameters.
package einvoice
