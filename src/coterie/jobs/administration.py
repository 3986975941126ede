"""What an operator sees of jobs, and does to them: `coterie jobs`, and the metrics."""

from collections.abc import Collection
from datetime import timedelta
from typing import Final, NamedTuple
from uuid import UUID

from coterie.database.connection import Connection
from coterie.jobs.actions import WAKE
from coterie.jobs.models import StoredJob
from coterie.log.bus import notify

STATE: Final = """
    CASE WHEN failed_at IS NOT NULL THEN 'failed' WHEN claimed_by IS NOT NULL THEN 'running'
         WHEN due_at > now() THEN 'waiting' ELSE 'ready' END
"""
STATES: Final = ("failed", "running", "ready", "waiting")
STORED: Final = f"""
    id, kind, key, payload::text AS payload, {STATE} AS state, due_at, attempts - uncounted AS attempts, error,
    created_at
"""


async def listed(connection: Connection, state: str | None, kind: str | None, limit: int) -> list[StoredJob]:
    """Jobs of a state and a kind, or of all, those first that are due first."""
    rows = await connection.fetch(
        f"""
        SELECT {STORED} FROM jobs
        WHERE ($1::text IS NULL OR {STATE} = $1) AND ($2::text IS NULL OR kind = $2)
        ORDER BY due_at, id LIMIT $3
        """,
        state,
        kind,
        limit,
    )
    return [StoredJob(**row) for row in rows]


async def job(connection: Connection, id: UUID) -> StoredJob | None:
    row = await connection.fetchrow(f"SELECT {STORED} FROM jobs WHERE id = $1", id)
    return StoredJob(**row) if row else None


async def retry(connection: Connection, ids: Collection[UUID] | None) -> int:
    """Let these jobs be due now with all their attempts, or every failed one; returns how many."""
    rows = await connection.fetch(
        """
        UPDATE jobs SET failed_at = NULL, due_at = now(), uncounted = attempts
        WHERE claimed_by IS NULL AND (id = ANY($1) OR ($1 IS NULL AND failed_at IS NOT NULL)) RETURNING id
        """,
        ids,
    )
    await notify(connection, [WAKE])
    return len(rows)


async def drop(connection: Connection, ids: Collection[UUID]) -> int:
    """Delete jobs; returns how many. An attempt that is being made goes on, but changes nothing in a transaction."""
    return len(await connection.fetch("DELETE FROM jobs WHERE id = ANY($1) RETURNING id", ids))


class QueueFigures(NamedTuple):
    """Jobs of a kind by state, and since when the oldest is due that nobody has begun."""

    kind: str
    failed: int
    running: int
    ready: int
    waiting: int
    overdue: timedelta


async def figures(connection: Connection) -> list[QueueFigures]:
    rows = await connection.fetch(
        """
        SELECT kind, count(*) FILTER (WHERE failed_at IS NOT NULL) AS failed,
               count(*) FILTER (WHERE claimed_by IS NOT NULL) AS running,
               count(*) FILTER (WHERE claimed_by IS NULL AND failed_at IS NULL AND due_at <= now()) AS ready,
               count(*) FILTER (WHERE claimed_by IS NULL AND failed_at IS NULL AND due_at > now()) AS waiting,
               coalesce(now() - min(due_at) FILTER (
                   WHERE claimed_by IS NULL AND failed_at IS NULL AND due_at <= now()), interval '0') AS overdue
        FROM jobs GROUP BY kind
        """
    )
    return [QueueFigures(**row) for row in rows]
