DROP TABLE document_snapshots;
DROP TABLE document_edits;
DELETE FROM changes WHERE key LIKE 'documents/%';
DROP TABLE documents;
DELETE FROM topics WHERE kind = 'document';
ALTER TABLE topics DROP CONSTRAINT topics_kind_check;
ALTER TABLE topics ADD CONSTRAINT topics_kind_check
    CHECK (kind IN ('channel', 'conversation', 'server', 'user'));
