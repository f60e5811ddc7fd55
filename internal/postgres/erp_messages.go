package postgres

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// orderCreate is the event whose acceptance makes an order posted (contracts/increff-erp.md §5.1).
const orderCreate = "OUTWARD_ORDER_CREATE"

// ERPMessage is one posting to a client's ERP. The ERP drops a repeat by MessageID, so id and body are stored
// before the first attempt and never change (contracts/increff-erp.md §2.2).
type ERPMessage struct {
	MessageID  int64      // from 900000000001 on
	Body       []byte     // JSON, as it is sent
	AcceptedAt *time.Time // nil until the ERP took it
}

const erpMessageColumns = `message_id, body, accepted_at`

// StoreERPMessage returns the message of this order (or return) and event. The first call builds and stores
// it; build gets the new message id. Every later call returns the stored body byte for byte.
func (db *DB) StoreERPMessage(
	ctx context.Context, pob, orderID, event string, build func(messageID int64) ([]byte, error),
) (ERPMessage, error) {
	stored, err := db.FindERPMessage(ctx, pob, orderID, event)
	if !errors.Is(err, ErrNotFound) {
		return stored, err
	}
	stored, err = db.insertERPMessage(ctx, pob, orderID, event, build)
	if errors.Is(err, ErrNotFound) { // another caller stored it in the meantime; our id is lost, which is harmless
		return db.FindERPMessage(ctx, pob, orderID, event)
	}
	if err != nil {
		return ERPMessage{}, fmt.Errorf("store %s of %s: %w", event, orderID, err)
	}
	return stored, nil
}

func (db *DB) insertERPMessage(
	ctx context.Context, pob, orderID, event string, build func(messageID int64) ([]byte, error),
) (ERPMessage, error) {
	id, err := one(ctx, db.pool, pgx.RowTo[int64], `SELECT nextval('erp_message_ids')`)
	if err != nil {
		return ERPMessage{}, err
	}
	body, err := build(id)
	if err != nil {
		return ERPMessage{}, fmt.Errorf("build message: %w", err)
	}
	return one(ctx, db.pool, pgx.RowToStructByName[ERPMessage], `
		INSERT INTO erp_messages (message_id, pob, order_id, event, body)
		VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (pob, order_id, event) DO NOTHING
		RETURNING `+erpMessageColumns, id, pob, orderID, event, body)
}

// FindERPMessage reads the message of this order (or return) and event, or ErrNotFound.
func (db *DB) FindERPMessage(ctx context.Context, pob, orderID, event string) (ERPMessage, error) {
	m, err := one(ctx, db.pool, pgx.RowToStructByName[ERPMessage],
		`SELECT `+erpMessageColumns+` FROM erp_messages WHERE pob = $1 AND order_id = $2 AND event = $3`, pob, orderID, event)
	if err != nil {
		return ERPMessage{}, fmt.Errorf("%s of %s: %w", event, orderID, err)
	}
	return m, nil
}

// MarkERPAccepted records that the ERP took a message, with its HTTP status and answer; the first answer stays.
// For OUTWARD_ORDER_CREATE the order counts as posted from then on.
func (db *DB) MarkERPAccepted(ctx context.Context, messageID int64, status int, answer []byte) error {
	err := db.inTx(ctx, func(tx pgx.Tx) error {
		_, err := one(ctx, tx, pgx.RowTo[string], `
			UPDATE erp_messages
			SET answer_status = CASE WHEN accepted_at IS NULL THEN $2 ELSE answer_status END,
				answer = CASE WHEN accepted_at IS NULL THEN $3 ELSE answer END,
				accepted_at = COALESCE(accepted_at, now())
			WHERE message_id = $1 RETURNING event`, messageID, status, answer)
		if err != nil {
			return err
		}
		return exec(ctx, tx, `
			UPDATE orders o SET posted_at = m.accepted_at FROM erp_messages m
			WHERE m.message_id = $1 AND m.event = $2 AND o.pob = m.pob AND o.order_id = m.order_id AND o.posted_at IS NULL`,
			messageID, orderCreate)
	})
	if err != nil {
		return fmt.Errorf("ERP message %d: %w", messageID, err)
	}
	return nil
}
