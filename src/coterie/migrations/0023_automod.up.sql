-- The rules of a server's automod. The server's topic has them too, whole, under the key `automod`: there every process
-- reads them (`rights/structure.py`).
CREATE TABLE automod_configs (
    server_id            UUID PRIMARY KEY REFERENCES servers ON DELETE CASCADE,
    enabled              BOOLEAN NOT NULL,
    spam_enabled         BOOLEAN NOT NULL,
    spam_max_messages    SMALLINT NOT NULL CHECK (spam_max_messages BETWEEN 1 AND 50),
    spam_window_secs     SMALLINT NOT NULL CHECK (spam_window_secs BETWEEN 1 AND 60),
    spam_action          TEXT NOT NULL CHECK (spam_action IN ('delete', 'timeout', 'kick', 'ban')),
    duplicate_enabled    BOOLEAN NOT NULL,
    word_filter_enabled  BOOLEAN NOT NULL,
    word_filter_action   TEXT NOT NULL CHECK (word_filter_action IN ('delete', 'timeout', 'kick', 'ban')),
    timeout_minutes      SMALLINT NOT NULL CHECK (timeout_minutes BETWEEN 1 AND 10080),
    updated_at           TIMESTAMPTZ NOT NULL,
    mention_limit        SMALLINT CHECK (mention_limit BETWEEN 1 AND 50),
    mention_action       TEXT NOT NULL CHECK (mention_action IN ('delete', 'timeout', 'kick', 'ban')),
    link_filter_enabled  BOOLEAN NOT NULL,
    link_action          TEXT NOT NULL CHECK (link_action IN ('delete', 'timeout', 'kick', 'ban')),
    allowed_domains      TEXT[] NOT NULL CHECK (cardinality(allowed_domains) <= 100),
    capitals_percent     SMALLINT CHECK (capitals_percent BETWEEN 50 AND 100),
    capitals_action      TEXT NOT NULL CHECK (capitals_action IN ('delete', 'timeout', 'kick', 'ban')),
    exempt_role_ids      UUID[] NOT NULL CHECK (cardinality(exempt_role_ids) <= 100),
    exempt_channel_ids   UUID[] NOT NULL CHECK (cardinality(exempt_channel_ids) <= 100),
    exempt_moderators    BOOLEAN NOT NULL,
    invite_filter_enabled BOOLEAN NOT NULL,
    invite_action        TEXT NOT NULL CHECK (invite_action IN ('delete', 'timeout', 'kick', 'ban')),
    allowed_invites      TEXT[] NOT NULL CHECK (cardinality(allowed_invites) <= 100),
    file_filter_enabled  BOOLEAN NOT NULL,
    file_action          TEXT NOT NULL CHECK (file_action IN ('delete', 'timeout', 'kick', 'ban')),
    allowed_file_types   TEXT[] NOT NULL CHECK (cardinality(allowed_file_types) <= 100),
    new_account_hours    SMALLINT CHECK (new_account_hours BETWEEN 1 AND 720),
    new_account_action   TEXT NOT NULL CHECK (new_account_action IN ('delete', 'timeout', 'kick', 'ban'))
);

CREATE TABLE automod_words (
    id         UUID PRIMARY KEY,
    server_id  UUID NOT NULL REFERENCES servers ON DELETE CASCADE,
    word       TEXT NOT NULL CHECK (length(word) BETWEEN 1 AND 100),
    match      TEXT NOT NULL CHECK (match IN ('part', 'whole', 'pattern')),
    created_by UUID REFERENCES users ON DELETE SET NULL,
    created_at TIMESTAMPTZ NOT NULL
);
CREATE UNIQUE INDEX automod_words_word ON automod_words (server_id, word);
CREATE INDEX automod_words_creator ON automod_words (created_by);

-- What automod did. `write_key` is the name of the refused write, so that its repetition is not punished again.
CREATE TABLE automod_logs (
    id              UUID PRIMARY KEY,
    server_id       UUID NOT NULL REFERENCES servers ON DELETE CASCADE,
    channel_id      UUID,
    user_id         UUID REFERENCES users ON DELETE SET NULL,
    rule_type       TEXT NOT NULL CHECK (rule_type ~ '^[a-z_]{1,32}$'),
    action_taken    TEXT NOT NULL CHECK (action_taken IN ('delete', 'timeout', 'kick', 'ban')),
    matched_term    TEXT,
    message_content TEXT,
    write_key       TEXT NOT NULL,
    created_at      TIMESTAMPTZ NOT NULL
);
CREATE INDEX automod_logs_server ON automod_logs (server_id, id);
CREATE UNIQUE INDEX automod_logs_write ON automod_logs (user_id, write_key);
