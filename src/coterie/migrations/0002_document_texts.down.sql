-- The texts of documents are kept, but the version before cannot open a document that was edited since its last
-- snapshot: it needs the engine's bytes, which are gone. Nothing is lost for the version that has this migration.
ALTER TABLE document_snapshots DROP COLUMN number;

-- Recreate the columns after `frontier`, in their former order.
ALTER TABLE document_edits DROP COLUMN checksum;
ALTER TABLE document_edits DROP CONSTRAINT document_edits_peer_check, DROP CONSTRAINT document_edits_user_id_fkey;
DROP INDEX document_edits_user;
ALTER TABLE document_edits RENAME COLUMN peer TO newer_peer;
ALTER TABLE document_edits RENAME COLUMN user_id TO newer_user_id;
ALTER TABLE document_edits RENAME COLUMN created_at TO newer_created_at;
ALTER TABLE document_edits
    ADD COLUMN engine     BYTEA  NOT NULL DEFAULT '',
    ADD COLUMN epoch      BIGINT NOT NULL DEFAULT 0,
    ADD COLUMN peer       TEXT   CHECK (length(peer) <= 200),
    ADD COLUMN user_id    UUID   REFERENCES users ON DELETE SET NULL,
    ADD COLUMN created_at TIMESTAMPTZ;
UPDATE document_edits SET
    peer = newer_peer,
    user_id = newer_user_id,
    created_at = newer_created_at,
    epoch = coalesce((
        SELECT max(position) FROM document_snapshots
        WHERE document_snapshots.document_id = document_edits.document_id
            AND document_snapshots.position < document_edits.position
    ), 0);
ALTER TABLE document_edits
    ALTER COLUMN engine DROP DEFAULT,
    ALTER COLUMN epoch DROP DEFAULT,
    ADD CONSTRAINT document_edits_check3 CHECK (epoch >= 0 AND epoch < position),
    ALTER COLUMN created_at SET NOT NULL,
    DROP COLUMN newer_peer,
    DROP COLUMN newer_user_id,
    DROP COLUMN newer_created_at;
CREATE INDEX document_edits_user ON document_edits (user_id);
