-- The inbox lists what calls somebody over all places, newest first: along the target and the time. What is called in
-- threads is kept from now on; it is in the inbox, but not among the unread mentions of a channel.
ALTER TABLE mentions ADD COLUMN created_at TIMESTAMPTZ, ADD COLUMN in_thread BOOLEAN NOT NULL DEFAULT FALSE;
UPDATE mentions SET created_at = messages.created_at FROM messages
WHERE messages.channel_id = mentions.channel_id AND messages.seq = mentions.seq;
ALTER TABLE mentions ALTER COLUMN created_at SET NOT NULL;
CREATE INDEX mentions_inbox ON mentions (target_id, created_at, channel_id, seq);
