"""One attempt to do a job.

An effect in the database that is written in `JobAttempt.transaction` happens once: the transaction also finishes the
job, under its lock, and only if no later attempt has begun. Any other effect happens at least once, since a process may
die between the effect and the end of the job.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any, Final, Generic, NamedTuple, TypeAlias, TypeVar
from uuid import UUID

from coterie.database.connection import Database, OneConnection
from coterie.jobs import queries
from coterie.jobs.models import ClaimedJob, JobKind

P = TypeVar("P")


class LostJobError(Exception):
    """A later attempt has begun, because this process was considered dead; or the job was dropped."""


class JobFailedError(Exception):
    """The job can never succeed: no further attempts are made, and it waits for an operator."""


class JobAttempt(Generic[P]):
    """A job that this process has claimed."""

    def __init__(self, database: Database, claimed: ClaimedJob, payload: P) -> None:
        self._database: Final = database
        self._claimed: Final = claimed
        self.payload: Final = payload
        self.is_finished = False

    @property
    def id(self) -> UUID:
        """The job's id, which is the same for each attempt."""
        return self._claimed.id

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[OneConnection]:
        """A transaction that locks the job. Raises LostJobError."""
        async with self._database.acquire() as connection, connection.transaction():
            if not await queries.hold(connection, self._claimed):
                raise LostJobError
            yield connection

    async def finish(self, connection: OneConnection, pause: timedelta | None) -> None:
        """In the transaction: the job is done, or is due again after a pause."""
        if pause is None:
            await queries.delete(connection, [self._claimed])
        else:
            await queries.repeat(connection, [(self._claimed, pause)])
        self.is_finished = True


Run: TypeAlias = Callable[[JobAttempt[P]], Awaitable[timedelta | None]]
"""Does a job; returns after which pause to do more, and None if it is done."""


class JobRun(NamedTuple):
    """A kind of jobs, and how they are done."""

    kind: JobKind[Any]
    run: Run[Any]


def in_transaction(act: Callable[[OneConnection, P], Awaitable[timedelta | None]]) -> Run[P]:
    """Do a job, or a step of it, in one transaction with the end of the attempt."""

    async def run(attempt: JobAttempt[P]) -> timedelta | None:
        async with attempt.transaction() as connection:
            await attempt.finish(connection, await act(connection, attempt.payload))
        return None

    return run
