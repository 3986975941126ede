-- The key of an account's authenticator app, encrypted (`sealed_with` names the key), and what it was used for last: the
-- number of a period of 30 seconds. It is not demanded before `enabled_at`.
CREATE TABLE second_factors (
    user_id       UUID PRIMARY KEY REFERENCES users ON DELETE CASCADE,
    sealed_secret BYTEA NOT NULL,
    sealed_with   TEXT NOT NULL,
    used_period   BIGINT NOT NULL DEFAULT 0,
    enabled_at    TIMESTAMPTZ
);
-- Used ones stay, so that their owner sees how many were used.
CREATE TABLE recovery_codes (
    user_id UUID NOT NULL REFERENCES second_factors ON DELETE CASCADE,
    digest  BYTEA NOT NULL CHECK (octet_length(digest) = 32),
    used_at TIMESTAMPTZ,
    PRIMARY KEY (user_id, digest)
);
