"""A document as it stood at a position, kept so that nobody has to read more than the edits since."""

from typing import NamedTuple
from uuid import UUID

from coterie.database.connection import Connection


class Snapshot(NamedTuple):
    """The engine's bytes at a position."""

    position: int
    frontier: list[str]
    engine: bytes


async def newest(connection: Connection, document_id: UUID) -> Snapshot | None:
    """The newest snapshot of a document."""
    row = await connection.fetchrow(
        """
        SELECT document_snapshots.position, frontier, document_snapshots.engine
        FROM document_snapshots JOIN document_edits USING (document_id, position)
        WHERE document_id = $1 ORDER BY position DESC LIMIT 1
        """,
        document_id,
    )
    return Snapshot(*row) if row is not None else None
