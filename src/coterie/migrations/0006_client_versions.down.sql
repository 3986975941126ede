-- The version before needs a digest: of names without one it gets one that no write has, so a repeat is refused.
DELETE FROM client_versions WHERE is_alias;
UPDATE client_versions SET digest = sha256(convert_to(topic_id || client_version, 'UTF8')) WHERE digest IS NULL;
ALTER TABLE client_versions ALTER COLUMN digest SET NOT NULL;
DROP INDEX client_versions_position;
ALTER TABLE client_versions DROP COLUMN is_alias;
CREATE UNIQUE INDEX client_versions_position ON client_versions (topic_id, position);
