-- What people reported. The moderators of the server `queue_id` decide, or without it the administrators of the instance.
-- What was reported is kept as it was: `message` with the messages before it in `context`. The ids of what was reported
-- have no foreign keys, since a report outlasts it.
CREATE TABLE reports (
    id           UUID PRIMARY KEY,
    queue_id     UUID REFERENCES servers ON DELETE CASCADE,
    kind         TEXT NOT NULL CHECK (kind IN ('message', 'user', 'server')),
    target_id    UUID NOT NULL,
    server_id    UUID,
    channel_id   UUID,
    user_id      UUID REFERENCES users ON DELETE SET NULL,
    reporter_id  UUID REFERENCES users ON DELETE SET NULL,
    category     TEXT NOT NULL CHECK (category ~ '^[a-z_]{1,32}$'),
    reason       TEXT CHECK (length(reason) BETWEEN 1 AND 1000),
    server_name  TEXT,
    message      JSON,
    context      JSON NOT NULL CHECK (json_typeof(context) = 'array'),
    state        TEXT NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'resolved', 'dismissed')),
    answer       TEXT CHECK (length(answer) BETWEEN 1 AND 1000),
    escalated_at TIMESTAMPTZ,
    closed_by    UUID REFERENCES users ON DELETE SET NULL,
    closed_at    TIMESTAMPTZ,
    created_at   TIMESTAMPTZ NOT NULL,
    CHECK ((state = 'open') = (closed_at IS NULL))
);
CREATE UNIQUE INDEX reports_once ON reports (reporter_id, target_id, coalesce(server_id, target_id))
    WHERE state = 'open';
CREATE INDEX reports_queue ON reports (queue_id, id);
CREATE INDEX reports_instance ON reports (id) WHERE queue_id IS NULL;
CREATE INDEX reports_escalated ON reports (server_id, id) WHERE escalated_at IS NOT NULL;
CREATE INDEX reports_reporter ON reports (reporter_id, id);
CREATE INDEX reports_user ON reports (user_id);
CREATE INDEX reports_closer ON reports (closed_by);

-- What those who decide about a report wrote down for each other.
CREATE TABLE report_notes (
    id         UUID PRIMARY KEY,
    report_id  UUID NOT NULL REFERENCES reports ON DELETE CASCADE,
    author_id  UUID REFERENCES users ON DELETE SET NULL,
    content    TEXT NOT NULL CHECK (length(content) BETWEEN 1 AND 1000),
    created_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX report_notes_report ON report_notes (report_id, id);
CREATE INDEX report_notes_author ON report_notes (author_id);
