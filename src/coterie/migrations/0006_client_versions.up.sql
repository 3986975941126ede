-- A name for a write that changed nothing is for the position that the message had then; the change there has a name of
-- its own, or none.
ALTER TABLE client_versions ADD COLUMN is_alias BOOLEAN NOT NULL DEFAULT FALSE;
DROP INDEX client_versions_position;
CREATE UNIQUE INDEX client_versions_position ON client_versions (topic_id, position) WHERE NOT is_alias;

-- A deleted text leaves no digest, with which a guess at it could be confirmed.
ALTER TABLE client_versions ALTER COLUMN digest DROP NOT NULL;
UPDATE client_versions SET digest = NULL
FROM messages WHERE topic_id = channel_id AND client_versions.position = seq AND deleted_at IS NOT NULL;
