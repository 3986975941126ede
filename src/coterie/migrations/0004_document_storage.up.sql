-- What an account has stored in each document, in bytes as they were sent: its edits, and the document's creator also the
-- snapshots. Counted with each edit, since adding up the edits of a long history takes seconds.
CREATE TABLE document_storage (
    document_id UUID   NOT NULL REFERENCES documents ON DELETE CASCADE,
    user_id     UUID   NOT NULL REFERENCES users ON DELETE CASCADE,
    bytes       BIGINT NOT NULL,
    PRIMARY KEY (document_id, user_id)
) WITH (fillfactor = 50);
CREATE INDEX document_storage_user ON document_storage (user_id);

INSERT INTO document_storage (document_id, user_id, bytes)
SELECT document_id, user_id, sum(bytes) FROM (
    SELECT document_id, user_id, octet_length(patches::text) + coalesce(octet_length(applied::text), 0)
               + coalesce(octet_length(bridge::text), 0) AS bytes
    FROM document_edits WHERE user_id IS NOT NULL
    UNION ALL
    SELECT document_id, created_by, octet_length(text) + octet_length(authors::text)
    FROM document_snapshots JOIN documents ON documents.id = document_id WHERE created_by IS NOT NULL
) AS stored GROUP BY document_id, user_id;
