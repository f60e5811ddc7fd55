package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"vmsflow/internal/inbox"
	"vmsflow/internal/increff"
	"vmsflow/internal/order"
	"vmsflow/internal/postgres"
	"vmsflow/workflows/contract"
)

// pollEvery is how often a waiting pack looks for its documents: often enough that the packer does not notice,
// seldom enough that hundreds of them do not press the database.
const pollEvery = 150 * time.Millisecond

// putBack is what a packer has to know about a cancelled order.
const putBack = "the order is cancelled: put the goods back, no label will come"

// pack takes the warehouse's report of a packed order and answers with label and B2C invoice: POST /usp/order/pack
// (contracts/increff-erp.md §4.1). The packer stands there and waits.
func (s *server) pack(ctx context.Context, c *call) (any, error) {
	var request increff.PackRequest
	if problems := decode(c.body, &request); len(problems) > 0 {
		return nil, badData(problems)
	}
	problems := append(checkTexts(request), checkPack(request)...)
	if request.LocationCode != "" && !c.caller.has(request.LocationCode) {
		problems.add("locationCode", "%s is not a location of this credential", request.LocationCode)
	}
	if err := problems.refused(); err != nil {
		return nil, err
	}
	o, err := s.db.Order(ctx, request.LocationCode, request.OrderCode)
	if errors.Is(err, postgres.ErrNotFound) {
		problems.add("orderCode", "%s is not an order of location %s", request.OrderCode, request.LocationCode)
		return nil, badData(problems)
	}
	if err != nil {
		return nil, err
	}
	c.pob, c.orderID = o.Order.Pob, o.Order.ID
	if err := checkPacked(request, o); err != nil {
		return nil, err
	}
	message, err := s.accept(ctx, c, contract.SignalPacked, c.pob+"/"+c.orderID, request)
	if err != nil {
		return nil, err
	}
	err = s.deliver(ctx, message)
	closed := errors.Is(err, inbox.ErrClosed)
	if err != nil && !closed {
		return nil, err
	}
	return s.awaitLabel(ctx, c, closed)
}

// checkPack judges what can be judged without the order.
func checkPack(r increff.PackRequest) (problems broken) {
	for _, mandatory := range []struct{ field, value string }{
		{"orderCode", r.OrderCode}, {"locationCode", r.LocationCode}, {"channelName", r.ChannelName},
	} {
		if mandatory.value == "" {
			problems.add(mandatory.field, "is missing")
		}
	}
	if r.ChannelName != "" && !strings.EqualFold(r.ChannelName, increff.ChannelName) {
		problems.add("channelName", "only %s is served", increff.ChannelName)
	}
	switch r.FulfillmentType {
	case "", increff.BlockComplete, increff.SingleShipmentPartial:
	case increff.MultiShipmentPartial:
		problems.add("fulfillmentType", "%s is refused: an Ajio order is one parcel", r.FulfillmentType)
	default:
		problems.add("fulfillmentType", "%q is not known", r.FulfillmentType)
	}
	if r.ShipmentItems == nil {
		problems.add("shipmentItems", "is missing")
	}
	for i, item := range r.ShipmentItems {
		field := fmt.Sprintf("shipmentItems[%d].", i)
		if item.ChannelSkuCode == "" {
			problems.add(field+"channelSkuCode", "is missing")
		}
		switch {
		case item.QuantityToPack == nil:
			problems.add(field+"quantityToPack", "is missing; 0 says that nothing of it was found")
		case *item.QuantityToPack < 0:
			problems.add(field+"quantityToPack", "%d is below 0", *item.QuantityToPack)
		}
	}
	return problems
}

// checkPacked judges a pack against its order: released, and no more units than were released. Fewer are for the
// workflow, which cancels the whole order or the rest.
func checkPacked(r increff.PackRequest, o postgres.Order) error {
	if cancelled(o) {
		return orderCancelled(broken{"[orderCode: " + putBack + "]"})
	}
	if o.ReleasedAt == nil {
		return badData(broken{"[orderCode: the order is not released for picking]"})
	}
	if _, err := order.ByLine(o.Order.Lines, o.Released, contract.PackedUnits(r)); err != nil {
		return badData(broken{"[shipmentItems: released for picking were other units: " + err.Error() + "]"})
	}
	return nil
}

// awaitLabel waits until the order has its documents or has ended. closed says that its workflow has: then there
// is nothing to wait for.
func (s *server) awaitLabel(ctx context.Context, c *call, closed bool) (any, error) {
	tick := time.NewTicker(pollEvery)
	defer tick.Stop()
	timeout := time.NewTimer(s.wait)
	defer timeout.Stop()
	for {
		o, err := s.db.Order(ctx, c.pob, c.orderID)
		if err != nil {
			return nil, err
		}
		if cancelled(o) {
			return nil, orderCancelled(broken{"[orderCode: " + putBack + "]"})
		}
		answer, complete, err := s.packAnswer(ctx, o)
		if err != nil || complete {
			return answer, err
		}
		if closed || o.EndedAt != nil {
			return nil, badData(broken{"[orderCode: the order is closed and takes nothing any more]"})
		}
		select {
		case <-tick.C:
		case <-timeout.C:
			return nil, inProgress("orderCode")
		case <-s.stopping:
			return nil, inProgress("orderCode")
		case <-ctx.Done():
			return nil, inProgress("orderCode")
		}
	}
}

// packAnswer reads label and B2C invoice; complete says whether both are there.
func (s *server) packAnswer(ctx context.Context, o postgres.Order) (answer increff.PackResponse, complete bool, err error) {
	label, err := s.db.LatestDocument(ctx, o.Order.Pob, o.Order.ID, postgres.KindShippingLabel)
	if err != nil {
		return answer, false, unlessNotFound(err)
	}
	invoice, err := s.db.LatestDocument(ctx, o.Order.Pob, o.Order.ID, postgres.KindB2CInvoice)
	if err != nil {
		return answer, false, unlessNotFound(err)
	}
	return increff.PackResponse{
		OrderCode: o.Order.ID, LocationCode: o.Order.Pob, ChannelID: increff.ChannelName,
		ShipmentCode: o.Order.ID, ShipmentID: o.ID,
		ShippingLabel: increff.ShippingLabel{
			Transporter: carrierOf(o), AwbNumber: awbOf(o, label.Number), ShippingLabelURL: s.documentURL("label", label.ID),
		},
		InvoiceURL:  s.documentURL("b2c-invoice", invoice.ID),
		InvoiceCode: invoice.Number,
		InvoiceDate: increff.At(invoice.CreatedAt),
	}, true, nil
}

func unlessNotFound(err error) error {
	if errors.Is(err, postgres.ErrNotFound) {
		return nil
	}
	return err
}

// carrierOf is the courier that Ajio chose; the PO knows it last.
func carrierOf(o postgres.Order) string {
	if o.PO != nil && o.PO.Carrier != "" {
		return o.PO.Carrier
	}
	return o.Order.Carrier
}

// awbOf is the tracking number of the label, or else what Ajio said before.
func awbOf(o postgres.Order, label string) string {
	switch {
	case label != "":
		return label
	case o.PO != nil && o.PO.TrackingNumber != "":
		return o.PO.TrackingNumber
	default:
		return o.Order.TrackingNumber
	}
}
