DROP TABLE revoked_invites;
ALTER TABLE instance_settings DROP COLUMN name;
