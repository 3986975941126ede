DROP TABLE appearances;
DROP INDEX users_custom_status_expires;
ALTER TABLE users
    DROP CONSTRAINT users_custom_status_expiry,
    DROP COLUMN last_seen_at,
    DROP COLUMN custom_status_expires_at;
