-- A snapshot counts as storage of the author of the last edit in it, no longer of the document's creator.
UPDATE document_storage SET bytes = greatest(0, document_storage.bytes - kept.bytes)
FROM documents, (SELECT document_id, sum(octet_length(text) + octet_length(authors::text)) AS bytes
                 FROM document_snapshots GROUP BY document_id) AS kept
WHERE documents.id = document_storage.document_id AND kept.document_id = documents.id AND user_id = created_by;

INSERT INTO document_storage (document_id, user_id, bytes)
SELECT document_id, user_id, sum(octet_length(text) + octet_length(authors::text))
FROM document_snapshots JOIN document_edits USING (document_id, position)
WHERE user_id IS NOT NULL GROUP BY document_id, user_id
ON CONFLICT (document_id, user_id) DO UPDATE SET bytes = document_storage.bytes + excluded.bytes;
