"""Store jobs, in the transaction of what makes them necessary: both commit, or neither does."""

from datetime import timedelta
from typing import Final

from coterie import errors
from coterie.database.connection import Connection
from coterie.errors import CoterieError
from coterie.jobs import queries
from coterie.jobs.models import NewJob
from coterie.log.bus import notify

WAKE_TYPE: Final = "JOBS"
WAKE: Final = f'{{"type":"{WAKE_TYPE}"}}'
"""The bus message that makes every process look for jobs."""

FAILED_KEPT: Final = timedelta(days=30)
"""How long a job that has failed is kept for an operator."""


class QueueFullError(CoterieError):
    """Too many jobs of a kind are waiting."""

    def __init__(self) -> None:
        super().__init__(errors.RATE_LIMITED, "Too much work is waiting here. Try again later.", retry_after=60)


async def enqueue(connection: Connection, *jobs: NewJob) -> None:
    """Store jobs, and wake the processes at commit. A job whose key its kind has already is left out.

    If a job with the same key is being finished, this waits for it: enqueue before you lock anything else. Raises
    QueueFullError.
    """
    for kind, limit in {(job.kind, job.queue_limit) for job in jobs}:
        if await queries.is_full(connection, kind, limit):
            raise QueueFullError
    await queries.insert(connection, jobs)
    await notify(connection, [WAKE])
