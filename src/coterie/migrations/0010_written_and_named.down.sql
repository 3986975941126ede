CREATE TABLE client_version_parents (
    topic_id       UUID   NOT NULL REFERENCES topics ON DELETE CASCADE,
    client_version TEXT   NOT NULL CHECK (client_version ~ '^[ -~]{1,200}$'),
    author_id      UUID   NOT NULL REFERENCES users ON DELETE CASCADE,
    position       BIGINT CHECK (position >= 0),
    PRIMARY KEY (topic_id, client_version, author_id)
);
INSERT INTO client_version_parents (topic_id, client_version, author_id, position)
SELECT topic_id, client_version, unnamed_for, nullif(had, -1) FROM client_versions WHERE unnamed_for IS NOT NULL;
CREATE INDEX client_version_parents_author ON client_version_parents (author_id);
DROP INDEX client_versions_unnamed_for;
ALTER TABLE client_versions DROP COLUMN unnamed_for, DROP COLUMN had;
ALTER TABLE conversation_participants DROP COLUMN has_written;
