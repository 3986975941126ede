"""SQL statements that read a server for its export, inside one snapshot and in bounded pages.

All of them run in a transaction that sees the database as of one moment (`snapshot`), on a connection of its own.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from coterie.database.connection import OneConnection, Row

BEGINNING: Final = datetime.min.replace(tzinfo=UTC)
NOBODY: Final = UUID(int=0)
PATIENT: Final = "SET LOCAL statement_timeout = '10min'; SET LOCAL idle_in_transaction_session_timeout = '10min'"
ALONG_INDEXES: Final = (
    "SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off; SET LOCAL enable_hashjoin = off; "
    "SET LOCAL enable_mergejoin = off; SET LOCAL jit = off"
)


@asynccontextmanager
async def snapshot(connection: OneConnection) -> AsyncIterator[None]:
    """The database as of one moment, row by row along its indexes; a statement may take longer than a request's."""
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        await connection.execute(PATIENT)
        await connection.execute(ALONG_INDEXES)
        yield


async def server(connection: OneConnection, server_id: UUID) -> Row | None:
    return await connection.fetchrow(
        """
        SELECT servers.id, name, servers.owner_id, username AS owner_username, icon_url, is_public, servers.created_at,
               description, member_count, require_invite, default_permissions, files.id AS icon_id
        FROM servers JOIN users ON users.id = servers.owner_id LEFT JOIN files ON icon_of = servers.id
        WHERE servers.id = $1
        """,
        server_id,
    )


async def channels(connection: OneConnection, server_id: UUID) -> list[Row]:
    return await connection.fetch(
        """
        SELECT id, name, type AS channel_type, position, category, topic, created_at, slow_mode_seconds, user_limit
        FROM channels WHERE server_id = $1 ORDER BY position, created_at, id
        """,
        server_id,
    )


async def overrides(connection: OneConnection, server_id: UUID) -> list[Row]:
    return await connection.fetch(
        """
        SELECT channel_id, role_id, user_id, allow, deny
        FROM channel_permission_overrides JOIN channels ON channels.id = channel_id
        WHERE server_id = $1 ORDER BY channel_id, channel_permission_overrides.id
        """,
        server_id,
    )


async def roles(connection: OneConnection, server_id: UUID) -> list[Row]:
    return await connection.fetch(
        "SELECT id, name, permissions, color, position FROM roles WHERE server_id = $1 ORDER BY position, id",
        server_id,
    )


async def emojis(connection: OneConnection, server_id: UUID) -> list[Row]:
    return await connection.fetch(
        """
        SELECT id, name, created_by, content_type, file_size, created_at
        FROM custom_emojis WHERE server_id = $1 ORDER BY name
        """,
        server_id,
    )


async def members(connection: OneConnection, server_id: UUID, after: Row | None, limit: int) -> list[Row]:
    """A page of the members in the order in which they joined, with their roles and pictures."""
    return await connection.fetch(
        """
        SELECT members.user_id, username, nickname, joined_at, display_name, is_bot, files.id AS avatar_id,
               ARRAY(SELECT role_id FROM member_roles
                     WHERE member_roles.server_id = $1 AND member_roles.user_id = members.user_id
                     ORDER BY role_id) AS role_ids
        FROM server_members AS members JOIN users ON users.id = members.user_id
        LEFT JOIN files ON avatar_of = members.user_id
        WHERE members.server_id = $1 AND (joined_at, members.user_id) > ($2, $3)
        ORDER BY joined_at, members.user_id LIMIT $4
        """,
        server_id,
        after["joined_at"] if after else BEGINNING,
        after["user_id"] if after else NOBODY,
        limit,
    )


async def sizes(connection: OneConnection, server_id: UUID) -> dict[UUID, tuple[int, int]]:
    """Of each channel with messages: how many there are, and the bytes of their files."""
    rows = await connection.fetch(
        """
        SELECT channels.id, counted.messages, held.bytes
        FROM channels
        CROSS JOIN LATERAL (SELECT count(*) AS messages FROM messages
                            WHERE channel_id = channels.id AND deleted_at IS NULL) AS counted
        CROSS JOIN LATERAL (SELECT coalesce(sum(file_size), 0)::bigint AS bytes
                            FROM messages JOIN attachments ON message_id = messages.id
                            WHERE channel_id = channels.id AND deleted_at IS NULL) AS held
        WHERE server_id = $1
        """,
        server_id,
    )
    return {row["id"]: (row["messages"], row["bytes"]) for row in rows if row["messages"]}


