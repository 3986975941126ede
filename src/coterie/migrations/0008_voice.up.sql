-- How many may be in a voice channel.
ALTER TABLE channels
    ADD COLUMN user_limit INTEGER CHECK (user_limit BETWEEN 1 AND 99),
    ADD CHECK (user_limit IS NULL OR type = 'voice');

-- What moderators decided of somebody's voice outlasts a call, so that leaving and coming back does not undo it.
ALTER TABLE server_members
    ADD COLUMN voice_mute BOOLEAN NOT NULL DEFAULT FALSE,
    ADD COLUMN voice_deaf BOOLEAN NOT NULL DEFAULT FALSE;

-- A place in a voice channel belongs to the session that took it, and is held by the process to which a socket of that
-- session is connected; `left_at` is since when there is none. Neither is a foreign key: a place that ends without
-- being announced would stay on every screen.
ALTER TABLE voice_states
    ADD COLUMN can_speak  BOOLEAN NOT NULL DEFAULT TRUE,
    ADD COLUMN session_id UUID NOT NULL,
    ADD COLUMN process_id UUID,
    ADD COLUMN left_at    TIMESTAMPTZ,
    ADD CHECK (num_nonnulls(process_id, left_at) = 1);
CREATE INDEX voice_states_session ON voice_states (session_id);
CREATE INDEX voice_states_process ON voice_states (process_id) WHERE process_id IS NOT NULL;
CREATE INDEX voice_states_left ON voice_states (left_at) WHERE left_at IS NOT NULL;

-- Who shows their screen or camera to a channel; it ends with their place in it.
CREATE TABLE go_live_sessions (
    channel_id     UUID PRIMARY KEY REFERENCES channels ON DELETE CASCADE,
    broadcaster_id UUID NOT NULL UNIQUE REFERENCES voice_states ON DELETE CASCADE,
    quality        TEXT NOT NULL CHECK (quality IN ('480p', '720p', '1080p')),
    started_at     TIMESTAMPTZ NOT NULL
);
