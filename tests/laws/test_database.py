"""The laws of the log, with the database and the bus killed and restarted while people write and listen.

`LAWS_SEED` repeats a run, `LAWS_KILLS` makes it longer.
"""

import asyncio
import contextlib
import os
import random
import signal
from pathlib import Path

import pytest

from coterie.database.embedded import Cluster
from tests.laws.test_live import check_acknowledged, check_log, check_told, listening, members, stored
from tests.laws.world import Writer, servers
from tests.nats_server import NatsServer, nats_server
from tests.variants import in_test_all

# What was committed outlives the process; only a power cut could take it.
QUICK = {"fsync": "off", "full_page_writes": "off"}


class Database:
    """A cluster of the test's own that can be killed."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self.cluster = Cluster.start(directory, settings=QUICK)

    def kill(self) -> None:
        """End PostgreSQL at once, as a crash does, and start it again on what it left."""
        os.kill(self.cluster.process_id, signal.SIGKILL)
        self.cluster.stop()
        self.cluster = Cluster.start(self._directory, settings=QUICK)


@pytest.mark.parametrize("bus", ["postgresql", *in_test_all("processes talk over both buses each time", "nats")])
async def test_a_killed_database_loses_and_doubles_nothing(data_directory: Path, bus: str) -> None:
    seed = int(os.environ.get("LAWS_SEED", random.randrange(2**32)))
    print(f"LAWS_SEED={seed}")  # noqa: T201
    chance = random.Random(seed)
    async with contextlib.AsyncExitStack() as stack:
        nats = stack.enter_context(nats_server()) if bus == "nats" else None
        database = Database(data_directory)
        stack.callback(lambda: database.cluster.stop())
        url = database.cluster.url
        running = await stack.enter_async_context(servers(url, 2, nats.url if nats else ""))
        clients, _, channel = await members(running, 3, stack)
        listeners = [await listening(client, stack) for client in clients]
        writers = [Writer(client, channel, random.Random(chance.random())) for client in clients]
        done = asyncio.Event()
        async with asyncio.TaskGroup() as tasks:
            for writer in writers:
                tasks.create_task(writer.write(done))
            await disturb(database, nats, chance)
            done.set()

        messages = await stored(url, channel)
        position = max(message["version"] for message in messages.values())
        check_log(messages, position)
        for writer in writers:
            check_acknowledged(writer, messages)
            assert writer.acknowledged, "nothing was written at all"
        texts = [message["content"] for message in messages.values() if message["content"]]
        assert len(set(texts)) == len(texts), "stored twice"
        for listener in listeners:
            await listener.reaches(channel, position)
            check_told(listener, channel, messages)


async def disturb(database: Database, nats: NatsServer | None, chance: random.Random) -> None:
    for _ in range(int(os.environ.get("LAWS_KILLS", "2"))):
        await asyncio.sleep(chance.uniform(0.3, 0.8))
        if nats is None or chance.random() < 0.5:
            database.kill()
        if nats is not None:
            nats.kill()
            await asyncio.sleep(chance.uniform(0.0, 0.5))
            nats.start()
    await asyncio.sleep(0.5)  # the writers go on as before
