-- Where a server's events are sent. Each webhook keeps, for each topic, the position up to which it was delivered.
CREATE TABLE webhooks (
    id                UUID PRIMARY KEY,
    server_id         UUID NOT NULL REFERENCES servers ON DELETE CASCADE,
    created_by        UUID REFERENCES users ON DELETE SET NULL,
    name              TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
    url               TEXT NOT NULL CHECK (length(url) BETWEEN 1 AND 2000),
    event_types       TEXT[] NOT NULL CHECK (cardinality(event_types) > 0),
    enabled           BOOLEAN NOT NULL,
    disabled_reason   TEXT CHECK (disabled_reason IN ('failing', 'creator_left', 'secret_lost')),
    -- Encrypted with a key derived from JWT_SECRET; `sealed_with` names the key.
    sealed_secret     BYTEA NOT NULL,
    sealed_with       TEXT NOT NULL,
    delivery_failures INTEGER NOT NULL DEFAULT 0 CHECK (delivery_failures >= 0),
    last_failure      TEXT CHECK (length(last_failure) <= 32),
    failing_since     TIMESTAMPTZ,
    last_used_at      TIMESTAMPTZ,
    last_tested_at    TIMESTAMPTZ,
    last_test_result  TEXT CHECK (length(last_test_result) <= 32),
    created_at        TIMESTAMPTZ NOT NULL,
    updated_at        TIMESTAMPTZ NOT NULL,
    -- How many attempts of the three were made to deliver the next event, and when the next is due.
    attempts          INTEGER NOT NULL DEFAULT 0 CHECK (attempts BETWEEN 0 AND 2),
    next_attempt_at   TIMESTAMPTZ,
    test_requested_at TIMESTAMPTZ,
    -- The process that delivers, and until when no other may.
    claimed_by        UUID,
    claimed_until     TIMESTAMPTZ,
    CHECK (NOT enabled OR disabled_reason IS NULL),
    CHECK (num_nonnulls(claimed_by, claimed_until) IN (0, 2))
);
CREATE INDEX webhooks_server ON webhooks (server_id, created_at);
CREATE INDEX webhooks_created_by ON webhooks (created_by) WHERE created_by IS NOT NULL;
CREATE TABLE webhook_positions (
    webhook_id UUID NOT NULL REFERENCES webhooks ON DELETE CASCADE,
    -- No foreign key: it would lock the topic, for which the writers of messages would wait.
    topic_id   UUID NOT NULL,
    position   BIGINT NOT NULL CHECK (position >= 0),
    PRIMARY KEY (webhook_id, topic_id)
);
-- When someone joined, and when a file was added, as positions of the server's and the channel's topic.
ALTER TABLE server_members ADD COLUMN joined_position BIGINT;
ALTER TABLE attachments ADD COLUMN position BIGINT;
