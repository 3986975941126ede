"""SQL statements that read a channel's messages page by page, each along one index."""

from typing import Final
from uuid import UUID

from coterie.database.connection import Connection
from coterie.messages.models import Message
from coterie.messages.queries import COLUMNS, placed
from coterie.rights.models import Place

PAGE_LIMIT: Final = 100
"""Messages of one page at most."""


async def newest(connection: Connection, channel_id: UUID, limit: int) -> list[Message]:
    """The newest page of a channel's history, newest first, without threads and tombstones."""
    rows = await connection.fetch(
        f"""
        SELECT {COLUMNS} FROM messages
        WHERE channel_id = $1 AND thread_id IS NULL AND deleted_at IS NULL
        ORDER BY seq DESC LIMIT $2
        """,
        channel_id,
        limit,
    )
    return [placed(row) for row in rows]


async def newest_as_of(
    connection: Connection, place: Place, limit: int, as_of: int
) -> tuple[list[Message], list[UUID]]:
    """The newest page, and which of its messages have reactions or files; empty if the server has changed since
    `as_of`.

    One statement, for the most frequent request: the right to read was judged at `as_of`. The outer limit may have any
    value, which alone would make PostgreSQL plan the statement again each time, and that takes longer than the page.
    """
    rows = await connection.fetch(
        f"""
        WITH page AS (
            SELECT {COLUMNS},
                   EXISTS (SELECT FROM reactions WHERE message_id = messages.id)
                   OR EXISTS (SELECT FROM attachments WHERE message_id = messages.id) AS has_parts
            FROM messages
            WHERE channel_id = $1 AND thread_id IS NULL AND deleted_at IS NULL
              AND EXISTS (SELECT FROM topics WHERE id = $3 AND position = $4)
            ORDER BY seq DESC LIMIT {PAGE_LIMIT}
        )
        SELECT * FROM page ORDER BY seq DESC LIMIT $2
        """,
        place.id,
        limit,
        place.server_id,
        as_of,
    )
    with_parts = [row["id"] for row in rows if row["has_parts"]]
    return [placed(row) for row in rows], with_parts


async def newest_of_all(connection: Connection, channel_id: UUID, limit: int) -> list[Message]:
    """The newest messages of a channel that were not deleted, including those in threads."""
    rows = await connection.fetch(
        f"""
        SELECT {COLUMNS} FROM messages WHERE channel_id = $1 AND deleted_at IS NULL ORDER BY seq DESC LIMIT $2
        """,
        channel_id,
        limit,
    )
    return [placed(row) for row in rows]


async def before(connection: Connection, channel_id: UUID, seq: int, limit: int) -> list[Message]:
    """The page of the history that ends just before a position, newest first."""
    rows = await connection.fetch(
        f"""
        SELECT {COLUMNS} FROM messages
        WHERE channel_id = $1 AND seq < $2 AND thread_id IS NULL AND deleted_at IS NULL
        ORDER BY seq DESC LIMIT $3
        """,
        channel_id,
        seq,
        limit,
    )
    return [placed(row) for row in rows]


async def after(connection: Connection, channel_id: UUID, seq: int, limit: int) -> list[Message]:
    """The page of the history that begins just after a position, newest first."""
    rows = await connection.fetch(
        f"""
        SELECT {COLUMNS} FROM messages
        WHERE channel_id = $1 AND seq > $2 AND thread_id IS NULL AND deleted_at IS NULL
        ORDER BY seq LIMIT $3
        """,
        channel_id,
        seq,
        limit,
    )
    return [placed(row) for row in reversed(rows)]


async def replies(connection: Connection, thread_id: UUID, seq: int, limit: int) -> list[Message]:
    """The replies of a thread after a position, oldest first."""
    rows = await connection.fetch(
        f"""
        SELECT {COLUMNS} FROM messages WHERE thread_id = $1 AND seq > $2 AND deleted_at IS NULL ORDER BY seq LIMIT $3
        """,
        thread_id,
        seq,
        limit,
    )
    return [placed(row) for row in rows]


async def pinned(connection: Connection, channel_id: UUID, limit: int) -> list[Message]:
    """The pinned messages of a channel, the newest pin first."""
    rows = await connection.fetch(
        f"""
        SELECT {COLUMNS} FROM messages WHERE channel_id = $1 AND pinned_at IS NOT NULL
        ORDER BY pinned_at DESC LIMIT $2
        """,
        channel_id,
        limit,
    )
    return [placed(row) for row in rows]


async def seq_of(connection: Connection, channel_id: UUID, message_id: UUID) -> int | None:
    """The position of a message in its channel's history, which includes tombstones and thread replies."""
    value: int | None = await connection.fetchval(
        """
        SELECT seq FROM (SELECT seq, channel_id FROM messages WHERE id = $1 LIMIT 1) AS named WHERE channel_id = $2
        """,
        message_id,
        channel_id,
    )
    return value


async def changed_after(connection: Connection, channel_id: UUID, version: int, limit: int) -> list[Message]:
    """The channel's messages that changed after a position, in the order of their last change."""
    rows = await connection.fetch(
        f"""
        SELECT {COLUMNS} FROM messages WHERE channel_id = $1 AND version > $2 ORDER BY version LIMIT $3
        """,
        channel_id,
        version,
        limit,
    )
    return [placed(row) for row in rows]
