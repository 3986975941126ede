"""A process that runs jobs and nothing else: in the test's own, or as `python -m tests.jobs.worker URL`."""

import asyncio
import contextlib
import sys
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Final

from coterie.database.connection import Database, OneConnection
from coterie.database.pool import connect, open_pool
from coterie.jobs.attempt import in_transaction
from coterie.jobs.models import JobKind
from coterie.jobs.working import Jobs
from coterie.log.bus import PostgresBus
from coterie.log.hub import Hub
from coterie.log.read import Log
from coterie.presence.tracker import Presence, Rhythm
from coterie.settings.record import Settings

RHYTHM: Final = Rhythm(beat_seconds=0.5, dead_after=timedelta(minutes=10))
"""Beats often, to notice soon that the test has moved a dead process's last beat an hour back."""

COUNTED: Final = JobKind(name="counted", payload=int, at_once=16, queue_limit=20_000)
"""Writes its number, in the transaction that finishes it."""


@contextlib.asynccontextmanager
async def process(database_url: str) -> AsyncIterator[tuple[Jobs, Presence, Database]]:
    """A process whose jobs are not started yet."""
    settings = Settings(database_url=database_url, pool_size=8)
    database = await open_pool(settings)
    presence = Presence(database, RHYTHM)
    jobs = Jobs(database, presence.process)
    bus = PostgresBus(database, lambda: connect(settings))
    await bus.start(Hub(Log(database, {}), jobs))
    await presence.start()
    try:
        yield jobs, presence, database
    finally:
        await jobs.stop()
        await presence.stop()
        await bus.stop()
        await database.close()


async def count(connection: OneConnection, number: int) -> None:
    await connection.execute("INSERT INTO effects (number) VALUES ($1)", number)


async def work(database_url: str) -> None:
    async with process(database_url) as (jobs, presence, _):
        jobs.add(COUNTED, in_transaction(count))
        await jobs.start()
        print(presence.process, flush=True)  # noqa: T201 - for the test
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(work(sys.argv[1]))
