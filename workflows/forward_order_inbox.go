package workflows

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"go.temporal.io/sdk/workflow"

	"vmsflow/activities"
	"vmsflow/internal/increff"
	"vmsflow/internal/order"
	"vmsflow/workflows/contract"
)

// setUp registers what may come in and returns the context of the main line. It is disconnected from the workflow's
// own: a cancel from the Web UI is a request like any other and goes through the cancellation table, instead of
// tearing down an order whose parcel is already packed.
func (o *forwardOrder) setUp(root workflow.Context) (workflow.Context, error) {
	always, _ := workflow.NewDisconnectedContext(root)
	o.show = o.showOrder
	main, stop := workflow.WithCancel(always)
	o.stop = stop
	o.aside = &aside{due: func() bool { return len(o.cuts) > 0 }, do: o.cutUnits}

	note := func(text string) { o.note(always, "%s", text) }
	alert := func(reason, text string) {
		o.alert = reason
		o.note(always, "%s", text)
		o.show(always)
	}
	listen(always, contract.SignalPODetails,
		func(po order.PurchaseOrder) string { return po.Number },
		func(po order.PurchaseOrder) {
			if o.po != nil {
				alert("second_po", fmt.Sprintf("Ajio names a second purchase order, %s; the first, %s, stands. Ask Ajio which is right.", po.Number, o.po.Number))
				return
			}
			o.po = &po
		}, note)
	// An invoice or a pack report that was refused may be followed by a mended one under the same number, so that content
	// is part of what makes them different.
	listen(always, contract.SignalERPInvoice, nil,
		func(i contract.ERPInvoice) {
			if o.invoice != nil {
				o.secondInvoice(always, i)
				o.show(always)
				return
			}
			o.invoices = append(o.invoices, i)
		}, note)
	listen(always, contract.SignalPacked, nil,
		func(p increff.PackRequest) {
			if o.packed != nil {
				alert("second_pack", "The warehouse reports a second, different pack; the first stands. Ask what is in the parcel.")
				return
			}
			o.packs = append(o.packs, p)
		}, note)
	listen(always, contract.SignalManifested, nil,
		func(m contract.ManifestOutcome) { o.manifested = append(o.manifested, m) }, note)
	// The sync repeats a cancellation until the order has left the held ones. Each is heard, because one that came while
	// the acknowledgement was under way left the decision to Ajio.
	heard := 0
	listen(always, contract.SignalCustomerCancelled,
		func(contract.CustomerCancellation) string { heard++; return strconv.Itoa(heard) },
		func(c contract.CustomerCancellation) { o.customerCancelled(c, alert) }, note)
	listen(always, contract.SignalDifference, nil,
		func(d contract.Difference) {
			alert("document_differs", fmt.Sprintf("Refused: %s. %s", d.Document, d.Message))
		}, note)

	workflow.GoNamed(always, "cancel from Temporal", func(ctx workflow.Context) {
		root.Done().Receive(ctx, nil)
		if err := o.cancelBySeller(order.CancelledInTemporal); err != nil {
			alert("cancel_refused", fmt.Sprintf("Cancelling from Temporal was refused: %v", err))
		}
	})
	return main, errors.Join(
		workflow.SetQueryHandlerWithOptions(always, contract.QueryState, func() (contract.OrderState, error) { return o.state(), nil },
			workflow.QueryHandlerOptions{Description: "Where the order stands, line by line."}),
		o.takeDecisions(always),
		o.takeCancelOrder(always),
		o.takeHoldUpdates(always),
	)
}

func (o *forwardOrder) takeCancelOrder(ctx workflow.Context) error {
	return workflow.SetUpdateHandlerWithOptions(ctx, contract.UpdateCancelOrder,
		func(_ workflow.Context, asked contract.CancelRequest) error {
			if o.isWhole(asked) {
				return o.cancelBySeller(asked.Reason)
			}
			o.cuts = append(o.cuts, asked)
			return nil
		},
		workflow.UpdateHandlerOptions{
			Description: "Cancel the order for the seller: at Ajio, in the ERP, in the warehouse and in stock. With units only those, by order_item_id.",
			Validator: func(_ workflow.Context, asked contract.CancelRequest) error {
				if asked.Reason == "" {
					return errors.New("say in reason why it is cancelled")
				}
				if o.isWhole(asked) {
					_, err := o.sellerMayCancel()
					return err
				}
				return o.mayCut(asked.Units)
			},
		})
}

// isWhole says whether nothing would be left of the order.
func (o *forwardOrder) isWhole(asked contract.CancelRequest) bool {
	return len(asked.Units) == 0 || len(o.cuts) == 0 && asked.Units.Equal(o.book.Live())
}

