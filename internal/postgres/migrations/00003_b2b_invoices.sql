-- +goose Up

CREATE TABLE invoice_series (
    gstin           text COLLATE "C" NOT NULL CHECK (gstin <> ''),
    financial_year  text COLLATE "C" NOT NULL CHECK (financial_year ~ '^[0-9]{4}-[0-9]{2}$'),
    doc_type        text COLLATE "C" NOT NULL CHECK (doc_type IN ('INV', 'CRN', 'DBN')),
    last_number     int NOT NULL CHECK (last_number > 0),
    PRIMARY KEY (gstin, financial_year, doc_type)
);
COMMENT ON TABLE invoice_series IS 'The last number of each series of documents. It is raised in the transaction that stores the document, so that none is left out or given twice.';

CREATE TABLE b2b_invoices (
    pob             text COLLATE "C" NOT NULL,
    order_id        text COLLATE "C" NOT NULL,
    gstin           text COLLATE "C" NOT NULL,
    financial_year  text COLLATE "C" NOT NULL,
    doc_type        text COLLATE "C" NOT NULL,
    seq             int NOT NULL CHECK (seq > 0),
    number          text COLLATE "C" NOT NULL CHECK (number <> ''),
    invoice_date    date NOT NULL,
    content         jsonb NOT NULL,
    irn             text COLLATE "C" NOT NULL CHECK (irn ~ '^[0-9a-f]{64}$'),
    ack_number      text COLLATE "C" CHECK (ack_number <> ''),
    ack_date        timestamptz,
    signed_invoice  text CHECK (signed_invoice <> ''),
    signed_qr       text CHECK (signed_qr <> ''),
    irp_request     json,
    registered_at   timestamptz,
    cancelled_at    timestamptz,
    document_id     bigint REFERENCES documents (id),
    created_at      timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (pob, order_id),
    FOREIGN KEY (pob, order_id) REFERENCES orders,
    FOREIGN KEY (gstin, financial_year, doc_type) REFERENCES invoice_series,
    UNIQUE (gstin, financial_year, doc_type, seq),
    CONSTRAINT b2b_invoices_by_irn UNIQUE (irn),
    CONSTRAINT a_registration_is_complete
        CHECK (num_nulls(ack_number, ack_date, signed_invoice, signed_qr, irp_request, registered_at) IN (0, 6)),
    CONSTRAINT only_a_registered_one_is_cancelled CHECK (cancelled_at IS NULL OR registered_at IS NOT NULL),
    CONSTRAINT only_a_registered_one_is_printed CHECK (document_id IS NULL OR registered_at IS NOT NULL)
);
COMMENT ON TABLE b2b_invoices IS 'The invoices that vmsflow makes itself (RMS model), one for each order. A number stays with its order for ever.';
COMMENT ON COLUMN b2b_invoices.invoice_date IS 'a day in IST; it and gstin decide the financial year';
COMMENT ON COLUMN b2b_invoices.content IS 'rms.Invoice as JSON; it never changes once registered_at is set';
COMMENT ON COLUMN b2b_invoices.irn IS 'computed here before the IRP is asked; the IRP computes the same';
COMMENT ON COLUMN b2b_invoices.irp_request IS 'json, not jsonb: kept byte for byte as it was sent';
COMMENT ON COLUMN b2b_invoices.cancelled_at IS 'when the IRP cancelled the IRN; the number is never used again';
COMMENT ON COLUMN b2b_invoices.document_id IS 'the PDF';

-- For the IRP "aj/1" and "AJ/1" are one number.
CREATE UNIQUE INDEX b2b_invoices_by_number ON b2b_invoices (gstin, financial_year, doc_type, upper(number));

CREATE TABLE gst_rates (
    hsn_prefix   text COLLATE "C" NOT NULL CHECK (hsn_prefix ~ '^[0-9]{1,8}$'),
    up_to_paise  bigint NOT NULL CHECK (up_to_paise >= 0),
    rate         int NOT NULL CHECK (rate BETWEEN 0 AND 10000),
    valid_from   date NOT NULL,
    valid_to     date CHECK (valid_to >= valid_from),
    PRIMARY KEY (hsn_prefix, up_to_paise, valid_from)
);
COMMENT ON TABLE gst_rates IS 'The rate of tax by article, price and day. Where no row holds, an order waits for a person.';
COMMENT ON COLUMN gst_rates.up_to_paise IS 'highest taxable value of one unit, included; 0 means no bound';
COMMENT ON COLUMN gst_rates.rate IS 'hundredths of a percent: 500 is 5 %';
COMMENT ON COLUMN gst_rates.valid_to IS 'the last day, included; NULL means open';

-- gst.DefaultRates().
INSERT INTO gst_rates (hsn_prefix, up_to_paise, rate, valid_from, valid_to) VALUES
    ('61', 100000,  500, '2017-07-01', '2025-09-21'),
    ('61',      0, 1200, '2017-07-01', '2025-09-21'),
    ('62', 100000,  500, '2017-07-01', '2025-09-21'),
    ('62',      0, 1200, '2017-07-01', '2025-09-21'),
    ('61', 250000,  500, '2025-09-22', NULL),
    ('61',      0, 1800, '2025-09-22', NULL),
    ('62', 250000,  500, '2025-09-22', NULL),
    ('62',      0, 1800, '2025-09-22', NULL),
    ('64', 250000,  500, '2025-09-22', NULL),
    ('64',      0, 1800, '2025-09-22', NULL);

-- +goose Down

DROP TABLE gst_rates, b2b_invoices, invoice_series;
