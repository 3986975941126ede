-- What a message can be besides its text: the root of a thread, a mention, something that was edited.
-- `thread_reply_count` counts the replies that stand; whoever adds or deletes one changes its root in the same statement.
ALTER TABLE messages
    ADD COLUMN thread_reply_count INTEGER NOT NULL DEFAULT 0 CHECK (thread_reply_count >= 0),
    ADD COLUMN mention_role_ids UUID[] NOT NULL DEFAULT '{}',
    ADD COLUMN mention_here BOOLEAN NOT NULL DEFAULT FALSE;

-- Whom a message calls: a user, a role, or everybody (who goes by the channel's id). Unread mentions are counted along it.
CREATE TABLE mentions (
    channel_id UUID   NOT NULL,
    target_id  UUID   NOT NULL,
    seq        BIGINT NOT NULL,
    PRIMARY KEY (channel_id, target_id, seq),
    FOREIGN KEY (channel_id, seq) REFERENCES messages (channel_id, seq) ON DELETE CASCADE
);
CREATE INDEX mentions_message ON mentions (channel_id, seq);

-- What a message said before it was edited: the text that stood until `edited_at`, when `version` was made.
CREATE TABLE message_edits (
    message_id UUID        NOT NULL REFERENCES messages ON DELETE CASCADE,
    version    BIGINT      NOT NULL CHECK (version > 0),
    content    TEXT        NOT NULL CHECK (length(content) <= 4000),
    edited_at  TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (message_id, version)
);
