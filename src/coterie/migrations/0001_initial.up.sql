-- The first schema. Identifiers are UUIDs made by the application, in time order; every time is TIMESTAMPTZ.
-- A conversation is a channel without a server, so that one message table serves both.

-- A topic is one ordered history: a channel's messages, a server's structure, a user's own affairs.
-- It shares its id with the row it belongs to, which lives and dies with it.
CREATE TABLE topics (
    id       UUID PRIMARY KEY,
    kind     TEXT   NOT NULL CHECK (kind IN ('channel', 'server', 'user')),
    position BIGINT NOT NULL DEFAULT 0 CHECK (position >= 0),
    floor    BIGINT NOT NULL DEFAULT 0 CHECK (floor >= 0 AND floor <= position)
) WITH (fillfactor = 50);

-- The newest change of each key of a topic whose values have no table with positions of their own.
-- A value of null says that the key was removed.
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

CREATE TABLE users (
    id            UUID PRIMARY KEY REFERENCES topics ON DELETE CASCADE,
    username      TEXT NOT NULL CHECK (username ~ '^[A-Za-z0-9_]{2,32}$'),
    email         TEXT CHECK (length(email) BETWEEN 3 AND 254),
    password_hash TEXT,
    avatar_url    TEXT CHECK (length(avatar_url) <= 2000),
    bio           TEXT CHECK (length(bio) <= 500),
    pronouns      TEXT CHECK (length(pronouns) <= 40),
    status        TEXT NOT NULL DEFAULT 'online' CHECK (status IN ('online', 'away', 'dnd', 'offline')),
    custom_status TEXT CHECK (length(custom_status) <= 128),
    activity      TEXT CHECK (length(activity) <= 128),
    is_admin      BOOLEAN NOT NULL DEFAULT FALSE,
    is_bot        BOOLEAN NOT NULL DEFAULT FALSE,
    disabled_at   TIMESTAMPTZ,
    created_at    TIMESTAMPTZ NOT NULL
);
CREATE UNIQUE INDEX users_username ON users (lower(username));
CREATE UNIQUE INDEX users_email ON users (lower(email));

CREATE TABLE instance_settings (
    id                SMALLINT PRIMARY KEY DEFAULT 1 CHECK (id = 1),
    registration_mode TEXT NOT NULL DEFAULT 'open' CHECK (registration_mode IN ('open', 'invite_only', 'closed')),
    updated_at        TIMESTAMPTZ NOT NULL DEFAULT now(),
    updated_by        UUID REFERENCES users ON DELETE SET NULL
);

-- One login on one device. The refresh token is kept as SHA-256 only; `previous_hash` recognises the reuse
-- of a token that was already exchanged.
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

CREATE TABLE servers (
    id             UUID PRIMARY KEY REFERENCES topics ON DELETE CASCADE,
    name           TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
    owner_id       UUID NOT NULL REFERENCES users ON DELETE RESTRICT,
    icon_url       TEXT CHECK (length(icon_url) <= 2000),
    is_public      BOOLEAN NOT NULL DEFAULT FALSE,
    require_invite BOOLEAN NOT NULL DEFAULT FALSE,
    member_count   INTEGER NOT NULL DEFAULT 0 CHECK (member_count >= 0),
    created_at     TIMESTAMPTZ NOT NULL,
    updated_at     TIMESTAMPTZ NOT NULL
);
CREATE INDEX servers_owner ON servers (owner_id);
CREATE INDEX servers_public ON servers (member_count DESC, created_at DESC) WHERE is_public;

CREATE TABLE server_members (
    server_id UUID NOT NULL REFERENCES servers ON DELETE CASCADE,
    user_id   UUID NOT NULL REFERENCES users ON DELETE CASCADE,
    nickname  TEXT CHECK (length(nickname) BETWEEN 1 AND 32),
    joined_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (server_id, user_id)
);
CREATE INDEX server_members_user ON server_members (user_id, joined_at);
CREATE INDEX server_members_page ON server_members (server_id, joined_at, user_id);

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

-- A channel of a server, or (server_id null) the place of a conversation.
CREATE TABLE channels (
    id         UUID PRIMARY KEY REFERENCES topics ON DELETE CASCADE,
    server_id  UUID REFERENCES servers ON DELETE CASCADE,
    name       TEXT CHECK (length(name) BETWEEN 1 AND 100),
    type       TEXT NOT NULL CHECK (type IN ('text', 'voice')),
    topic      TEXT CHECK (length(topic) <= 1024),
    category   TEXT CHECK (length(category) BETWEEN 1 AND 100),
    position   INTEGER NOT NULL DEFAULT 0 CHECK (position >= 0),
    created_at TIMESTAMPTZ NOT NULL,
    CHECK (server_id IS NULL OR name IS NOT NULL)
);
CREATE INDEX channels_server ON channels (server_id, position, created_at);

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

