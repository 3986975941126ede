ALTER TABLE attachments DROP COLUMN nonce;
