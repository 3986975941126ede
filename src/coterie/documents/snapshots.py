"""Snapshots of a document at a position, so that a reader needs only the edits since.

A snapshot is stored together with the edit after it, by the process that stores that edit. It can be deleted later: an
earlier one and the edits since give the same text.
"""

from dataclasses import dataclass
from typing import Final, NamedTuple
from uuid import UUID

import msgspec

from coterie.database.connection import Connection
from coterie.documents.authorship import Spans

NEWEST: Final = 4
"""This many newest snapshots are always kept."""

APART: Final = 8
"""Of this many older ones in a row, at least one is kept: an earlier text is built from the edits since."""


class Snapshot(NamedTuple):
    """The text at a position, and its name."""

    position: int
    frontier: list[str]
    text: str


@dataclass(frozen=True, slots=True)
class Origin:
    """The starting point for following the authors of a text."""

    position: int
    spans: Spans


async def newest(connection: Connection, document_id: UUID, until: int | None = None) -> Snapshot | None:
    """The newest snapshot of a document, not after a position."""
    row = await connection.fetchrow(
        """
        SELECT document_snapshots.position, frontier, text
        FROM document_snapshots JOIN document_edits USING (document_id, position)
        WHERE document_id = $1 AND ($2::bigint IS NULL OR document_snapshots.position <= $2)
        ORDER BY document_snapshots.position DESC LIMIT 1
        """,
        document_id,
        until,
    )
    return Snapshot(row["position"], row["frontier"], row["text"].decode()) if row is not None else None


async def kept_after(connection: Connection, document_id: UUID, position: int) -> Snapshot | None:
    """The next snapshot from a position on, if the edit there is thinned."""
    row = await connection.fetchrow(
        """
        SELECT document_snapshots.position, document_edits.frontier, text
        FROM document_snapshots JOIN document_edits USING (document_id, position)
        JOIN documents ON documents.id = document_id
        WHERE document_id = $1 AND document_snapshots.position BETWEEN $2 AND thinned_to
        ORDER BY document_snapshots.position LIMIT 1
        """,
        document_id,
        position,
    )
    return Snapshot(row["position"], row["frontier"], row["text"].decode()) if row is not None else None


async def thinned_to(connection: Connection, document_id: UUID) -> Snapshot | None:
    """The snapshot up to which a document's edits are thinned."""
    position = await connection.fetchval("SELECT thinned_to FROM documents WHERE id = $1", document_id)
    return await kept_after(connection, document_id, position) if position else None


async def newest_origin(connection: Connection, document_id: UUID, until: int) -> Origin:
    """The authors in the newest snapshot not after a position; none at the beginning."""
    row = await connection.fetchrow(
        """
        SELECT position, authors FROM document_snapshots
        WHERE document_id = $1 AND position <= $2 ORDER BY position DESC LIMIT 1
        """,
        document_id,
        until,
    )
    if row is None:
        return Origin(0, [])
    return Origin(row["position"], msgspec.json.decode(row["authors"], type=Spans))


async def insert(connection: Connection, document_id: UUID, position: int, text: str, spans: Spans) -> None:
    """Store a text and the edits that it came from; it counts as storage of the author of the last edit in it."""
    await connection.execute(
        """
        WITH kept AS (
            INSERT INTO document_snapshots (document_id, position, text, authors, number)
            SELECT $1, $2, $3, $4, coalesce(max(number), 0) + 1 FROM document_snapshots WHERE document_id = $1
        )
        INSERT INTO document_storage (document_id, user_id, bytes)
        SELECT document_id, user_id, octet_length($3::bytea) + octet_length($4::json::text)
        FROM document_edits WHERE document_id = $1 AND position = $2 AND user_id IS NOT NULL
        ON CONFLICT (document_id, user_id) DO UPDATE SET bytes = document_storage.bytes + excluded.bytes
        """,
        document_id,
        position,
        text.encode(),
        msgspec.json.encode(spans).decode(),
    )


async def thin(connection: Connection, document_id: UUID) -> None:
    """Delete the snapshot that is no longer among the newest, if its neighbours are close enough without it."""
    await connection.execute(
        """
        WITH leaving AS (
            SELECT position FROM document_snapshots
            WHERE document_id = $1 ORDER BY position DESC OFFSET $2 LIMIT 1
        ), around AS (
            SELECT leaving.position,
                   (SELECT max(number) FROM document_snapshots
                    WHERE document_id = $1 AND position < leaving.position) AS older,
                   (SELECT min(number) FROM document_snapshots
                    WHERE document_id = $1 AND position > leaving.position) AS newer
            FROM leaving
        )        , removed AS (
            DELETE FROM document_snapshots USING around
            WHERE document_id = $1 AND document_snapshots.position = around.position
                AND newer - coalesce(older, 0) <= $3
            RETURNING document_snapshots.position, octet_length(text) + octet_length(authors::text) AS bytes
        )
        UPDATE document_storage SET bytes = greatest(0, document_storage.bytes - removed.bytes)
        FROM removed JOIN document_edits
            ON document_edits.document_id = $1 AND document_edits.position = removed.position
        WHERE document_storage.document_id = $1 AND document_storage.user_id = document_edits.user_id
        """,
        document_id,
        NEWEST,
        APART,
    )


async def positions(connection: Connection, document_id: UUID) -> set[int]:
    """The positions of a document's snapshots."""
    rows = await connection.fetch("SELECT position FROM document_snapshots WHERE document_id = $1", document_id)
    return {row["position"] for row in rows}


async def stored_at(connection: Connection, document_id: UUID, position: int) -> tuple[bytes, str]:
    """The text and the authors of a snapshot, as stored."""
    row = await connection.fetchrow(
        "SELECT text, authors FROM document_snapshots WHERE document_id = $1 AND position = $2", document_id, position
    )
    assert row is not None, "it was listed in the same transaction"
    return row["text"], row["authors"]
