-- Forgets the privacy settings, and who knows whose address.
DROP INDEX friend_requests_pair;
DROP INDEX friend_requests_to;
DROP INDEX friend_requests_from;
CREATE INDEX friend_requests_from ON friend_requests (from_user_id, created_at);
CREATE INDEX friend_requests_to ON friend_requests (to_user_id, created_at);

ALTER TABLE friend_requests DROP COLUMN is_by_email;

ALTER TABLE contacts DROP CONSTRAINT contacts_knows_email;
ALTER TABLE contacts DROP COLUMN knows_email;

ALTER TABLE users
    DROP COLUMN friend_requests_from,
    DROP COLUMN direct_messages_from,
    DROP COLUMN send_read_receipts;
