DELETE FROM mentions WHERE in_thread;
DROP INDEX mentions_inbox;
ALTER TABLE mentions DROP COLUMN in_thread, DROP COLUMN created_at;
