// Package increff holds what the two Increff-compatible interfaces share: the time type, the error body, the
// bodies of the calls that vmsflow serves, and the rules for the calls that vmsflow makes
// (contracts/increff-erp.md §2 to §4).
//
// It knows shapes, not meanings: which pack is allowed or which invoice is right stands in internal/order and
// in the gateway. The clients built on it are internal/erp and internal/warehouse. Field names are Increff's,
// letter for letter; that is why some abbreviations are not written as Go would have them.
package increff

// ChannelName is what Increff's bodies call Ajio.
const ChannelName = "AJIO"

// OrderType is the only kind of forward order on this channel: a sales order.
const OrderType = "SO"

// None is a list that the contract wants to see and that is always empty: it is written as [] and reads any
// list without keeping it.
type None [0]struct{}
