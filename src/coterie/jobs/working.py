"""Runs the jobs of an instance, in every server process.

The table is the truth, the bus a hint: a process looks when a bus message says that there is a job, when the next is
due, and every five seconds. It claims as many as it can run, in one statement; while that is under way, more collect.
No connection is held while nothing is to do.

If a process dies, its row in `processes` goes soon (`presence/tracker.py`), and others take its jobs. A process that
was only slow can still finish what nobody else has claimed since. What this process has claimed without knowing it,
because the database's answer was lost, it releases when the database answers again.
"""

import asyncio
import contextlib
import time
from collections import Counter
from datetime import timedelta
from types import NoneType
from typing import Any, Final, TypeVar
from uuid import UUID

import msgspec
import structlog

from coterie.database.connection import Database
from coterie.database.trouble import TROUBLE, report
from coterie.jobs import queries
from coterie.jobs.actions import WAKE, WAKE_TYPE
from coterie.jobs.attempt import JobAttempt, JobFailedError, LostJobError, Run
from coterie.jobs.models import ClaimedJob, FailedAttempt, JobKind, NewJob, Repeated
from coterie.jobs.outcomes import Outcomes
from coterie.log.bus import notify
from coterie.log.event import BusMessage
from coterie.process.tallies import JobTally

LOOK_SECONDS: Final = 5.0
RETRY_SECONDS: Final = 1.0
SHORTEST_SECONDS: Final = 0.05
"""The pause before a job that is due and that another process is just claiming."""

STOP_SECONDS: Final = 1.0
ERROR_LENGTH: Final = 500
LONGEST_PAUSE: Final = timedelta(minutes=5)
"""The pause after repeated failures of repeated work, unless its usual one is longer."""

P = TypeVar("P")
log = structlog.get_logger(__name__)


class Jobs:
    """The jobs that this process runs. Create it inside a running event loop."""

    def __init__(self, database: Database, process: UUID) -> None:
        self._database: Final = database
        self._process: Final = process
        self._kinds: Final[dict[str, tuple[JobKind[Any], Run[Any]]]] = {}
        self._repeated: Final[list[NewJob]] = []
        self._running: Final[dict[ClaimedJob, asyncio.Task[None]]] = {}
        self._counts: Final[Counter[str]] = Counter()
        self._outcomes: Final = Outcomes()
        self._wake: Final = asyncio.Event()
        self._has_strays = False
        self._rescued_at = -LOOK_SECONDS
        self._claiming: asyncio.Task[None] | None = None
        self.tally: Final = JobTally()

    def add(self, kind: JobKind[P], run: Run[P]) -> None:
        """Run the jobs of a kind."""
        assert kind.name not in self._kinds, "a kind is run in one way"
        self._kinds[kind.name] = (kind, run)

    def repeat(self, repeated: Repeated) -> None:
        """Repeat work from the start on."""
        pause = timedelta(seconds=repeated.seconds)

        async def run(_: JobAttempt[None]) -> timedelta:
            wanted = await repeated.work()
            return pause if wanted is None else timedelta(seconds=wanted)

        longest = max(pause, LONGEST_PAUSE)
        kind = JobKind(name=repeated.name, payload=NoneType, attempts=None, longest_pause=longest)
        self.add(kind, run)
        self._repeated.append(kind.job("", None, timedelta(0) if repeated.is_soon else pause))

    async def start(self) -> None:
        await queries.begin(self._database, self._repeated)
        self._wake.set()
        self._claiming = asyncio.create_task(self._claim())

    async def stop(self) -> None:
        """Interrupt everything, and let other processes continue."""
        tasks = [*self._running.values(), *([self._claiming] if self._claiming else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        with contextlib.suppress(*TROUBLE):
            async with asyncio.timeout(STOP_SECONDS):
                await self._outcomes.write(self._database)
                if await queries.release(self._database, self._process):
                    await notify(self._database, [WAKE])

    def receive(self, message: BusMessage) -> None:
        if message.type == WAKE_TYPE and message.topic is None:
            self._wake.set()

    def set_connected(self, is_connected: bool) -> None:
        if is_connected:
            self._wake.set()

    async def look(self) -> None:
        """Nothing: it looks by itself."""

    async def _claim(self) -> None:
        pause = LOOK_SECONDS
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await self._wake.wait()
            self._wake.clear()
            try:
                await self._tidy()
                pause = await self._claim_due()
            except Exception as error:  # whatever it is: nothing else would run jobs
                report(log, "jobs.cannot_claim", error)
                self._has_strays, pause = True, RETRY_SECONDS

    async def _tidy(self) -> None:
        """Write what has become of jobs, and let those be claimed that nobody runs."""
        await self._outcomes.write(self._database)
        if self._has_strays:
            await queries.release(
                self._database, self._process, [job.id for job in (*self._running, *self._outcomes.jobs)]
            )
            self._has_strays = False
        if (now := time.monotonic()) - self._rescued_at >= LOOK_SECONDS:
            await queries.rescue(self._database)
            self._rescued_at = now

    async def _claim_due(self) -> float:
        """Begin what is due and can run; returns in how many seconds to look again."""
        if free := self._free():
            for job in await queries.claim(self._database, self._process, free):
                self._counts[job.kind] += 1
                self._running[job] = asyncio.create_task(self._work(job))
        if not (free := self._free()):
            return LOOK_SECONDS
        seconds = await queries.next_due(self._database, list(free))
        return LOOK_SECONDS if seconds is None else min(LOOK_SECONDS, max(SHORTEST_SECONDS, seconds))

    def _free(self) -> dict[str, int]:
        """How many more jobs of each kind can run."""
        free = {name: kind.at_once - self._counts[name] for name, (kind, _) in self._kinds.items()}
        return {name: count for name, count in free.items() if count > 0}

    async def _work(self, job: ClaimedJob) -> None:
        began = time.perf_counter()
        try:
            outcome = await self._attempt(job)
            self.tally.add(job.kind, outcome, time.perf_counter() - began)
        finally:
            del self._running[job]
            self._counts[job.kind] -= 1
            self._wake.set()

    async def _attempt(self, job: ClaimedJob) -> str:
        """Make one attempt; returns what became of it."""
        kind, run = self._kinds[job.kind]
        try:
            attempt = JobAttempt(self._database, job, msgspec.json.decode(job.payload, type=kind.payload))
            async with asyncio.timeout(kind.timeout.total_seconds()):
                pause = await run(attempt)
        except LostJobError:
            return "lost"
        except JobFailedError as error:
            self._outcomes.fail(FailedAttempt(job, kind, _reason(error), is_final=True))
            return "failed"
        except Exception as error:  # whatever it is: the job is tried again
            report(log, "jobs.attempt_failed", error, kind=job.kind, job=str(job.id), attempt=job.attempt)
            self._outcomes.fail(FailedAttempt(job, kind, _reason(error)))
            return "failed"
        if not attempt.is_finished:
            self._outcomes.succeed(job, pause)
        return "done"


def _reason(error: Exception) -> str:
    """The first line of an error: what follows it may quote the data of people, as PostgreSQL's details do."""
    line = str(error).partition("\n")[0]
    return f"{type(error).__name__}: {line}"[:ERROR_LENGTH].removesuffix(": ")
