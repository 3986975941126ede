-- Who may not come (back) into a server; they need not have been in it.
CREATE TABLE server_bans (
    server_id  UUID NOT NULL REFERENCES servers ON DELETE CASCADE,
    user_id    UUID NOT NULL REFERENCES users ON DELETE CASCADE,
    banned_by  UUID REFERENCES users ON DELETE SET NULL,
    reason     TEXT CHECK (length(reason) <= 512),
    created_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (server_id, user_id)
);
CREATE INDEX server_bans_page ON server_bans (server_id, created_at);
CREATE INDEX server_bans_user ON server_bans (user_id);
CREATE INDEX server_bans_banner ON server_bans (banned_by);
