"""The SQL statements for documents themselves; those for their edits are in `edit_queries`."""

from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from coterie.database.connection import Connection, Row
from coterie.documents.models import Document


async def documents_in(connection: Connection, channels: Collection[UUID]) -> list[Document]:
    """Every document of these channels: pinned ones first, then by newest change."""
    rows = await connection.fetch(
        """
        SELECT documents.id, channel_id, server_id, title, created_by, documents.created_at, updated_by, updated_at,
               is_pinned, archived_at, length
        FROM documents JOIN channels ON channels.id = documents.channel_id
        WHERE channel_id = ANY($1)
        ORDER BY channel_id, is_pinned DESC, updated_at DESC, documents.id
        """,
        list(channels),
    )
    return [_document(row) for row in rows]


async def document(connection: Connection, document_id: UUID) -> Document | None:
    row = await connection.fetchrow(
        """
        SELECT documents.id, channel_id, server_id, title, created_by, documents.created_at, updated_by, updated_at,
               is_pinned, archived_at, length
        FROM documents JOIN channels ON channels.id = documents.channel_id
        WHERE documents.id = $1
        """,
        document_id,
    )
    return _document(row) if row is not None else None


async def logged_in(connection: Connection, channels: Collection[UUID]) -> dict[str, str]:
    """The documents of these channels as they are in the log, by key."""
    rows = await connection.fetch(
        """
        SELECT changes.key, changes.data
        FROM documents JOIN channels ON channels.id = documents.channel_id
        CROSS JOIN LATERAL (
            SELECT key, data FROM changes
            WHERE topic_id = coalesce(channels.server_id, channels.id) AND key = 'documents/' || documents.id LIMIT 1
        ) AS changes
        WHERE documents.channel_id = ANY($1)
        """,
        channels,
    )
    return {row["key"]: row["data"] for row in rows}


class Count(NamedTuple):
    """How many documents a channel has; `pinned` counts only active ones."""

    active: int
    archived: int
    pinned: int


async def count(connection: Connection, channel_id: UUID) -> Count:
    row = await connection.fetchrow(
        """
        SELECT count(*) FILTER (WHERE archived_at IS NULL) AS active,
               count(*) FILTER (WHERE archived_at IS NOT NULL) AS archived,
               count(*) FILTER (WHERE is_pinned AND archived_at IS NULL) AS pinned
        FROM documents WHERE channel_id = $1
        """,
        channel_id,
    )
    assert row is not None, "an aggregate has a row"
    return Count(*row)


async def insert(connection: Connection, document: Document, frontier: list[str]) -> None:
    """Insert a document and its topic."""
    await connection.execute("INSERT INTO topics (id, kind) VALUES ($1, 'document')", document.id)
    await connection.execute(
        """
        INSERT INTO documents (
            id, channel_id, title, created_by, created_at, updated_by, updated_at, frontier, told_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $5)
        """,
        document.id,
        document.channel_id,
        document.title,
        document.created_by,
        document.created_at,
        document.updated_by,
        document.updated_at,
        frontier,
    )


async def update(connection: Connection, document: Document) -> None:
    """Store the changeable fields of a document besides its text."""
    await connection.execute(
        "UPDATE documents SET title = $2, is_pinned = $3, archived_at = $4 WHERE id = $1",
        document.id,
        document.title,
        document.is_pinned,
        document.archived_at,
    )


async def is_unannounced(connection: Connection, document_id: UUID) -> bool:
    """Whether a document's channel has not been notified of its last edits."""
    found = await connection.fetchval("SELECT is_untold FROM documents WHERE id = $1", document_id)
    return bool(found)


async def set_announced(connection: Connection, document_id: UUID, now: datetime) -> None:
    """Record that this transaction notifies the document's channel of all edits until now."""
    await connection.execute("UPDATE documents SET is_untold = FALSE, told_at = $2 WHERE id = $1", document_id, now)


async def unannounced(connection: Connection, before: datetime, limit: int) -> list[UUID]:
    """Documents whose channels have not been notified of the last edits, nor of any since `before`."""
    rows = await connection.fetch(
        "SELECT id FROM documents WHERE is_untold AND told_at < $1 ORDER BY told_at LIMIT $2", before, limit
    )
    return [row["id"] for row in rows]


async def delete(connection: Connection, document_id: UUID) -> None:
    """Delete a document with all its edits, by deleting its topic: everything else cascades."""
    await connection.execute("DELETE FROM topics WHERE id = $1", document_id)


async def forget_user(connection: Connection, home: UUID, user_id: UUID, limit: int) -> list[Document]:
    """Take a user out of some documents of a server or conversation; returns these."""
    rows = await connection.fetch(
        """
        UPDATE documents SET created_by = nullif(created_by, $2), updated_by = nullif(updated_by, $2)
        FROM channels
        WHERE channels.id = channel_id AND documents.id IN (
            SELECT documents.id FROM documents JOIN channels ON channels.id = channel_id
            WHERE (created_by = $2 OR updated_by = $2) AND coalesce(server_id, channels.id) = $1 LIMIT $3
        )
        RETURNING documents.id, channel_id, server_id, title, created_by, documents.created_at, updated_by, updated_at,
                  is_pinned, archived_at, length
        """,
        home,
        user_id,
        limit,
    )
    return [_document(row) for row in rows]


def _document(row: Row) -> Document:
    return Document(
        id=row["id"],
        channel_id=row["channel_id"],
        server_id=row["server_id"],
        title=row["title"],
        created_by=row["created_by"],
        created_at=row["created_at"],
        updated_by=row["updated_by"],
        updated_at=row["updated_at"],
        is_pinned=row["is_pinned"],
        is_archived=row["archived_at"] is not None,
        archived_at=row["archived_at"],
        length=row["length"],
    )
