package postgres

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"vmsflow/internal/gst"
	"vmsflow/internal/order"
)

// NoteClashError says why a credit note cannot stand beside others that are entered: one of the three. It is an ErrConflict.
type NoteClashError struct {
	Accepted string // the number of the note that the return has
	UsedFor  string // which other return has a note with this IRN
	// Value is the note's, and Left what the notes over other returns left of the forward invoice.
	Value, Left order.Paise
}

func (c *NoteClashError) Error() string {
	switch {
	case c.Accepted != "":
		return "the return has the credit note " + c.Accepted
	case c.UsedFor != "":
		return "it is over " + c.UsedFor
	default:
		return fmt.Sprintf("%s rupees are more than the %s that other credit notes left of the invoice", c.Value, c.Left)
	}
}

func (c *NoteClashError) Unwrap() error { return ErrConflict }

// SaveCreditNote records the ERP's credit note over a return; there is one (contracts/increff-erp.md §3.2, CN-2). A repeat
// does nothing. ErrConflict: a text of it cannot be stored or, as a NoteClashError, the return has another note, the note is over
// another return already, or with the notes over other returns of the order it credits more than was invoiced (CN-3).
func (db *DB) SaveCreditNote(ctx context.Context, id int64, note order.CreditNote) error {
	text, err := json.Marshal(note)
	if err != nil {
		return fmt.Errorf("credit note %s: %w", note.Number, err)
	}
	if hasNUL(text) {
		return fmt.Errorf("credit note %q: a NUL character, which no database takes: %w", note.Number, ErrConflict)
	}
	err = db.changeReturn(ctx, "credit note "+note.Number, id, func(tx pgx.Tx, r Return) error {
		stored, err := creditNote(ctx, tx, id)
		switch {
		case err == nil && (stored.Number != note.Number || stored.IRN != note.IRN):
			return &NoteClashError{Accepted: stored.Number}
		case !errors.Is(err, ErrNotFound):
			return err
		}
		if err := checkCredit(ctx, tx, r, note.Value); err != nil {
			return err
		}
		return exec(ctx, tx, `INSERT INTO credit_notes (return_row, number, content) VALUES ($1, $2, $3)`, id, note.Number, json.RawMessage(text))
	})
	if violates(err, "credit_notes_by_irn") {
		clash := &NoteClashError{UsedFor: "another return"}
		if other, err := db.ReturnOfCreditNoteIRN(ctx, note.IRN); err == nil && other != "" {
			clash.UsedFor = "return " + other
		}
		return fmt.Errorf("return in row %d, credit note %s: %w", id, note.Number, clash)
	}
	return err
}

// checkCredit holds a note against what the others over returns of its order left of the forward invoice. Where there is
// no invoice or no purchase order to value it by, nothing can be said here.
func checkCredit(ctx context.Context, tx pgx.Tx, r Return, value order.Paise) error {
	// Two returns may get their notes at the same moment.
	if err := exec(ctx, tx, `SELECT pg_advisory_xact_lock(hashtextextended('credit notes of ' || $1 || '/' || $2, 0))`, r.Pob, r.OrderID); err != nil {
		return err
	}
	type forward struct {
		PO      *order.PurchaseOrder `db:"po"`
		Invoice *order.Invoice
	}
	f, err := one(ctx, tx, pgx.RowToStructByName[forward], `SELECT po, invoice FROM orders WHERE pob = $1 AND order_id = $2`, r.Pob, r.OrderID)
	switch {
	case errors.Is(err, ErrNotFound):
		return nil
	case err != nil || f.PO == nil || f.Invoice == nil:
		return err
	}
	left := f.PO.Value(f.Invoice.Quantities)
	notes, err := creditNotesOfOrder(ctx, tx, r.Pob, r.OrderID)
	if err != nil {
		return err
	}
	for _, other := range notes {
		left -= other.Note.Value
	}
	if value > left && !gst.WithinTolerance(int64(left), int64(value)) {
		return &NoteClashError{Value: value, Left: left}
	}
	return nil
}

// CreditNote reads the credit note over a return, or ErrNotFound.
func (db *DB) CreditNote(ctx context.Context, id int64) (order.CreditNote, error) {
	note, err := creditNote(ctx, db.pool, id)
	if err != nil {
		return order.CreditNote{}, fmt.Errorf("credit note over the return in row %d: %w", id, err)
	}
	return note, nil
}

func creditNote(ctx context.Context, q querier, id int64) (order.CreditNote, error) {
	return one(ctx, q, pgx.RowTo[order.CreditNote], `SELECT content FROM credit_notes WHERE return_row = $1`, id)
}

// CreditNoteOf is a credit note and the return that it is over.
type CreditNoteOf struct {
	Row      int64 // of the return
	ReturnID string
	Note     order.CreditNote
}

// CreditNotesOfOrder lists the credit notes over the returns of an order, the oldest return coming first.
func (db *DB) CreditNotesOfOrder(ctx context.Context, pob, orderID string) ([]CreditNoteOf, error) {
	list, err := creditNotesOfOrder(ctx, db.pool, pob, orderID)
	if err != nil {
		return nil, fmt.Errorf("credit notes of order %s: %w", orderID, err)
	}
	return list, nil
}

func creditNotesOfOrder(ctx context.Context, q querier, pob, orderID string) ([]CreditNoteOf, error) {
	return many(ctx, q, pgx.RowToStructByName[CreditNoteOf], `
		SELECT r.id AS row, r.return_id, n.content AS note
		FROM credit_notes n JOIN returns r ON r.id = n.return_row
		WHERE r.pob = $1 AND r.order_id = $2 ORDER BY r.id`, pob, orderID)
}

// OtherReturnOfCreditNote names another return than the one in this row that a note with this IRN is over, or was posted
// for and still waits to be judged; empty when there is none.
func (db *DB) OtherReturnOfCreditNote(ctx context.Context, id int64, irn string) (string, error) {
	returnID, err := one(ctx, db.pool, pgx.RowTo[string], `
		SELECT r.return_id FROM returns r
		WHERE r.id <> $1 AND r.id IN (
			SELECT return_row FROM credit_notes WHERE content->>'irn' = $2
			UNION ALL
			-- One that its return refused was set aside, and so its key ends in its id.
			SELECT return_row FROM inbox WHERE kind = 'credit-note' AND payload->>'irnNumber' = $2 AND key NOT LIKE '%#' || id
		)
		ORDER BY r.id LIMIT 1`, id, irn)
	if err != nil && !errors.Is(err, ErrNotFound) {
		return "", fmt.Errorf("other return of a credit note's IRN: %w", err)
	}
	return returnID, nil
}

// ReturnOfCreditNoteIRN names the return that has the credit note with this IRN; empty when none has. An IRN stands for
// seller, financial year and number, so two returns with one have used a number twice.
func (db *DB) ReturnOfCreditNoteIRN(ctx context.Context, irn string) (string, error) {
	returnID, err := one(ctx, db.pool, pgx.RowTo[string], `
		SELECT r.return_id FROM credit_notes n JOIN returns r ON r.id = n.return_row WHERE n.content->>'irn' = $1`, irn)
	if err != nil && !errors.Is(err, ErrNotFound) {
		return "", fmt.Errorf("return of a credit note's IRN: %w", err)
	}
	return returnID, nil
}
