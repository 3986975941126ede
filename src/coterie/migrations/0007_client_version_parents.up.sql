-- What an author had for certain when they made a write that they named themselves: everything up to this position, or
-- nothing that is known of. The name alone does not tell, since it stands behind whatever others wrote just before.
CREATE TABLE client_version_parents (
    topic_id       UUID   NOT NULL REFERENCES topics ON DELETE CASCADE,
    client_version TEXT   NOT NULL CHECK (client_version ~ '^[ -~]{1,200}$'),
    author_id      UUID   NOT NULL REFERENCES users ON DELETE CASCADE,
    position       BIGINT CHECK (position >= 0),
    PRIMARY KEY (topic_id, client_version, author_id)
);
CREATE INDEX client_version_parents_author ON client_version_parents (author_id);
