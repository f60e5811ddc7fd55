package workflows

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"go.temporal.io/sdk/workflow"

	"vmsflow/activities"
	"vmsflow/internal/increff"
	"vmsflow/internal/order"
	"vmsflow/workflows/contract"
)

// The activities, for their names only: nothing of them runs in workflow code.
var (
	ajioActivities      *activities.Ajio
	erpActivities       *activities.ERP
	einvoiceActivities  *activities.EInvoice
	documentActivities  *activities.Documents
	warehouseActivities *activities.Warehouse
	orderActivities     *activities.Orders
	messageActivities   *activities.Messages
	intakeActivities    *activities.Intake
)

// The attention raised while a system has not answered for activities.Patience.
const (
	ajioDown      = "ajio_unreachable"
	erpDown       = "erp_unreachable"
	irpDown       = "irp_unreachable"
	warehouseDown = "warehouse_unreachable"
	databaseDown  = "database_unreachable"
)

// ForwardOrder takes one Ajio order from the pendency to the courier: one order is one shipment and one purchase
// order.
func ForwardOrder(ctx workflow.Context, in contract.ForwardOrderInput) (contract.OrderState, error) {
	o := newForwardOrder(in)
	ctx, err := o.setUp(ctx)
	if err != nil {
		return contract.OrderState{}, err
	}
	if err := o.run(ctx); err != nil {
		return contract.OrderState{}, err
	}
	return o.state(), nil
}

// run takes the steps of the lifecycle. Each returns nil to go on, or the ending that the order came to instead.
func (o *forwardOrder) run(ctx workflow.Context) error {
	for _, step := range o.lifecycle() {
		err := o.cutUnits(ctx)
		if err == nil {
			err = step(ctx)
		}
		if err != nil {
			return o.endEarly(ctx, err)
		}
	}
	return o.complete(ctx)
}

// lifecycle lists the steps. The two models differ in who makes the B2B invoice, and therefore when.
func (o *forwardOrder) lifecycle() []func(workflow.Context) error {
	invoicing := []func(workflow.Context) error{
		o.postToERP,
		o.awaitERPInvoice,
		o.releaseForPicking,
		o.awaitPacked,
	}
	if o.Policy.Model == order.RMSModel {
		invoicing = []func(workflow.Context) error{
			o.postToERP,
			o.releaseForPicking,
			o.awaitPacked,
			o.makeB2BInvoice,
		}
	}
	return slices.Concat(
		[]func(workflow.Context) error{
			o.softReserveStock,
			o.holdAcknowledgement,
			o.acknowledge,
			o.awaitPurchaseOrder,
			o.announceToWarehouse,
		},
		invoicing,
		[]func(workflow.Context) error{
			o.generateB2BInvoice,
			o.attachIRN,
			o.uploadB2BInvoice,
			o.fetchB2CInvoiceAndLabel,
			o.awaitManifest,
		},
	)
}

// forwardOrder is one run of the lifecycle.
type forwardOrder struct {
	contract.ForwardOrderInput
	desk

	stage   order.Stage
	outcome order.Outcome
	book    *order.Book // where every unit went

	ending    *ending
	holdUntil time.Time
	asking    bool // the acknowledgement is under way: its answer decides, not a late cancellation

	reserved       order.Quantities
	po             *order.PurchaseOrder
	packed         order.Quantities
	invoice        *order.Invoice
	carrier        string
	trackingNumber string
	manifestID     string

	// What has come in and waits to be taken.
	invoices   []contract.ERPInvoice
	packs      []increff.PackRequest
	manifested []contract.ManifestOutcome
	cuts       []contract.CancelRequest // of some units, to be taken between two steps

	// What may have reached the other side, and must be taken back there if the order ends early: the units that the
	// warehouse was given, and the purchase order as the ERP got it. Both stay as they were when units are cut.
	announced       order.Quantities
	announcedByHand bool // and is stopped by hand, too
	posted          *order.PurchaseOrder
	// cutAfterAck says that the amount of the purchase order may count units that are gone.
	cutAfterAck bool
	// releasing says that the warehouse may pack from now on.
	releasing bool

	shown shown
}

func newForwardOrder(in contract.ForwardOrderInput) *forwardOrder {
	return &forwardOrder{
		ForwardOrderInput: in,
		stage:             order.Received,
		book:              order.NewBook(in.Order.Lines),
		carrier:           in.Order.Carrier,
		trackingNumber:    in.Order.TrackingNumber,
		shown:             shown{stage: order.Received}, // set when the workflow was started
	}
}

