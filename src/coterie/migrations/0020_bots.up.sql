-- Accounts of programs. A bot's token opens the one session that its account has; only its hash is stored.
CREATE TABLE bots (
    id          UUID PRIMARY KEY,
    user_id     UUID NOT NULL UNIQUE REFERENCES users ON DELETE CASCADE,
    name        TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 64),
    description TEXT CHECK (length(description) <= 512),
    created_by  UUID REFERENCES users ON DELETE SET NULL,
    token_hash  BYTEA UNIQUE CHECK (octet_length(token_hash) = 32),
    session_id  UUID,
    created_at  TIMESTAMPTZ NOT NULL,
    revoked_at  TIMESTAMPTZ,
    CHECK ((revoked_at IS NULL) = (token_hash IS NOT NULL) AND (token_hash IS NULL) = (session_id IS NULL))
);
CREATE INDEX bots_created_by ON bots (created_by, created_at);
ALTER TABLE users DROP CONSTRAINT users_username_check;
ALTER TABLE users ADD CONSTRAINT users_username_check CHECK (
    username ~ '^[A-Za-z0-9_]{2,32}$' OR (is_bot AND username ~ '^[a-z0-9_]{1,19}-bot-[0-9a-f]{8}$')
) NOT VALID;
ALTER TABLE users VALIDATE CONSTRAINT users_username_check;
