// Package order holds what an order is and which rules bind it: money, quantities that must add up, stages,
// outcomes, the cancellation table and the checks on an ERP's invoice.
//
// Everything here is pure: no clock, no I/O, nothing of Temporal. Workflows, activities and the gateway share
// it, so that a document is judged by the same function at the door and inside the order.
package order
