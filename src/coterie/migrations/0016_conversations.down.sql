ALTER TABLE conversation_participants
    DROP COLUMN hidden_position,
    DROP COLUMN delivered_position,
    DROP COLUMN delivered_at,
    DROP COLUMN read_position,
    DROP COLUMN read_at;

ALTER TABLE conversations ADD COLUMN last_activity_at TIMESTAMPTZ;
UPDATE conversations SET last_activity_at = coalesce(
    (SELECT messages.created_at FROM messages WHERE channel_id = conversations.id ORDER BY seq DESC LIMIT 1),
    (SELECT channels.created_at FROM channels WHERE channels.id = conversations.id)
);
ALTER TABLE conversations ALTER COLUMN last_activity_at SET NOT NULL;

UPDATE topics SET kind = 'channel' WHERE kind = 'conversation';
ALTER TABLE topics DROP CONSTRAINT topics_kind_check;
ALTER TABLE topics ADD CONSTRAINT topics_kind_check CHECK (kind IN ('channel', 'server', 'user'));
