-- Users who delete their own account: when it will be deleted, and whether their messages go as well.
ALTER TABLE users
    ADD COLUMN deletion_due_at TIMESTAMPTZ,
    ADD COLUMN deletion_erases_messages BOOLEAN NOT NULL DEFAULT FALSE;
CREATE INDEX users_deletion_due ON users (deletion_due_at) WHERE deletion_due_at IS NOT NULL;
