-- Keys that log in, each kept by a device or a password manager; `sign_count` finds copies of those that count.
CREATE TABLE passkeys (
    id            UUID PRIMARY KEY,
    user_id       UUID NOT NULL REFERENCES users ON DELETE CASCADE,
    credential_id BYTEA NOT NULL UNIQUE CHECK (octet_length(credential_id) BETWEEN 1 AND 1023),
    public_key    BYTEA NOT NULL CHECK (octet_length(public_key) BETWEEN 1 AND 4096),
    sign_count    BIGINT NOT NULL CHECK (sign_count >= 0),
    name          TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 64),
    is_synced     BOOLEAN NOT NULL,
    created_at    TIMESTAMPTZ NOT NULL,
    last_used_at  TIMESTAMPTZ
);
CREATE INDEX passkeys_user ON passkeys (user_id);
-- Challenges that were signed, until they expire: each is good for once.
CREATE TABLE used_challenges (
    digest     BYTEA PRIMARY KEY CHECK (octet_length(digest) = 32),
    created_at TIMESTAMPTZ NOT NULL DEFAULT now()
);
CREATE INDEX used_challenges_created_at ON used_challenges (created_at);
