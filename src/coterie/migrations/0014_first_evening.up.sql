-- The name that an instance shows to visitors, and the codes of revoked invites: their links say so for a time.
ALTER TABLE instance_settings ADD COLUMN name TEXT CHECK (length(name) BETWEEN 1 AND 100);
CREATE TABLE revoked_invites (
    code       TEXT PRIMARY KEY,
    revoked_at TIMESTAMPTZ NOT NULL DEFAULT now()
);
CREATE INDEX revoked_invites_age ON revoked_invites (revoked_at);
