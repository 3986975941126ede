-- How often a user is mailed about messages that they missed, and in which language; without a row, soon.
CREATE TABLE email_notifications (
    user_id   UUID PRIMARY KEY REFERENCES users ON DELETE CASCADE,
    frequency TEXT NOT NULL CHECK (frequency IN ('soon', 'daily', 'never')),
    language  TEXT CHECK (length(language) BETWEEN 2 AND 8)
);
-- Messages that notified a user who was not connected, until they are mailed or nothing is left to mail.
CREATE TABLE missed_messages (
    user_id    UUID NOT NULL REFERENCES users ON DELETE CASCADE,
    message_id UUID NOT NULL REFERENCES messages ON DELETE CASCADE,
    PRIMARY KEY (user_id, message_id)
);
CREATE INDEX missed_messages_message ON missed_messages (message_id);
