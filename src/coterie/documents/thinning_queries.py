"""The SQL statements that thin out the history of documents; all need the document's lock but `due`."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from coterie.database.connection import Connection


class ThinningStep(NamedTuple):
    """Where a step begins and ends: at positions of snapshots, or 0."""

    after: int
    until: int


async def due(connection: Connection, before: datetime) -> UUID | None:
    """A document with edits to thin: one of its snapshots is of that age, and not the place that thinning reached."""
    found: UUID | None = await connection.fetchval(
        """
        SELECT documents.id FROM document_snapshots
        JOIN documents ON documents.id = document_id
        JOIN document_edits USING (document_id, position)
        WHERE document_snapshots.position > thinned_to AND document_edits.created_at < $1 LIMIT 1
        """,
        before,
    )
    return found


async def next_step(connection: Connection, document_id: UUID, before: datetime) -> ThinningStep | None:
    """How far a document is thinned, and the next snapshot of that age."""
    row = await connection.fetchrow(
        """
        SELECT thinned_to, document_snapshots.position FROM documents
        JOIN document_snapshots ON document_id = documents.id AND document_snapshots.position > thinned_to
        JOIN document_edits USING (document_id, position)
        WHERE documents.id = $1 AND document_edits.created_at < $2
        ORDER BY document_snapshots.position LIMIT 1
        """,
        document_id,
        before,
    )
    return ThinningStep(*row) if row is not None else None


async def empty(connection: Connection, document_id: UUID, step: ThinningStep) -> None:
    """Remove what edits changed, and take it off their authors' storage."""
    await connection.execute(
        """
        WITH old AS (
            SELECT user_id, sum(octet_length(patches::text) + coalesce(octet_length(applied::text), 0)
                                + coalesce(octet_length(bridge::text), 0)) AS bytes
            FROM document_edits WHERE document_id = $1 AND position > $2 AND position <= $3 GROUP BY user_id
        ), emptied AS (
            UPDATE document_edits SET patches = '[]', applied = NULL, bridge = NULL, parents = '{}',
                checksum = substring(sha256(convert_to(position || ' []', 'UTF8')) FOR 8)
            WHERE document_id = $1 AND position > $2 AND position <= $3
        ), moved AS (
            UPDATE documents SET thinned_to = $3 WHERE id = $1
        )
        UPDATE document_storage SET bytes = greatest(0, document_storage.bytes - old.bytes)
        FROM old WHERE document_id = $1 AND document_storage.user_id = old.user_id
        """,
        document_id,
        step.after,
        step.until,
    )


async def remove_snapshots(connection: Connection, document_id: UUID, step: ThinningStep) -> None:
    """Of the day of the snapshot at the end of a step, leave that one; take the others off their storage."""
    await connection.execute(
        """
        WITH days AS (
            SELECT position, (created_at AT TIME ZONE 'UTC')::date AS day
            FROM document_snapshots JOIN document_edits USING (document_id, position)
            WHERE document_id = $1 AND position <= $2
        ), removed AS (
            DELETE FROM document_snapshots USING days
            WHERE document_id = $1 AND document_snapshots.position = days.position AND days.position < $2
                AND days.day = (SELECT day FROM days WHERE position = $2)
            RETURNING document_snapshots.position, octet_length(text) + octet_length(authors::text) AS bytes
        ), given AS (
            SELECT user_id, sum(bytes) AS bytes FROM removed
            JOIN document_edits ON document_id = $1 AND document_edits.position = removed.position GROUP BY user_id
        )
        UPDATE document_storage SET bytes = greatest(0, document_storage.bytes - given.bytes)
        FROM given WHERE document_id = $1 AND document_storage.user_id = given.user_id
        """,
        document_id,
        step.until,
    )
