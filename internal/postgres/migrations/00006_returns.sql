-- +goose Up

CREATE TABLE returns (
    id               bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    pob              text COLLATE "C" NOT NULL CHECK (pob <> ''),
    order_id         text COLLATE "C" NOT NULL CHECK (order_id <> ''),
    return_id        text COLLATE "C" NOT NULL,
    kind             text NOT NULL CHECK (kind IN ('customer_return', 'rto')),
    expectation      jsonb,
    created_at       timestamptz NOT NULL DEFAULT now(),
    started_at       timestamptz,
    qc_at            timestamptz,
    qc_revision      int NOT NULL DEFAULT 0 CHECK (qc_revision >= 0),
    restocked        jsonb NOT NULL DEFAULT '{}',
    successor        boolean NOT NULL DEFAULT false,
    said_code        text COLLATE "C" NOT NULL DEFAULT '',
    reopened_at      timestamptz,
    abandoned_at     timestamptz,
    workflow_status  text CHECK (workflow_status <> ''),
    abandoned_why    text,
    outcome          text CHECK (outcome IN ('completed', 'cancelled', 'closed')),
    ended_at         timestamptz,
    end_reason       text NOT NULL DEFAULT '',
    closed_by        text NOT NULL DEFAULT '',
    CONSTRAINT only_an_rto_may_be_unannounced CHECK (return_id <> '' OR kind = 'rto'),
    CONSTRAINT an_end_has_an_outcome CHECK ((ended_at IS NULL) = (outcome IS NULL)),
    CONSTRAINT an_abandoned_one_has_a_status
        CHECK (num_nulls(abandoned_at, workflow_status, abandoned_why) IN (0, 3)),
    CONSTRAINT only_a_closed_one_has_a_closer CHECK (closed_by = '' OR outcome IS NOT DISTINCT FROM 'closed')
);
COMMENT ON TABLE returns IS 'The index of returns. The forward order need not be in orders: Ajio returns what others shipped, too.';
COMMENT ON COLUMN returns.order_id IS 'of the forward order';
COMMENT ON COLUMN returns.return_id IS 'Ajio''s; empty for an RTO that it has not announced';
COMMENT ON COLUMN returns.expectation IS 'order.Expectation as JSON, as the workflow was last told';
COMMENT ON COLUMN returns.started_at IS 'when the workflow was known to have been started';
COMMENT ON COLUMN returns.qc_at IS 'when the QC was entered; its units are return_units';
COMMENT ON COLUMN returns.qc_revision IS 'how often the QC was judged anew, because Ajio corrected which units it expects';
COMMENT ON COLUMN returns.restocked IS 'units of the return that are in stock.on_hand, by item code';
COMMENT ON COLUMN returns.successor IS 'Ajio withdrew an earlier RTO of the order; the workflow id tells them apart by this row''s id';
COMMENT ON COLUMN returns.said_code IS 'the return id by which the warehouse reported an RTO that Ajio had not announced; empty if it gave none';
COMMENT ON COLUMN returns.reopened_at IS 'when the workflow of an ended return was started again for what came afterwards; NULL when it is over';
COMMENT ON COLUMN returns.abandoned_at IS 'when the sweep found that no workflow runs the return although one should; NULL again when one does';
COMMENT ON COLUMN returns.workflow_status IS 'of an abandoned one, as Temporal spells it, such as Terminated; Gone when it has no such workflow';
COMMENT ON COLUMN returns.abandoned_why IS 'what Temporal keeps of the reason';
COMMENT ON COLUMN returns.closed_by IS 'who closed an abandoned return by hand; empty where its workflow ended it';

CREATE UNIQUE INDEX returns_by_return_id ON returns (pob, return_id) WHERE return_id <> '';
-- A parcel comes back to its origin once; one that Ajio withdrew makes room for another.
CREATE UNIQUE INDEX returns_one_rto ON returns (pob, order_id) WHERE kind = 'rto' AND outcome IS DISTINCT FROM 'cancelled';
CREATE INDEX returns_by_order ON returns (pob, order_id);
CREATE INDEX returns_running ON returns (id) WHERE ended_at IS NULL OR reopened_at IS NOT NULL;
CREATE INDEX returns_by_said_code ON returns (said_code) WHERE said_code <> '';

