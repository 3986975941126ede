-- The schema, by concept. Each table stands behind those that it refers to.
--
-- Identifiers are UUIDs made by the application, in time order; every time is TIMESTAMPTZ. Positions are a topic's own,
-- see coterie/log/append.py. Every foreign key has an index, or each removal would read the whole table that refers.
-- Columns stand in the order in which older databases have them, which got some later: keep it.


-- The log: topics, and what changed in them

-- A topic is one ordered history: a channel's or conversation's messages, a server's structure, a user's own affairs, a
-- document's text. It shares its id with the row it belongs to, which lives and dies with it. A conversation's topic
-- holds both its messages and who takes part in it, so that a person who is removed is told of nothing that comes behind.
CREATE TABLE topics (
    id       UUID PRIMARY KEY,
    kind     TEXT   NOT NULL CHECK (kind IN ('channel', 'conversation', 'server', 'user', 'document')),
    position BIGINT NOT NULL DEFAULT 0 CHECK (position >= 0),
    floor    BIGINT NOT NULL DEFAULT 0 CHECK (floor >= 0 AND floor <= position)
) WITH (fillfactor = 50);

-- The newest change of each key of a topic whose values have no table with positions of their own.
CREATE TABLE changes (
    topic_id   UUID   NOT NULL REFERENCES topics ON DELETE CASCADE,
    key        TEXT   NOT NULL CHECK (length(key) BETWEEN 1 AND 200),
    position   BIGINT NOT NULL CHECK (position > 0),
    type       TEXT   NOT NULL CHECK (type ~ '^[A-Z_]{1,64}$'),
    data       JSON   NOT NULL,
    is_removal BOOLEAN NOT NULL,
    PRIMARY KEY (topic_id, key)
);
CREATE UNIQUE INDEX changes_by_position ON changes (topic_id, position);

-- The lives of this history; the newest one is current. A database that was restored goes on in a new one, at positions
-- that were never given out: see coterie/log/epochs.py. `home` is where the database was found: another cluster, another
-- timeline or another database means that it came from a copy.
CREATE TABLE epochs (
    number   INTEGER PRIMARY KEY CHECK (number > 0),
    name     TEXT NOT NULL UNIQUE CHECK (name ~ '^[0-9a-f]{12}$'),
    reason   TEXT NOT NULL CHECK (reason IN ('made', 'restored', 'found elsewhere', 'asked for')),
    home     TEXT CHECK (length(home) <= 100),
    begun_at TIMESTAMPTZ NOT NULL DEFAULT now()
);
INSERT INTO epochs (number, name, reason) VALUES (1, right(gen_random_uuid()::text, 12), 'made');

-- A client's own name for a change, kept for good: it makes a repeated write harmless, and is understood as a place from
-- which to resume.
CREATE TABLE client_versions (
    topic_id       UUID   NOT NULL REFERENCES topics ON DELETE CASCADE,
    client_version TEXT   NOT NULL CHECK (client_version ~ '^[ -~]{1,200}$'),
    position       BIGINT NOT NULL CHECK (position > 0),
    digest         BYTEA  NOT NULL CHECK (octet_length(digest) = 32),
    PRIMARY KEY (topic_id, client_version)
);
CREATE UNIQUE INDEX client_versions_position ON client_versions (topic_id, position);


-- Accounts

CREATE TABLE users (
    id                       UUID PRIMARY KEY REFERENCES topics ON DELETE CASCADE,
    username                 TEXT NOT NULL CHECK (username ~ '^[A-Za-z0-9_]{2,32}$'),
    email                    TEXT CHECK (length(email) BETWEEN 3 AND 254),
    password_hash            TEXT,
    avatar_url               TEXT CHECK (length(avatar_url) <= 2000),
    bio                      TEXT CHECK (length(bio) <= 500),
    pronouns                 TEXT CHECK (length(pronouns) <= 40),
    status                   TEXT NOT NULL DEFAULT 'online' CHECK (status IN ('online', 'away', 'dnd', 'offline')),
    custom_status            TEXT CHECK (length(custom_status) <= 128),
    activity                 TEXT CHECK (length(activity) <= 128),
    is_admin                 BOOLEAN NOT NULL DEFAULT FALSE,
    is_bot                   BOOLEAN NOT NULL DEFAULT FALSE,
    disabled_at              TIMESTAMPTZ,
    created_at               TIMESTAMPTZ NOT NULL,
    friend_requests_from     TEXT NOT NULL DEFAULT 'everyone'
        CHECK (friend_requests_from IN ('everyone', 'servers', 'friends', 'nobody')),
    direct_messages_from     TEXT NOT NULL DEFAULT 'everyone'
        CHECK (direct_messages_from IN ('everyone', 'servers', 'friends', 'nobody')),
    send_read_receipts       BOOLEAN NOT NULL DEFAULT TRUE,
    custom_status_expires_at TIMESTAMPTZ,
    last_seen_at             TIMESTAMPTZ,
    display_name             TEXT CHECK (length(display_name) BETWEEN 1 AND 32),
    CONSTRAINT users_custom_status_expiry CHECK (custom_status_expires_at IS NULL OR custom_status IS NOT NULL)
);
CREATE UNIQUE INDEX users_username ON users (lower(username));
CREATE UNIQUE INDEX users_email ON users (lower(email));
CREATE INDEX users_custom_status_expires ON users (custom_status_expires_at)
    WHERE custom_status_expires_at IS NOT NULL;
-- People are found by how any of their names begins; the order of bytes lets one index answer that in every database.
CREATE INDEX users_username_beginning ON users (lower(username) COLLATE "C");
CREATE INDEX users_display_name_beginning ON users (lower(display_name) COLLATE "C") WHERE display_name IS NOT NULL;

