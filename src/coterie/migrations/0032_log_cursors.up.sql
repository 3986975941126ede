-- Readers of the log that go on where they stopped (`jobs/consumers.py`), and how far each has read each topic. A topic
-- without a row is newer than the reader: it is read from its beginning.
CREATE TABLE log_consumers (
    name     TEXT PRIMARY KEY CHECK (length(name) BETWEEN 1 AND 40),
    begun_at TIMESTAMPTZ NOT NULL DEFAULT now()
);
CREATE TABLE log_cursors (
    consumer TEXT NOT NULL REFERENCES log_consumers ON DELETE CASCADE,
    topic_id UUID NOT NULL REFERENCES topics ON DELETE CASCADE,
    position BIGINT NOT NULL CHECK (position >= 0),
    PRIMARY KEY (consumer, topic_id)
);
CREATE INDEX log_cursors_topic ON log_cursors (topic_id);
CREATE INDEX topics_partition ON topics ((get_byte(uuid_send(id), 15) % 16));
