package postgres

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// Message is something an ERP or a warehouse told us. Kind and Key name the document, such as "erp-invoice"
// and PO plus invoice number: one document is one row for ever.
type Message struct {
	ID          int64
	Kind        string
	Key         string
	Client      string // whose credential it came with
	Pob         string
	OrderID     string // empty when the order is not known yet
	ReturnRow   int64  // of the return that it is for; 0 when it is for an order or a manifest
	Body        []byte // the request body, byte for byte
	Payload     []byte // what the workflow is signalled with, JSON; nil when there is nothing to signal
	ContentHash []byte // what makes two messages the same; SHA-256 of Body when the caller leaves it empty
	ReceivedAt  time.Time
	SignalledAt *time.Time
	Error       string // why the workflow cannot be told; empty while it can
}

// Verdict says how an accepted message relates to what was stored before.
type Verdict int

// The verdicts of Accept.
const (
	New       Verdict = iota + 1 // stored now
	Same                         // stored before with the same content
	Different                    // stored before with other content, which stays
)

const messageColumns = `id, kind, key, client, pob, order_id, COALESCE(return_row, 0) AS return_row, body, payload, content_hash, received_at, signalled_at, error`

// Accept stores a message unless its kind and key are known, and returns the row that stands. However many
// callers bring one document at the same time, one of them gets New.
func (db *DB) Accept(ctx context.Context, m Message) (stored Message, verdict Verdict, err error) {
	if len(m.ContentHash) == 0 {
		hash := sha256.Sum256(m.Body)
		m.ContentHash = hash[:]
	}
	stored, err = one(ctx, db.pool, pgx.RowToStructByName[Message], `
		INSERT INTO inbox (kind, key, client, pob, order_id, body, payload, content_hash, return_row)
		VALUES ($1, $2, $3, $4, $5, COALESCE($6, ''::bytea), $7, $8, NULLIF($9, 0))
		ON CONFLICT (kind, key) DO NOTHING
		RETURNING `+messageColumns, m.Kind, m.Key, m.Client, m.Pob, m.OrderID, m.Body, m.Payload, m.ContentHash, m.ReturnRow)
	if err == nil {
		return stored, New, nil
	}
	if errors.Is(err, ErrNotFound) {
		stored, err = db.FindMessage(ctx, m.Kind, m.Key)
	}
	switch {
	case err != nil:
		return Message{}, 0, fmt.Errorf("accept %s %s: %w", m.Kind, m.Key, err)
	case bytes.Equal(stored.ContentHash, m.ContentHash):
		return stored, Same, nil
	default:
		return stored, Different, nil
	}
}

// FindMessage returns the message that stands under a kind and key; ErrNotFound when there is none.
func (db *DB) FindMessage(ctx context.Context, kind, key string) (Message, error) {
	m, err := one(ctx, db.pool, pgx.RowToStructByName[Message],
		`SELECT `+messageColumns+` FROM inbox WHERE kind = $1 AND key = $2`, kind, key)
	if err != nil {
		return Message{}, fmt.Errorf("message %s %s: %w", kind, key, err)
	}
	return m, nil
}

// ReturnMessages lists the messages of one kind for a return, in the order in which they were accepted.
func (db *DB) ReturnMessages(ctx context.Context, returnRow int64, kind string) ([]Message, error) {
	list, err := many(ctx, db.pool, pgx.RowToStructByName[Message],
		`SELECT `+messageColumns+` FROM inbox WHERE return_row = $1 AND kind = $2 ORDER BY id`, returnRow, kind)
	if err != nil {
		return nil, fmt.Errorf("%s messages for the return in row %d: %w", kind, returnRow, err)
	}
	return list, nil
}

// MarkSignalled records that the workflow has the message; the first time stays.
func (db *DB) MarkSignalled(ctx context.Context, id int64) error {
	return db.updateMessage(ctx, id, `UPDATE inbox SET signalled_at = COALESCE(signalled_at, now()) WHERE id = $1`)
}

// SetAside takes a message that its order or return refused out of the place that it holds: it stays, under another key,
// and the next message with this kind and key is New. Only the message of this document, an invoice or a credit note, and
// attempt is set aside, as its payload names them; without one nothing is done, so a repeat is harmless, also when the
// document has come again since.
func (db *DB) SetAside(ctx context.Context, kind, key, document string, attempt int) error {
	_, err := db.pool.Exec(ctx, `
		UPDATE inbox SET key = key || '#' || id, error = 'its order or return refused it'
		WHERE kind = $1 AND key = $2 AND $3 IN (payload->>'invoiceNumber', payload->>'creditNoteNumber')
			AND COALESCE((payload->>'attempt')::int, 0) = $4`,
		kind, key, document, attempt)
	if err != nil {
		return fmt.Errorf("set aside %s %s: %w", kind, key, err)
	}
	return nil
}

// SetAsides counts the messages that were set aside under a kind and key.
func (db *DB) SetAsides(ctx context.Context, kind, key string) (int, error) {
	n, err := one(ctx, db.pool, pgx.RowTo[int],
		`SELECT count(*) FROM inbox WHERE kind = $1 AND starts_with(key, $2 || '#')`, kind, key)
	if err != nil {
		return 0, fmt.Errorf("set aside %s %s: %w", kind, key, err)
	}
	return n, nil
}

// MarkUndeliverable records why the workflow cannot be told, such as that it has ended; Unsignalled lists the
// message no more.
func (db *DB) MarkUndeliverable(ctx context.Context, id int64, why string) error {
	if why == "" {
		return fmt.Errorf("message %d: undeliverable without a reason", id)
	}
	return db.updateMessage(ctx, id, `UPDATE inbox SET error = $2 WHERE id = $1`, withoutNUL(why))
}

func (db *DB) updateMessage(ctx context.Context, id int64, sql string, args ...any) error {
	done, err := db.pool.Exec(ctx, sql, append([]any{id}, args...)...)
	if err == nil && done.RowsAffected() == 0 {
		err = ErrNotFound
	}
	if err != nil {
		return fmt.Errorf("message %d: %w", id, err)
	}
	return nil
}

// Unsignalled lists messages that were stored at least olderThan ago and reached no workflow: a crash fell
// between row and signal. At most limit, oldest first.
func (db *DB) Unsignalled(ctx context.Context, olderThan time.Duration, limit int) ([]Message, error) {
	list, err := many(ctx, db.pool, pgx.RowToStructByName[Message], `
		SELECT `+messageColumns+` FROM inbox
		WHERE signalled_at IS NULL AND error = '' AND received_at <= now() - $1::interval
		ORDER BY received_at, id LIMIT $2`, olderThan, limit)
	if err != nil {
		return nil, fmt.Errorf("unsignalled messages: %w", err)
	}
	return list, nil
}
