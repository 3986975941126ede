-- Messages that a ban removed stay removed.
DROP TABLE slow_mode_sends;
ALTER TABLE channels DROP COLUMN slow_mode_seconds;
DROP TABLE removed_messages, message_removals;
