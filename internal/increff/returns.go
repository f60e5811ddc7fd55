package increff

import "vmsflow/internal/order"

// The kinds of return order. Increff knows a third, SELF_SHIP, which is never sent for Ajio
// (contracts/increff-erp.md §5.3, documented).
const (
	CustomerReturn = "CUSTOMER_RETURN"
	ReturnToOrigin = "RETURN_TO_ORIGIN"
)

// ProductMissing is the qcReason of a unit that was not in the parcel (contracts/increff-erp.md §4.2, documented).
const ProductMissing = "PRODUCT_MISSING"

// ReturnOrderType names a kind of return in Increff's words.
func ReturnOrderType(kind order.ReturnKind) string {
	if kind == order.RTO {
		return ReturnToOrigin
	}
	return CustomerReturn
}
