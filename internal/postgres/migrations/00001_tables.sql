-- Codes are compared and locked bytewise (COLLATE "C"), so that every server sorts them alike.
-- "pob, order_id" is the key of everything that belongs to an order.

-- +goose Up

CREATE TABLE orders (
    id                    bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
    pob                   text COLLATE "C" NOT NULL CHECK (pob <> ''),
    order_id              text COLLATE "C" NOT NULL CHECK (order_id <> ''),
    order_time            timestamptz NOT NULL,
    content               jsonb NOT NULL,
    model                 text NOT NULL CHECK (model IN ('erp', 'rms')),
    created_at            timestamptz NOT NULL DEFAULT now(),
    started_at            timestamptz,
    reserved_at           timestamptz,
    acknowledged_at       timestamptz,
    po_number             text COLLATE "C",
    po                    jsonb,
    po_signalled_at       timestamptz,
    sent_to_warehouse_at  timestamptz,
    posted_at             timestamptz,
    invoice_number        text COLLATE "C",
    invoice               jsonb,
    released_at           timestamptz,
    packed_at             timestamptz,
    manifest_id           text COLLATE "C",
    ending_at             timestamptz,
    outcome               text CHECK (outcome IN ('completed', 'cancelled_by_customer', 'cancelled_by_seller', 'rejected')),
    ended_at              timestamptz,
    end_reason            text NOT NULL DEFAULT '',
    PRIMARY KEY (pob, order_id),
    CONSTRAINT po_has_a_number CHECK ((po IS NULL) = (po_number IS NULL) AND po_number <> ''),
    CONSTRAINT invoice_has_a_number CHECK ((invoice IS NULL) = (invoice_number IS NULL) AND invoice_number <> ''),
    CONSTRAINT an_end_has_an_outcome CHECK ((ended_at IS NULL) = (outcome IS NULL))
);
COMMENT ON TABLE orders IS 'The index of forward orders. The workflow owns the lifecycle; this is what intake, gateway and lists look up.';
COMMENT ON COLUMN orders.id IS 'omsOrderId in messages to the ERP';
COMMENT ON COLUMN orders.content IS 'the order as it was first seen at Ajio, order.Order as JSON';
COMMENT ON COLUMN orders.model IS 'invoicing model: erp makes the e-invoice before picking, rms after packing';
COMMENT ON COLUMN orders.started_at IS 'when the workflow was known to have been started; it never starts again';
COMMENT ON COLUMN orders.reserved_at IS 'when stock was asked for; the answer is order_lines.granted';
COMMENT ON COLUMN orders.po IS 'order.PurchaseOrder as JSON';
COMMENT ON COLUMN orders.po_signalled_at IS 'when the workflow was told of the PO';
COMMENT ON COLUMN orders.posted_at IS 'when the ERP accepted OUTWARD_ORDER_CREATE';
COMMENT ON COLUMN orders.invoice IS 'the B2B e-invoice, order.Invoice as JSON; its PDF is a row of documents';
COMMENT ON COLUMN orders.manifest_id IS 'Ajio''s manifest id';
COMMENT ON COLUMN orders.ending_at IS 'when it was decided to take the order back; ended_at follows when everybody has been told';

-- One Ajio order is one purchase order: an invoice must never find two orders.
CREATE UNIQUE INDEX orders_by_po ON orders (po_number, pob) WHERE po_number IS NOT NULL;
CREATE INDEX orders_by_order_id ON orders (order_id);
CREATE INDEX orders_held ON orders (pob, order_time)
    WHERE acknowledged_at IS NULL AND ending_at IS NULL AND ended_at IS NULL;
CREATE INDEX orders_awaiting_po ON orders (pob, acknowledged_at)
    WHERE acknowledged_at IS NOT NULL AND po_signalled_at IS NULL AND ending_at IS NULL AND ended_at IS NULL;

CREATE TABLE order_lines (
    id             bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
    pob            text COLLATE "C" NOT NULL,
    order_id       text COLLATE "C" NOT NULL,
    order_item_id  text COLLATE "C" NOT NULL,
    position       int NOT NULL,
    item_code      text COLLATE "C" NOT NULL,
    ordered        int NOT NULL CHECK (ordered > 0),
    wanted         int NOT NULL CHECK (wanted BETWEEN 0 AND ordered),
    granted        int CHECK (granted BETWEEN 0 AND ordered),
    reserved       int NOT NULL DEFAULT 0 CHECK (reserved BETWEEN 0 AND COALESCE(granted, 0)),
    confirmed      int CHECK (confirmed BETWEEN 0 AND ordered),
    at_warehouse   int CHECK (at_warehouse BETWEEN 0 AND ordered),
    released       int CHECK (released BETWEEN 0 AND ordered),
    packed         int CHECK (packed BETWEEN 0 AND ordered),
    PRIMARY KEY (pob, order_id, order_item_id),
    FOREIGN KEY (pob, order_id) REFERENCES orders
);
COMMENT ON TABLE order_lines IS 'The units of each order line. NULL means that the step has not been taken.';
COMMENT ON COLUMN order_lines.id IS 'omsItemId in messages to the ERP';
COMMENT ON COLUMN order_lines.wanted IS 'units that the customer still wants, as the workflow was last told';
COMMENT ON COLUMN order_lines.granted IS 'units that the reservation gave, all of the line or none; never changes';
COMMENT ON COLUMN order_lines.reserved IS 'units of stock.reserved that this line still holds';
COMMENT ON COLUMN order_lines.confirmed IS 'units acknowledged at Ajio';
COMMENT ON COLUMN order_lines.at_warehouse IS 'units sent to the warehouse, on hold';
COMMENT ON COLUMN order_lines.released IS 'units released for picking';

