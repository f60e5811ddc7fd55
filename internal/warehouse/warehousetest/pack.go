package warehousetest

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"vmsflow/internal/increff"
	"vmsflow/internal/increff/increfftest"
	"vmsflow/internal/simulate"
)

const packPath = "/usp/order/pack"

// maxRefusals is how often the warehouse tries again what the gateway refuses. A refusal may pass, such as a
// pack that comes before vmsflow knows that its release arrived; the pause doubles up to maxPause.
const (
	maxRefusals = 20
	maxPause    = 30 * time.Second
)

// variant is one pack that is reported for an order.
type variant string

const (
	right   variant = "right"
	again   variant = "again"    // the right one once more
	early   variant = "early"    // before the release
	tooMany variant = "too_many" // more than released
)

// pack reports a pack after a delay, again and again until the gateway has an answer for the packer.
func (s *Server) pack(e *entry, which variant, delay time.Duration) {
	s.jobs.After(delay, func(ctx context.Context) {
		report, ok := s.prepare(e, which)
		if !ok {
			return
		}
		reply := s.gateway.Post(ctx, packPath, report)
		if ctx.Err() != nil {
			return
		}
		s.recordPack(e, which, report, reply)
		if reply.Again() {
			s.pack(e, which, reply.Wait)
			return
		}
		if next := s.settle(e, which, reply); next != nil {
			next()
		}
	})
}

// prepare writes the report. It is false when there is nothing to pack any more.
func (s *Server) prepare(e *entry, which variant) ([]byte, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if e.remaining() == 0 || which == early && e.released {
		return nil, false
	}
	e.attempts++
	switch which {
	case early:
		return e.encode(e.open), true
	case tooMany:
		extra := e.items[0].ChannelSkuCode
		return e.encode(func(sku string) int {
			if sku == extra {
				return e.ordered[sku] + 1
			}
			return e.open(sku)
		}), true
	default:
		if e.report == nil {
			e.find()
			e.packed = map[string]int{}
			e.report = e.encode(func(sku string) int {
				e.packed[sku] = min(e.found[sku], e.open(sku))
				return e.packed[sku]
			})
		}
		return e.report, true
	}
}

func (e *entry) encode(quantity func(sku string) int) []byte {
	units := 0
	request := increff.PackRequest{
		OrderCode: e.code, LocationCode: e.pob, ChannelName: increff.ChannelName, PackageSku: "POLY-M",
		FulfillmentType: increff.BlockComplete,
		PackageDetails:  &increff.PackageDetails{Length: 32, Breadth: 24, Height: 6}, // centimetres
	}
	for _, item := range e.items {
		packed := quantity(item.ChannelSkuCode)
		units += packed
		request.ShipmentItems = append(request.ShipmentItems, increff.ShipmentItem{
			ChannelSkuCode: item.ChannelSkuCode, QuantityToPack: new(packed),
		})
	}
	if units < e.remaining() {
		request.FulfillmentType = increff.SingleShipmentPartial
	}
	request.Weight = new(float64(40 + 200*units)) // grams: the bag and its shirts
	return encode(request)
}

// settle judges the gateway's answer and says what the packer does next; nil is nothing.
func (s *Server) settle(e *entry, which variant, reply increfftest.Reply) func() {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch which {
	case early:
		if reply.Status != http.StatusBadRequest && !e.released {
			s.violated("order %s: packed before its release and answered %d", e.code, reply.Status)
		}
		return nil
	case tooMany:
		if reply.Status != http.StatusBadRequest {
			s.violated("order %s: packed more than released and answered %d", e.code, reply.Status)
			return nil
		}
		return func() { s.pack(e, right, 0) }
	case again:
		if !reply.OK() || !sameJSON(reply.Body, encode(e.label)) {
			s.violated("order %s: the pack again was answered %d, or not as the first time", e.code, reply.Status)
		}
		return nil
	case right:
	}
	switch {
	case reply.OK():
		return s.labelled(e, reply)
	case reply.Code() == increff.OrderCancelled:
		e.status, e.putBack, e.packed = PutBack, true, nil
		e.answer = increff.OrderCancelled
		return nil
	default:
		return s.refusedPack(e, reply)
	}
}

// labelled sticks the label on the parcel, which then waits for its manifest.
func (s *Server) labelled(e *entry, reply increfftest.Reply) func() {
	var label increff.PackResponse
	err := json.Unmarshal(reply.Body, &label)
	if err != nil || label.ShippingLabel.AwbNumber == "" || label.ShippingLabel.Transporter == "" ||
		label.ShippingLabel.ShippingLabelURL == "" || label.InvoiceURL == "" {
		s.violated("order %s: the pack was answered 200 without label or invoice", e.code)
		return func() { s.pack(e, right, reply.Wait) }
	}
	if wrong := e.mislabelled(); wrong != "" {
		s.violated("order %s: the pack got a label although %s", e.code, wrong)
	}
	e.label, e.status, e.answer = &label, Labelled, ""
	full := s.putIntoBay(e)
	return func() {
		if e.behaviour == Twice {
			s.pack(e, again, 0)
		}
		if full != nil {
			s.manifest(full, 0)
		}
	}
}

// mislabelled says why a parcel should not have got its label, "" when it should: an order without units is
// cancelled, whichever model it is on (contracts/increff-erp.md §4.1, §8.1).
func (e *entry) mislabelled() string {
	units := 0
	for sku, packed := range e.packed {
		units += packed
		if packed > e.open(sku) {
			return fmt.Sprintf("%d units of %s are packed and only %d are left to pack", packed, sku, e.open(sku))
		}
	}
	switch {
	case e.remaining() == 0:
		return "every unit is stopped"
	case units == 0:
		return "nothing is packed"
	default:
		return ""
	}
}

func (s *Server) refusedPack(e *entry, reply increfftest.Reply) func() {
	e.refusals++
	e.answer = fmt.Sprintf("%d %s %s", reply.Status, reply.Code(), reply.Error().Description)
	e.report, e.packed = nil, nil
	if e.refusals >= maxRefusals {
		e.status = Refused
		return nil
	}
	wait := pause(reply.Wait, e.refusals)
	return func() { s.pack(e, right, wait) }
}

// pause doubles the wait with every refusal.
func pause(wait time.Duration, refusals int) time.Duration {
	return min(wait<<min(refusals-1, 10), maxPause)
}

func (s *Server) recordPack(e *entry, which variant, report []byte, reply increfftest.Reply) {
	s.Ledger.Record(simulate.Call{
		At: time.Now(), System: "warehouse", Name: CallPack, Client: e.pob, Key: e.code,
		Status: reply.Status, Effect: reply.OK(),
		Detail: encode(map[string]any{
			"variant": which, "request": json.RawMessage(report), "code": reply.Code(), "description": reply.Error().Description,
		}),
	})
}

func encode(v any) []byte {
	encoded, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("warehousetest: %v", err))
	}
	return encoded
}

// sameJSON compares a body with our reading of the first one, in our spelling.
func sameJSON(body, first []byte) bool {
	var label increff.PackResponse
	return json.Unmarshal(body, &label) == nil && bytes.Equal(encode(label), first)
}
