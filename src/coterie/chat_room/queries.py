"""The SQL statements for the messenger's chat room: which channel it is, and its newest messages."""

from uuid import UUID

from coterie.database.connection import Connection, Row


async def newest_of_room(connection: Connection, channel_id: UUID, limit: int) -> tuple[int, list[Row]] | None:
    """The room's position and its newest messages as of the same moment, oldest first; None if it is off."""
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


async def chat_room(connection: Connection) -> UUID | None:
    """The channel behind /chat; None while it is switched off."""
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


async def channels_named(connection: Connection, server: str, channel: str) -> list[Row]:
    """The text channels with a name in servers with a name (ignoring case) or with an id."""
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
    """The chat room's channel, with its names."""
    return await connection.fetchrow(
        """
        SELECT channels.id, servers.name AS server, channels.name AS channel,
               is_public AND NOT require_invite AS is_open
        FROM instance_settings JOIN channels ON channels.id = chat_channel_id
        JOIN servers ON servers.id = channels.server_id
        """
    )
