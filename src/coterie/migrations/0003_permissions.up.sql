-- What every member may, which an override without a role or member changes for one channel; and timeouts, which
-- outlast a membership so that leaving does not end one.
ALTER TABLE servers ADD COLUMN default_permissions BIGINT NOT NULL DEFAULT 123
    CHECK (default_permissions BETWEEN 0 AND 32767);

ALTER TABLE channel_permission_overrides DROP CONSTRAINT channel_permission_overrides_check;
ALTER TABLE channel_permission_overrides ADD CONSTRAINT channel_permission_overrides_check
    CHECK (num_nonnulls(role_id, user_id) <= 1);

CREATE TABLE member_timeouts (
    server_id  UUID NOT NULL REFERENCES servers ON DELETE CASCADE,
    user_id    UUID NOT NULL REFERENCES users ON DELETE CASCADE,
    expires_at TIMESTAMPTZ NOT NULL,
    reason     TEXT CHECK (length(reason) <= 512),
    created_by UUID REFERENCES users ON DELETE SET NULL,
    created_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (server_id, user_id)
);
CREATE INDEX member_timeouts_user ON member_timeouts (user_id);
CREATE INDEX member_timeouts_creator ON member_timeouts (created_by);
