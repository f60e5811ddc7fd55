-- +goose Up

-- An IRN stands for seller, financial year and number: no invoice number is used twice, whatever its case.
CREATE UNIQUE INDEX orders_by_irn ON orders ((invoice->>'irn')) WHERE invoice->>'irn' <> '';

-- +goose Down

DROP INDEX orders_by_irn;
