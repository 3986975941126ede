-- What was done to a server, by whom and to what. It outlasts the server and the people.
CREATE TABLE audit_logs (
    id          UUID PRIMARY KEY,
    server_id   UUID REFERENCES servers ON DELETE SET NULL,
    actor_id    UUID REFERENCES users ON DELETE SET NULL,
    action      TEXT NOT NULL CHECK (action ~ '^[a-z_]{1,64}$'),
    target_type TEXT CHECK (target_type ~ '^[a-z_]{1,32}$'),
    target_id   UUID,
    details     JSON NOT NULL CHECK (json_typeof(details) = 'object'),
    created_at  TIMESTAMPTZ NOT NULL
);
CREATE INDEX audit_logs_server ON audit_logs (server_id, created_at);
CREATE INDEX audit_logs_actor ON audit_logs (actor_id);
