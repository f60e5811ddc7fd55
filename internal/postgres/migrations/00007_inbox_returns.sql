-- +goose Up

ALTER TABLE inbox ADD COLUMN return_row bigint REFERENCES returns;
COMMENT ON COLUMN inbox.return_row IS 'returns.id of the return that the message is for; NULL for what is for an order or a manifest';
CREATE INDEX inbox_by_return ON inbox (return_row) WHERE return_row IS NOT NULL;
-- Which returns a number was posted for, before any of their notes is judged.
CREATE INDEX inbox_by_credit_note_irn ON inbox ((payload->>'irnNumber')) WHERE kind = 'credit-note';

-- +goose Down

DROP INDEX inbox_by_credit_note_irn, inbox_by_return;
ALTER TABLE inbox DROP COLUMN return_row;
