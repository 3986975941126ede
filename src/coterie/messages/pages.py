"""SQL statements that read a channel's messages page by page, each along one index."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from coterie.database.connection import Connection
from coterie.messages.models import Message
from coterie.messages.queries import COLUMNS, placed
from coterie.messages.unread import LATEST
from coterie.permissions.models import Place

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


_AS_OF: Final = """
    SELECT {columns},
           EXISTS (SELECT FROM reactions WHERE message_id = messages.id)
           OR EXISTS (SELECT FROM attachments WHERE message_id = messages.id) OR type IN ('poll', 'event')
           AS has_parts
    FROM messages
    WHERE channel_id = $1 AND {older} AND thread_id IS NULL AND deleted_at IS NULL
      AND EXISTS (SELECT FROM topics WHERE id = $3 AND position = $4)
    ORDER BY seq DESC LIMIT $2
"""
NEWEST_AS_OF: Final = _AS_OF.format(columns=COLUMNS, older="TRUE")
BEFORE_AS_OF: Final = _AS_OF.format(
    columns=COLUMNS, older="seq < (SELECT seq FROM messages WHERE id = $5 AND channel_id = $1)"
)


async def as_of(
    connection: Connection, place: Place, limit: int, position: int, before: UUID | None
) -> tuple[list[Message], list[UUID]]:
    """The newest page or the one just before a message, and which of its messages have more than their rows.

    One statement, for the most frequent requests: the right to read was judged at that position of the server, and if
    the server has changed since, the page is empty.
    """
    given = (place.id, limit, place.server_id, position)
    if before is None:
        rows = await connection.fetch(NEWEST_AS_OF, *given)
    else:
        rows = await connection.fetch(BEFORE_AS_OF, *given, before)
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


async def threads(connection: Connection, channel_id: UUID, before: UUID | None, limit: int) -> list[Message]:
    """The messages of a channel with replies in their thread, the last changed first; after one of them if given."""
    rows = await connection.fetch(
        f"""
        SELECT {COLUMNS} FROM messages
        WHERE channel_id = $1 AND thread_reply_count > 0
          AND version < CASE WHEN $2::uuid IS NULL THEN $4
                             ELSE (SELECT version FROM messages WHERE id = $2 AND channel_id = $1) END
        ORDER BY version DESC LIMIT $3
        """,
        channel_id,
        before,
        limit,
        LATEST,
    )
    return [placed(row) for row in rows]


async def last_replies(connection: Connection, threads: Sequence[UUID]) -> list[Message]:
    """The newest reply of each thread that has not been deleted."""
    rows = await connection.fetch(
        f"""
        SELECT {COLUMNS} FROM unnest($1::uuid[]) AS root_id JOIN messages ON messages.id = (
            SELECT replies.id FROM messages AS replies
            WHERE replies.thread_id = root_id AND replies.deleted_at IS NULL ORDER BY replies.seq DESC LIMIT 1
        )
        """,
        threads,
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


async def by_ids(connection: Connection, messages: Sequence[UUID]) -> list[Message]:
    """These messages as they are now, in no particular order."""
    rows = await connection.fetch(f"SELECT {COLUMNS} FROM messages WHERE id = ANY($1)", messages)
    return [placed(row) for row in rows]


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
