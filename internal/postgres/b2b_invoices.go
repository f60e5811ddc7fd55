package postgres

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"vmsflow/internal/gst"
)

// B2BInvoice is the invoice that vmsflow made for an order of the RMS model.
type B2BInvoice struct {
	Pob           string
	OrderID       string
	GSTIN         string `db:"gstin"` // the seller's
	FinancialYear string // "2025-26"
	DocType       gst.DocType
	Seq           int             // within GSTIN, year and type, from 1, without gaps
	Number        string          // as it is printed
	Date          time.Time       `db:"invoice_date"` // 00:00 IST of the invoice's day
	Content       json.RawMessage // as it was built, rms.Invoice
	IRN           string          `db:"irn"` // known before the IRP is asked
	AckNumber     string          // this and the next five come with the registration
	AckDate       *time.Time
	SignedInvoice string
	SignedQR      string          `db:"signed_qr"`
	Request       json.RawMessage `db:"irp_request"` // as it was sent
	RegisteredAt  *time.Time      // nil: a draft, which may still be rebuilt
	CancelledAt   *time.Time      // when the IRP cancelled the IRN
	DocumentID    int64           `db:"document_id"` // the PDF; 0 before it is printed
	CreatedAt     time.Time
}

const b2bInvoiceColumns = `pob, order_id, gstin, financial_year, doc_type, seq, number, invoice_date, content, irn,
	COALESCE(ack_number, '') AS ack_number, ack_date, COALESCE(signed_invoice, '') AS signed_invoice,
	COALESCE(signed_qr, '') AS signed_qr, irp_request, registered_at, cancelled_at,
	COALESCE(document_id, 0) AS document_id, created_at`

// BuildInvoice makes the content of an invoice, which is stored as JSON, and its IRN. It runs while the series is
// locked, so it computes and asks nobody, this database included.
type BuildInvoice func(number string, date time.Time) (content any, irn string, err error)

// B2BInvoice reads the invoice of an order, or ErrNotFound.
func (db *DB) B2BInvoice(ctx context.Context, pob, orderID string) (B2BInvoice, error) {
	stored, err := b2bInvoice(ctx, db.pool, pob, orderID)
	if err != nil {
		return B2BInvoice{}, fmt.Errorf("B2B invoice of %s: %w", orderID, err)
	}
	return stored, nil
}

func b2bInvoice(ctx context.Context, q querier, pob, orderID string) (B2BInvoice, error) {
	return one(ctx, q, toB2BInvoice,
		`SELECT `+b2bInvoiceColumns+` FROM b2b_invoices WHERE pob = $1 AND order_id = $2`, pob, orderID)
}

func toB2BInvoice(row pgx.CollectableRow) (B2BInvoice, error) {
	stored, err := pgx.RowToStructByName[B2BInvoice](row)
	stored.Date = startOfDay(stored.Date)
	return stored, err
}

// DraftInvoice gives an order its invoice: the next number of the series of the GSTIN and the financial year of date,
// and what build makes with it. An order that has an invoice keeps it, number, date and content, whatever is passed.
//
// The number is taken in the transaction that stores the invoice, while others wait for the series: numbers are
// consecutive, and whoever fails or dies in between, build included, has taken none (contracts/gst-einvoice.md §3).
func (db *DB) DraftInvoice(
	ctx context.Context, pob, orderID, gstin string, date time.Time,
	number func(financialYear string, seq int) string, build BuildInvoice,
) (B2BInvoice, error) {
	var drafted B2BInvoice
	err := db.step(ctx, "draft of the B2B invoice", pob, orderID, func(tx pgx.Tx) error {
		stored, err := b2bInvoice(ctx, tx, pob, orderID)
		if !errors.Is(err, ErrNotFound) {
			drafted = stored
			return err
		}
		drafted, err = insertDraft(ctx, tx, pob, orderID, gstin, date, number, build)
		return err
	})
	if err != nil {
		return B2BInvoice{}, err
	}
	return drafted, nil
}

