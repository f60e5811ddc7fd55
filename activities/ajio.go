package activities

import (
	"context"
	"time"

	"vmsflow/internal/ajio"
	"vmsflow/internal/order"
	"vmsflow/internal/postgres"
)

// Ajio holds the calls to Ajio with the credential of one POB. Its activities run on that POB's task queue.
type Ajio struct {
	Client *ajio.Client
	DB     *postgres.DB
}

// OrderRef names an order at Ajio.
type OrderRef struct {
	Pob     string `json:"pob"`
	OrderID string `json:"order_id"`
	// OrderTime finds the order in the pendency, which has no filter by id.
	OrderTime time.Time `json:"order_time"`
}

// AcknowledgeInput says what of an order is accepted.
type AcknowledgeInput struct {
	OrderRef
	// Wanted is what the customer wants, as we know it; Reserved is what of it we hold in stock.
	Wanted   order.Quantities `json:"wanted"`
	Reserved order.Quantities `json:"reserved"`
}

// AcknowledgeResult says what became of the acknowledgement.
type AcknowledgeResult struct {
	// CustomerCancelled says that the customer was faster; nothing was acknowledged.
	CustomerCancelled bool `json:"customer_cancelled,omitempty"`
	// Wanted is what the customer wanted in the end, Confirmed what Ajio now expects from us; empty when we
	// refused the order because none of what is still wanted is in stock.
	Wanted    order.Quantities `json:"wanted"`
	Confirmed order.Quantities `json:"confirmed"`
}

// Acknowledge accepts an order at Ajio: line by line what is in stock, quantity 0 for the rest, and Cancel when
// nothing is left to accept. From then on the customer can no longer cancel. The reservation is lowered to what
// was confirmed.
func (a *Ajio) Acknowledge(ctx context.Context, in AcknowledgeInput) (AcknowledgeResult, error) {
	if repeated(ctx) {
		if result, known, err := a.acknowledgedBefore(ctx, in); err != nil || known {
			return result, err
		}
	}
	confirmed := lesser(in.Wanted, in.Reserved)
	err := a.Client.Acknowledge(ctx, ackRequest(in.OrderID, in.Wanted, confirmed))
	if ajio.IsKind(err, ajio.KindRefused) {
		return a.acknowledgeAgain(ctx, in, err)
	}
	if err != nil {
		return AcknowledgeResult{}, fromAjio(ctx, err)
	}
	return a.acknowledged(ctx, in, AcknowledgeResult{Wanted: in.Wanted, Confirmed: confirmed})
}

// acknowledgeAgain follows a refused acknowledgement. Ajio's words are never read: its state says whether the
// customer cancelled all or some units meanwhile, and in the second case the rest is acknowledged.
func (a *Ajio) acknowledgeAgain(ctx context.Context, in AcknowledgeInput, refusal error) (AcknowledgeResult, error) {
	if result, known, err := a.acknowledgedBefore(ctx, in); err != nil || known {
		return result, err
	}
	pending, err := a.pending(ctx, in.OrderRef)
	if err != nil {
		return AcknowledgeResult{}, err
	}
	if pending == nil || pending.Equal(in.Wanted) {
		return AcknowledgeResult{}, fromAjio(ctx, refusal)
	}
	confirmed := lesser(pending, in.Reserved)
	if err := a.Client.Acknowledge(ctx, ackRequest(in.OrderID, pending, confirmed)); err != nil {
		return AcknowledgeResult{}, fromAjio(ctx, err)
	}
	return a.acknowledged(ctx, in, AcknowledgeResult{Wanted: pending, Confirmed: confirmed})
}

