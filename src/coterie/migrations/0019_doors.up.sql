-- Which channel the messenger's /chat is, while the operator has it switched on.
ALTER TABLE instance_settings ADD COLUMN chat_channel_id UUID REFERENCES channels ON DELETE SET NULL;
CREATE INDEX instance_settings_chat_channel ON instance_settings (chat_channel_id);

-- From where a stream of /realtime counts on: its topics, each with the position at which it stood, 24 bytes for each.
CREATE TABLE realtime_cursors (
    id         UUID PRIMARY KEY,
    session_id UUID NOT NULL REFERENCES sessions ON DELETE CASCADE,
    positions  BYTEA NOT NULL CHECK (octet_length(positions) % 24 = 0),
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    used_at    TIMESTAMPTZ NOT NULL DEFAULT now()
);
CREATE INDEX realtime_cursors_session ON realtime_cursors (session_id, used_at);
CREATE INDEX realtime_cursors_used ON realtime_cursors (used_at);
