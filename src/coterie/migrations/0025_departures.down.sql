DROP INDEX users_deleted;
ALTER TABLE users DROP CONSTRAINT users_deleted_are_disabled, DROP COLUMN deleted_at;
