-- Unfinished logins: the password was right, and the steps in `done` were taken, but others are open.
CREATE UNLOGGED TABLE login_challenges (
    token_hash BYTEA PRIMARY KEY CHECK (octet_length(token_hash) = 32),
    user_id    UUID NOT NULL REFERENCES users ON DELETE CASCADE,
    done       TEXT[] NOT NULL,
    expires_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX login_challenges_user ON login_challenges (user_id);
