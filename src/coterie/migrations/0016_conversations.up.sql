-- A conversation's topic holds both its messages and who takes part in it, so that whoever is removed is told of
-- nothing that comes behind.
ALTER TABLE topics DROP CONSTRAINT topics_kind_check;
ALTER TABLE topics ADD CONSTRAINT topics_kind_check CHECK (kind IN ('channel', 'conversation', 'server', 'user'));
UPDATE topics SET kind = 'conversation' FROM conversations WHERE conversations.id = topics.id;

-- When something last happened in it is what its newest message says.
ALTER TABLE conversations DROP COLUMN last_activity_at;

-- A conversation is hidden from somebody until there is a message behind `hidden_position`. Up to where everything has
-- reached somebody's devices, and up to where they have read it: both only move forward.
ALTER TABLE conversation_participants
    ADD COLUMN hidden_position    BIGINT CHECK (hidden_position >= 0),
    ADD COLUMN delivered_position BIGINT NOT NULL DEFAULT 0 CHECK (delivered_position >= 0),
    ADD COLUMN delivered_at       TIMESTAMPTZ,
    ADD COLUMN read_position      BIGINT NOT NULL DEFAULT 0 CHECK (read_position >= 0),
    ADD COLUMN read_at            TIMESTAMPTZ;
