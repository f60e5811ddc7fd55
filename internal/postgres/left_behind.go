package postgres

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"

	"vmsflow/internal/order"
)

// traces are the marks of an order outside its own row.
type traces struct {
	Reserved      map[string]int // units by item code
	ToERP         bool           `db:"to_erp"` // OUTWARD_ORDER_CREATE was written, so that it may have been sent
	CancelledERP  bool           `db:"cancelled_erp"`
	InvoiceNumber string         // of the ERP's invoice as the gateway took it
	IRN           string         `db:"irn"`
	PackReported  bool
	B2CInvoice    bool `db:"b2c_invoice"`
}

// notSetAside holds for a message in the inbox that its order has not refused, as SetAside marks it.
const notSetAside = `key NOT LIKE '%#' || id`

// leftBehind reads what an order has left in the world, by our own books, but for Ending and ByHand.
func leftBehind(ctx context.Context, tx pgx.Tx, o Order) (order.LeftBehind, error) {
	t, err := one(ctx, tx, pgx.RowToStructByName[traces], `
		SELECT
			(SELECT COALESCE(jsonb_object_agg(item_code, units), '{}') FROM (
				SELECT item_code, sum(reserved) AS units FROM order_lines
				WHERE pob = $1 AND order_id = $2 AND reserved > 0 GROUP BY item_code
			) held) AS reserved,
			EXISTS (SELECT FROM erp_messages WHERE pob = $1 AND order_id = $2 AND event = 'OUTWARD_ORDER_CREATE') AS to_erp,
			EXISTS (SELECT FROM erp_messages WHERE pob = $1 AND order_id = $2 AND event = 'OUTWARD_ORDER_CANCEL'
				AND accepted_at IS NOT NULL) AS cancelled_erp,
			COALESCE(invoice.payload->>'invoiceNumber', '') AS invoice_number,
			COALESCE(invoice.payload->>'irnNumber', '') AS irn,
			EXISTS (SELECT FROM inbox WHERE pob = $1 AND order_id = $2 AND kind = 'packed' AND error = '') AS pack_reported,
			EXISTS (SELECT FROM documents WHERE pob = $1 AND order_id = $2 AND kind = $3) AS b2c_invoice
		FROM (SELECT) nothing LEFT JOIN LATERAL (
			SELECT payload FROM inbox
			WHERE pob = $1 AND order_id = $2 AND kind = 'erp-invoice' AND `+notSetAside+` ORDER BY id DESC LIMIT 1
		) invoice ON true`, o.Order.Pob, o.Order.ID, KindB2CInvoice)
	if err != nil {
		return order.LeftBehind{}, err
	}
	left := order.LeftBehind{
		Reserved: t.Reserved, Acknowledged: o.AcknowledgedAt != nil, Released: o.ReleasedAt != nil,
		Packed: o.PackedAt != nil || t.PackReported, ManifestID: o.ManifestID,
		// The row has the invoice from the release for picking on; before, only the inbox knows of it.
		InvoiceNumber: t.InvoiceNumber, IRN: t.IRN,
		AjioInvoice: order.No, AtWarehouse: order.No, InERP: order.No,
	}
	if o.PO != nil {
		left.PurchaseOrder = o.PO.Number
	}
	if o.Invoice != nil {
		left.InvoiceNumber, left.IRN = o.Invoice.Number, o.Invoice.IRN
		if o.Model == order.RMSModel && o.Invoice.AckDate != nil {
			until := o.Invoice.AckDate.Add(order.IRNCancelWindow)
			left.IRNCancelUntil = &until
		}
	}
	if err := leaveOwnInvoice(ctx, tx, o, &left); err != nil {
		return order.LeftBehind{}, err
	}
	switch {
	case t.B2CInvoice: // Ajio makes it out only after the B2B invoice
		left.AjioInvoice = order.Yes
	case o.PackedAt != nil: // written just before the B2B invoice is generated
		left.AjioInvoice = order.Perhaps
	}
	switch {
	case o.SentToWarehouseAt != nil:
		left.AtWarehouse = order.Yes
	case o.PO != nil: // the announcement comes right after the PO and is recorded once it is answered
		left.AtWarehouse = order.Perhaps
	}
	switch {
	case t.CancelledERP:
	case o.PostedAt != nil:
		left.InERP = order.Yes
	case t.ToERP:
		left.InERP = order.Perhaps
	}
	return left, nil
}

// leaveOwnInvoice tells of the invoice that we made ourselves. The order's row has it only once the release for picking
// is near, and does not know that its IRN was cancelled.
func leaveOwnInvoice(ctx context.Context, tx pgx.Tx, o Order, left *order.LeftBehind) error {
	own, err := b2bInvoice(ctx, tx, o.Order.Pob, o.Order.ID)
	if errors.Is(err, ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	left.InvoiceNumber, left.IRN, left.IRNCancelUntil = own.Number, own.IRN, nil
	switch {
	case own.CancelledAt != nil:
		left.IRN = ""
	case own.RegisteredAt == nil:
		left.IRNUnsure = true
	default:
		until := own.AckDate.Add(order.IRNCancelWindow)
		left.IRNCancelUntil = &until
	}
	return nil
}
