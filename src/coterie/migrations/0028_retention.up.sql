-- After how many days messages are removed for good: NULL for never, in a channel NULL for what its server says and 0 for
-- never. Nothing is removed from a channel on hold.
ALTER TABLE servers
    ADD COLUMN retention_days INTEGER CHECK (retention_days BETWEEN 1 AND 3650),
    ADD COLUMN retention_keeps_pins BOOLEAN NOT NULL DEFAULT TRUE;
ALTER TABLE channels
    ADD COLUMN retention_days INTEGER CHECK (retention_days BETWEEN 0 AND 3650),
    ADD COLUMN on_hold BOOLEAN NOT NULL DEFAULT FALSE;
-- The oldest messages of a channel that still say something.
CREATE INDEX messages_aging ON messages (channel_id, created_at) WHERE deleted_at IS NULL AND type <> 'system';
