-- Polls: messages of a type of their own. What they ask never changes; the number of an option is its place in the
-- arrays, from 1. `version` is the position of the newest vote or of the closing, 0 before.
-- The condition is checked for new messages only: the older ones met a stricter one, and nobody waits while they are
-- read.
ALTER TABLE messages DROP CONSTRAINT messages_type_check,
    ADD CONSTRAINT messages_type_check CHECK (type IN ('text', 'image', 'file', 'poll', 'system')) NOT VALID;

CREATE TABLE polls (
    message_id   UUID PRIMARY KEY REFERENCES messages ON DELETE CASCADE,
    question     TEXT NOT NULL CHECK (octet_length(question) BETWEEN 1 AND 500),
    option_ids   UUID[] NOT NULL CHECK (cardinality(option_ids) BETWEEN 2 AND 10),
    options      TEXT[] NOT NULL,
    is_multiple  BOOLEAN NOT NULL,
    is_anonymous BOOLEAN NOT NULL,
    ends_at      TIMESTAMPTZ,
    version      BIGINT NOT NULL DEFAULT 0 CHECK (version >= 0),
    CHECK (cardinality(options) = cardinality(option_ids))
);

-- A user's choice, one row for each option.
CREATE TABLE poll_votes (
    message_id UUID NOT NULL REFERENCES polls ON DELETE CASCADE,
    option     SMALLINT NOT NULL CHECK (option BETWEEN 1 AND 10),
    user_id    UUID NOT NULL REFERENCES users ON DELETE CASCADE,
    created_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (message_id, option, user_id)
);
CREATE INDEX poll_votes_user ON poll_votes (user_id, message_id);