// acknowledgedBefore reads whether Ajio has left the order's pendency behind. It is known to have when the
// customer cancelled or when our units stand there; other units are for a person.
func (a *Ajio) acknowledgedBefore(ctx context.Context, in AcknowledgeInput) (_ AcknowledgeResult, known bool, _ error) {
	info, err := a.find(ctx, in.OrderID)
	if err != nil || info == nil {
		return AcknowledgeResult{}, false, err
	}
	wanted := wantedUnits(*info)
	expected := lesser(wanted, in.Reserved)
	switch {
	case info.Status == ajio.StatusCancelled && expected.Total() == 0 && wanted.Total() > 0:
		// We refused it: nothing that the customer wanted was in stock.
		result, err := a.acknowledged(ctx, in, AcknowledgeResult{Wanted: wanted, Confirmed: order.Quantities{}})
		return result, true, err
	case info.Status == ajio.StatusCancelled:
		return AcknowledgeResult{CustomerCancelled: true, Wanted: order.Quantities{}, Confirmed: order.Quantities{}}, true, nil
	case info.Live().Equal(expected):
		result, err := a.acknowledged(ctx, in, AcknowledgeResult{Wanted: wanted, Confirmed: expected})
		return result, true, err
	default:
		return AcknowledgeResult{}, false, Refuse(AttentionAjioDiffers, nil,
			"Ajio has %d live units acknowledged, we hold %d; compare the order in Ajio's seller panel, then cancel it or correct it there and retry",
			info.Live().Total(), expected.Total())
	}
}

func (a *Ajio) acknowledged(ctx context.Context, in AcknowledgeInput, result AcknowledgeResult) (AcknowledgeResult, error) {
	if result.Confirmed.Total() == 0 {
		return result, nil // refused as a whole; ending the order releases the stock
	}
	if err := a.DB.MarkAcknowledged(ctx, in.Pob, in.OrderID, result.Confirmed, time.Now()); err != nil {
		return result, fromPostgres(err)
	}
	return result, fromPostgres(a.DB.KeepReserved(ctx, in.Pob, in.OrderID, result.Confirmed))
}

// CancelInput cancels a whole order.
type CancelInput struct {
	OrderRef
	// Reason is one of order's reasons: ReasonShortPack and ReasonOutOfStock, or the seller's wish.
	Reason string `json:"reason"`
	// Wanted is needed only while the order is unacknowledged: a refusal names every line.
	Wanted order.Quantities `json:"wanted"`
}

// CancelResult says who cancelled the order in the end.
type CancelResult struct {
	CustomerCancelled bool `json:"customer_cancelled,omitempty"`
}

// CancelOrder cancels a whole order at Ajio, whatever it knows of it: before the acknowledgement by refusing it,
// after it by cancelling every live unit. It reads first, because a cancellation comes on top of earlier ones.
func (a *Ajio) CancelOrder(ctx context.Context, in CancelInput) (CancelResult, error) {
	info, err := a.find(ctx, in.OrderID)
	if err != nil {
		return CancelResult{}, err
	}
	if info == nil {
		return a.refuseOrder(ctx, in)
	}
	if info.Status == ajio.StatusCancelled {
		return CancelResult{CustomerCancelled: cancelledByCustomer(*info)}, nil
	}
	return CancelResult{}, a.cancelLive(ctx, in, *info)
}

// cancelLive cancels every live unit of an acknowledged order.
func (a *Ajio) cancelLive(ctx context.Context, in CancelInput, info ajio.OrderInfo) error {
	reason := ajio.ReasonSellerRequest
	if in.Reason != order.ReasonSellerRequest {
		reason = ajio.ReasonOutOfStock
	}
	return fromAjio(ctx, a.Client.CancelOrder(ctx, ajio.CancelRequest{OrderID: in.OrderID, Lines: info.Live(), Reason: reason}))
}

// CancelUnitsInput cancels some units of an acknowledged order.
type CancelUnitsInput struct {
	OrderRef
	Keep order.Quantities `json:"keep"` // the units that stay live
}

// CancelUnits cancels at Ajio what is live beyond the units to keep. It reads first, because a cancellation comes on top
// of earlier ones: a repeat finds nothing left to cancel. Fewer live units than are to be kept are for a person.
func (a *Ajio) CancelUnits(ctx context.Context, in CancelUnitsInput) error {
	info, err := a.find(ctx, in.OrderID)
	if err != nil {
		return err
	}
	if info == nil || info.Status == ajio.StatusCancelled || in.Keep.Minus(info.Live()).Total() > 0 {
		return Refuse(AttentionAjioDiffers, nil, "Ajio no longer has all the %d units that are to be kept; compare the order in Ajio's seller panel, "+
			"then cancel it or skip this step", in.Keep.Total())
	}
	gone := info.Live().Minus(in.Keep)
	if gone.Total() == 0 {
		return nil
	}
	return fromAjio(ctx, a.Client.CancelOrder(ctx, ajio.CancelRequest{OrderID: in.OrderID, Lines: gone, Reason: ajio.ReasonSellerRequest}))
}

