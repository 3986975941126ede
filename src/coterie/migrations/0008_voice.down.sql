-- Ends every call, and forgets who was muted in which server and how many may be in a channel.
DELETE FROM voice_states;
DROP TABLE go_live_sessions;
ALTER TABLE voice_states DROP COLUMN left_at, DROP COLUMN process_id, DROP COLUMN session_id, DROP COLUMN can_speak;
ALTER TABLE server_members DROP COLUMN voice_deaf, DROP COLUMN voice_mute;
ALTER TABLE channels DROP COLUMN user_limit;
