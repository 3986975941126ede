-- The archive that a server's owner asked for last. Its bytes are the object `file_id`, which nothing else refers to: the
-- sweep of `files` removes both when `keep_until` is past, also if the process that was preparing it died.
CREATE TABLE exports (
    server_id   UUID PRIMARY KEY REFERENCES servers ON DELETE CASCADE,
    user_id     UUID NOT NULL REFERENCES users ON DELETE CASCADE,
    file_id     UUID NOT NULL UNIQUE REFERENCES files ON DELETE CASCADE,
    filename    TEXT NOT NULL CHECK (length(filename) BETWEEN 1 AND 200),
    state       TEXT NOT NULL DEFAULT 'preparing' CHECK (state IN ('preparing', 'ready', 'failed')),
    progress    DOUBLE PRECISION NOT NULL DEFAULT 0 CHECK (progress BETWEEN 0 AND 1),
    size        BIGINT CHECK (size > 0),
    created_at  TIMESTAMPTZ NOT NULL,
    finished_at TIMESTAMPTZ,
    CHECK ((state = 'preparing') = (finished_at IS NULL)),
    CHECK ((state = 'ready') = (size IS NOT NULL))
);
CREATE INDEX exports_user ON exports (user_id);
