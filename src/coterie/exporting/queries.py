"""SQL statements for exports: which there are, how far they are, and until when they are kept.

A statement that changes an export locks its file first, as the sweep of files does, which takes the export with it.
"""

from datetime import datetime
from uuid import UUID

from coterie.database.connection import Connection
from coterie.exporting.models import Export
from coterie.exporting.subjects import Subject


async def export(connection: Connection, subject: Subject) -> Export | None:
    """The last export that this user started; one that nobody prepares any more has failed."""
    row = await connection.fetchrow(
        """
        SELECT file_id AS id, server_id, progress, filename, exports.created_at, exports.size, finished_at,
               CASE WHEN state = 'preparing' AND keep_until <= now() THEN 'failed' ELSE state END AS state,
               CASE WHEN state = 'ready' THEN keep_until END AS expires_at
        FROM exports JOIN files ON files.id = file_id
        WHERE user_id = $1 AND server_id IS NOT DISTINCT FROM $2 AND (state = 'preparing' OR keep_until > now())
        """,
        subject.user_id,
        subject.server_id,
    )
    if row is None:
        return None
    return Export(**row, url=f"{subject.address}?id={row['id']}" if row["state"] == "ready" else None)


async def insert(connection: Connection, export: Export, user_id: UUID) -> None:
    """Record an export that begins; its object must be announced."""
    await connection.execute(
        "INSERT INTO exports (server_id, user_id, file_id, filename, created_at) VALUES ($1, $2, $3, $4, $5)",
        export.server_id,
        user_id,
        export.id,
        export.filename,
        export.created_at,
    )


async def remove(connection: Connection, subject: Subject) -> None:
    """Forget an export, also one that a former owner of the server started; the sweep removes its bytes now."""
    await connection.execute(
        """
        WITH held AS MATERIALIZED (
            SELECT files.id FROM files JOIN exports ON file_id = files.id
            WHERE server_id = $1 OR ($1 IS NULL AND server_id IS NULL AND user_id = $2) FOR UPDATE OF files
        ), gone AS (DELETE FROM exports USING held WHERE file_id = held.id RETURNING file_id)
        UPDATE files SET keep_until = now() FROM gone WHERE files.id = gone.file_id
        """,
        subject.server_id,
        subject.user_id,
    )


async def hold(connection: Connection, file_id: UUID, progress: float, until: datetime) -> bool:
    """Tell how far an export is, and keep what there is of it; False if it was removed."""
    held = await connection.fetchval(
        """
        WITH held AS MATERIALIZED (SELECT id FROM files WHERE id = $1 FOR UPDATE), told AS (
            UPDATE exports SET progress = $2 FROM held
            WHERE file_id = held.id AND state = 'preparing' RETURNING file_id
        )
        UPDATE files SET keep_until = $3 FROM told WHERE files.id = told.file_id RETURNING TRUE
        """,
        file_id,
        progress,
        until,
    )
    return bool(held)


async def finish(connection: Connection, file_id: UUID, size: int, until: datetime) -> None:
    """The archive is whole, and is kept for a while."""
    await connection.execute(
        """
        WITH held AS MATERIALIZED (SELECT id FROM files WHERE id = $1 FOR UPDATE), made AS (
            UPDATE exports SET state = 'ready', progress = 1, size = $2, finished_at = now() FROM held
            WHERE file_id = held.id AND state = 'preparing' RETURNING file_id
        )
        UPDATE files SET keep_until = $3, size = $2 FROM made WHERE files.id = made.file_id
        """,
        file_id,
        size,
        until,
    )


async def fail(connection: Connection, file_id: UUID, until: datetime) -> None:
    """The archive could not be made; that is told until then."""
    await connection.execute(
        """
        WITH held AS MATERIALIZED (SELECT id FROM files WHERE id = $1 FOR UPDATE), failed AS (
            UPDATE exports SET state = 'failed', finished_at = now() FROM held
            WHERE file_id = held.id AND state = 'preparing' RETURNING file_id
        )
        UPDATE files SET keep_until = $2 FROM failed WHERE files.id = failed.file_id
        """,
        file_id,
        until,
    )
