package ajio

import "vmsflow/internal/ajio/wire"

// Limits that callers plan with.
const (
	PageSize     = wire.MaxPageSize  // rows of a page of the pendency or of the returns
	MaxOrderIDs  = wire.MaxOrderIDs  // ids in one call of Orders
	MaxReturnIDs = wire.MaxReturnIDs // ids in one call of ReturnsByID
	MaxShipments = wire.MaxManifest  // shipments in one manifest
)

// Status is an order's status at Ajio. A value that is not listed here is for a person to look at.
type Status = wire.Status

// The statuses (contracts/ajio-vms.md §5.3, documented).
const (
	StatusCancelled       = wire.StatusCancelled
	StatusConfirmed       = wire.StatusConfirmed
	StatusPacked          = wire.StatusPacked
	StatusReadyToDispatch = wire.StatusReadyToDispatch
	StatusDispatched      = wire.StatusDispatched
	StatusDelivered       = wire.StatusDelivered
)

// CancelReason is why the seller cancels.
type CancelReason = wire.CancelReason

// The reasons (contracts/ajio-vms.md §5.4, assumed).
const (
	ReasonOutOfStock    = wire.ReasonOutOfStock
	ReasonDamaged       = wire.ReasonDamaged
	ReasonSellerRequest = wire.ReasonSellerRequest
)