CREATE TABLE stock (
    pob        text COLLATE "C" NOT NULL,
    item_code  text COLLATE "C" NOT NULL CHECK (item_code <> ''),
    on_hand    int NOT NULL,
    reserved   int NOT NULL DEFAULT 0,
    PRIMARY KEY (pob, item_code),
    CONSTRAINT reserved_within_on_hand CHECK (reserved BETWEEN 0 AND on_hand)
);
COMMENT ON TABLE stock IS 'Sellable units. For each item reserved equals the sum of order_lines.reserved.';
COMMENT ON COLUMN stock.on_hand IS 'units in the warehouse, the reserved ones among them';

CREATE TABLE inbox (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind          text NOT NULL CHECK (kind <> ''),
    key           text COLLATE "C" NOT NULL CHECK (key <> ''),
    client        text NOT NULL,
    pob           text COLLATE "C" NOT NULL,
    order_id      text COLLATE "C" NOT NULL,
    body          bytea NOT NULL,
    payload       json,
    content_hash  bytea NOT NULL,
    received_at   timestamptz NOT NULL DEFAULT now(),
    signalled_at  timestamptz,
    error         text NOT NULL DEFAULT '',
    UNIQUE (kind, key)
);
COMMENT ON TABLE inbox IS 'Every message that was accepted from an ERP or a warehouse, written before the workflow is signalled.';
COMMENT ON COLUMN inbox.key IS 'names the document within its kind, such as PO and invoice number; the first message with a key stays';
COMMENT ON COLUMN inbox.body IS 'the request body, byte for byte';
COMMENT ON COLUMN inbox.payload IS 'what the workflow is signalled with';
COMMENT ON COLUMN inbox.error IS 'why the workflow cannot be told; not tried again';
CREATE INDEX inbox_unsignalled ON inbox (received_at) WHERE signalled_at IS NULL AND error = '';

CREATE TABLE documents (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    pob           text COLLATE "C" NOT NULL,
    order_id      text COLLATE "C" NOT NULL,
    kind          text NOT NULL CHECK (kind <> ''),
    number        text NOT NULL,
    content_type  text NOT NULL,
    source_url    text NOT NULL,
    content       bytea NOT NULL,
    sha256        text NOT NULL CHECK (sha256 ~ '^[0-9a-f]{64}$'),
    created_at    timestamptz NOT NULL DEFAULT now(),
    UNIQUE (pob, order_id, kind, sha256)
);
COMMENT ON TABLE documents IS 'PDFs and labels. Workflows carry only kind, id and sha256.';
COMMENT ON COLUMN documents.order_id IS 'the order, return or manifest that the document belongs to';
COMMENT ON COLUMN documents.source_url IS 'where it was fetched from; empty when it came in a message';
-- PDFs are compressed already.
ALTER TABLE documents ALTER COLUMN content SET STORAGE EXTERNAL;

CREATE SEQUENCE erp_message_ids START 900000000001;
CREATE TABLE erp_messages (
    message_id     bigint PRIMARY KEY,
    pob            text COLLATE "C" NOT NULL,
    order_id       text COLLATE "C" NOT NULL,
    event          text NOT NULL CHECK (event <> ''),
    body           json NOT NULL,
    created_at     timestamptz NOT NULL DEFAULT now(),
    accepted_at    timestamptz,
    answer_status  int,
    answer         bytea,
    UNIQUE (pob, order_id, event)
);
ALTER SEQUENCE erp_message_ids OWNED BY erp_messages.message_id;
COMMENT ON TABLE erp_messages IS 'Every posting to an ERP, written before its first attempt, so that a repeat is the same message.';
COMMENT ON COLUMN erp_messages.order_id IS 'the order, or the return for a return posting';
COMMENT ON COLUMN erp_messages.body IS 'json, not jsonb: sent byte for byte as stored';

CREATE TABLE manifests (
    pob               text COLLATE "C" NOT NULL,
    key               text COLLATE "C" NOT NULL CHECK (key <> ''),
    ajio_manifest_id  text COLLATE "C" NOT NULL CHECK (ajio_manifest_id <> ''),
    carrier           text NOT NULL,
    url               text NOT NULL,
    order_ids         text[] NOT NULL CHECK (cardinality(order_ids) <= 250),
    refused           jsonb NOT NULL,
    created_at        timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (pob, key)
);
COMMENT ON TABLE manifests IS 'Handovers to a carrier. Ajio takes at most 250 shipments in one.';
COMMENT ON COLUMN manifests.key IS 'the warehouse''s manifestId, else a hash of the set of orders';
COMMENT ON COLUMN manifests.order_ids IS 'the orders that Ajio took';
COMMENT ON COLUMN manifests.refused IS 'the others: order id to Ajio''s reason';
CREATE INDEX manifests_by_ajio_id ON manifests (ajio_manifest_id, pob);

-- Counts of one minute are worthless after a crash, so they need no write-ahead log.
CREATE UNLOGGED TABLE request_windows (
    client    text COLLATE "C" PRIMARY KEY,
    minute    timestamptz NOT NULL,
    requests  int NOT NULL
) WITH (fillfactor = 50);
COMMENT ON TABLE request_windows IS 'Requests of each client in its current minute. One row per client: a new minute overwrites the old one.';

-- +goose Down
DROP TABLE request_windows, manifests, erp_messages, documents, inbox, stock, order_lines, orders;
