-- Friends: whom a person lets ask and write, whether two friends know each other's address, and whether a request was
-- made by address (only then it tells the addresses of both).
ALTER TABLE users
    ADD COLUMN friend_requests_from TEXT NOT NULL DEFAULT 'everyone'
        CHECK (friend_requests_from IN ('everyone', 'servers', 'friends', 'nobody')),
    ADD COLUMN direct_messages_from TEXT NOT NULL DEFAULT 'everyone'
        CHECK (direct_messages_from IN ('everyone', 'servers', 'friends', 'nobody')),
    ADD COLUMN send_read_receipts BOOLEAN NOT NULL DEFAULT TRUE;

ALTER TABLE contacts ADD COLUMN knows_email BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE contacts ADD CONSTRAINT contacts_knows_email CHECK (state = 'friend' OR NOT knows_email);

ALTER TABLE friend_requests ADD COLUMN is_by_email BOOLEAN NOT NULL DEFAULT FALSE;

-- The open requests of a person, and the last ones from one person to another.
DROP INDEX friend_requests_from;
DROP INDEX friend_requests_to;
CREATE INDEX friend_requests_from ON friend_requests (from_user_id, status, created_at);
CREATE INDEX friend_requests_to ON friend_requests (to_user_id, status, created_at);
CREATE INDEX friend_requests_pair ON friend_requests (from_user_id, to_user_id);