async def messages(connection: OneConnection, channel_id: UUID, server_id: UUID, after: int, limit: int) -> list[Row]:
    """A page of a channel's messages that stand, oldest first, with who wrote them and what they answer."""
    return await connection.fetch(
        """
        SELECT messages.id, messages.seq, messages.author_id, users.username AS author_username,
               coalesce(members.nickname, users.display_name, users.username) AS author_name,
               members.user_id IS NOT NULL AND EXISTS (SELECT FROM files WHERE avatar_of = messages.author_id)
                   AS has_avatar,
               messages.content, messages.type, messages.type_details, messages.reply_to, messages.thread_id,
               messages.thread_reply_count, messages.edited_at, messages.created_at, messages.pinned_at,
               messages.pinned_by, messages.mention_user_ids, messages.mention_everyone,
               answered.seq AS reply_seq, left(answered.content, 80) AS reply_content,
               answerer.username AS reply_username, root.seq AS thread_seq
        FROM messages
        LEFT JOIN users ON users.id = messages.author_id
        LEFT JOIN server_members AS members ON members.server_id = $2 AND members.user_id = messages.author_id
        LEFT JOIN messages AS answered ON answered.id = messages.reply_to AND answered.deleted_at IS NULL
        LEFT JOIN users AS answerer ON answerer.id = answered.author_id
        LEFT JOIN messages AS root ON root.id = messages.thread_id AND root.deleted_at IS NULL
        WHERE messages.channel_id = $1 AND messages.seq > $3 AND messages.deleted_at IS NULL
        ORDER BY messages.seq LIMIT $4
        """,
        channel_id,
        server_id,
        after,
        limit,
    )


async def reactions(connection: OneConnection, messages: Sequence[UUID]) -> list[Row]:
    return await connection.fetch(
        """
        SELECT message_id, emoji, array_agg(user_id ORDER BY created_at, user_id) AS user_ids
        FROM reactions WHERE message_id = ANY($1) GROUP BY message_id, emoji ORDER BY message_id, min(created_at), emoji
        """,
        messages,
    )


async def attachments(connection: OneConnection, messages: Sequence[UUID]) -> list[Row]:
    return await connection.fetch(
        """
        SELECT message_id, id, filename, file_size, mime_type, width, height, created_at
        FROM attachments WHERE message_id = ANY($1) ORDER BY message_id, created_at, id
        """,
        messages,
    )


async def edits(connection: OneConnection, messages: Sequence[UUID]) -> list[Row]:
    return await connection.fetch(
        """
        SELECT message_id, content, edited_at FROM message_edits WHERE message_id = ANY($1) ORDER BY message_id, version
        """,
        messages,
    )


async def polls(connection: OneConnection, messages: Sequence[UUID]) -> list[Row]:
    """Polls with their results. Who voted for what is read only where the members can see that too."""
    return await connection.fetch(
        """
        SELECT message_id, question, option_ids, options, is_multiple, is_anonymous, ends_at,
               ARRAY(SELECT (SELECT count(*) FROM poll_votes
                             WHERE poll_votes.message_id = polls.message_id AND poll_votes.option = number)
                     FROM generate_subscripts(option_ids, 1) AS number ORDER BY number) AS votes
        FROM polls WHERE message_id = ANY($1)
        """,
        messages,
    )


async def votes(connection: OneConnection, messages: Sequence[UUID]) -> list[Row]:
    return await connection.fetch(
        """
        SELECT poll_votes.message_id, option, array_agg(user_id ORDER BY poll_votes.created_at, user_id) AS user_ids
        FROM poll_votes JOIN polls ON polls.message_id = poll_votes.message_id
        WHERE poll_votes.message_id = ANY($1) AND NOT is_anonymous GROUP BY poll_votes.message_id, option
        """,
        messages,
    )


async def events(connection: OneConnection, messages: Sequence[UUID]) -> list[Row]:
    """Scheduled events, and who answered what, in the order of the answers."""
    return await connection.fetch(
        """
        SELECT message_id, name, description, place, voice_channel_id, starts_at, ends_at, time_zone, repeat,
               is_cancelled, given.interested, given.coming, given.declined
        FROM scheduled_events CROSS JOIN LATERAL (
            SELECT coalesce(array_agg(user_id ORDER BY created_at, user_id) FILTER (WHERE answer = 1), '{}')
                       AS interested,
                   coalesce(array_agg(user_id ORDER BY created_at, user_id) FILTER (WHERE answer = 2), '{}') AS coming,
                   coalesce(array_agg(user_id ORDER BY created_at, user_id) FILTER (WHERE answer = 3), '{}') AS declined
            FROM event_answers WHERE event_answers.message_id = scheduled_events.message_id
        ) AS given
        WHERE message_id = ANY($1)
        """,
        messages,
    )


async def direct_conversations(connection: OneConnection, user_id: UUID) -> list[Row]:
    """The user's own direct conversations, and with whom each is."""
    return await connection.fetch(
        """
        SELECT conversations.id, partner.username
        FROM conversation_participants AS own
        JOIN conversations ON conversations.id = own.conversation_id
        LEFT JOIN users AS partner ON partner.id = CASE WHEN direct_low = $1 THEN direct_high ELSE direct_low END
        WHERE own.user_id = $1 AND is_direct ORDER BY conversations.id
        """,
        user_id,
    )


async def direct_messages(connection: OneConnection, channel_id: UUID, after: int, limit: int) -> list[Row]:
    return await connection.fetch(
        """
        SELECT messages.id, seq, author_id, username AS author_username, content, messages.created_at
        FROM messages LEFT JOIN users ON users.id = author_id
        WHERE channel_id = $1 AND seq > $2 AND messages.deleted_at IS NULL ORDER BY seq LIMIT $3
        """,
        channel_id,
        after,
        limit,
    )
