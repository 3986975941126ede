-- The rate limits that hold over all processes: guesses at passwords, tokens and codes. A key is a keyed hash, so no
-- address or name is stored. Unlogged: after a crash of PostgreSQL the limits begin again.
CREATE UNLOGGED TABLE rate_limits (
    key     BYTEA       PRIMARY KEY CHECK (octet_length(key) = 32),
    full_at TIMESTAMPTZ NOT NULL
);
