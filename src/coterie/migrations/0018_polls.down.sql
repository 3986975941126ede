-- Polls become plain messages, whose text has the question and the options.
DROP TABLE poll_votes;
DROP TABLE polls;
UPDATE messages SET type = 'text' WHERE type = 'poll';
ALTER TABLE messages DROP CONSTRAINT messages_type_check,
    ADD CONSTRAINT messages_type_check CHECK (type IN ('text', 'image', 'file', 'system'));