CREATE TABLE channel_permission_overrides (
    id         UUID PRIMARY KEY,
    channel_id UUID NOT NULL REFERENCES channels ON DELETE CASCADE,
    role_id    UUID REFERENCES roles ON DELETE CASCADE,
    user_id    UUID REFERENCES users ON DELETE CASCADE,
    allow      BIGINT NOT NULL DEFAULT 0 CHECK (allow BETWEEN 0 AND 32767),
    deny       BIGINT NOT NULL DEFAULT 0 CHECK (deny BETWEEN 0 AND 32767),
    CHECK (num_nonnulls(role_id, user_id) = 1),
    CHECK (allow & deny = 0),
    UNIQUE NULLS NOT DISTINCT (channel_id, role_id, user_id)
);
CREATE INDEX channel_permission_overrides_role ON channel_permission_overrides (role_id);
CREATE INDEX channel_permission_overrides_user ON channel_permission_overrides (user_id);

-- `seq` is the topic's position when the message was made and orders the history; `version` is the position
-- of its last change. `nonce` is the client's key: a repeated write finds its first row by it.
CREATE TABLE messages (
    id               UUID PRIMARY KEY,
    channel_id       UUID NOT NULL REFERENCES channels ON DELETE CASCADE,
    author_id        UUID REFERENCES users ON DELETE SET NULL,
    nonce            TEXT CHECK (length(nonce) BETWEEN 1 AND 64),
    seq              BIGINT NOT NULL CHECK (seq > 0),
    version          BIGINT NOT NULL CHECK (version >= seq),
    content          TEXT NOT NULL CHECK (length(content) <= 4000),
    type             TEXT NOT NULL DEFAULT 'text' CHECK (type IN ('text', 'image', 'file', 'system')),
    reply_to         UUID REFERENCES messages ON DELETE SET NULL CHECK (reply_to <> id),
    thread_id        UUID REFERENCES messages ON DELETE CASCADE CHECK (thread_id <> id),
    mention_user_ids UUID[] NOT NULL DEFAULT '{}',
    mention_everyone BOOLEAN NOT NULL DEFAULT FALSE,
    edited_at        TIMESTAMPTZ,
    pinned_at        TIMESTAMPTZ,
    pinned_by        UUID REFERENCES users ON DELETE SET NULL,
    deleted_at       TIMESTAMPTZ,
    created_at       TIMESTAMPTZ NOT NULL,
    CHECK (deleted_at IS NULL OR content = '')
);
CREATE UNIQUE INDEX messages_seq ON messages (channel_id, seq);
CREATE UNIQUE INDEX messages_version ON messages (channel_id, version);
CREATE UNIQUE INDEX messages_nonce ON messages (author_id, nonce);
CREATE INDEX messages_replies ON messages (reply_to) WHERE reply_to IS NOT NULL;
CREATE INDEX messages_thread ON messages (thread_id, seq) WHERE thread_id IS NOT NULL;
CREATE INDEX messages_pinned ON messages (channel_id, pinned_at DESC) WHERE pinned_at IS NOT NULL;
CREATE INDEX messages_pinned_by ON messages (pinned_by) WHERE pinned_by IS NOT NULL;

CREATE TABLE reactions (
    message_id UUID NOT NULL REFERENCES messages ON DELETE CASCADE,
    user_id    UUID NOT NULL REFERENCES users ON DELETE CASCADE,
    emoji      TEXT NOT NULL CHECK (octet_length(emoji) BETWEEN 1 AND 64),
    created_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (message_id, emoji, user_id)
);
CREATE INDEX reactions_user ON reactions (user_id);

CREATE TABLE attachments (
    id         UUID PRIMARY KEY,
    message_id UUID NOT NULL REFERENCES messages ON DELETE CASCADE,
    filename   TEXT NOT NULL CHECK (length(filename) BETWEEN 1 AND 255),
    stored_as  TEXT NOT NULL CHECK (length(stored_as) BETWEEN 1 AND 200 AND stored_as NOT LIKE '%/%'),
    file_size  BIGINT NOT NULL CHECK (file_size > 0),
    mime_type  TEXT NOT NULL CHECK (length(mime_type) BETWEEN 3 AND 100),
    width      INTEGER CHECK (width > 0),
    height     INTEGER CHECK (height > 0),
    created_at TIMESTAMPTZ NOT NULL,
    UNIQUE (message_id, stored_as)
);

