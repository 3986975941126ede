-- Accounts that wait for their deletion are kept.
DROP INDEX users_deletion_due;
ALTER TABLE users DROP COLUMN deletion_erases_messages, DROP COLUMN deletion_due_at;