-- What an author certainly had when they made a write that they named themselves: everything up to this position, or
-- nothing that is known. The name alone does not tell, since it stands behind what others wrote just before.
CREATE TABLE client_version_parents (
    topic_id       UUID   NOT NULL REFERENCES topics ON DELETE CASCADE,
    client_version TEXT   NOT NULL CHECK (client_version ~ '^[ -~]{1,200}$'),
    author_id      UUID   NOT NULL REFERENCES users ON DELETE CASCADE,
    position       BIGINT CHECK (position >= 0),
    PRIMARY KEY (topic_id, client_version, author_id)
);
CREATE INDEX client_version_parents_author ON client_version_parents (author_id);

-- One login on one device. The refresh token is kept as SHA-256 only; `previous_hash` recognises the reuse of a token
-- that was already exchanged.
CREATE TABLE sessions (
    id            UUID PRIMARY KEY,
    user_id       UUID NOT NULL REFERENCES users ON DELETE CASCADE,
    refresh_hash  BYTEA NOT NULL CHECK (octet_length(refresh_hash) = 32),
    previous_hash BYTEA CHECK (octet_length(previous_hash) = 32),
    user_agent    TEXT NOT NULL CHECK (length(user_agent) <= 400),
    created_at    TIMESTAMPTZ NOT NULL,
    refreshed_at  TIMESTAMPTZ NOT NULL,
    expires_at    TIMESTAMPTZ NOT NULL CHECK (expires_at > created_at)
);
CREATE UNIQUE INDEX sessions_refresh_hash ON sessions (refresh_hash);
CREATE INDEX sessions_previous_hash ON sessions (previous_hash);
CREATE INDEX sessions_user ON sessions (user_id, created_at);

CREATE TABLE password_resets (
    user_id    UUID PRIMARY KEY REFERENCES users ON DELETE CASCADE,
    token_hash BYTEA NOT NULL UNIQUE CHECK (octet_length(token_hash) = 32),
    expires_at TIMESTAMPTZ NOT NULL
);


-- Usage

-- A count changes with each message: room in its page keeps the update away from the indexes.
CREATE TABLE usage_tracking (
    user_id      UUID NOT NULL REFERENCES users ON DELETE CASCADE,
    metric       TEXT NOT NULL CHECK (metric IN ('messages_sent', 'documents_created', 'storage_bytes', 'api_requests')),
    period_start TIMESTAMPTZ NOT NULL,
    period_end   TIMESTAMPTZ NOT NULL CHECK (period_end > period_start),
    count        BIGINT NOT NULL DEFAULT 0 CHECK (count >= 0),
    PRIMARY KEY (user_id, metric, period_start)
) WITH (fillfactor = 70);
CREATE INDEX usage_tracking_period_end ON usage_tracking (period_end);

-- What the operator allows one account, in place of the instance's defaults; without a value there is no limit.
CREATE TABLE usage_limits (
    user_id UUID NOT NULL REFERENCES users ON DELETE CASCADE,
    metric  TEXT NOT NULL CHECK (metric IN ('messages_sent', 'documents_created', 'storage_bytes', 'api_requests')),
    value   BIGINT CHECK (value >= 0),
    PRIMARY KEY (user_id, metric)
);


-- Presence

-- Who is connected where. The processes themselves make it again, so it needs no write-ahead log.
CREATE UNLOGGED TABLE processes (
    id      UUID PRIMARY KEY,
    seen_at TIMESTAMPTZ NOT NULL
);

CREATE UNLOGGED TABLE presences (
    user_id    UUID NOT NULL REFERENCES users ON DELETE CASCADE,
    process_id UUID NOT NULL REFERENCES processes ON DELETE CASCADE,
    PRIMARY KEY (user_id, process_id)
);
CREATE INDEX presences_process ON presences (process_id);

-- What others were told last of a user's presence; `version` grows with each telling, so that the newest one is current
-- whatever order a bus keeps. Fleeting like the presences themselves.
CREATE UNLOGGED TABLE appearances (
    user_id       UUID PRIMARY KEY REFERENCES users ON DELETE CASCADE,
    status        TEXT NOT NULL DEFAULT 'offline' CHECK (status IN ('online', 'away', 'dnd', 'offline')),
    custom_status TEXT,
    activity      TEXT,
    version       BIGINT NOT NULL DEFAULT 0
);


-- Friends

-- What one person holds of another: friendship stands in both directions, a block in one. A friend's address is known
-- only if the friendship was asked for by address.
CREATE TABLE contacts (
    user_id         UUID NOT NULL REFERENCES users ON DELETE CASCADE,
    contact_user_id UUID NOT NULL REFERENCES users ON DELETE CASCADE,
    state           TEXT NOT NULL CHECK (state IN ('friend', 'blocked')),
    created_at      TIMESTAMPTZ NOT NULL,
    knows_email     BOOLEAN NOT NULL DEFAULT FALSE,
    PRIMARY KEY (user_id, contact_user_id),
    CHECK (user_id <> contact_user_id),
    CONSTRAINT contacts_knows_email CHECK (state = 'friend' OR NOT knows_email)
);
CREATE INDEX contacts_contact ON contacts (contact_user_id);

CREATE TABLE friend_requests (
    id           UUID PRIMARY KEY,
    from_user_id UUID NOT NULL REFERENCES users ON DELETE CASCADE,
    to_user_id   UUID NOT NULL REFERENCES users ON DELETE CASCADE,
    message      TEXT CHECK (length(message) <= 500),
    status       TEXT NOT NULL DEFAULT 'pending' CHECK (status IN ('pending', 'accepted', 'rejected', 'cancelled')),
    created_at   TIMESTAMPTZ NOT NULL,
    responded_at TIMESTAMPTZ,
    is_by_email  BOOLEAN NOT NULL DEFAULT FALSE,
    CHECK (from_user_id <> to_user_id),
    CHECK ((status = 'pending') = (responded_at IS NULL))
);
CREATE UNIQUE INDEX friend_requests_pending
    ON friend_requests (least(from_user_id, to_user_id), greatest(from_user_id, to_user_id))
    WHERE status = 'pending';
