-- What somebody wants to be told of a server, a channel or a conversation, where they have said so. A place is named by
-- its topic, which all three have.
CREATE TABLE notification_levels (
    user_id     UUID NOT NULL REFERENCES users ON DELETE CASCADE,
    place_id    UUID NOT NULL REFERENCES topics ON DELETE CASCADE,
    kind        TEXT NOT NULL CHECK (kind IN ('server', 'channel', 'conversation')),
    level       TEXT CHECK (level IN ('all', 'mentions', 'nothing')),
    muted_until TIMESTAMPTZ,
    PRIMARY KEY (user_id, place_id),
    CHECK (level IS NOT NULL OR muted_until IS NOT NULL)
);
CREATE INDEX notification_levels_place ON notification_levels (place_id);
