-- +goose Up

CREATE TABLE ajio_pace (
    pob      text COLLATE "C" PRIMARY KEY CHECK (pob <> ''),
    next_at  timestamptz NOT NULL
);
COMMENT ON TABLE ajio_pace IS 'When the next call to Ajio with a POB''s credential falls due, over all workers (generic cell rate algorithm).';

-- +goose Down

DROP TABLE ajio_pace;