CREATE TABLE voice_states (
    user_id     UUID PRIMARY KEY REFERENCES users ON DELETE CASCADE,
    channel_id  UUID NOT NULL REFERENCES channels ON DELETE CASCADE,
    self_mute   BOOLEAN NOT NULL DEFAULT FALSE,
    self_deaf   BOOLEAN NOT NULL DEFAULT FALSE,
    self_video  BOOLEAN NOT NULL DEFAULT FALSE,
    self_screen BOOLEAN NOT NULL DEFAULT FALSE,
    server_mute BOOLEAN NOT NULL DEFAULT FALSE,
    server_deaf BOOLEAN NOT NULL DEFAULT FALSE,
    joined_at   TIMESTAMPTZ NOT NULL
);
CREATE INDEX voice_states_channel ON voice_states (channel_id, joined_at);

-- A direct conversation names its two people in order, so that a pair has exactly one.
CREATE TABLE conversations (
    id               UUID PRIMARY KEY REFERENCES channels ON DELETE CASCADE,
    is_direct        BOOLEAN NOT NULL,
    direct_low       UUID REFERENCES users ON DELETE SET NULL,
    direct_high      UUID REFERENCES users ON DELETE SET NULL,
    owner_id         UUID REFERENCES users ON DELETE SET NULL,
    description      TEXT CHECK (length(description) <= 1024),
    last_activity_at TIMESTAMPTZ NOT NULL,
    CHECK (direct_low < direct_high),
    CHECK (is_direct OR (direct_low IS NULL AND direct_high IS NULL))
);
CREATE UNIQUE INDEX conversations_direct ON conversations (direct_low, direct_high);
CREATE INDEX conversations_direct_high ON conversations (direct_high);
CREATE INDEX conversations_owner ON conversations (owner_id);

CREATE TABLE conversation_participants (
    conversation_id UUID NOT NULL REFERENCES conversations ON DELETE CASCADE,
    user_id         UUID NOT NULL REFERENCES users ON DELETE CASCADE,
    joined_at       TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (conversation_id, user_id)
);
CREATE INDEX conversation_participants_user ON conversation_participants (user_id);

CREATE TABLE friend_requests (
    id           UUID PRIMARY KEY,
    from_user_id UUID NOT NULL REFERENCES users ON DELETE CASCADE,
    to_user_id   UUID NOT NULL REFERENCES users ON DELETE CASCADE,
    message      TEXT CHECK (length(message) <= 500),
    status       TEXT NOT NULL DEFAULT 'pending' CHECK (status IN ('pending', 'accepted', 'rejected', 'cancelled')),
    created_at   TIMESTAMPTZ NOT NULL,
    responded_at TIMESTAMPTZ,
    CHECK (from_user_id <> to_user_id),
    CHECK ((status = 'pending') = (responded_at IS NULL))
);
CREATE UNIQUE INDEX friend_requests_pending
    ON friend_requests (least(from_user_id, to_user_id), greatest(from_user_id, to_user_id))
    WHERE status = 'pending';
CREATE INDEX friend_requests_from ON friend_requests (from_user_id, created_at);
CREATE INDEX friend_requests_to ON friend_requests (to_user_id, created_at);

-- What one person holds of another: friendship stands in both directions, a block in one.
CREATE TABLE contacts (
    user_id         UUID NOT NULL REFERENCES users ON DELETE CASCADE,
    contact_user_id UUID NOT NULL REFERENCES users ON DELETE CASCADE,
    state           TEXT NOT NULL CHECK (state IN ('friend', 'blocked')),
    created_at      TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (user_id, contact_user_id),
    CHECK (user_id <> contact_user_id)
);
CREATE INDEX contacts_contact ON contacts (contact_user_id);

CREATE TABLE usage_tracking (
    user_id      UUID NOT NULL REFERENCES users ON DELETE CASCADE,
    metric       TEXT NOT NULL CHECK (metric IN ('messages_sent', 'documents_created', 'storage_bytes', 'api_requests')),
    period_start TIMESTAMPTZ NOT NULL,
    period_end   TIMESTAMPTZ NOT NULL CHECK (period_end > period_start),
    count        BIGINT NOT NULL DEFAULT 0 CHECK (count >= 0),
    PRIMARY KEY (user_id, metric, period_start)
);

-- Who is connected where. Rebuilt by the processes themselves, so it needs no write-ahead log.
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
