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

-- What a client shows of an image before it has it: a picture of a few pixels, as a data: address.
ALTER TABLE attachments
    ADD COLUMN thumbnail_size INTEGER CHECK (thumbnail_size > 0),
    ADD COLUMN placeholder TEXT CHECK (length(placeholder) <= 2000);
