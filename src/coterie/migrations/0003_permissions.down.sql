DROP TABLE member_timeouts;
DELETE FROM channel_permission_overrides WHERE role_id IS NULL AND user_id IS NULL;
ALTER TABLE channel_permission_overrides DROP CONSTRAINT channel_permission_overrides_check;
ALTER TABLE channel_permission_overrides ADD CONSTRAINT channel_permission_overrides_check
    CHECK (num_nonnulls(role_id, user_id) = 1);
ALTER TABLE servers DROP COLUMN default_permissions;
