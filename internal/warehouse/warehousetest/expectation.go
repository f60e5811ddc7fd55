package warehousetest

import (
	"slices"

	"vmsflow/internal/increff"
	"vmsflow/internal/warehouse"
)

// Unit is one unit on its way back, under the code by which its QC is reported.
type Unit struct {
	Code string `json:"code"`
	SKU  string `json:"sku"`
}

// expectation is a return that vmsflow has announced.
type expectation struct {
	body  warehouse.ReturnOrder
	units []Unit
}

type expectBody warehouse.ReturnOrder

func (b expectBody) location() string { return b.LocationCode }
func (b expectBody) code() string     { return b.ReturnOrderCode }

// takeExpectation books a return that is on its way. A known code is answered with success and nothing is done, even when
// other units are announced (contracts/increff-erp.md §8); that is a violation, since the warehouse would not learn it.
func (s *Server) takeExpectation(code string, body expectBody) outcome {
	if broken := s.brokenExpectation(body); broken != nil {
		return outcome{broken: broken}
	}
	e := &expectation{body: warehouse.ReturnOrder(body)}
	for _, item := range body.OrderItems {
		e.units = append(e.units, Unit{Code: item.ItemCode, SKU: item.ChannelSkuCode})
	}
	if known := s.expected[key(body.LocationCode, code)]; known != nil {
		if !slices.Equal(known.units, e.units) {
			s.violated("return %s: announced again with other units", code)
		}
		return outcome{}
	}
	s.expected[key(body.LocationCode, code)] = e
	s.announced = append(s.announced, e)
	return outcome{effect: true}
}

func (s *Server) brokenExpectation(body expectBody) []string {
	var broken []string
	for _, mandatory := range []struct{ field, value string }{
		{"returnOrderCode", body.ReturnOrderCode}, {"forwardOrderCode", body.ForwardOrderCode},
		{"locationCode", body.LocationCode}, {"returnOrderStatus", body.ReturnOrderStatus},
	} {
		if mandatory.value == "" {
			broken = append(broken, mandatory.field+": missing")
		}
	}
	if body.ReturnOrderTime.IsZero() {
		broken = append(broken, "returnOrderTime: missing")
	}
	if body.OrderType != increff.CustomerReturn && body.OrderType != increff.ReturnToOrigin {
		broken = append(broken, "orderType: "+body.OrderType)
	}
	if len(body.OrderItems) == 0 {
		broken = append(broken, "orderItems: empty")
	}
	forward := s.orders[key(body.LocationCode, body.ForwardOrderCode)] // nil for an order that was never shipped from here
	seen := map[string]bool{}
	for _, item := range body.OrderItems {
		switch {
		case item.ItemCode == "" || seen[item.ItemCode]:
			broken = append(broken, item.ItemCode+": itemCode is empty or stands twice; one row is one unit")
		case forward != nil && forward.ordered[item.ChannelSkuCode] == 0:
			broken = append(broken, item.ChannelSkuCode+": not in the forward order")
		}
		seen[item.ItemCode] = true
	}
	return broken
}

// Expected returns the units that vmsflow has announced for a return; false as long as it has not.
func (s *Server) Expected(pob, returnCode string) ([]Unit, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	e := s.expected[key(pob, returnCode)]
	if e == nil {
		return nil, false
	}
	return slices.Clone(e.units), true
}
