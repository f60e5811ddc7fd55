package postgres

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"vmsflow/internal/order"
)

// CancelledOrder is an order that was taken back after the ERP had it, for the ERP team (contracts/increff-erp.md §7.4).
type CancelledOrder struct {
	Pob           string
	OrderID       string
	PurchaseOrder string
	// InvoiceNumber is that of the e-invoice, whether the order went on with it or was taken back before; empty when the
	// ERP posted none.
	InvoiceNumber string
	CancelledAt   time.Time     // when it was decided
	Outcome       order.Outcome // empty while the outside systems are still being told
	Reason        string
	ERPToldAt     *time.Time `db:"erp_told_at"` // when the ERP took OUTWARD_ORDER_CANCEL; nil if it has not
	Model         order.InvoicingModel
	Posted        bool // the ERP accepted OUTWARD_ORDER_CREATE; an RMS order may do without
	// IRNCancelledAt is when the IRP cancelled the IRN of an invoice of our own; nil if it has not.
	IRNCancelledAt *time.Time `db:"irn_cancelled_at"`
	Abandoned      bool       // its workflow went and left it open; a person has to settle it
}

// The invoice's kind in the inbox, which holds it from the moment that the gateway took it. The order's own row has it
// only from the release for picking on, and one that came by a signal is known by its document.
const invoiceMessage = "erp-invoice"

// orderCancel is the event that takes a posted order back (contracts/increff-erp.md §5.2).
const orderCancel = "OUTWARD_ORDER_CANCEL"

// CancelledAfterPosting lists the orders of these POBs that the ERP had, by its own acceptance or by its e-invoice, and
// whose end short of the courier was decided at or after from and before until, the first coming first.
func (db *DB) CancelledAfterPosting(ctx context.Context, pobs []string, from, until time.Time) ([]CancelledOrder, error) {
	list, err := many(ctx, db.pool, pgx.RowToStructByName[CancelledOrder], `
		WITH taken_back AS (
			SELECT pob, order_id, model, po_number, posted_at, invoice_number, outcome, end_reason,
				COALESCE(ending_at, ended_at) AS cancelled_at
			FROM orders
			WHERE pob = ANY ($1) AND outcome IS DISTINCT FROM 'completed'
				AND COALESCE(ending_at, ended_at) >= $2 AND COALESCE(ending_at, ended_at) < $3
		), invoiced AS (
			SELECT o.pob, o.order_id, b.cancelled_at AS irn_cancelled_at,
				COALESCE(o.invoice_number, b.number, i.payload->>'invoiceNumber', (
				SELECT d.number FROM documents d
				WHERE d.pob = o.pob AND d.order_id = o.order_id AND d.kind = $4 AND NOT EXISTS (
					SELECT FROM inbox
					WHERE kind = $5 AND pob = o.pob AND order_id = o.order_id AND NOT (`+notSetAside+`)
						AND payload->>'invoiceNumber' = d.number
				) ORDER BY d.id DESC LIMIT 1
			), '') AS invoice_number
			FROM taken_back o
			LEFT JOIN b2b_invoices b ON b.pob = o.pob AND b.order_id = o.order_id AND b.registered_at IS NOT NULL
			LEFT JOIN LATERAL (
				SELECT payload FROM inbox
				WHERE kind = $5 AND pob = o.pob AND order_id = o.order_id AND `+notSetAside+` ORDER BY id DESC LIMIT 1
			) i ON true
		)
		SELECT o.pob, o.order_id, COALESCE(o.po_number, '') AS purchase_order, i.invoice_number, o.cancelled_at,
			COALESCE(o.outcome, '') AS outcome, o.end_reason AS reason, m.accepted_at AS erp_told_at,
			o.model, o.posted_at IS NOT NULL AS posted, i.irn_cancelled_at, o.outcome IS NULL AND EXISTS (
				SELECT FROM abandoned_orders a WHERE a.pob = o.pob AND a.order_id = o.order_id AND a.settled_at IS NULL
			) AS abandoned
		FROM taken_back o
		JOIN invoiced i USING (pob, order_id)
		LEFT JOIN erp_messages m ON m.pob = o.pob AND m.order_id = o.order_id AND m.event = $6
		WHERE o.posted_at IS NOT NULL OR i.invoice_number <> ''
		ORDER BY o.cancelled_at, o.pob, o.order_id`,
		pobs, from, until, KindB2BInvoice, invoiceMessage, orderCancel)
	if err != nil {
		return nil, fmt.Errorf("orders cancelled after posting: %w", err)
	}
	return list, nil
}
