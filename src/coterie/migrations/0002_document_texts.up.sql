-- Of an edit is kept what it does, and a checksum of that, by which damage shows. The bytes of the engine that held the
-- texts before are needed no more: what was applied says the same. Reads and writes each edit once.
ALTER TABLE document_edits ADD COLUMN checksum BYTEA CHECK (octet_length(checksum) = 8);
UPDATE document_edits SET checksum =
    substring(sha256(convert_to(position || ' ' || coalesce(applied, patches)::text, 'UTF8')) FOR 8);
ALTER TABLE document_edits ALTER COLUMN checksum SET NOT NULL;

-- Snapshots are numbered as they are made, so that how many of those between two were removed is known.
ALTER TABLE document_snapshots ADD COLUMN number INTEGER CHECK (number > 0);
UPDATE document_snapshots SET number = (
    SELECT count(DISTINCT epoch) FROM document_edits
    WHERE document_edits.document_id = document_snapshots.document_id
        AND document_edits.position <= document_snapshots.position
);
ALTER TABLE document_snapshots ALTER COLUMN number SET NOT NULL;

ALTER TABLE document_edits DROP COLUMN engine, DROP COLUMN epoch;