-- The open requests of a person, and the last ones from one person to another.
CREATE INDEX friend_requests_from ON friend_requests (from_user_id, status, created_at);
CREATE INDEX friend_requests_to ON friend_requests (to_user_id, status, created_at);
CREATE INDEX friend_requests_pair ON friend_requests (from_user_id, to_user_id);


-- Servers, their members and invites

-- `default_permissions` is what every member may do.
CREATE TABLE servers (
    id                  UUID PRIMARY KEY REFERENCES topics ON DELETE CASCADE,
    name                TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
    owner_id            UUID NOT NULL REFERENCES users ON DELETE RESTRICT,
    icon_url            TEXT CHECK (length(icon_url) <= 2000),
    is_public           BOOLEAN NOT NULL DEFAULT FALSE,
    require_invite      BOOLEAN NOT NULL DEFAULT FALSE,
    member_count        INTEGER NOT NULL DEFAULT 0 CHECK (member_count >= 0),
    created_at          TIMESTAMPTZ NOT NULL,
    updated_at          TIMESTAMPTZ NOT NULL,
    default_permissions BIGINT NOT NULL DEFAULT 123 CHECK (default_permissions BETWEEN 0 AND 32767),
    description         TEXT CHECK (length(description) BETWEEN 1 AND 500)
);
CREATE INDEX servers_owner ON servers (owner_id);
CREATE INDEX servers_public ON servers (member_count DESC, created_at DESC) WHERE is_public;

-- What moderators decided of a member's voice outlasts a call, so that leaving and coming back does not undo it.
CREATE TABLE server_members (
    server_id  UUID NOT NULL REFERENCES servers ON DELETE CASCADE,
    user_id    UUID NOT NULL REFERENCES users ON DELETE CASCADE,
    nickname   TEXT CHECK (length(nickname) BETWEEN 1 AND 32),
    joined_at  TIMESTAMPTZ NOT NULL,
    voice_mute BOOLEAN NOT NULL DEFAULT FALSE,
    voice_deaf BOOLEAN NOT NULL DEFAULT FALSE,
    PRIMARY KEY (server_id, user_id)
);
CREATE INDEX server_members_user ON server_members (user_id, joined_at);
CREATE INDEX server_members_page ON server_members (server_id, joined_at, user_id);
CREATE INDEX server_members_nickname_beginning ON server_members (server_id, lower(nickname) COLLATE "C")
    WHERE nickname IS NOT NULL;

