-- +goose Up

CREATE TABLE abandoned_orders (
    pob              text COLLATE "C" NOT NULL,
    order_id         text COLLATE "C" NOT NULL,
    found_at         timestamptz NOT NULL DEFAULT now(),
    workflow_status  text NOT NULL CHECK (workflow_status <> ''),
    why              text NOT NULL,
    left_behind      jsonb NOT NULL,
    marked_ending    boolean NOT NULL,
    settled_at       timestamptz,
    settled_by       text NOT NULL DEFAULT '',
    settled_why      text NOT NULL DEFAULT '',
    PRIMARY KEY (pob, order_id),
    FOREIGN KEY (pob, order_id) REFERENCES orders,
    CONSTRAINT a_settlement_has_a_name CHECK ((settled_at IS NULL) = (settled_by = '') AND (settled_at IS NULL) = (settled_why = ''))
);
COMMENT ON TABLE abandoned_orders IS 'Orders whose workflow went without ending them, as the sweep found them: terminated, failed or deleted.';
COMMENT ON COLUMN abandoned_orders.workflow_status IS 'as Temporal spells it, such as Terminated; Gone when it has no such workflow';
COMMENT ON COLUMN abandoned_orders.why IS 'what Temporal keeps of the reason';
COMMENT ON COLUMN abandoned_orders.left_behind IS 'order.LeftBehind as JSON, brought up to date by each sweep until it is settled';
COMMENT ON COLUMN abandoned_orders.marked_ending IS 'the finding set orders.ending_at, and takes it back if the workflow runs again';
CREATE INDEX abandoned_orders_unsettled ON abandoned_orders (found_at) WHERE settled_at IS NULL;

CREATE INDEX orders_open ON orders (id) WHERE started_at IS NOT NULL AND ended_at IS NULL;
CREATE INDEX inbox_by_order ON inbox (pob, order_id);

-- +goose Down

DROP INDEX inbox_by_order, orders_open;
DROP TABLE abandoned_orders;
