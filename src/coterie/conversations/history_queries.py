"""SQL statements for messages of conversations with the versions that their reader is told."""

from collections.abc import Sequence
from uuid import UUID

from coterie.conversations.models import HistoryPage
from coterie.database.connection import Connection
from coterie.log.versions import LINEAGE, Lineage, lineages
from coterie.messages.models import Message
from coterie.messages.queries import COLUMNS, placed


async def history(connection: Connection, page: HistoryPage, position: int) -> list[tuple[Message, Lineage]]:
    """A page of a conversation's messages before a position, newest first, without threads and tombstones."""
    rows = await connection.fetch(
        f"""
        WITH changed AS (
            SELECT {COLUMNS} FROM messages
            WHERE channel_id = $1 AND thread_id IS NULL AND deleted_at IS NULL AND seq < $3
            ORDER BY seq DESC LIMIT $4 OFFSET $5
        )
        SELECT changed.*, given_name, had FROM changed {LINEAGE} ORDER BY seq DESC
        """,
        page.conversation_id,
        page.viewer,
        position,
        page.limit,
        page.offset,
    )
    return list(zip(map(placed, rows), lineages(page.conversation_id, rows), strict=True))


async def last_messages(
    connection: Connection, ids: Sequence[UUID], viewer: UUID
) -> dict[UUID, tuple[Message, Lineage]]:
    """These messages by conversation, with the versions that the viewer is told."""
    rows = await connection.fetch(
        f"""
        WITH changed AS (SELECT {COLUMNS} FROM messages WHERE id = ANY($1))
        SELECT changed.*, given_name, had FROM changed {LINEAGE}
        """,
        ids,
        viewer,
    )
    return {row["channel_id"]: (placed(row), lineages(row["channel_id"], [row])[0]) for row in rows}