CREATE TABLE server_invites (
    id         UUID PRIMARY KEY,
    server_id  UUID NOT NULL REFERENCES servers ON DELETE CASCADE,
    code       TEXT NOT NULL UNIQUE CHECK (code ~ '^[A-Za-z0-9]{8}$'),
    created_by UUID REFERENCES users ON DELETE SET NULL,
    max_uses   INTEGER CHECK (max_uses > 0),
    uses       INTEGER NOT NULL DEFAULT 0 CHECK (uses >= 0 AND uses <= max_uses),
    expires_at TIMESTAMPTZ,
    created_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX server_invites_server ON server_invites (server_id, created_at);
CREATE INDEX server_invites_creator ON server_invites (created_by);

-- A user who registered by an invite may join by the same one: that use is already counted.
CREATE TABLE invite_registrations (
    user_id   UUID PRIMARY KEY REFERENCES users ON DELETE CASCADE,
    invite_id UUID NOT NULL REFERENCES server_invites ON DELETE CASCADE
);
CREATE INDEX invite_registrations_invite_id ON invite_registrations (invite_id);


-- Channels

-- A channel of a server or, without a server, of a conversation, so that one message table serves both.
-- `slow_mode_seconds` is how long a member has to wait between two messages, `user_limit` how many may be in a call.
CREATE TABLE channels (
    id                UUID PRIMARY KEY REFERENCES topics ON DELETE CASCADE,
    server_id         UUID REFERENCES servers ON DELETE CASCADE,
    name              TEXT CHECK (length(name) BETWEEN 1 AND 100),
    type              TEXT NOT NULL CHECK (type IN ('text', 'voice')),
    topic             TEXT CHECK (length(topic) <= 1024),
    category          TEXT CHECK (length(category) BETWEEN 1 AND 100),
    position          INTEGER NOT NULL DEFAULT 0 CHECK (position >= 0),
    created_at        TIMESTAMPTZ NOT NULL,
    user_limit        INTEGER CHECK (user_limit BETWEEN 1 AND 99),
    slow_mode_seconds INTEGER NOT NULL DEFAULT 0 CHECK (slow_mode_seconds BETWEEN 0 AND 21600),
    CHECK (server_id IS NULL OR name IS NOT NULL),
    CHECK (user_limit IS NULL OR type = 'voice')
);
CREATE INDEX channels_server ON channels (server_id, position, created_at);

-- When a member last sent a message, in a channel where they have to wait for the next.
CREATE TABLE slow_mode_sends (
    channel_id UUID NOT NULL REFERENCES channels ON DELETE CASCADE,
    user_id    UUID NOT NULL REFERENCES users ON DELETE CASCADE,
    sent_at    TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (channel_id, user_id)
);
CREATE INDEX slow_mode_sends_user ON slow_mode_sends (user_id);


-- Permissions

CREATE TABLE roles (
    id          UUID PRIMARY KEY,
    server_id   UUID NOT NULL REFERENCES servers ON DELETE CASCADE,
    name        TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
    permissions BIGINT NOT NULL DEFAULT 0 CHECK (permissions BETWEEN 0 AND 32767),
    color       TEXT CHECK (length(color) <= 32),
    position    INTEGER NOT NULL DEFAULT 0 CHECK (position >= 0),
    created_at  TIMESTAMPTZ NOT NULL,
    UNIQUE (server_id, id)
);
CREATE INDEX roles_server ON roles (server_id, position DESC);

-- Both keys name the server, so that a member never carries another server's role.
CREATE TABLE member_roles (
    server_id UUID NOT NULL,
    user_id   UUID NOT NULL,
    role_id   UUID NOT NULL,
    PRIMARY KEY (server_id, user_id, role_id),
    FOREIGN KEY (server_id, user_id) REFERENCES server_members ON DELETE CASCADE,
    FOREIGN KEY (server_id, role_id) REFERENCES roles (server_id, id) ON DELETE CASCADE
);
CREATE INDEX member_roles_role ON member_roles (server_id, role_id);

-- What a role, a member or (neither) everybody may do otherwise in one channel.
CREATE TABLE channel_permission_overrides (
    id         UUID PRIMARY KEY,
    channel_id UUID NOT NULL REFERENCES channels ON DELETE CASCADE,
    role_id    UUID REFERENCES roles ON DELETE CASCADE,
    user_id    UUID REFERENCES users ON DELETE CASCADE,
    allow      BIGINT NOT NULL DEFAULT 0 CHECK (allow BETWEEN 0 AND 32767),
    deny       BIGINT NOT NULL DEFAULT 0 CHECK (deny BETWEEN 0 AND 32767),
    CHECK (num_nonnulls(role_id, user_id) <= 1),
    CHECK (allow & deny = 0),
    UNIQUE NULLS NOT DISTINCT (channel_id, role_id, user_id)
);
CREATE INDEX channel_permission_overrides_role ON channel_permission_overrides (role_id);
CREATE INDEX channel_permission_overrides_user ON channel_permission_overrides (user_id);


-- Messages

-- `seq` is the topic's position when the message was made and orders the history; `version` is the position of its last
-- change. `nonce` is the client's key: a repeated write finds its first row by it. `thread_reply_count` counts the
-- replies that stand; the statement that adds or deletes a reply changes its root too. `type_details` is what the
-- messenger's clients say of a message that is an image or a file elsewhere: its address, size and so on.
CREATE TABLE messages (
    id                 UUID PRIMARY KEY,
    channel_id         UUID NOT NULL REFERENCES channels ON DELETE CASCADE,
    author_id          UUID REFERENCES users ON DELETE SET NULL,
    nonce              TEXT CHECK (length(nonce) BETWEEN 1 AND 64),
    seq                BIGINT NOT NULL CHECK (seq > 0),
    version            BIGINT NOT NULL CHECK (version >= seq),
    content            TEXT NOT NULL CHECK (length(content) <= 4000),
    type               TEXT NOT NULL DEFAULT 'text' CHECK (type IN ('text', 'image', 'file', 'system')),
    reply_to           UUID REFERENCES messages ON DELETE SET NULL CHECK (reply_to <> id),
    thread_id          UUID REFERENCES messages ON DELETE CASCADE CHECK (thread_id <> id),
    mention_user_ids   UUID[] NOT NULL DEFAULT '{}',
    mention_everyone   BOOLEAN NOT NULL DEFAULT FALSE,
    edited_at          TIMESTAMPTZ,
    pinned_at          TIMESTAMPTZ,
    pinned_by          UUID REFERENCES users ON DELETE SET NULL,
    deleted_at         TIMESTAMPTZ,
    created_at         TIMESTAMPTZ NOT NULL,
    thread_reply_count INTEGER NOT NULL DEFAULT 0 CHECK (thread_reply_count >= 0),
    mention_role_ids   UUID[] NOT NULL DEFAULT '{}',
    mention_here       BOOLEAN NOT NULL DEFAULT FALSE,
    type_details       JSON CHECK (octet_length(type_details::text) <= 8000),
    CHECK (deleted_at IS NULL OR content = ''),
    CHECK (deleted_at IS NULL OR type_details IS NULL)
);
CREATE UNIQUE INDEX messages_seq ON messages (channel_id, seq);
CREATE UNIQUE INDEX messages_version ON messages (channel_id, version);
CREATE UNIQUE INDEX messages_nonce ON messages (author_id, nonce);
CREATE INDEX messages_replies ON messages (reply_to) WHERE reply_to IS NOT NULL;
CREATE INDEX messages_thread ON messages (thread_id, seq) WHERE thread_id IS NOT NULL;
CREATE INDEX messages_pinned ON messages (channel_id, pinned_at DESC) WHERE pinned_at IS NOT NULL;
CREATE INDEX messages_pinned_by ON messages (pinned_by) WHERE pinned_by IS NOT NULL;

-- What a message said before it was edited: the text that stood until `edited_at`, when `version` was made.
CREATE TABLE message_edits (
    message_id UUID        NOT NULL REFERENCES messages ON DELETE CASCADE,
    version    BIGINT      NOT NULL CHECK (version > 0),
    content    TEXT        NOT NULL CHECK (length(content) <= 4000),
    edited_at  TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (message_id, version)
);

CREATE TABLE reactions (
    message_id UUID NOT NULL REFERENCES messages ON DELETE CASCADE,
    user_id    UUID NOT NULL REFERENCES users ON DELETE CASCADE,
    emoji      TEXT NOT NULL CHECK (octet_length(emoji) BETWEEN 1 AND 64),
    created_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (message_id, emoji, user_id)
);
CREATE INDEX reactions_user ON reactions (user_id);

-- What a message calls: a user, a role, or everybody (who go by the channel's id). Unread mentions are counted along it,
-- and the inbox lists it over all places, newest first; mentions in threads are in the inbox, but not among the unread
-- mentions of a channel.
CREATE TABLE mentions (
    channel_id UUID   NOT NULL,
    target_id  UUID   NOT NULL,
    seq        BIGINT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    in_thread  BOOLEAN NOT NULL DEFAULT FALSE,
    PRIMARY KEY (channel_id, target_id, seq),
    FOREIGN KEY (channel_id, seq) REFERENCES messages (channel_id, seq) ON DELETE CASCADE
);
CREATE INDEX mentions_message ON mentions (channel_id, seq);
CREATE INDEX mentions_inbox ON mentions (target_id, created_at, channel_id, seq);

-- How far a user has read a channel.
CREATE TABLE read_marks (
    user_id    UUID   NOT NULL REFERENCES users ON DELETE CASCADE,
    channel_id UUID   NOT NULL REFERENCES channels ON DELETE CASCADE,
    position   BIGINT NOT NULL CHECK (position >= 0),
    PRIMARY KEY (user_id, channel_id)
);
CREATE INDEX read_marks_channel ON read_marks (channel_id);

-- What a user chose to be notified of in a server, a channel or a conversation, where they chose. It is named by its
-- topic, which all three have.
CREATE TABLE notification_levels (
    user_id     UUID NOT NULL REFERENCES users ON DELETE CASCADE,
    place_id    UUID NOT NULL REFERENCES topics ON DELETE CASCADE,
    kind        TEXT NOT NULL CHECK (kind IN ('server', 'channel', 'conversation')),
    level       TEXT CHECK (level IN ('all', 'mentions', 'nothing')),
    muted_until TIMESTAMPTZ,
    PRIMARY KEY (user_id, place_id),
    CHECK (level IS NOT NULL OR muted_until IS NOT NULL)
);
CREATE INDEX notification_levels_place ON notification_levels (place_id);


-- Search: messages by the words in them, in any language

-- What a message says, as search compares it: small letters without accents, one space for whatever is not part of a
-- word, and spaces around what is written in a script without spaces between words (or, like Korean, with endings),
-- emoji among them. `coterie.search.plain` does the same where the place in the original is needed; a test holds both
-- together. Only functions of PostgreSQL's own are called, since indexes and restores know no other search path.
CREATE FUNCTION search_plain(content TEXT) RETURNS TEXT
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE COST 500 AS $$
DECLARE
    plain TEXT;
BEGIN
    IF octet_length(content) = length(content) THEN
        RETURN regexp_replace(lower(content COLLATE "C"), '[^a-z0-9]+', ' ', 'g');
    END IF;
    plain := lower(normalize(content, NFKD));
    plain := regexp_replace(plain, '[\u00ad\u0300-\u0305\u0307-\u036f\u0483-\u0487\u0591-\u05bd\u05bf\u05c1-\u05c2\u05c4-\u05c5\u05c7\u0610-\u061a\u0640\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e4\u06e7-\u06e8\u06ea-\u06ed\u200b-\u200f\u202a-\u202e\u2060-\u206f\u20d0-\u20f0\ufe00-\ufe0f\ufeff\U0001f3fb-\U0001f3ff\U000e0020-\U000e007f]|(?<!и)\u0306', '', 'g');
    plain := normalize(plain, NFKC);
    plain := replace(replace(replace(plain, 'ß', 'ss'), 'æ', 'ae'), 'œ', 'oe');
    plain := replace(replace(replace(replace(plain, 'ø', 'o'), 'ł', 'l'), 'ı', 'i'), 'ς', 'σ');
    plain := regexp_replace(plain, '[\u0001-\u002f\u003a-\u0040\u005b-\u0060\u007b-\u00bf\u00d7\u00f7\u02c2-\u02c5\u02d2-\u02eb\u02ed\u02ef-\u02ff\u0375\u03f6\u0482\u055a-\u055f\u0589-\u05c6\u05f3-\u061f\u066a-\u066d\u06d4\u06dd-\u06de\u06e9\u06fd-\u06fe\u0964-\u0965\u0970\u10fb\u1360-\u1368\u1390-\u1399\u17d4-\u17d6\u17d8-\u17db\u1800-\u180a\u180e\u2010-\u212e\u213a-\u214d\u214f\u218a-\u22ff\u2400-\u244a\u2500-\u25ff\u27c0-\u2aff\u2ce5-\u2cea\u2cf9-\u2cfc\u2cfe-\u2cff\u2d70\u2e00-\u2e2e\u2e30-\u2e5d\u2ff0-\u3004\u3008-\u3020\u3030\u3037\u303d-\u303f\u30a0\u30fb\ufbb2-\ufdff\ufe45-\ufe46\ufff9-\ufffd]+', ' ', 'g');
    IF plain ~ '[\u0e00-\u0eff\u0f40-\u0fff\u1000-\u109f\u1100-\u11ff\u1780-\u17d3\u17d7\u17dc-\u17dd\u1a20-\u1aaf\u2300-\u23ff\u2600-\u27bf\u2b00-\u2bff\u2e80-\u2fdf\u3005-\u3007\u3021-\u302f\u3031-\u3035\u3038-\u303c\u3041-\u3096\u3099-\u309a\u309d-\u309f\u30a1-\u30fa\u30fc-\u33ff\u3400-\ua4cf\ua960-\ua97f\uaa60-\uaa7f\uac00-\ud7ff\uf900-\ufaff\U0001b000-\U0001b2ff\U0001f000-\U0001faff\U00020000-\U0003ffff]' THEN
        plain := regexp_replace(plain, '[\u0e00-\u0eff\u0f40-\u0fff\u1000-\u109f\u1100-\u11ff\u1780-\u17d3\u17d7\u17dc-\u17dd\u1a20-\u1aaf\u2300-\u23ff\u2600-\u27bf\u2b00-\u2bff\u2e80-\u2fdf\u3005-\u3007\u3021-\u302f\u3031-\u3035\u3038-\u303c\u3041-\u3096\u3099-\u309a\u309d-\u309f\u30a1-\u30fa\u30fc-\u33ff\u3400-\ua4cf\ua960-\ua97f\uaa60-\uaa7f\uac00-\ud7ff\uf900-\ufaff\U0001b000-\U0001b2ff\U0001f000-\U0001faff\U00020000-\U0003ffff]+', ' \& ', 'g');
        plain := regexp_replace(plain, ' +', ' ', 'g');
    END IF;
    RETURN plain;
END $$;

-- The words of a plain text, cut off after 40 characters; of a script without spaces every two neighbours, and the
-- first and last alone.
CREATE FUNCTION search_split(plain TEXT) RETURNS TEXT[]
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE COST 200 AS $$
BEGIN
    IF octet_length(plain) <> length(plain) THEN
        plain := regexp_replace(plain, '[\u0e00-\u0eff\u0f40-\u0fff\u1000-\u109f\u1100-\u11ff\u1780-\u17d3\u17d7\u17dc-\u17dd\u1a20-\u1aaf\u2300-\u23ff\u2600-\u27bf\u2b00-\u2bff\u2e80-\u2fdf\u3005-\u3007\u3021-\u302f\u3031-\u3035\u3038-\u303c\u3041-\u3096\u3099-\u309a\u309d-\u309f\u30a1-\u30fa\u30fc-\u33ff\u3400-\ua4cf\ua960-\ua97f\uaa60-\uaa7f\uac00-\ud7ff\uf900-\ufaff\U0001b000-\U0001b2ff\U0001f000-\U0001faff\U00020000-\U0003ffff]', '\& \&', 'g');
    END IF;
    IF plain ~ '[^ ]{41}' THEN
        plain := regexp_replace(plain, '([^ ]{40})[^ ]+', '\1', 'g');
    END IF;
    RETURN array_remove(string_to_array(plain, ' '), '');
END $$;

-- All words by which a message is found; getUserName by its parts too.
CREATE FUNCTION search_words(content TEXT) RETURNS TSVECTOR
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE COST 700
RETURN array_to_tsvector(search_split(search_plain(content)) || CASE WHEN content ~ '[a-z0-9][A-Z]'
    THEN search_split(search_plain(regexp_replace(content, '([a-z0-9])([A-Z])', '\1 \2', 'g'))) ELSE '{}' END);

-- An insert only notes its words in the index's pending list, which a task of the server empties every few seconds;
-- the limit is where an insert would have to do that itself.
CREATE INDEX messages_words ON messages USING gin (search_words(content))
    WITH (fastupdate = on, gin_pending_list_limit = 16384);

-- What has very many hits is looked for among the newest messages first.
CREATE INDEX messages_created ON messages (created_at);

CREATE INDEX messages_mentions ON messages USING gin (mention_user_ids) WHERE mention_user_ids <> '{}';


-- Files and emoji

-- `placeholder` is what a client shows of an image before it has it: a picture of a few pixels, as a data: address.
CREATE TABLE attachments (
    id             UUID PRIMARY KEY,
    message_id     UUID NOT NULL REFERENCES messages ON DELETE CASCADE,
    filename       TEXT NOT NULL CHECK (length(filename) BETWEEN 1 AND 255),
    stored_as      TEXT NOT NULL CHECK (length(stored_as) BETWEEN 1 AND 200 AND stored_as NOT LIKE '%/%'),
    file_size      BIGINT NOT NULL CHECK (file_size > 0),
    mime_type      TEXT NOT NULL CHECK (length(mime_type) BETWEEN 3 AND 100),
    width          INTEGER CHECK (width > 0),
    height         INTEGER CHECK (height > 0),
    created_at     TIMESTAMPTZ NOT NULL,
    thumbnail_size INTEGER CHECK (thumbnail_size > 0),
    placeholder    TEXT CHECK (length(placeholder) <= 2000),
    UNIQUE (message_id, stored_as)
);
-- Messages are searched for by the kind of their files (has:video), of which there may be few among many.
CREATE INDEX attachments_mime_type ON attachments (mime_type text_pattern_ops, message_id);

CREATE TABLE custom_emojis (
    id           UUID PRIMARY KEY,
    server_id    UUID NOT NULL REFERENCES servers ON DELETE CASCADE,
    created_by   UUID REFERENCES users ON DELETE SET NULL,
    name         TEXT NOT NULL CHECK (name ~ '^[a-z0-9_-]{1,32}$'),
    content_type TEXT NOT NULL CHECK (length(content_type) BETWEEN 3 AND 100),
    file_size    INTEGER NOT NULL CHECK (file_size > 0),
    created_at   TIMESTAMPTZ NOT NULL
);
CREATE UNIQUE INDEX custom_emojis_name ON custom_emojis (server_id, name);
CREATE INDEX custom_emojis_created_by ON custom_emojis (created_by) WHERE created_by IS NOT NULL;

-- Every object in the file storage has a row here from before it is written until after it is removed. One that nothing
-- refers to (any more) is removed when `keep_until` is past: an upload that was given up, or what went with its message,
-- channel, server or account. Their removal clears the reference, and that is all it takes.
CREATE TABLE files (
    id            UUID PRIMARY KEY,
    owner_id      UUID REFERENCES users ON DELETE SET NULL,
    size          BIGINT NOT NULL CHECK (size >= 0),
    keep_until    TIMESTAMPTZ NOT NULL,
    attachment_id UUID REFERENCES attachments ON DELETE SET NULL,
    avatar_of     UUID REFERENCES users ON DELETE SET NULL,
    icon_of       UUID REFERENCES servers ON DELETE SET NULL,
    emoji_id      UUID REFERENCES custom_emojis ON DELETE SET NULL,
    CHECK (num_nonnulls(attachment_id, avatar_of, icon_of, emoji_id) <= 1)
);
CREATE INDEX files_owner ON files (owner_id) WHERE owner_id IS NOT NULL;
CREATE UNIQUE INDEX files_attachment ON files (attachment_id) WHERE attachment_id IS NOT NULL;
CREATE UNIQUE INDEX files_avatar ON files (avatar_of) WHERE avatar_of IS NOT NULL;
CREATE UNIQUE INDEX files_icon ON files (icon_of) WHERE icon_of IS NOT NULL;
CREATE UNIQUE INDEX files_emoji ON files (emoji_id) WHERE emoji_id IS NOT NULL;
CREATE INDEX files_unused ON files (keep_until)
    WHERE attachment_id IS NULL AND avatar_of IS NULL AND icon_of IS NULL AND emoji_id IS NULL;


-- Conversations

-- A direct conversation names its two people in order, so that a pair has exactly one.
CREATE TABLE conversations (
    id          UUID PRIMARY KEY REFERENCES channels ON DELETE CASCADE,
    is_direct   BOOLEAN NOT NULL,
    direct_low  UUID REFERENCES users ON DELETE SET NULL,
    direct_high UUID REFERENCES users ON DELETE SET NULL,
    owner_id    UUID REFERENCES users ON DELETE SET NULL,
    description TEXT CHECK (length(description) <= 1024),
    CHECK (direct_low < direct_high),
    CHECK (is_direct OR (direct_low IS NULL AND direct_high IS NULL))
);
CREATE UNIQUE INDEX conversations_direct ON conversations (direct_low, direct_high);
CREATE INDEX conversations_direct_high ON conversations (direct_high);
CREATE INDEX conversations_owner ON conversations (owner_id);

-- A conversation is hidden from a participant until there is a message behind `hidden_position`. Up to where everything
-- has reached their devices, and up to where they have read it: both only move forward.
CREATE TABLE conversation_participants (
    conversation_id    UUID NOT NULL REFERENCES conversations ON DELETE CASCADE,
    user_id            UUID NOT NULL REFERENCES users ON DELETE CASCADE,
    joined_at          TIMESTAMPTZ NOT NULL,
    hidden_position    BIGINT CHECK (hidden_position >= 0),
    delivered_position BIGINT NOT NULL DEFAULT 0 CHECK (delivered_position >= 0),
    delivered_at       TIMESTAMPTZ,
    read_position      BIGINT NOT NULL DEFAULT 0 CHECK (read_position >= 0),
    read_at            TIMESTAMPTZ,
    PRIMARY KEY (conversation_id, user_id)
);
CREATE INDEX conversation_participants_user ON conversation_participants (user_id);


-- Shared documents

-- A text that is written together, in a channel or conversation. Its own topic has one position for each edit. `length`
-- is in code points; `frontier` are the version ids that together name the text as it stands. While its channel was not
-- told of the last edits, which it is from time to time, it `is_untold`.
CREATE TABLE documents (
    id          UUID PRIMARY KEY REFERENCES topics ON DELETE CASCADE,
    channel_id  UUID        NOT NULL REFERENCES channels ON DELETE CASCADE,
    title       TEXT        NOT NULL CHECK (length(title) BETWEEN 1 AND 100),
    created_by  UUID        REFERENCES users ON DELETE SET NULL,
    created_at  TIMESTAMPTZ NOT NULL,
    updated_by  UUID        REFERENCES users ON DELETE SET NULL,
    updated_at  TIMESTAMPTZ NOT NULL,
    is_pinned   BOOLEAN     NOT NULL DEFAULT FALSE,
    archived_at TIMESTAMPTZ,
    length      INTEGER     NOT NULL DEFAULT 0 CHECK (length >= 0),
    frontier    TEXT[]      NOT NULL CHECK (cardinality(frontier) > 0),
    is_untold   BOOLEAN     NOT NULL DEFAULT FALSE,
    told_at     TIMESTAMPTZ NOT NULL
);
CREATE INDEX documents_channel ON documents (channel_id, is_pinned DESC, updated_at DESC);
CREATE INDEX documents_created_by ON documents (created_by);
CREATE INDEX documents_updated_by ON documents (updated_by);
CREATE INDEX documents_untold ON documents (told_at) WHERE is_untold;

-- One accepted edit. A version id is agent-seq and stands for the whole run of `size` code points that ends with it.
-- `patches` are as they were sent, for the text at `parents`; `applied` the same moved to the text at the position
-- before (null: no different); `bridge` leads from the author's own text then to the text at this position (null: they
-- are the same); `base` is the position up to which the author had everything. `engine` are the bytes of the text's
-- engine, which build on the snapshot at `epoch` (0: on nothing) and on what came between.
CREATE TABLE document_edits (
    document_id UUID        NOT NULL REFERENCES documents ON DELETE CASCADE,
    position    BIGINT      NOT NULL CHECK (position > 0),
    agent       TEXT        NOT NULL CHECK (length(agent) BETWEEN 1 AND 49),
    seq         BIGINT      NOT NULL CHECK (seq >= -1),
    size        INTEGER     NOT NULL CHECK (size >= 0 AND size <= seq + 1),
    inserted    INTEGER     NOT NULL CHECK (inserted BETWEEN 0 AND size),
    parents     TEXT[]      NOT NULL,
    patches     JSON        NOT NULL,
    applied     JSON,
    bridge      JSON,
    base        BIGINT      NOT NULL CHECK (base >= 0 AND base < position),
    frontier    TEXT[]      NOT NULL CHECK (cardinality(frontier) > 0),
    engine      BYTEA       NOT NULL,
    epoch       BIGINT      NOT NULL CHECK (epoch >= 0 AND epoch < position),
    peer        TEXT        CHECK (length(peer) <= 200),
    user_id     UUID        REFERENCES users ON DELETE SET NULL,
    created_at  TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (document_id, position)
);
CREATE UNIQUE INDEX document_edits_version ON document_edits (document_id, agent, seq);
CREATE INDEX document_edits_user ON document_edits (user_id);

-- A document as it stood at a position, so that no more than the edits since have to be read: its text in UTF-8, and
-- from which edits that came, as pairs of a length and a position.
CREATE TABLE document_snapshots (
    document_id UUID   NOT NULL REFERENCES documents ON DELETE CASCADE,
    position    BIGINT NOT NULL CHECK (position > 0),
    text        BYTEA  NOT NULL,
    authors     JSON   NOT NULL,
    PRIMARY KEY (document_id, position)
);


-- Voice

-- A seat in a voice channel belongs to the session that took it, and is held by the process to which a socket of that
-- session is connected; `left_at` is since when there is none. Neither is a foreign key: a seat that ends without being
-- announced would stay on every screen.
CREATE TABLE voice_states (
    user_id     UUID PRIMARY KEY REFERENCES users ON DELETE CASCADE,
    channel_id  UUID NOT NULL REFERENCES channels ON DELETE CASCADE,
    self_mute   BOOLEAN NOT NULL DEFAULT FALSE,
    self_deaf   BOOLEAN NOT NULL DEFAULT FALSE,
    self_video  BOOLEAN NOT NULL DEFAULT FALSE,
    self_screen BOOLEAN NOT NULL DEFAULT FALSE,
    server_mute BOOLEAN NOT NULL DEFAULT FALSE,
    server_deaf BOOLEAN NOT NULL DEFAULT FALSE,
    joined_at   TIMESTAMPTZ NOT NULL,
    can_speak   BOOLEAN NOT NULL DEFAULT TRUE,
    session_id  UUID NOT NULL,
    process_id  UUID,
    left_at     TIMESTAMPTZ,
    CHECK (num_nonnulls(process_id, left_at) = 1)
);
CREATE INDEX voice_states_channel ON voice_states (channel_id, joined_at);
CREATE INDEX voice_states_session ON voice_states (session_id);
CREATE INDEX voice_states_process ON voice_states (process_id) WHERE process_id IS NOT NULL;
CREATE INDEX voice_states_left ON voice_states (left_at) WHERE left_at IS NOT NULL;

-- A screen or camera that is shown to a whole channel; it ends with its broadcaster's seat.
CREATE TABLE go_live_sessions (
    channel_id     UUID PRIMARY KEY REFERENCES channels ON DELETE CASCADE,
    broadcaster_id UUID NOT NULL UNIQUE REFERENCES voice_states ON DELETE CASCADE,
    quality        TEXT NOT NULL CHECK (quality IN ('480p', '720p', '1080p')),
    started_at     TIMESTAMPTZ NOT NULL
);


-- Moderation and audit

-- A timeout outlasts a membership, so that leaving does not end it.
CREATE TABLE member_timeouts (
    server_id  UUID NOT NULL REFERENCES servers ON DELETE CASCADE,
    user_id    UUID NOT NULL REFERENCES users ON DELETE CASCADE,
    expires_at TIMESTAMPTZ NOT NULL,
    reason     TEXT CHECK (length(reason) <= 512),
    created_by UUID REFERENCES users ON DELETE SET NULL,
    created_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (server_id, user_id)
);
CREATE INDEX member_timeouts_user ON member_timeouts (user_id);
CREATE INDEX member_timeouts_creator ON member_timeouts (created_by);

-- Who may not join a server (again); they need not have been a member.
CREATE TABLE server_bans (
    server_id  UUID NOT NULL REFERENCES servers ON DELETE CASCADE,
    user_id    UUID NOT NULL REFERENCES users ON DELETE CASCADE,
    banned_by  UUID REFERENCES users ON DELETE SET NULL,
    reason     TEXT CHECK (length(reason) <= 512),
    created_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (server_id, user_id)
);
CREATE INDEX server_bans_page ON server_bans (server_id, created_at);
CREATE INDEX server_bans_user ON server_bans (user_id);
CREATE INDEX server_bans_banner ON server_bans (banned_by);

-- A user's messages are to be removed from a server, or to be brought back: worked off in batches, so that it is
-- finished even if the process that began it dies. The channels are gone through in the order of their ids, each from
-- its end: those before `channel_id` are done, and of this one what stands at `before_seq` and behind it.
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

-- What a message was before a ban removed it, kept until the removal is forgotten. `parts` are its reactions, files,
-- earlier texts, and what it called.
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


-- The instance, the messenger and imports

-- `chat_channel_id` is the channel that the messenger's /chat is, while the operator has it switched on.
CREATE TABLE instance_settings (
    id                SMALLINT PRIMARY KEY DEFAULT 1 CHECK (id = 1),
    registration_mode TEXT NOT NULL DEFAULT 'open' CHECK (registration_mode IN ('open', 'invite_only', 'closed')),
    updated_at        TIMESTAMPTZ NOT NULL DEFAULT now(),
    updated_by        UUID REFERENCES users ON DELETE SET NULL,
    chat_channel_id   UUID REFERENCES channels ON DELETE SET NULL
);
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

-- What was brought along from other chat servers: how far each import is, which id became which (of messages only where
-- the id had to change), and what was left out or changed, with the reason.
CREATE TABLE imports (
    id          UUID PRIMARY KEY,
    kind        TEXT NOT NULL CHECK (kind IN ('xfchat', 'together')),
    source      TEXT NOT NULL CHECK (length(source) BETWEEN 1 AND 100),
    stage       TEXT CHECK (length(stage) <= 100),
    last_key    TEXT[],
    begun_at    TIMESTAMPTZ NOT NULL,
    finished_at TIMESTAMPTZ,
    UNIQUE (kind, source)
);

CREATE TABLE import_ids (
    import_id UUID NOT NULL REFERENCES imports ON DELETE CASCADE,
    kind      TEXT NOT NULL CHECK (length(kind) BETWEEN 1 AND 100),
    old_id    TEXT NOT NULL CHECK (length(old_id) BETWEEN 1 AND 300),
    new_id    UUID NOT NULL,
    PRIMARY KEY (import_id, kind, old_id)
);

CREATE TABLE import_notes (
    import_id UUID NOT NULL REFERENCES imports ON DELETE CASCADE,
    kind      TEXT NOT NULL CHECK (length(kind) BETWEEN 1 AND 100),
    old_id    TEXT NOT NULL CHECK (length(old_id) BETWEEN 1 AND 300),
    reason    TEXT NOT NULL CHECK (length(reason) BETWEEN 1 AND 200),
    is_left   BOOLEAN NOT NULL,
    detail    TEXT NOT NULL CHECK (length(detail) <= 300),
    PRIMARY KEY (import_id, kind, old_id, reason)
);
