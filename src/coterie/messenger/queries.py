"""The statements of the messenger's doors."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from coterie.database.connection import Connection, Row


async def insert_cursor(connection: Connection, id: UUID, session_id: UUID, positions: bytes) -> None:
    """Keep where a stream stands; of its session the newest 32 stay, and of all those that were used within a week."""
    await connection.execute(
        """
        WITH forgotten AS (
            DELETE FROM realtime_cursors WHERE used_at < now() - interval '7 days'
        ), pushed_out AS (
            DELETE FROM realtime_cursors WHERE id = ANY(ARRAY(
                SELECT id FROM realtime_cursors WHERE session_id = $2 ORDER BY used_at DESC OFFSET 31))
        )
        INSERT INTO realtime_cursors (id, session_id, positions) VALUES ($1, $2, $3)
        """,
        id,
        session_id,
        positions,
    )


async def kept_cursor(connection: Connection, id: UUID, user_id: UUID) -> tuple[bytes, datetime] | None:
    """Where a stream of the same account stood, and when that was written."""
    row = await connection.fetchrow(
        """
        SELECT positions, realtime_cursors.created_at FROM realtime_cursors
        JOIN sessions ON sessions.id = session_id WHERE realtime_cursors.id = $1 AND user_id = $2
        """,
        id,
        user_id,
    )
    return (row["positions"], row["created_at"]) if row else None


async def touch(connection: Connection, id: UUID) -> None:
    await connection.execute("UPDATE realtime_cursors SET used_at = now() WHERE id = $1", id)


async def made_since(connection: Connection, topics: Collection[UUID], since: datetime) -> list[UUID]:
    """Which of these are channels that were made after a moment."""
    rows = await connection.fetch("SELECT id FROM channels WHERE id = ANY($1) AND created_at > $2", list(topics), since)
    return [row["id"] for row in rows]


async def entered_at(connection: Connection, topics: Collection[UUID], user_id: UUID) -> dict[UUID, int]:
    """The positions of conversations at which somebody came into them."""
    rows = await connection.fetch(
        """
        SELECT topic_id, position FROM changes
        WHERE topic_id = ANY($1) AND key = 'participants/' || $2::uuid AND NOT is_removal
        """,
        list(topics),
        user_id,
    )
    return {row["topic_id"]: row["position"] for row in rows}


async def chat_room(connection: Connection) -> UUID | None:
    """The channel that /chat is; None while it is switched off."""
    id: UUID | None = await connection.fetchval("SELECT chat_channel_id FROM instance_settings")
    return id


async def set_chat_room(connection: Connection, channel_id: UUID | None) -> None:
    await connection.execute(
        """
        INSERT INTO instance_settings (chat_channel_id) VALUES ($1)
        ON CONFLICT (id) DO UPDATE SET chat_channel_id = excluded.chat_channel_id, updated_at = now()
        """,
        channel_id,
    )


async def newest_of_room(connection: Connection, channel_id: UUID, limit: int) -> tuple[int, list[Row]] | None:
    """Where the room stands, and its newest messages as of the same moment, oldest first; None if it is off."""
    rows = await connection.fetch(
        """
        SELECT topics.position, newest.id, content, newest.version, newest.created_at, username
        FROM instance_settings JOIN topics ON topics.id = chat_channel_id
        LEFT JOIN LATERAL (
            SELECT id, author_id, content, seq, version, created_at FROM messages
            WHERE channel_id = topics.id AND deleted_at IS NULL AND thread_id IS NULL ORDER BY seq DESC LIMIT $2
        ) AS newest ON TRUE
        LEFT JOIN users ON users.id = newest.author_id
        WHERE chat_channel_id = $1 ORDER BY newest.seq
        """,
        channel_id,
        limit,
    )
    return (rows[0]["position"], [row for row in rows if row["id"]]) if rows else None


async def channels_named(connection: Connection, server: str, channel: str) -> list[Row]:
    """The text channels of a name in servers of a name, without regard to case, or of an id."""
    return await connection.fetch(
        """
        SELECT channels.id, servers.name AS server, channels.name AS channel,
               is_public AND NOT require_invite AS is_open
        FROM channels JOIN servers ON servers.id = channels.server_id
        WHERE channels.type = 'text' AND ((lower(servers.name) = lower($1) AND lower(channels.name) = lower($2))
                                          OR channels.id::text = lower($2))
        ORDER BY channels.id
        """,
        server,
        channel,
    )


async def room_named(connection: Connection) -> Row | None:
    """The channel that the chat room is."""
    return await connection.fetchrow(
        """
        SELECT channels.id, servers.name AS server, channels.name AS channel,
               is_public AND NOT require_invite AS is_open
        FROM instance_settings JOIN channels ON channels.id = chat_channel_id
        JOIN servers ON servers.id = channels.server_id
        """
    )