// refuseOrder answers the acknowledgement with Cancel.
func (a *Ajio) refuseOrder(ctx context.Context, in CancelInput) (CancelResult, error) {
	wanted := in.Wanted
	pending, err := a.pending(ctx, in.OrderRef)
	if err != nil {
		return CancelResult{}, err
	}
	if pending != nil {
		wanted = pending
	}
	err = a.Client.Acknowledge(ctx, ackRequest(in.OrderID, wanted, nil))
	if ajio.IsKind(err, ajio.KindRefused) {
		// The customer may have cancelled between the two calls, which is as good.
		info, readErr := a.find(ctx, in.OrderID)
		if readErr != nil {
			return CancelResult{}, readErr
		}
		if info != nil && info.Status == ajio.StatusCancelled {
			return CancelResult{CustomerCancelled: cancelledByCustomer(*info)}, nil
		}
		if info != nil { // an acknowledgement got through meanwhile
			return CancelResult{}, a.cancelLive(ctx, in, *info)
		}
	}
	return CancelResult{}, fromAjio(ctx, err)
}

// ReadPurchaseOrder reads one order's PO again, for an operator who retries after a difference was mended at
// Ajio. The usual way is the channel sync, which reads fifty at a time.
func (a *Ajio) ReadPurchaseOrder(ctx context.Context, ref OrderRef) (order.PurchaseOrder, error) {
	info, err := a.find(ctx, ref.OrderID)
	if err != nil {
		return order.PurchaseOrder{}, err
	}
	if info == nil || info.PO == nil {
		return order.PurchaseOrder{}, Refuse(AttentionAjioDiffers, nil, "Ajio shows no purchase order for this order; ask Ajio, then retry")
	}
	return *info.PO, fromPostgres(a.DB.SavePO(ctx, ref.Pob, ref.OrderID, *info.PO))
}

// find reads an order's state; nil when Ajio does not show it, as long as it is unacknowledged.
func (a *Ajio) find(ctx context.Context, orderID string) (*ajio.OrderInfo, error) {
	orders, err := a.Client.Orders(ctx, []string{orderID})
	if err != nil {
		return nil, unreadable(fromAjio(ctx, err))
	}
	for _, info := range orders {
		if info.OrderID == orderID {
			return &info, nil
		}
	}
	return nil, nil
}

// pending reads what the customer still wants of an unacknowledged order; nil when it is not in the pendency.
func (a *Ajio) pending(ctx context.Context, ref OrderRef) (order.Quantities, error) {
	// The filter counts whole seconds: from is inclusive, to is not.
	from := ref.OrderTime.Truncate(time.Second)
	for page, pages := 0, 1; page < pages; page++ {
		listed, err := a.Client.Pendency(ctx, page, from, from.Add(time.Second))
		if err != nil {
			return nil, fromAjio(ctx, err)
		}
		for _, o := range listed.Orders {
			if o.ID == ref.OrderID {
				return orderedUnits(o), nil
			}
		}
		pages = listed.TotalPages
	}
	return nil, nil
}

func ackRequest(orderID string, wanted, confirmed order.Quantities) ajio.AckRequest {
	request := ajio.AckRequest{OrderID: orderID, Cancel: confirmed.Total() == 0}
	for _, id := range wanted.IDs() {
		request.Lines = append(request.Lines, ajio.AckLine{
			OrderItemID: id, Confirmed: confirmed[id], Cancelled: wanted[id] - confirmed[id],
		})
	}
	return request
}

func orderedUnits(o order.Order) order.Quantities {
	units := order.Quantities{}
	for _, line := range o.Lines {
		units[line.OrderItemID] = line.Ordered
	}
	return units
}

// wantedUnits is what the customer wants: ordered less what the customer cancelled.
func wantedUnits(info ajio.OrderInfo) order.Quantities {
	wanted := order.Quantities{}
	for _, line := range info.Lines {
		if units := line.Quantity - line.CustomerCancelled; units > 0 {
			wanted[line.OrderItemID] = units
		}
	}
	return wanted
}

func cancelledByCustomer(info ajio.OrderInfo) bool { return wantedUnits(info).Total() == 0 }

// lesser takes the smaller count of each line.
func lesser(a, b order.Quantities) order.Quantities {
	least := order.Quantities{}
	for id, units := range a {
		if n := min(units, b[id]); n > 0 {
			least[id] = n
		}
	}
	return least
}
