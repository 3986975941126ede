-- Addresses that accounts have given, and that are not verified yet. The link in the mail has the token.
CREATE TABLE email_verifications (
    token_hash BYTEA PRIMARY KEY CHECK (octet_length(token_hash) = 32),
    user_id    UUID NOT NULL REFERENCES users ON DELETE CASCADE,
    email      TEXT NOT NULL CHECK (length(email) BETWEEN 3 AND 254),
    created_at TIMESTAMPTZ NOT NULL DEFAULT now()
);
CREATE INDEX email_verifications_user_id ON email_verifications (user_id);
CREATE INDEX email_verifications_created_at ON email_verifications (created_at);
-- Former addresses that can come back with the link in the mail that announced the change.
CREATE TABLE email_reversals (
    token_hash BYTEA PRIMARY KEY CHECK (octet_length(token_hash) = 32),
    user_id    UUID NOT NULL REFERENCES users ON DELETE CASCADE,
    email      TEXT NOT NULL CHECK (length(email) BETWEEN 3 AND 254),
    created_at TIMESTAMPTZ NOT NULL DEFAULT now()
);
CREATE INDEX email_reversals_user_id ON email_reversals (user_id);
CREATE INDEX email_reversals_created_at ON email_reversals (created_at);
