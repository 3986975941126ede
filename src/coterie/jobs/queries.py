"""The SQL statements for jobs. All times are the database's; each process may have another clock."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from coterie.database.connection import Connection
from coterie.jobs.models import ClaimedJob, FailedAttempt, NewJob

FIRST_PAUSE: Final = timedelta(seconds=10)
"""The pause after the first failure."""


async def insert(connection: Connection, jobs: Sequence[NewJob]) -> None:
    """Store jobs, but none whose key its kind has already."""
    await connection.execute(
        """
        INSERT INTO jobs (id, kind, key, payload, due_at)
        SELECT id, kind, key, payload::json, now() + after
        FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::interval[])
            AS given (id, kind, key, payload, after)
        ORDER BY kind, key ON CONFLICT (kind, key) DO NOTHING
        """,
        [job.id for job in jobs],
        [job.kind for job in jobs],
        [job.key for job in jobs],
        [job.payload for job in jobs],
        [job.after for job in jobs],
    )


async def begin(connection: Connection, jobs: Sequence[NewJob]) -> None:
    """Store repeated jobs that are missing, and let those that are there be due as soon as these."""
    await connection.execute(
        """
        INSERT INTO jobs (id, kind, key, payload, due_at)
        SELECT id, kind, '', 'null', now() + after
        FROM unnest($1::uuid[], $2::text[], $3::interval[]) AS given (id, kind, after)
        ORDER BY kind ON CONFLICT (kind, key) DO UPDATE SET due_at = least(jobs.due_at, excluded.due_at)
        WHERE jobs.claimed_by IS NULL AND jobs.failed_at IS NULL
        """,
        [job.id for job in jobs],
        [job.kind for job in jobs],
        [job.after for job in jobs],
    )


async def is_full(connection: Connection, kind: str, limit: int) -> bool:
    """Whether this many jobs of a kind wait or run."""
    found = await connection.fetchval(
        "SELECT id FROM jobs WHERE kind = $1 AND failed_at IS NULL ORDER BY kind, key OFFSET $2 LIMIT 1",
        kind,
        limit - 1,
    )
    return found is not None


async def claim(connection: Connection, process: UUID, free: Mapping[str, int]) -> list[ClaimedJob]:
    """Claim what is due of these kinds, at most the free number of each, those first that are due for the longest time.

    A process that the others consider dead claims nothing until its next beat.
    """
    rows = await connection.fetch(
        """
        WITH due AS MATERIALIZED (
            SELECT job.id FROM unnest($2::text[], $3::int[]) AS wanted (kind, free)
            CROSS JOIN LATERAL (
                SELECT jobs.id FROM jobs
                WHERE jobs.kind = wanted.kind AND claimed_by IS NULL AND failed_at IS NULL AND due_at <= now()
                ORDER BY due_at LIMIT wanted.free FOR NO KEY UPDATE SKIP LOCKED
            ) AS job
        )
        UPDATE jobs SET claimed_by = $1, attempts = attempts + 1
        WHERE id = ANY(ARRAY(SELECT due.id FROM due)) AND EXISTS (SELECT FROM processes WHERE processes.id = $1)
        RETURNING id, kind, payload, attempts AS attempt
        """,
        process,
        list(free),
        list(free.values()),
    )
    return [ClaimedJob(**row) for row in rows]


async def next_due(connection: Connection, kinds: Collection[str]) -> float | None:
    """In how many seconds the next job of these kinds is due; None if none is waiting."""
    seconds: float | None = await connection.fetchval(
        """
        SELECT extract(epoch FROM min(job.due_at) - now())::float8 FROM unnest($1::text[]) AS wanted (kind)
        CROSS JOIN LATERAL (
            SELECT due_at FROM jobs WHERE jobs.kind = wanted.kind AND claimed_by IS NULL AND failed_at IS NULL
            ORDER BY due_at LIMIT 1
        ) AS job
        """,
        kinds,
    )
    return seconds


async def hold(connection: Connection, job: ClaimedJob) -> bool:
    """Lock a job until the transaction ends; False if a later attempt has begun, or the job was dropped."""
    found = await connection.fetchval(
        "SELECT id FROM jobs WHERE id = $1 AND attempts = $2 FOR NO KEY UPDATE", job.id, job.attempt
    )
    return found is not None


async def delete(connection: Connection, jobs: Sequence[ClaimedJob]) -> None:
    """Delete jobs that these attempts have done, except those of which a later attempt has begun."""
    await connection.execute(
        """
        DELETE FROM jobs USING unnest($1::uuid[], $2::int[]) AS done (id, attempt)
        WHERE jobs.id = done.id AND jobs.id = ANY($1) AND attempts = done.attempt
        """,
        [job.id for job in jobs],
        [job.attempt for job in jobs],
    )


async def repeat(connection: Connection, pauses: Sequence[tuple[ClaimedJob, timedelta]]) -> None:
    """Let jobs be due again after pauses, since these attempts have succeeded."""
    await connection.execute(
        """
        UPDATE jobs SET claimed_by = NULL, due_at = now() + done.pause, uncounted = attempts, error = NULL
        FROM unnest($1::uuid[], $2::int[], $3::interval[]) AS done (id, attempt, pause)
        WHERE jobs.id = done.id AND jobs.id = ANY($1) AND attempts = done.attempt
        """,
        [job.id for job, _ in pauses],
        [job.attempt for job, _ in pauses],
        [pause for _, pause in pauses],
    )


async def fail(connection: Connection, failures: Sequence[FailedAttempt]) -> list[UUID]:
    """Note failures; returns the jobs that have failed for good."""
    rows = await connection.fetch(
        """
        UPDATE jobs SET claimed_by = NULL, error = done.error,
            failed_at = CASE WHEN attempts - uncounted >= done.allowed THEN now() END,
            due_at = now() + (0.5 + random()) * least(
                done.longest, $6::interval * power(2, least(attempts - uncounted, 20) - 1))
        FROM unnest($1::uuid[], $2::int[], $3::text[], $4::int[], $5::interval[])
            AS done (id, attempt, error, allowed, longest)
        WHERE jobs.id = done.id AND jobs.id = ANY($1) AND attempts = done.attempt
        RETURNING jobs.id, failed_at
        """,
        [each.job.id for each in failures],
        [each.job.attempt for each in failures],
        [each.error for each in failures],
        [0 if each.is_final else each.kind.attempts for each in failures],
        [each.kind.longest_pause for each in failures],
        FIRST_PAUSE,
    )
    return [row["id"] for row in rows if row["failed_at"] is not None]


async def release(connection: Connection, process: UUID, kept: Collection[UUID] = ()) -> int:
    """Let other processes take the jobs of a process, except those that it keeps; their attempts do not count."""
    rows = await connection.fetch(
        """
        UPDATE jobs SET claimed_by = NULL, uncounted = uncounted + 1
        WHERE claimed_by = $1 AND id <> ALL($2) RETURNING id
        """,
        process,
        kept,
    )
    return len(rows)


async def rescue(connection: Connection) -> None:
    """Let the jobs of dead processes be ready again, except those that a transaction is just finishing."""
    await connection.execute(
        """
        UPDATE jobs SET claimed_by = NULL WHERE id = ANY(ARRAY(
            SELECT id FROM jobs WHERE claimed_by IS NOT NULL
            AND NOT EXISTS (SELECT FROM processes WHERE processes.id = jobs.claimed_by)
            FOR NO KEY UPDATE SKIP LOCKED
        ))
        """
    )


async def forget_failed(connection: Connection, before: datetime, limit: int) -> int:
    """Delete jobs that failed before a moment, and count them."""
    rows = await connection.fetch(
        """
        DELETE FROM jobs WHERE id = ANY(ARRAY(
            SELECT id FROM jobs WHERE failed_at < $1 ORDER BY failed_at LIMIT $2 FOR UPDATE SKIP LOCKED
        )) RETURNING id
        """,
        before,
        limit,
    )
    return len(rows)
