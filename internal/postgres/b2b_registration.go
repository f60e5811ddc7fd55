package postgres

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// Registration is what the IRP gave for an invoice, with what it was asked. The IRP shows it for two days only, so all
// of it is kept (contracts/gst-einvoice.md §12).
type Registration struct {
	IRN           string
	AckNumber     string // 15 digits
	AckDate       time.Time
	SignedInvoice string // a JWT, as is SignedQR
	SignedQR      string
	Request       json.RawMessage // the body that was sent
}

// SaveRegistration records that the IRP registered the invoice of an order; from then on its content stays. The first
// registration stays too: a repeat with the same IRN and acknowledgement does nothing, another one is ErrConflict.
func (db *DB) SaveRegistration(ctx context.Context, pob, orderID string, r Registration) error {
	if r.IRN == "" || r.AckNumber == "" || r.AckDate.IsZero() || r.SignedInvoice == "" || r.SignedQR == "" || len(r.Request) == 0 {
		return fmt.Errorf("order %s, registration of its B2B invoice: IRN, acknowledgement, signed texts or request are missing", orderID)
	}
	return db.changeB2BInvoice(ctx, "registration of its B2B invoice", pob, orderID, func(tx pgx.Tx, stored B2BInvoice) error {
		switch {
		case stored.IRN != r.IRN:
			return fmt.Errorf("%s has the IRN %s, the IRP says %s: %w", stored.Number, stored.IRN, r.IRN, ErrConflict)
		case stored.RegisteredAt == nil:
			return exec(ctx, tx, `
				UPDATE b2b_invoices
				SET ack_number = $3, ack_date = $4, signed_invoice = $5, signed_qr = $6, irp_request = $7, registered_at = now()
				WHERE pob = $1 AND order_id = $2`,
				pob, orderID, r.AckNumber, r.AckDate, r.SignedInvoice, r.SignedQR, r.Request)
		case stored.AckNumber != r.AckNumber:
			return fmt.Errorf("%s has the acknowledgement %s, the IRP says %s: %w", stored.Number, stored.AckNumber, r.AckNumber, ErrConflict)
		}
		return nil
	})
}

// MarkIRNCancelled records when the IRP cancelled the IRN of an order's invoice; the first time stays. An invoice that
// is not registered is ErrConflict: there is no IRN to cancel.
func (db *DB) MarkIRNCancelled(ctx context.Context, pob, orderID string, at time.Time) error {
	return db.changeB2BInvoice(ctx, "IRN cancelled", pob, orderID, func(tx pgx.Tx, stored B2BInvoice) error {
		if stored.RegisteredAt == nil {
			return fmt.Errorf("%s is not registered: %w", stored.Number, ErrConflict)
		}
		return exec(ctx, tx, `
			UPDATE b2b_invoices SET cancelled_at = COALESCE(cancelled_at, $3) WHERE pob = $1 AND order_id = $2`,
			pob, orderID, at)
	})
}

// SaveB2BDocument records the PDF of an order's invoice, a document that SaveDocument stored for it as KindB2BInvoice.
// An invoice that is not registered, one that has another PDF, and a document of somebody else are ErrConflict.
func (db *DB) SaveB2BDocument(ctx context.Context, pob, orderID string, documentID int64) error {
	return db.changeB2BInvoice(ctx, "PDF of its B2B invoice", pob, orderID, func(tx pgx.Tx, stored B2BInvoice) error {
		switch {
		case stored.RegisteredAt == nil:
			return fmt.Errorf("%s is not registered: %w", stored.Number, ErrConflict)
		case stored.DocumentID == documentID:
			return nil
		case stored.DocumentID != 0:
			return fmt.Errorf("%s has the document %d already, not %d: %w", stored.Number, stored.DocumentID, documentID, ErrConflict)
		}
		_, err := one(ctx, tx, pgx.RowTo[int64], `
			UPDATE b2b_invoices b SET document_id = d.id FROM documents d
			WHERE b.pob = $1 AND b.order_id = $2
				AND d.id = $3 AND d.pob = b.pob AND d.order_id = b.order_id AND d.kind = $4
			RETURNING d.id`, pob, orderID, documentID, KindB2BInvoice)
		if errors.Is(err, ErrNotFound) {
			return fmt.Errorf("document %d is no %s of this order: %w", documentID, KindB2BInvoice, ErrConflict)
		}
		return err
	})
}

// changeB2BInvoice runs change in a transaction that holds the order, and with it the invoice. An order without an
// invoice is ErrNotFound.
func (db *DB) changeB2BInvoice(
	ctx context.Context, what, pob, orderID string, change func(tx pgx.Tx, stored B2BInvoice) error,
) error {
	return db.step(ctx, what, pob, orderID, func(tx pgx.Tx) error {
		stored, err := b2bInvoice(ctx, tx, pob, orderID)
		if err != nil {
			return err
		}
		return change(tx, stored)
	})
}
