"""A process that reads the log: in the test's own, or as `python -m tests.jobs.reader URL`."""

import asyncio
import contextlib
import sys
from collections.abc import AsyncIterator
from typing import Final

import msgspec

from coterie.database.connection import Database, OneConnection
from coterie.database.pool import connect, open_pool
from coterie.jobs.consumers import Consumer, Consumers, TopicBatch
from coterie.jobs.working import Jobs
from coterie.log import read
from coterie.log.bus import PostgresBus
from coterie.log.hub import Hub
from coterie.log.read import Log
from coterie.log.watchers import Watchers
from coterie.presence.tracker import Presence
from coterie.settings.record import Settings
from tests.jobs.worker import RHYTHM

READERS: Final = {"user": read.changes, "server": read.changes}


async def note(connection: OneConnection, batch: TopicBatch) -> None:
    """Note the numbers in the events of a batch, in their order; and whether it had a gap."""
    numbers = [msgspec.json.decode(event.data) for event in batch.events]
    await connection.execute(
        "INSERT INTO noted (topic_id, numbers, has_gap) VALUES ($1, $2, $3)", batch.topic, numbers, batch.has_gap
    )


NOTED: Final = Consumer("noted", frozenset({"user"}), note)


@contextlib.asynccontextmanager
async def reading(database_url: str, consumer: Consumer = NOTED) -> AsyncIterator[tuple[Consumers, Presence, Database]]:
    """A process that reads the log with one consumer."""
    settings = Settings(database_url=database_url, pool_size=8)
    database = await open_pool(settings)
    presence = Presence(database, RHYTHM)
    jobs = Jobs(database, presence.process)
    consumers = Consumers(database, jobs, READERS)
    consumers.add(consumer)
    bus = PostgresBus(database, lambda: connect(settings))
    await bus.start(Hub(Log(database, READERS), Watchers(jobs, consumers)))
    await presence.start()
    await consumers.start()
    await jobs.start()
    try:
        yield consumers, presence, database
    finally:
        await jobs.stop()
        await presence.stop()
        await bus.stop()
        await database.close()


async def work(database_url: str) -> None:
    async with reading(database_url) as (_, presence, _):
        print(presence.process, flush=True)  # noqa: T201 - for the test
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(work(sys.argv[1]))
