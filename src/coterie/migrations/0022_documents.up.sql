-- A text that is written together, in a channel or conversation. Its own topic has one position for each edit.
ALTER TABLE topics DROP CONSTRAINT topics_kind_check;
ALTER TABLE topics ADD CONSTRAINT topics_kind_check
    CHECK (kind IN ('channel', 'conversation', 'server', 'user', 'document'));

-- `length` is in code points; `frontier` are the version ids that together name the text as it stands. While its channel
-- was not told of the last edits, which it is from time to time, it `is_untold`.
CREATE TABLE documents (
    id          UUID PRIMARY KEY REFERENCES topics ON DELETE CASCADE,
    channel_id  UUID        NOT NULL REFERENCES channels ON DELETE CASCADE,
    title       TEXT        NOT NULL CHECK (length(title) BETWEEN 1 AND 100),
    created_by  UUID        REFERENCES users ON DELETE SET NULL,
    created_at  TIMESTAMPTZ NOT NULL,
    updated_by  UUID        REFERENCES users ON DELETE SET NULL,
    updated_at  TIMESTAMPTZ NOT NULL,
    is_pinned   BOOLEAN     NOT NULL DEFAULT FALSE,
    archived_at TIMESTAMPTZ,
    length      INTEGER     NOT NULL DEFAULT 0 CHECK (length >= 0),
    frontier    TEXT[]      NOT NULL CHECK (cardinality(frontier) > 0),
    is_untold   BOOLEAN     NOT NULL DEFAULT FALSE,
    told_at     TIMESTAMPTZ NOT NULL
);
CREATE INDEX documents_channel ON documents (channel_id, is_pinned DESC, updated_at DESC);
CREATE INDEX documents_created_by ON documents (created_by);
CREATE INDEX documents_updated_by ON documents (updated_by);
CREATE INDEX documents_untold ON documents (told_at) WHERE is_untold;

-- One accepted edit. A version id is agent-seq and stands for the whole run of `size` code points that ends with it.
-- `patches` are as they were sent, for the text at `parents`; `applied` the same moved to the text at the position
-- before (null: no different); `bridge` leads from the author's own text then to the text at this position (null: they
-- are the same); `base` is the position up to which the author had everything. `engine` are the bytes of the text's
-- engine, which build on the snapshot at `epoch` (0: on nothing) and on what came between.
CREATE TABLE document_edits (
    document_id UUID        NOT NULL REFERENCES documents ON DELETE CASCADE,
    position    BIGINT      NOT NULL CHECK (position > 0),
    agent       TEXT        NOT NULL CHECK (length(agent) BETWEEN 1 AND 49),
    seq         BIGINT      NOT NULL CHECK (seq >= -1),
    size        INTEGER     NOT NULL CHECK (size >= 0 AND size <= seq + 1),
    inserted    INTEGER     NOT NULL CHECK (inserted BETWEEN 0 AND size),
    parents     TEXT[]      NOT NULL,
    patches     JSON        NOT NULL,
    applied     JSON,
    bridge      JSON,
    base        BIGINT      NOT NULL CHECK (base >= 0 AND base < position),
    frontier    TEXT[]      NOT NULL CHECK (cardinality(frontier) > 0),
    engine      BYTEA       NOT NULL,
    epoch       BIGINT      NOT NULL CHECK (epoch >= 0 AND epoch < position),
    peer        TEXT        CHECK (length(peer) <= 200),
    user_id     UUID        REFERENCES users ON DELETE SET NULL,
    created_at  TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (document_id, position)
);
CREATE UNIQUE INDEX document_edits_version ON document_edits (document_id, agent, seq);
CREATE INDEX document_edits_user ON document_edits (user_id);

-- A document as it stood at a position, so that no more than the edits since have to be read: its text in UTF-8, and
-- from which edits that came, as pairs of a length and a position.
CREATE TABLE document_snapshots (
    document_id UUID   NOT NULL REFERENCES documents ON DELETE CASCADE,
    position    BIGINT NOT NULL CHECK (position > 0),
    text        BYTEA  NOT NULL,
    authors     JSON   NOT NULL,
    PRIMARY KEY (document_id, position)
);