func insertDraft(
	ctx context.Context, tx pgx.Tx, pob, orderID, gstin string, date time.Time,
	number func(financialYear string, seq int) string, build BuildInvoice,
) (B2BInvoice, error) {
	year, day := gst.FinancialYear(date), startOfDay(date.In(gst.IST))
	seq, err := one(ctx, tx, pgx.RowTo[int], `
		INSERT INTO invoice_series AS s (gstin, financial_year, doc_type, last_number) VALUES ($1, $2, $3, 1)
		ON CONFLICT (gstin, financial_year, doc_type) DO UPDATE SET last_number = s.last_number + 1
		RETURNING last_number`, gstin, year, gst.Invoice)
	if err != nil {
		return B2BInvoice{}, err
	}
	text := number(year, seq)
	content, irn, err := built(build, text, day)
	if err != nil {
		return B2BInvoice{}, err
	}
	drafted, err := one(ctx, tx, toB2BInvoice, `
		INSERT INTO b2b_invoices (pob, order_id, gstin, financial_year, doc_type, seq, number, invoice_date, content, irn)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8::date, $9, $10)
		RETURNING `+b2bInvoiceColumns, pob, orderID, gstin, year, gst.Invoice, seq, text, dayInIST(day), content, irn)
	if violates(err, "b2b_invoices_by_number") || violates(err, "b2b_invoices_by_irn") {
		return B2BInvoice{}, fmt.Errorf("number %s belongs to another order: %w", text, ErrConflict)
	}
	return drafted, err
}

// RebuildDraft builds the content of an invoice anew, with its number and date, after what the IRP refused was mended.
// An invoice that is registered, or that would get another IRN because the seller's GSTIN is another one, is
// ErrConflict; one that nobody drafted is ErrNotFound.
//
// A registration whose answer was lost may have come through with the old content: the IRP is asked for the IRN first
// (contracts/gst-einvoice.md §15).
func (db *DB) RebuildDraft(ctx context.Context, pob, orderID string, build BuildInvoice) (B2BInvoice, error) {
	var rebuilt B2BInvoice
	err := db.step(ctx, "B2B invoice built anew", pob, orderID, func(tx pgx.Tx) error {
		stored, err := b2bInvoice(ctx, tx, pob, orderID)
		switch {
		case err != nil:
			return err
		case stored.RegisteredAt != nil:
			return fmt.Errorf("%s is registered, its content stays: %w", stored.Number, ErrConflict)
		}
		content, irn, err := built(build, stored.Number, stored.Date)
		switch {
		case err != nil:
			return err
		case irn != stored.IRN:
			return fmt.Errorf("%s was numbered in the series of %s, now the IRN is another: restore that GSTIN, or cancel the order: %w",
				stored.Number, stored.GSTIN, ErrConflict)
		}
		rebuilt, err = one(ctx, tx, toB2BInvoice, `
			UPDATE b2b_invoices SET content = $3 WHERE pob = $1 AND order_id = $2
			RETURNING `+b2bInvoiceColumns, pob, orderID, content)
		return err
	})
	if err != nil {
		return B2BInvoice{}, err
	}
	return rebuilt, nil
}

// built calls build and writes its content as JSON that can be stored.
func built(build BuildInvoice, number string, date time.Time) (json.RawMessage, string, error) {
	content, irn, err := build(number, date)
	if err != nil {
		return nil, "", fmt.Errorf("build invoice %s: %w", number, err)
	}
	text, err := json.Marshal(content)
	if err != nil {
		return nil, "", fmt.Errorf("write invoice %s: %w", number, err)
	}
	if hasNUL(text) {
		return nil, "", fmt.Errorf("invoice %s: a NUL character, which no database takes: %w", number, ErrConflict)
	}
	return text, irn, nil
}
