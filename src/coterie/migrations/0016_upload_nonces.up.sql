-- The client's key for an upload: a repeat is answered with the files that it added first.
ALTER TABLE attachments ADD COLUMN nonce TEXT;
