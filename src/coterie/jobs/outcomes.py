"""What became of attempts, until the table says so.

Outcomes collect while the previous ones are written, so short jobs share commits. If the database does not answer,
they wait: a job that is done is not done again because of that.
"""

from datetime import timedelta
from typing import Final

import structlog

from coterie.database.connection import Database
from coterie.jobs import queries
from coterie.jobs.models import ClaimedJob, FailedAttempt

REMEDY: Final = "coterie jobs show, retry or drop"

log = structlog.get_logger(__name__)


class Outcomes:
    """The outcomes of one process that are not written yet."""

    def __init__(self) -> None:
        self._pauses: Final[dict[ClaimedJob, timedelta | None]] = {}
        self._failures: Final[dict[ClaimedJob, FailedAttempt]] = {}

    def succeed(self, job: ClaimedJob, pause: timedelta | None) -> None:
        """The job is done, or due again after a pause."""
        self._pauses[job] = pause

    def fail(self, failure: FailedAttempt) -> None:
        self._failures[failure.job] = failure

    @property
    def jobs(self) -> list[ClaimedJob]:
        return [*self._pauses, *self._failures]

    async def write(self, database: Database) -> None:
        """Write all. What cannot be written is kept."""
        if done := [job for job, pause in self._pauses.items() if pause is None]:
            await queries.delete(database, done)
        if paused := [(job, pause) for job, pause in self._pauses.items() if pause is not None]:
            await queries.repeat(database, paused)
        for job in (*done, *(job for job, _ in paused)):
            self._pauses.pop(job, None)
        if failures := list(self._failures.values()):
            given_up = await queries.fail(database, failures)
            for each in failures:
                del self._failures[each.job]
                if each.job.id in given_up:
                    log.error("jobs.failed", kind=each.job.kind, job=str(each.job.id), remedy=REMEDY)
