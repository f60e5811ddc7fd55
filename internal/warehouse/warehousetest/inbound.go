package warehousetest

import (
	"maps"

	"vmsflow/internal/increff"
	"vmsflow/internal/warehouse"
)

// about is a body that knows its location and, when the path does not name it, its order or return.
type about interface {
	location() string
	code() string
}

type (
	outwardBody warehouse.OutwardOrder

	releaseBody struct {
		DispatchByTime      increff.Time `json:"dispatchByTime"`
		LocationCode        string       `json:"locationCode"`
		OnHold              *bool        `json:"onHold"`
		StartProcessingTime increff.Time `json:"startProcessingTime"`
	}

	stopBody struct {
		LocationCode string `json:"locationCode"`
		OrderItems   []struct {
			ChannelSkuCode    string `json:"channelSkuCode"`
			CancelledQuantity int    `json:"cancelledQuantity"`
			OrderItemCode     string `json:"orderItemCode"`
		} `json:"orderItems"`
	}
)

func (b outwardBody) location() string { return b.LocationCode }
func (b outwardBody) code() string     { return b.OrderCode }
func (b releaseBody) location() string { return b.LocationCode }
func (b releaseBody) code() string     { return "" }
func (b stopBody) location() string    { return b.LocationCode }
func (b stopBody) code() string        { return "" }

// takeOrder books an order on hold. A known code is answered with success and nothing is done, even when it is
// another order (contracts/increff-erp.md §8); that is a violation, since codes are never used again.
func (s *Server) takeOrder(code string, body outwardBody) outcome {
	if broken := brokenOrder(body); broken != nil {
		return outcome{broken: broken}
	}
	ordered := map[string]int{}
	for _, item := range body.OrderItems {
		ordered[item.ChannelSkuCode] = item.Quantity
	}
	if known := s.orders[key(body.LocationCode, code)]; known != nil {
		if !maps.Equal(known.ordered, ordered) {
			s.violated("order %s: sent again with other units", code)
		}
		return outcome{}
	}
	e := &entry{code: code, pob: body.LocationCode, items: body.OrderItems, ordered: ordered, behaviour: Full, status: OnHold}
	if s.options.Behaviour != nil {
		e.behaviour = orDefault(s.options.Behaviour(code), Full)
	}
	s.orders[key(e.pob, e.code)] = e
	s.arrival = append(s.arrival, e)
	done := outcome{effect: true}
	if e.behaviour == BeforeRelease {
		done.next = func() { s.pack(e, early, s.options.PackDelay) }
	}
	return done
}

func brokenOrder(body outwardBody) []string {
	var broken []string
	for field, value := range map[string]string{
		"orderCode": body.OrderCode, "parentOrderCode": body.ParentOrderCode, "locationCode": body.LocationCode,
		"orderType": body.OrderType, "paymentMethod": body.PaymentMethod,
	} {
		if value == "" {
			broken = append(broken, field+": missing")
		}
	}
	if body.OrderTime.IsZero() || body.DispatchByTime.IsZero() || body.StartProcessingTime.IsZero() {
		broken = append(broken, "orderTime, dispatchByTime, startProcessingTime: all three are mandatory")
	}
	if !body.OnHold {
		broken = append(broken, "onHold: an order comes on hold")
	}
	if len(body.OrderItems) == 0 {
		broken = append(broken, "orderItems: empty")
	}
	seen := map[string]bool{}
	for _, item := range body.OrderItems {
		if seen[item.ChannelSkuCode] {
			broken = append(broken, item.ChannelSkuCode+": a SKU stands once per order")
		}
		if item.Quantity <= 0 || item.OrderItemCode == "" {
			broken = append(broken, item.ChannelSkuCode+": quantity or orderItemCode missing")
		}
		seen[item.ChannelSkuCode] = true
	}
	return broken
}

// takeRelease lifts the hold; a second release changes nothing.
func (s *Server) takeRelease(code string, body releaseBody) outcome {
	e := s.orders[key(body.LocationCode, code)]
	switch {
	case e == nil:
		return refused("orderCode: unknown at this location")
	case body.OnHold == nil || *body.OnHold:
		return refused("onHold: a hold can only be lifted")
	case body.DispatchByTime.IsZero() || body.StartProcessingTime.IsZero():
		return refused("dispatchByTime, startProcessingTime: mandatory")
	case e.released:
		return outcome{}
	case e.remaining() == 0:
		return refused("orderCode: every unit is stopped")
	}
	e.released, e.status = true, Picking
	first := right
	if e.behaviour == TooMany {
		first = tooMany
	}
	return outcome{effect: true, next: func() { s.pack(e, first, s.options.PackDelay) }}
}

// takeStop takes units away. Totals are absolute, so a total that is reached already changes nothing. Units in a
// labelled parcel cannot be taken away any more: that is refused, without being a fault of vmsflow's, which may ask
// while the packer is at it. A pack that has no answer yet is reported anew without the units that are gone.
func (s *Server) takeStop(code string, body stopBody) outcome {
	e := s.orders[key(body.LocationCode, code)]
	if e == nil {
		return refused("orderCode: unknown at this location")
	}
	stopped := maps.Clone(e.stopped)
	if stopped == nil {
		stopped = map[string]int{}
	}
	var tooLate []string
	for _, item := range body.OrderItems {
		ordered, known := e.ordered[item.ChannelSkuCode]
		switch {
		case !known:
			return refused("%s: not in the order", item.ChannelSkuCode)
		case item.CancelledQuantity < 0 || item.CancelledQuantity > ordered:
			return refused("%s: cancelledQuantity %d of %d", item.ChannelSkuCode, item.CancelledQuantity, ordered)
		case item.CancelledQuantity < stopped[item.ChannelSkuCode]:
			return refused("%s: cancelledQuantity is a total and cannot shrink", item.ChannelSkuCode)
		case e.label != nil && ordered-item.CancelledQuantity < e.packed[item.ChannelSkuCode]:
			tooLate = append(tooLate, item.ChannelSkuCode+": packed already")
		}
		stopped[item.ChannelSkuCode] = item.CancelledQuantity
	}
	if tooLate != nil {
		return outcome{tooLate: tooLate}
	}
	effect := !maps.Equal(stopped, e.stopped)
	e.stopped = stopped
	if effect && e.label == nil {
		e.report = nil
	}
	if e.remaining() == 0 && e.label == nil {
		e.status, e.packed = Stopped, nil
		e.putBack = e.released
	}
	return outcome{effect: effect}
}

func key(location, order string) string { return location + "/" + order }
