DROP TABLE realtime_cursors;
ALTER TABLE instance_settings DROP COLUMN chat_channel_id;
