-- That somebody's messages are to be removed from a server, or to be brought back; worked off in batches, so that it
-- is finished even if the process that began it dies. The channels are gone through in the order of their ids, each
-- from its end: those before `channel_id` are done, and of this one what stands at `before_seq` and behind it.
CREATE TABLE message_removals (
    id         UUID PRIMARY KEY,
    server_id  UUID NOT NULL REFERENCES servers ON DELETE CASCADE,
    author_id  UUID NOT NULL REFERENCES users ON DELETE CASCADE,
    removed_by UUID REFERENCES users ON DELETE SET NULL,
    since      TIMESTAMPTZ NOT NULL,
    state      TEXT NOT NULL DEFAULT 'removing' CHECK (state IN ('removing', 'removed', 'restoring')),
    channel_id UUID NOT NULL DEFAULT '00000000-0000-0000-0000-000000000000',
    before_seq BIGINT NOT NULL DEFAULT 9223372036854775807,
    created_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX message_removals_server ON message_removals (server_id, author_id);
CREATE INDEX message_removals_author ON message_removals (author_id);
CREATE INDEX message_removals_remover ON message_removals (removed_by);
CREATE INDEX message_removals_pending ON message_removals (created_at) WHERE state <> 'removed';
CREATE INDEX message_removals_removed ON message_removals (created_at) WHERE state = 'removed';

-- What a message was before a ban took it away, kept until the removal is forgotten. `parts` are its reactions, files,
-- earlier texts, and whom it called.
CREATE TABLE removed_messages (
    message_id       UUID PRIMARY KEY REFERENCES messages ON DELETE CASCADE,
    removal_id       UUID NOT NULL REFERENCES message_removals ON DELETE CASCADE,
    content          TEXT NOT NULL,
    mention_user_ids UUID[] NOT NULL,
    mention_role_ids UUID[] NOT NULL,
    mention_everyone BOOLEAN NOT NULL,
    mention_here     BOOLEAN NOT NULL,
    pinned_at        TIMESTAMPTZ,
    pinned_by        UUID REFERENCES users ON DELETE SET NULL,
    parts            JSON NOT NULL
);
CREATE INDEX removed_messages_removal ON removed_messages (removal_id, message_id);
CREATE INDEX removed_messages_pinned_by ON removed_messages (pinned_by) WHERE pinned_by IS NOT NULL;

-- How many seconds a member has to wait between two messages; and when they last sent one, where they have to.
ALTER TABLE channels ADD COLUMN slow_mode_seconds INTEGER NOT NULL DEFAULT 0
    CHECK (slow_mode_seconds BETWEEN 0 AND 21600);

CREATE TABLE slow_mode_sends (
    channel_id UUID NOT NULL REFERENCES channels ON DELETE CASCADE,
    user_id    UUID NOT NULL REFERENCES users ON DELETE CASCADE,
    sent_at    TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (channel_id, user_id)
);
CREATE INDEX slow_mode_sends_user ON slow_mode_sends (user_id);
