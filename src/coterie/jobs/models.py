"""Kinds of jobs, and jobs as they are stored.

A kind's name and payload are read by later versions, so they may gain fields with defaults and nothing else. Only the
processes that know a kind run its jobs: during an upgrade, the jobs of a new kind wait for a new process.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Generic, NamedTuple, TypeVar
from uuid import UUID

import msgspec

from coterie.identifiers import new_id

NOW: Final = timedelta(0)
P = TypeVar("P")


class NewJob(NamedTuple):
    """A job to be stored, which is due after a while. Of each kind, one job has a key, until it is done."""

    id: UUID
    kind: str
    key: str
    payload: str
    after: timedelta
    queue_limit: int


@dataclass(frozen=True, slots=True, kw_only=True)
class JobKind(Generic[P]):
    """What jobs have in common that do the same. A process runs `at_once` of them at the same time.

    A job that still runs after `timeout` is interrupted, and that attempt has failed. After `attempts` failures the job
    has failed, and waits for an operator; None repeats it until it succeeds. The pauses between attempts double, up to
    `longest_pause`. At most `queue_limit` jobs wait, beyond which new ones are refused.
    """

    name: str
    payload: type[P]
    at_once: int = 1
    queue_limit: int = 10_000
    timeout: timedelta = timedelta(minutes=10)
    attempts: int | None = 12
    longest_pause: timedelta = timedelta(hours=6)

    def job(self, key: str, payload: P, after: timedelta = NOW) -> NewJob:
        """A job of this kind. What the key names is done once, however often it is stored until then."""
        return NewJob(new_id(), self.name, key, msgspec.json.encode(payload).decode(), after, self.queue_limit)


class Repeated(NamedTuple):
    """Work that one process at a time repeats after pauses of `seconds`. It can return the next pause.

    If `is_soon`, the first run is at the start; a failed one is repeated until it succeeds.
    """

    name: str
    work: Callable[[], Awaitable[float | None]]
    seconds: float
    is_soon: bool = True


class ClaimedJob(NamedTuple):
    """A job that a process has claimed. `attempt` is the number of the claim."""

    id: UUID
    kind: str
    payload: str
    attempt: int


class FailedAttempt(NamedTuple):
    """An attempt that failed, and why. After a final one there are no others."""

    job: ClaimedJob
    kind: JobKind[Any]
    error: str
    is_final: bool = False


class StoredJob(NamedTuple):
    """A job as an operator sees it. `attempts` are those that count."""

    id: UUID
    kind: str
    key: str
    payload: str
    state: str
    due_at: datetime
    attempts: int
    error: str | None
    created_at: datetime
