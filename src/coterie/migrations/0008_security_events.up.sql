-- What was done to accounts, for the operator, the administrators of the instance and the accounts' owners. `actor_id`
-- is set if someone other than the account's owner did it over the network. `occurrences` counts equal failures of a
-- minute. An address is kept as far as the operator wants it to be.
CREATE TABLE security_events (
    id          UUID PRIMARY KEY,
    type        TEXT NOT NULL CHECK (type ~ '^[a-z]+[.][a-z_]{1,50}$'),
    account_id  UUID REFERENCES users ON DELETE SET NULL,
    actor_id    UUID REFERENCES users ON DELETE SET NULL,
    session_id  UUID,
    address     TEXT NOT NULL CHECK (length(address) <= 64),
    occurrences INTEGER NOT NULL CHECK (occurrences > 0),
    details     JSON NOT NULL CHECK (json_typeof(details) = 'object'),
    created_at  TIMESTAMPTZ NOT NULL
);
CREATE INDEX security_events_account ON security_events (account_id, id);
CREATE INDEX security_events_actor ON security_events (actor_id);
CREATE INDEX security_events_time ON security_events (created_at);
