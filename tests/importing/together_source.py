"""A database as Together leaves it, and a community in it. Without foreign keys, so that something may be missing."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from coterie.database.pool import OwnConnection
from tests.importing.xfchat_source import HASH, at, id_of

SCHEMA: Final = """
CREATE TABLE users (
    id UUID PRIMARY KEY, username TEXT UNIQUE NOT NULL, email TEXT UNIQUE, password_hash TEXT NOT NULL, avatar_url TEXT,
    status TEXT NOT NULL DEFAULT 'offline', custom_status TEXT, bio TEXT, pronouns TEXT, activity TEXT,
    is_admin BOOLEAN NOT NULL DEFAULT FALSE, is_bot BOOLEAN NOT NULL DEFAULT FALSE,
    disabled BOOLEAN NOT NULL DEFAULT FALSE, disabled_at TIMESTAMPTZ,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(), updated_at TIMESTAMPTZ NOT NULL DEFAULT now());
CREATE TABLE sessions (id UUID PRIMARY KEY, user_id UUID NOT NULL);
CREATE TABLE servers (
    id UUID PRIMARY KEY, name TEXT NOT NULL, owner_id UUID NOT NULL, icon_url TEXT, is_public BOOLEAN DEFAULT FALSE,
    require_invite BOOLEAN DEFAULT FALSE, created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    updated_at TIMESTAMPTZ NOT NULL DEFAULT now());
CREATE TABLE server_members (
    user_id UUID NOT NULL, server_id UUID NOT NULL, nickname TEXT, joined_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (user_id, server_id));
CREATE TABLE channels (
    id UUID PRIMARY KEY, server_id UUID NOT NULL, name TEXT NOT NULL, type TEXT NOT NULL, category TEXT,
    position INT NOT NULL DEFAULT 0, topic TEXT, created_at TIMESTAMPTZ NOT NULL);
CREATE TABLE roles (
    id UUID PRIMARY KEY, server_id UUID NOT NULL, name TEXT NOT NULL, permissions BIGINT NOT NULL DEFAULT 0, color TEXT,
    position INT NOT NULL DEFAULT 0, created_at TIMESTAMPTZ NOT NULL);
CREATE TABLE member_roles (user_id UUID, server_id UUID, role_id UUID, PRIMARY KEY (user_id, server_id, role_id));
CREATE TABLE channel_permission_overrides (
    id UUID PRIMARY KEY, channel_id UUID NOT NULL, role_id UUID, user_id UUID, allow BIGINT NOT NULL,
    deny BIGINT NOT NULL);
CREATE TABLE messages (
    id UUID PRIMARY KEY DEFAULT gen_random_uuid(), channel_id UUID NOT NULL, author_id UUID, content TEXT NOT NULL,
    reply_to UUID, thread_id UUID, mention_user_ids UUID[] NOT NULL DEFAULT '{}',
    mention_everyone BOOLEAN NOT NULL DEFAULT FALSE, edited_at TIMESTAMPTZ, deleted BOOLEAN NOT NULL DEFAULT FALSE,
    pinned BOOLEAN NOT NULL DEFAULT FALSE, pinned_by UUID, pinned_at TIMESTAMPTZ, created_at TIMESTAMPTZ NOT NULL);
CREATE INDEX ON messages (channel_id, created_at DESC) WHERE deleted = FALSE;
CREATE TABLE reactions (message_id UUID, user_id UUID, emoji TEXT, created_at TIMESTAMPTZ);
CREATE TABLE message_reactions (
    message_id UUID, user_id UUID, emoji TEXT, created_at TIMESTAMPTZ, PRIMARY KEY (message_id, user_id, emoji));
CREATE TABLE attachments (
    id UUID PRIMARY KEY, message_id UUID NOT NULL, filename TEXT NOT NULL, file_size BIGINT NOT NULL,
    mime_type TEXT NOT NULL, url TEXT NOT NULL, width INT, height INT, created_at TIMESTAMPTZ NOT NULL);
CREATE TABLE custom_emojis (
    id UUID PRIMARY KEY, server_id UUID NOT NULL, created_by UUID, name TEXT NOT NULL, filename TEXT NOT NULL,
    content_type TEXT NOT NULL, file_size BIGINT NOT NULL, created_at TIMESTAMPTZ NOT NULL);
CREATE TABLE direct_message_channels (id UUID PRIMARY KEY, created_at TIMESTAMPTZ NOT NULL);
CREATE TABLE direct_message_members (channel_id UUID, user_id UUID, PRIMARY KEY (channel_id, user_id));
CREATE TABLE direct_messages (
    id UUID PRIMARY KEY, channel_id UUID NOT NULL, author_id UUID, content TEXT NOT NULL, edited_at TIMESTAMPTZ,
    deleted BOOLEAN NOT NULL DEFAULT FALSE, created_at TIMESTAMPTZ NOT NULL);
