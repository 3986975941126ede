-- A client's own name for a change, for ever: it makes a repeated write harmless, and it is understood as a place
-- from which to resume.
CREATE TABLE client_versions (
    topic_id       UUID   NOT NULL REFERENCES topics ON DELETE CASCADE,
    client_version TEXT   NOT NULL CHECK (client_version ~ '^[ -~]{1,200}$'),
    position       BIGINT NOT NULL CHECK (position > 0),
    digest         BYTEA  NOT NULL CHECK (octet_length(digest) = 32),
    PRIMARY KEY (topic_id, client_version)
);
CREATE UNIQUE INDEX client_versions_position ON client_versions (topic_id, position);

-- How far somebody has read a channel.
CREATE TABLE read_marks (
    user_id    UUID   NOT NULL REFERENCES users ON DELETE CASCADE,
    channel_id UUID   NOT NULL REFERENCES channels ON DELETE CASCADE,
    position   BIGINT NOT NULL CHECK (position >= 0),
    PRIMARY KEY (user_id, channel_id)
);
CREATE INDEX read_marks_channel ON read_marks (channel_id);
