UPDATE document_storage SET bytes = greatest(0, document_storage.bytes - kept.bytes)
FROM (SELECT document_id, user_id, sum(octet_length(text) + octet_length(authors::text)) AS bytes
      FROM document_snapshots JOIN document_edits USING (document_id, position)
      GROUP BY document_id, user_id) AS kept
WHERE kept.document_id = document_storage.document_id AND kept.user_id = document_storage.user_id;

INSERT INTO document_storage (document_id, user_id, bytes)
SELECT document_id, created_by, sum(octet_length(text) + octet_length(authors::text))
FROM document_snapshots JOIN documents ON documents.id = document_id
WHERE created_by IS NOT NULL GROUP BY document_id, created_by
ON CONFLICT (document_id, user_id) DO UPDATE SET bytes = document_storage.bytes + excluded.bytes;
