-- Events become plain messages, whose text has the name, the time and the description.
DROP TABLE event_answers;
DROP TABLE scheduled_events;
UPDATE messages SET type = 'text' WHERE type = 'event';
ALTER TABLE messages DROP CONSTRAINT messages_type_check,
    ADD CONSTRAINT messages_type_check CHECK (type IN ('text', 'image', 'file', 'poll', 'system')) NOT VALID;