CREATE TABLE channel_read_states (
    user_id UUID, channel_id UUID, last_read_at TIMESTAMPTZ NOT NULL, PRIMARY KEY (user_id, channel_id));
CREATE TABLE server_bans (
    user_id UUID, server_id UUID, reason TEXT, banned_by UUID, created_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (user_id, server_id));
CREATE TABLE automod_timeouts (
    user_id UUID, server_id UUID, expires_at TIMESTAMPTZ NOT NULL, reason TEXT, created_by UUID,
    created_at TIMESTAMPTZ NOT NULL, PRIMARY KEY (user_id, server_id));
CREATE TABLE server_invites (
    id UUID PRIMARY KEY, server_id UUID NOT NULL, code TEXT UNIQUE NOT NULL, created_by UUID, max_uses INT,
    uses INT NOT NULL DEFAULT 0, expires_at TIMESTAMPTZ, created_at TIMESTAMPTZ NOT NULL);
CREATE TABLE audit_logs (
    id UUID PRIMARY KEY, server_id UUID, actor_id UUID, action TEXT NOT NULL, target_type TEXT, target_id UUID,
    details JSONB DEFAULT '{}', ip_address INET, created_at TIMESTAMPTZ);
CREATE TABLE polls (id UUID PRIMARY KEY, message_id UUID, question TEXT);
CREATE TABLE bots (id UUID PRIMARY KEY, user_id UUID);
CREATE TABLE webhooks (id UUID PRIMARY KEY);
CREATE TABLE surprises (id INT);
CREATE TABLE _sqlx_migrations (version BIGINT);
"""


class Together:
    """Fills the source."""

    def __init__(self, connection: OwnConnection, uploads: Path) -> None:
        self.connection = connection
        self.uploads = uploads

    @classmethod
    async def make(cls, connection: OwnConnection, uploads: Path) -> "Together":
        await connection.execute(SCHEMA)
        return cls(connection, uploads)

    async def insert(self, table: str, **values: Any) -> None:
        places = ", ".join(f"${number}" for number in range(1, len(values) + 1))
        await self.connection.execute(f"INSERT INTO {table} ({', '.join(values)}) VALUES ({places})", *values.values())

    async def user(self, name: str, **values: Any) -> UUID:
        given = {"id": id_of(name), "username": name, "password_hash": HASH, "created_at": at(0)}
        await self.insert("users", **{**given, **values})
        return id_of(name)

    async def server(self, key: str, owner: str, *members: str, **values: Any) -> UUID:
        given = {"id": id_of(key), "name": key, "owner_id": id_of(owner), "created_at": at(1), "updated_at": at(1)}
        await self.insert("servers", **{**given, **values})
        for number, member in enumerate(members):
            await self.insert("server_members", server_id=id_of(key), user_id=id_of(member), joined_at=at(2 + number))
        return id_of(key)

    async def channel(self, server: str, key: str, type: str = "text", **values: Any) -> UUID:
        given = {"id": id_of(key), "server_id": id_of(server), "name": key, "type": type, "created_at": at(2)}
        await self.insert("channels", **{**given, **values})
        return id_of(key)

    async def say(self, place: str, who: str | None, text: str, minutes: float, **values: Any) -> UUID:
        given = {
            "id": id_of(f"{place}/{text[:50]}/{minutes}"),
            "channel_id": id_of(place),
            "author_id": id_of(who) if who else None,
            "content": text,
            "created_at": at(minutes),
        }
        table = values.pop("table", "messages")
        await self.insert(table, **{**given, **values})
        return given["id"]  # type: ignore[return-value]

    async def attach(self, message: UUID, filename: str, content: bytes | None, **values: Any) -> UUID:
        """A file of a message; None is missing in the directory."""
        stored, id = f"0123456789abcdef_{filename}", id_of(f"{message}/{filename}")
        if content is not None:
            place = self.uploads / str(message)
            place.mkdir(parents=True, exist_ok=True)
            (place / stored).write_bytes(content)
        given = {"id": id, "message_id": message, "filename": filename, "file_size": len(content or b"x")}
        given |= {"mime_type": "text/plain", "url": f"/files/{message}/{stored}", "created_at": at(50)}
        await self.insert("attachments", **{**given, **values})
        return id

    async def emoji(self, server: str, name: str, content: bytes | None) -> UUID:
        id = id_of(f"{server}/{name}")
        if content is not None:
            place = self.uploads / "custom_emojis" / str(id)
            place.mkdir(parents=True, exist_ok=True)
            (place / "picture.png").write_bytes(content)
        await self.insert(
            "custom_emojis",
            id=id,
            server_id=id_of(server),
            created_by=id_of("ann"),
            name=name,
            filename="picture.png",
            content_type="image/png",
            file_size=1,
            created_at=at(3),
        )
        return id


def later(days: int) -> datetime:
    return datetime.now(at(0).tzinfo) + timedelta(days=days)
