-- Presence in a conversation is shown to the others once its owner has written there, not because somebody opened it.
ALTER TABLE conversation_participants ADD COLUMN has_written BOOLEAN NOT NULL DEFAULT FALSE;
UPDATE conversation_participants SET has_written = TRUE
FROM (
    SELECT DISTINCT channel_id, author_id FROM conversations JOIN messages ON channel_id = conversations.id
    WHERE author_id IS NOT NULL AND messages.type <> 'system'
) AS written
WHERE conversation_id = channel_id AND user_id = author_id;

-- A name whose author did not have everything before it is for the author the position that they had, and readers of
-- the author are sent the server's name instead. Of a write without Parents the author had everything.
ALTER TABLE client_versions
    ADD COLUMN unnamed_for UUID REFERENCES users ON DELETE SET NULL,
    ADD COLUMN had BIGINT CHECK (had >= -1);
UPDATE client_versions SET unnamed_for = author_id, had = noted.position
FROM client_version_parents AS noted
WHERE noted.topic_id = client_versions.topic_id AND noted.client_version = client_versions.client_version
  AND (noted.position < client_versions.position - 1 OR (is_alias AND noted.position IS NOT NULL));
CREATE INDEX client_versions_unnamed_for ON client_versions (unnamed_for) WHERE unnamed_for IS NOT NULL;
DROP TABLE client_version_parents;
