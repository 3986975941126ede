-- What the operator allows one account, in place of the instance's defaults; without a value there is no limit.
CREATE TABLE usage_limits (
    user_id UUID NOT NULL REFERENCES users ON DELETE CASCADE,
    metric  TEXT NOT NULL CHECK (metric IN ('messages_sent', 'documents_created', 'storage_bytes', 'api_requests')),
    value   BIGINT CHECK (value >= 0),
    PRIMARY KEY (user_id, metric)
);

-- A count changes with each message: room in its page keeps the update away from the indexes.
ALTER TABLE usage_tracking SET (fillfactor = 70);
CREATE INDEX usage_tracking_period_end ON usage_tracking (period_end);
