-- Calls in conversations: who began one, whom it rings, and who declined it. A call ends with its last voice state.
CREATE TABLE calls (
    conversation_id UUID PRIMARY KEY REFERENCES conversations ON DELETE CASCADE,
    caller_id       UUID REFERENCES users ON DELETE SET NULL,
    started_at      TIMESTAMPTZ NOT NULL,
    answered_at     TIMESTAMPTZ,
    ringing         UUID[] NOT NULL,
    declined        UUID[] NOT NULL DEFAULT '{}',
    CHECK (NOT ringing && declined)
);
CREATE INDEX calls_caller ON calls (caller_id);
CREATE INDEX calls_ringing ON calls (started_at) WHERE ringing <> '{}';
