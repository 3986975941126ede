"""A document as it stood at a position, kept so that nobody has to read more than the edits since.

With a snapshot an epoch begins, for which every process begins its engine anew with the snapshot's text. It is stored
with the first edit of its epoch, so that there is none without the other. Later it may be removed: nobody needs it who
has an earlier one and the edits since.
"""

from dataclasses import dataclass
from typing import Final, NamedTuple
from uuid import UUID

import msgspec

from coterie.database.connection import Connection
from coterie.documents.authorship import Spans

NEWEST: Final = 4
"""So many are always kept."""

APART: Final = 8
"""Between two older ones lie at most so many epochs: those are the edits that an earlier text is made from."""


class Snapshot(NamedTuple):
    """The text at a position, and what it is called."""

    position: int
    frontier: list[str]
    text: str


@dataclass(frozen=True, slots=True)
class Origin:
    """From where the authors of a text can be followed."""

    position: int
    spans: Spans


async def newest(connection: Connection, document_id: UUID, until: int | None = None) -> Snapshot | None:
    """The newest snapshot of a document, at most of a position."""
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


async def newest_origin(connection: Connection, document_id: UUID, until: int) -> Origin:
    """The newest snapshot's authors, at most of a position; nobody's at the beginning."""
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
    """Keep a text and from which edits it came."""
    await connection.execute(
        "INSERT INTO document_snapshots (document_id, position, text, authors) VALUES ($1, $2, $3, $4)",
        document_id,
        position,
        text.encode(),
        msgspec.json.encode(spans).decode(),
    )


async def thin(connection: Connection, document_id: UUID) -> None:
    """Remove the one that is no longer among the newest, if those on both sides of it are near enough without it."""
    await connection.execute(
        """
        WITH leaving AS (
            SELECT position FROM document_snapshots
            WHERE document_id = $1 ORDER BY position DESC OFFSET $2 LIMIT 1
        ), around AS (
            SELECT leaving.position,
                   (SELECT max(position) FROM document_snapshots
                    WHERE document_id = $1 AND position < leaving.position) AS older,
                   (SELECT min(position) FROM document_snapshots
                    WHERE document_id = $1 AND position > leaving.position) AS newer
            FROM leaving
        )
        DELETE FROM document_snapshots USING around
        WHERE document_id = $1 AND document_snapshots.position = around.position
            AND (SELECT count(DISTINCT epoch) FROM document_edits
                 WHERE document_id = $1 AND position > coalesce(older, 0) AND position <= newer) <= $3
        """,
        document_id,
        NEWEST,
        APART,
    )


async def positions(connection: Connection, document_id: UUID) -> set[int]:
    """Where the snapshots of a document are."""
    rows = await connection.fetch("SELECT position FROM document_snapshots WHERE document_id = $1", document_id)
    return {row["position"] for row in rows}


async def kept_at(connection: Connection, document_id: UUID, position: int) -> tuple[bytes, str]:
    """The text and the authors of a snapshot as they are stored."""
    row = await connection.fetchrow(
        "SELECT text, authors FROM document_snapshots WHERE document_id = $1 AND position = $2", document_id, position
    )
    assert row is not None, "it was listed in the same transaction"
    return row["text"], row["authors"]
