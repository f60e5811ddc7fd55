package postgres

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// The kinds of documents.
const (
	KindB2BInvoice    = "b2b_invoice"    // seller to Ajio; Number is the e-invoice's
	KindB2CInvoice    = "b2c_invoice"    // Ajio to the consumer, it goes into the parcel; Number is Ajio's
	KindShippingLabel = "shipping_label" // Number is the AWB
	KindCreditNote    = "credit_note"    // seller to Ajio, of a return; Number is the note's
	KindRSI           = "rsi"            // Ajio to the seller, of a return; Number is Ajio's
)

// Document is a PDF, label or other file of an order, a return or a manifest.
type Document struct {
	ID          int64
	Pob         string
	OrderID     string // or the id of the return or manifest
	Kind        string // such as KindB2BInvoice
	Number      string // of the document itself; may be empty
	ContentType string
	SourceURL   string `db:"source_url"` // where it was fetched from; empty when it came in a message
	Content     []byte
	SHA256      string `db:"sha256"` // of Content, 64 hex digits; SaveDocument computes it
	CreatedAt   time.Time
}

// DocumentInfo is a document without its content.
type DocumentInfo struct {
	DocumentRef
	Number      string
	ContentType string
	SourceURL   string `db:"source_url"`
	Size        int64  // of its content, in bytes
	CreatedAt   time.Time
}

// DocumentRef names a document in a workflow's history, which never holds its content.
type DocumentRef struct {
	Kind   string `json:"kind"`
	ID     int64  `json:"id"`
	SHA256 string `json:"sha256" db:"sha256"`
}

const documentColumns = `id, pob, order_id, kind, number, content_type, source_url, content, sha256, created_at`

// SaveDocument stores a document. The same content for the same order and kind is the same row.
func (db *DB) SaveDocument(ctx context.Context, d Document) (DocumentRef, error) {
	hash := sha256.Sum256(d.Content)
	// The update changes nothing; it is there because DO NOTHING returns no row.
	ref, err := one(ctx, db.pool, pgx.RowToStructByName[DocumentRef], `
		INSERT INTO documents (pob, order_id, kind, number, content_type, source_url, content, sha256)
		VALUES ($1, $2, $3, $4, $5, $6, COALESCE($7, ''::bytea), $8)
		ON CONFLICT (pob, order_id, kind, sha256) DO UPDATE SET sha256 = EXCLUDED.sha256
		RETURNING kind, id, sha256`,
		d.Pob, d.OrderID, d.Kind, withoutNUL(d.Number), d.ContentType, withoutNUL(d.SourceURL), d.Content, hex.EncodeToString(hash[:]))
	if err != nil {
		return DocumentRef{}, fmt.Errorf("save %s of %s: %w", d.Kind, d.OrderID, err)
	}
	return ref, nil
}

// Document reads one document with its content, or ErrNotFound.
func (db *DB) Document(ctx context.Context, id int64) (Document, error) {
	d, err := one(ctx, db.pool, pgx.RowToStructByName[Document],
		`SELECT `+documentColumns+` FROM documents WHERE id = $1`, id)
	if err != nil {
		return Document{}, fmt.Errorf("document %d: %w", id, err)
	}
	return d, nil
}

// LatestDocument reads the document of this kind that was stored last, or ErrNotFound.
func (db *DB) LatestDocument(ctx context.Context, pob, orderID, kind string) (Document, error) {
	d, err := one(ctx, db.pool, pgx.RowToStructByName[Document], `
		SELECT `+documentColumns+` FROM documents
		WHERE pob = $1 AND order_id = $2 AND kind = $3 ORDER BY id DESC LIMIT 1`, pob, orderID, kind)
	if err != nil {
		return Document{}, fmt.Errorf("%s of %s: %w", kind, orderID, err)
	}
	return d, nil
}

// Documents lists what is stored for an order, return or manifest, oldest first; nothing is no error.
func (db *DB) Documents(ctx context.Context, pob, orderID string) ([]DocumentInfo, error) {
	list, err := many(ctx, db.pool, pgx.RowToStructByName[DocumentInfo], `
		SELECT kind, id, sha256, number, content_type, source_url, octet_length(content) AS size, created_at
		FROM documents WHERE pob = $1 AND order_id = $2 ORDER BY id`, pob, orderID)
	if err != nil {
		return nil, fmt.Errorf("documents of %s: %w", orderID, err)
	}
	return list, nil
}
