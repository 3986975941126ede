DROP INDEX messages_aging;
ALTER TABLE channels DROP COLUMN on_hold, DROP COLUMN retention_days;
ALTER TABLE servers DROP COLUMN retention_keeps_pins, DROP COLUMN retention_days;
