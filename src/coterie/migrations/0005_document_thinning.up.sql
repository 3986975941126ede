-- Up to this position the edits of a document keep who made them and when, and no longer what they changed. It is that of
-- a snapshot, or 0.
ALTER TABLE documents ADD COLUMN thinned_to BIGINT NOT NULL DEFAULT 0 CHECK (thinned_to >= 0);