func (o *forwardOrder) takeHoldUpdates(ctx workflow.Context) error {
	held := func() error {
		if o.stage != order.AckHeld || o.asking {
			return fmt.Errorf("the acknowledgement is not being held: the order is at %s", words(string(o.stage)))
		}
		return nil
	}
	release := workflow.SetUpdateHandlerWithOptions(ctx, contract.UpdateReleaseHold,
		func(ctx workflow.Context, answer contract.Decision) error {
			o.note(ctx, "Hold released: %s", answer.Reason)
			o.holdUntil = workflow.Now(ctx)
			return nil
		},
		workflow.UpdateHandlerOptions{
			Description: "Acknowledge now. The customer can no longer cancel afterwards.",
			Validator: func(_ workflow.Context, answer contract.Decision) error {
				if answer.Reason == "" {
					return errors.New("say in reason why the customer's time to cancel is cut short")
				}
				return held()
			},
		})
	extend := workflow.SetUpdateHandlerWithOptions(ctx, contract.UpdateExtendHold,
		func(ctx workflow.Context, hold contract.ExtendHold) error {
			o.note(ctx, "Hold extended to %s: %s", hold.Until.In(increff.IST).Format("2 Jan 2006 15:04 IST"), hold.Reason)
			o.holdUntil = hold.Until
			return nil
		},
		workflow.UpdateHandlerOptions{
			Description: "Hold the acknowledgement until a later time.",
			Validator: func(_ workflow.Context, hold contract.ExtendHold) error {
				switch {
				case hold.Reason == "":
					return errors.New("say in reason why the acknowledgement is held longer")
				case !hold.Until.After(o.holdUntil):
					return fmt.Errorf("until must be later than the present end of the hold, %s", o.holdUntil.Format(time.RFC3339))
				case hold.Until.After(o.Order.OrderTime.Add(maxHold)):
					return fmt.Errorf("until must be within %s of the order: Ajio wants it dispatched by then", maxHold)
				}
				return held()
			},
		})
	return errors.Join(release, extend)
}

// maxHold is the longest hold: Ajio wants every order dispatched within 48 hours (contracts/ajio-vms.md §8).
const maxHold = 48 * time.Hour

// customerCancelled takes what Ajio says the customer still wants.
func (o *forwardOrder) customerCancelled(c contract.CustomerCancellation, alert func(reason, text string)) {
	ruling := order.Cancellation(order.Customer, order.WholeOrder, o.phase(), o.Policy.Model)
	switch {
	case o.ending != nil, o.asking && o.parked == nil:
		// The order is ending anyway, or Ajio's answer to the acknowledgement says the same in a moment.
	case !c.Whole && o.book.Wanted().Minus(c.Remaining).Total() == 0:
		// Nothing new: the acknowledgement has settled it.
	case !ruling.Allowed:
		alert("cancelled_after_acknowledgement", "Ajio reports a cancellation after the acknowledgement. "+ruling.Refusal)
	case c.Whole:
		o.book.CustomerKeeps(nil)
		_ = o.endAs(order.CancelledByCustomer, "", "the customer cancelled before the acknowledgement", ruling)
	default:
		o.book.CustomerKeeps(c.Remaining)
	}
}

// nextPack takes the next pack report and spreads its units over the lines.
func (o *forwardOrder) nextPack() (order.Quantities, error) {
	pack := o.packs[0]
	o.packs = o.packs[1:]
	return order.ByLine(o.Order.Lines, o.toPack(), contract.PackedUnits(pack))
}

// isManifested reports whether a manifest took the parcel.
func (o *forwardOrder) isManifested() bool {
	return slices.ContainsFunc(o.manifested, func(m contract.ManifestOutcome) bool { return m.ManifestID != "" })
}

// manifestAlone makes a manifest of this one parcel.
func (o *forwardOrder) manifestAlone(ctx workflow.Context) error {
	call := manifestCall(ctx, o.Order.Pob, "manifest the parcel alone")
	var result contract.ManifestResult
	err := workflow.ExecuteActivity(call, ajioActivities.CreateManifest, contract.ManifestInput{
		Pob: o.Order.Pob, Key: "alone-" + o.Order.ID, Carrier: o.manifested[0].Carrier,
		Shipments: []contract.ManifestShipment{{
			OrderID: o.Order.ID, TrackingNumber: o.trackingNumber, InvoiceNumber: o.invoice.Number,
		}},
	}).Get(ctx, &result)
	if err != nil {
		return err
	}
	if why, refused := result.Refused[o.Order.ID]; refused {
		return activities.Refuse(activities.AttentionAjioRefused, nil, "Ajio refused the parcel: %s. Mend the cause, then retry.", why)
	}
	o.manifestID = result.ManifestID
	return nil
}

func (o *forwardOrder) ref() activities.OrderRef {
	return activities.OrderRef{Pob: o.Order.Pob, OrderID: o.Order.ID, OrderTime: o.Order.OrderTime}
}

func (o *forwardOrder) posting() activities.PostOrderInput {
	return activities.PostOrderInput{Order: o.Order, PO: *o.po}
}

// invoiceInput leaves the signed QR out, nearly a kilobyte of history that only one step needs.
func (o *forwardOrder) invoiceInput() activities.InvoiceInput {
	in := activities.InvoiceInput{Pob: o.Order.Pob, OrderID: o.Order.ID, PONumber: o.po.Number, Invoice: *o.invoice}
	in.Invoice.SignedQR = ""
	return in
}

// state answers the query.
func (o *forwardOrder) state() contract.OrderState {
	state := contract.OrderState{
		Pob: o.Order.Pob, OrderID: o.Order.ID, Stage: o.stage, Outcome: o.outcome, Attention: o.attention(), Advice: o.advice(),
		WaitingFor: o.waitingFor, Parked: o.parked, TrackingNo: o.trackingNumber, ManifestID: o.manifestID, Notes: o.notes,
	}
	if !o.dueAt.IsZero() {
		state.DueAt = &o.dueAt
	}
	if o.po != nil {
		state.PurchaseOrder = o.po.Number
	}
	if o.invoice != nil {
		state.InvoiceNumber = o.invoice.Number
	}
	for _, l := range o.book.Lines {
		state.Lines = append(state.Lines, contract.LineState{
			OrderItemID: l.OrderItemID, ItemCode: l.ItemCode, Ordered: l.Ordered, Live: l.Live(),
			CustomerCancelled: l.CustomerCancelled, SellerCancelled: l.SellerCancelled, ShortPicked: l.ShortPicked,
		})
	}
	return state
}
