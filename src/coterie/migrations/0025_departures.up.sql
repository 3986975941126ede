-- An account that an administrator has deleted is disabled at once; what it leaves behind is dissolved in steps, and the
-- row is deleted last.
ALTER TABLE users
    ADD COLUMN deleted_at TIMESTAMPTZ,
    ADD CONSTRAINT users_deleted_are_disabled CHECK (deleted_at IS NULL OR disabled_at IS NOT NULL);
CREATE INDEX users_deleted ON users (deleted_at) WHERE deleted_at IS NOT NULL;