// 1. Stock is reserved line by line, so that what is promised to this customer is not sold twice.
func (o *forwardOrder) softReserveStock(ctx workflow.Context) error {
	_, err := o.do(ctx, step{name: "soft reserve stock", outage: databaseDown}, func(ctx workflow.Context) error {
		reserve := books(ctx, fmt.Sprintf("soft reserve %d units", o.Order.Units()))
		return workflow.ExecuteActivity(reserve, orderActivities.SoftReserve, o.Order).Get(ctx, &o.reserved)
	})
	if err != nil {
		return err
	}
	o.stage = order.Reserved
	if o.reserved.Total() == 0 {
		return o.endAs(order.Rejected, order.ReasonOutOfStock, "no stock for any line", order.Ruling{TellAjio: true})
	}
	return nil
}

// 2. The acknowledgement is held back, because until Ajio has it the customer may cancel at no cost to anybody
// (contracts/increff-erp.md §7.1).
func (o *forwardOrder) holdAcknowledgement(ctx workflow.Context) error {
	o.stage = order.AckHeld
	o.holdUntil = workflow.Now(ctx).Add(o.Policy.AckHold)
	for workflow.Now(ctx).Before(o.holdUntil) {
		until := o.holdUntil
		err := o.await(ctx, wait{what: "the end of the acknowledgement hold", until: until}, func() bool { return !o.holdUntil.Equal(until) })
		if err != nil {
			return err
		}
		if err := o.hear(ctx); err != nil { // the customer may have cancelled while no worker ran
			return err
		}
	}
	return nil
}

// 3. Ajio is told what will be delivered. From here on the customer can no longer cancel.
func (o *forwardOrder) acknowledge(ctx workflow.Context) error {
	o.asking = true
	var answer activities.AcknowledgeResult
	_, err := o.do(ctx, step{name: "acknowledge", outage: ajioDown}, func(ctx workflow.Context) error {
		call := ajioCall(ctx, o.Order.Pob, "acknowledge at Ajio")
		return workflow.ExecuteActivity(call, ajioActivities.Acknowledge, activities.AcknowledgeInput{
			OrderRef: o.ref(), Wanted: o.book.Wanted(), Reserved: o.confirmable(),
		}).Get(ctx, &answer)
	})
	o.asking = false
	if err != nil {
		return err
	}
	o.book.Acknowledged(answer.Wanted, answer.Confirmed)
	switch {
	case answer.CustomerCancelled:
		return o.endAs(order.CancelledByCustomer, "", "the customer cancelled before the acknowledgement", order.Ruling{})
	case answer.Confirmed.Total() == 0:
		return o.endAs(order.Rejected, order.ReasonOutOfStock, "no stock for what the customer still wanted", order.Ruling{})
	}
	o.stage = order.Acknowledged
	return nil
}

// 4. Ajio raises its purchase order hours or days later; the channel sync brings it.
func (o *forwardOrder) awaitPurchaseOrder(ctx workflow.Context) error {
	due := workflow.Now(ctx).Add(o.Policy.POOverdueAfter)
	err := o.await(ctx, wait{what: "Ajio's purchase order", until: due, overdue: "po_overdue"}, func() bool { return o.po != nil })
	if err != nil {
		return err
	}
	if err := o.checkPurchaseOrder(ctx); err != nil {
		return err
	}
	if o.po.TrackingNumber != "" {
		o.carrier, o.trackingNumber = o.po.Carrier, o.po.TrackingNumber
	}
	o.stage = order.POReceived
	return nil
}

// The warehouse gets the order on hold, so that it can plan while the ERP invoices.
func (o *forwardOrder) announceToWarehouse(ctx workflow.Context) error {
	skipped, err := o.do(ctx, step{name: "announce to the warehouse", canSkip: true, outage: warehouseDown}, func(ctx workflow.Context) error {
		o.announced = o.po.Units()
		call := warehouseCall(ctx, "announce to the warehouse, on hold")
		return workflow.ExecuteActivity(call, warehouseActivities.AnnounceOrder, o.posting()).Get(ctx, nil)
	})
	if skipped {
		o.announcedByHand = true
		o.note(ctx, "The order was entered in the warehouse by hand. If it is cancelled, stop it there by hand as well.")
	}
	return err
}