CREATE TABLE return_units (
    return_row      bigint NOT NULL REFERENCES returns,
    position        int NOT NULL,
    surplus         boolean NOT NULL,
    unit_code       text COLLATE "C" NOT NULL DEFAULT '',
    order_item_id   text COLLATE "C" NOT NULL,
    return_item_id  text COLLATE "C" NOT NULL,
    item_code       text COLLATE "C" NOT NULL CHECK (item_code <> ''),
    code            text NOT NULL CHECK (code IN ('GOOD', 'BAD', 'MISSING')),
    reason          text NOT NULL,
    said            text NOT NULL,
    PRIMARY KEY (return_row, position)
);
COMMENT ON TABLE return_units IS 'The QC of a return, one row for each unit: order.UnitResult.';
COMMENT ON COLUMN return_units.return_row IS 'returns.id';
COMMENT ON COLUMN return_units.surplus IS 'the unit is here although the return has no room for it';
COMMENT ON COLUMN return_units.unit_code IS 'the warehouse''s returnItemCode; empty for a unit that it did not name';
COMMENT ON COLUMN return_units.order_item_id IS 'empty for a unit that belongs to no line';
COMMENT ON COLUMN return_units.return_item_id IS 'empty where Ajio had announced nothing when the QC was entered';
COMMENT ON COLUMN return_units.reason IS 'Ajio''s word';
COMMENT ON COLUMN return_units.said IS 'the warehouse''s word';

CREATE TABLE settlements (
    id             bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    return_row     bigint NOT NULL REFERENCES returns,
    why            text NOT NULL CHECK (why IN ('qc', 'surplus', 'not_shipped', 'cancelled', 'closed', 'late', 'not_invoiced')),
    unit_code      text COLLATE "C" NOT NULL DEFAULT '',
    order_item_id  text COLLATE "C" NOT NULL,
    item_code      text COLLATE "C" NOT NULL CHECK (item_code <> ''),
    code           text COLLATE "C" NOT NULL CHECK (code IN ('', 'GOOD', 'BAD', 'MISSING')),
    reason         text COLLATE "C" NOT NULL,
    said           text COLLATE "C" NOT NULL DEFAULT '',
    units          int NOT NULL CHECK (units > 0),
    value          bigint CHECK (value >= 0),
    listed_at      timestamptz NOT NULL DEFAULT now(),
    settled_at     timestamptz,
    settled_by     text NOT NULL DEFAULT '',
    settled_why    text NOT NULL DEFAULT '',
    UNIQUE (return_row, why, unit_code, order_item_id, item_code, code, reason, said),
    CONSTRAINT a_settlement_has_a_name CHECK ((settled_at IS NULL) = (settled_by = '') AND (settled_at IS NULL) = (settled_why = ''))
);
COMMENT ON TABLE settlements IS 'Returned units whose money is settled with Ajio by hand.';
COMMENT ON COLUMN settlements.return_row IS 'returns.id';
COMMENT ON COLUMN settlements.why IS 'order.SettlementReason; each lists the units of a return once';
COMMENT ON COLUMN settlements.unit_code IS 'of a late unit, which has a row of its own; else empty';
COMMENT ON COLUMN settlements.code IS 'order.QCCode; empty for a unit that was expected and never reported';
COMMENT ON COLUMN settlements.reason IS 'Ajio''s word';
COMMENT ON COLUMN settlements.said IS 'the warehouse''s word';
COMMENT ON COLUMN settlements.value IS 'paise with tax, by the purchase order; NULL where there is none';
CREATE INDEX settlements_open ON settlements (id) WHERE settled_at IS NULL;

CREATE TABLE credit_notes (
    return_row  bigint PRIMARY KEY REFERENCES returns,
    number      text COLLATE "C" NOT NULL CHECK (number <> ''),
    content     jsonb NOT NULL,
    created_at  timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE credit_notes IS 'The ERP''s credit notes, one for each return.';
COMMENT ON COLUMN credit_notes.return_row IS 'returns.id';
COMMENT ON COLUMN credit_notes.content IS 'order.CreditNote as JSON; its PDF is a row of documents';
-- An IRN stands for seller, financial year and number: no number is used twice, whatever its case.
CREATE UNIQUE INDEX credit_notes_by_irn ON credit_notes ((content->>'irn'));

-- +goose Down

DROP TABLE credit_notes, settlements, return_units, returns;
