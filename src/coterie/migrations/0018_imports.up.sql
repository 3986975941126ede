-- What was brought along from other chat servers: how far each import is, which id became which (of messages only where
-- the id had to change), and what was left out or changed, with the reason.

CREATE TABLE imports (
    id          UUID PRIMARY KEY,
    kind        TEXT NOT NULL CHECK (kind IN ('xfchat', 'together')),
    source      TEXT NOT NULL CHECK (length(source) BETWEEN 1 AND 100),
    stage       TEXT CHECK (length(stage) <= 100),
    last_key    TEXT[],
    begun_at    TIMESTAMPTZ NOT NULL,
    finished_at TIMESTAMPTZ,
    UNIQUE (kind, source)
);

CREATE TABLE import_ids (
    import_id UUID NOT NULL REFERENCES imports ON DELETE CASCADE,
    kind      TEXT NOT NULL CHECK (length(kind) BETWEEN 1 AND 100),
    old_id    TEXT NOT NULL CHECK (length(old_id) BETWEEN 1 AND 300),
    new_id    UUID NOT NULL,
    PRIMARY KEY (import_id, kind, old_id)
);

CREATE TABLE import_notes (
    import_id UUID NOT NULL REFERENCES imports ON DELETE CASCADE,
    kind      TEXT NOT NULL CHECK (length(kind) BETWEEN 1 AND 100),
    old_id    TEXT NOT NULL CHECK (length(old_id) BETWEEN 1 AND 300),
    reason    TEXT NOT NULL CHECK (length(reason) BETWEEN 1 AND 200),
    is_left   BOOLEAN NOT NULL,
    detail    TEXT NOT NULL CHECK (length(detail) <= 300),
    PRIMARY KEY (import_id, kind, old_id, reason)
);
