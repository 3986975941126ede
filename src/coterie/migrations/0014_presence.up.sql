-- Until when a custom status stands, and when somebody was last seen by others.
ALTER TABLE users
    ADD COLUMN custom_status_expires_at TIMESTAMPTZ,
    ADD COLUMN last_seen_at TIMESTAMPTZ,
    ADD CONSTRAINT users_custom_status_expiry CHECK (custom_status_expires_at IS NULL OR custom_status IS NOT NULL);
CREATE INDEX users_custom_status_expires ON users (custom_status_expires_at)
    WHERE custom_status_expires_at IS NOT NULL;

-- What others were told last of somebody's presence; `version` grows with each telling, so that the newest one counts
-- whatever order a bus keeps. Fleeting like the presences themselves.
CREATE UNLOGGED TABLE appearances (
    user_id       UUID PRIMARY KEY REFERENCES users ON DELETE CASCADE,
    status        TEXT NOT NULL DEFAULT 'offline' CHECK (status IN ('online', 'away', 'dnd', 'offline')),
    custom_status TEXT,
    activity      TEXT,
    version       BIGINT NOT NULL DEFAULT 0
);
