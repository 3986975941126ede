ALTER TABLE attachments DROP COLUMN position;
ALTER TABLE server_members DROP COLUMN joined_position;
DROP TABLE webhook_positions;
DROP TABLE webhooks;