// 5. The ERP gets the B2B order with its final quantities ... In the RMS model it need not have one.
func (o *forwardOrder) postToERP(ctx workflow.Context) error {
	if o.Policy.Model == order.RMSModel && !o.Policy.PostToERP {
		return nil
	}
	skipped, err := o.do(ctx, step{name: "post to the ERP", canSkip: true, outage: erpDown}, func(ctx workflow.Context) error {
		o.posted = o.po
		call := erpCall(ctx, "OUTWARD_ORDER_CREATE")
		return workflow.ExecuteActivity(call, erpActivities.PostOrder, o.posting()).Get(ctx, nil)
	})
	if err != nil {
		return err
	}
	if skipped {
		o.posted = nil
		o.note(ctx, "The order was entered in the ERP by hand. If it is cancelled, cancel it there by hand as well.")
	}
	o.stage = order.PostedToERP
	return nil
}

// ... and answers with its e-invoice, for all units or fewer.
func (o *forwardOrder) awaitERPInvoice(ctx workflow.Context) error {
	due := workflow.Now(ctx).Add(o.Policy.InvoiceOverdueAfter)
	for o.invoice == nil {
		err := o.await(ctx, wait{what: "the ERP's invoice", until: due, overdue: "invoice_overdue"}, func() bool { return len(o.invoices) > 0 })
		if err != nil {
			return err
		}
		if err := o.judgeInvoice(ctx); err != nil {
			return err
		}
	}
	o.concern = ""
	o.stage = order.Invoiced
	for _, second := range o.invoices {
		o.secondInvoice(ctx, second)
	}
	return nil
}

// 6. The warehouse may pick: in the ERP model only now that there is an invoice, and only what was invoiced ...
func (o *forwardOrder) releaseForPicking(ctx workflow.Context) error {
	o.releasing = true
	_, err := o.do(ctx, step{name: "release for picking", canSkip: true, outage: warehouseDown}, func(ctx workflow.Context) error {
		call := warehouseCall(ctx, fmt.Sprintf("release %d units for picking", o.toPack().Total()))
		return workflow.ExecuteActivity(call, warehouseActivities.ReleaseForPicking, activities.ReleaseInput{
			StopInput: activities.StopInput{PostOrderInput: o.posting(), Announced: o.announced, Keep: o.toPack()}, Invoice: o.invoice,
		}).Get(ctx, nil)
	})
	if err != nil {
		return err
	}
	o.stage = order.Picking
	return nil
}

// ... and reports what went into the parcel. An e-invoice cannot be cut: where there is one already, one unit short
// ends the whole order.
func (o *forwardOrder) awaitPacked(ctx workflow.Context) error {
	due := workflow.Now(ctx).Add(o.Policy.PackOverdueAfter)
	for o.stage != order.Packed {
		err := o.await(ctx, wait{what: "the warehouse to pack", until: due, overdue: "pack_overdue"}, func() bool { return len(o.packs) > 0 })
		if err != nil {
			return err
		}
		packed, err := o.nextPack()
		switch {
		case err != nil:
			o.concern = "pack_refused"
			o.note(ctx, "A pack report was refused: %v", err)
		case o.invoice != nil && packed.Total() < o.invoice.Quantities.Total():
			return o.endShort(packed.Total())
		case packed.Total() == 0:
			return o.endUnpacked()
		default:
			o.concern = ""
			o.packed, o.stage = packed, order.Packed // first: it cannot be cancelled any more
			if packed.Total() < o.toPack().Total() { // what was not found does not leave the house
				if err := o.freeStock(ctx, packed); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// makeInvoiceStep is the one step that can end at a dead end: a number that the IRP will never register. Ajio knows nothing
// of the packing yet, so the order can still be cancelled there.
const makeInvoiceStep = "make the B2B invoice"

// 7. In the RMS model we make the B2B invoice ourselves, for what is in the parcel, and register it.
func (o *forwardOrder) makeB2BInvoice(ctx workflow.Context) error {
	var made activities.MadeInvoice
	again := false
	_, err := o.do(ctx, step{name: makeInvoiceStep, outage: irpDown}, func(ctx workflow.Context) error {
		if again { // Ajio may have mended what was wrong with the purchase order
			if err := o.rereadPurchaseOrder(ctx); err != nil {
				return err
			}
		}
		again = true
		call := einvoiceCall(ctx, fmt.Sprintf("make and register the B2B invoice for %d units", o.packed.Total()))
		return workflow.ExecuteActivity(call, einvoiceActivities.MakeInvoice, activities.MakeInvoiceInput{
			PostOrderInput: o.posting(), Packed: o.packed, Cut: o.cutAfterAck,
		}).Get(ctx, &made)
	})
	if err != nil {
		return err
	}
	if made.Warning != "" {
		o.alert = "invoice_doubtful"
		o.note(ctx, "Invoice %s: %s", made.Invoice.Number, made.Warning)
	}
	o.invoice = &made.Invoice
	o.stage = order.Invoiced
	return nil
}

// 8. Ajio gets the B2B invoice: the quantities, of which those missing are cancelled there as short-picked, ...
func (o *forwardOrder) generateB2BInvoice(ctx workflow.Context) error {
	_, err := o.do(ctx, step{name: "generate the B2B invoice at Ajio", canSkip: true, outage: ajioDown}, func(ctx workflow.Context) error {
		call := ajioCall(ctx, o.Order.Pob, "generate the B2B invoice")
		return workflow.ExecuteActivity(call, ajioActivities.GenerateB2BInvoice, o.invoiceInput()).Get(ctx, nil)
	})
	if err != nil {
		return err
	}
	o.book.Invoiced(o.invoice.Quantities)
	return nil
}

// ... the IRN with its signed QR, ...
func (o *forwardOrder) attachIRN(ctx workflow.Context) error {
	_, err := o.do(ctx, step{name: "attach IRN and QR", canSkip: true, outage: ajioDown}, func(ctx workflow.Context) error {
		in := o.invoiceInput()
		in.Invoice.SignedQR = o.invoice.SignedQR
		call := ajioCall(ctx, o.Order.Pob, "attach IRN and signed QR")
		return workflow.ExecuteActivity(call, ajioActivities.AttachIRN, in).Get(ctx, nil)
	})
	return err
}

// ... and the document.
func (o *forwardOrder) uploadB2BInvoice(ctx workflow.Context) error {
	_, err := o.do(ctx, step{name: "upload the B2B invoice", canSkip: true, outage: ajioDown}, func(ctx workflow.Context) error {
		call := ajioCall(ctx, o.Order.Pob, "upload the B2B invoice")
		return workflow.ExecuteActivity(call, ajioActivities.UploadB2BInvoice, o.invoiceInput()).Get(ctx, nil)
	})
	if err != nil {
		return err
	}
	o.stage = order.InvoiceUploaded
	return nil
}

// 9. The packer stands at the bench and waits for both documents, so they are fetched side by side.
func (o *forwardOrder) fetchB2CInvoiceAndLabel(ctx workflow.Context) error {
	var label activities.Label
	_, err := o.do(ctx, step{name: "fetch B2C invoice and label", outage: "documents_overdue"}, func(ctx workflow.Context) error {
		invoice := workflow.ExecuteActivity(ajioCall(ctx, o.Order.Pob, "fetch the B2C invoice"), ajioActivities.FetchB2CInvoice, o.ref())
		shippingLabel := workflow.ExecuteActivity(ajioCall(ctx, o.Order.Pob, "fetch the shipping label"), ajioActivities.FetchLabel, o.ref())
		return errors.Join(invoice.Get(ctx, nil), shippingLabel.Get(ctx, &label))
	})
	if err != nil {
		return err
	}
	if label.TrackingNumber != "" {
		o.trackingNumber = label.TrackingNumber
	}
	o.stage = order.Labelled
	return nil
}

// 10. The warehouse closes a manifest over many parcels. A parcel that Ajio refuses there is tried again alone.
func (o *forwardOrder) awaitManifest(ctx workflow.Context) error {
	due := workflow.Now(ctx).Add(o.Policy.PackOverdueAfter) // the courier calls daily, as the pickers work daily
	err := o.await(ctx, wait{what: "the handover to the courier", until: due, overdue: "handover_overdue"}, func() bool { return len(o.manifested) > 0 })
	if err != nil {
		return err
	}
	if !o.isManifested() {
		o.note(ctx, "Ajio refused the parcel in manifest %s: %s", o.manifested[0].Key, o.manifested[0].Refused)
		_, err := o.do(ctx, step{
			name: "manifest the parcel alone", canSkip: true, settled: o.isManifested, outage: ajioDown,
		}, o.manifestAlone)
		if err != nil {
			return err
		}
	}
	o.stage = order.Manifested
	return nil
}

// complete closes the books of an order that was handed over.
func (o *forwardOrder) complete(ctx workflow.Context) error {
	for _, m := range o.manifested {
		if o.manifestID == "" {
			o.manifestID = m.ManifestID
		}
	}
	return o.closeBooks(ctx, order.Completed, "")
}
