"""Processes are killed in the middle of many jobs: none is lost, and effects in the database happen once."""

import asyncio
import signal
import sys
from contextlib import AsyncExitStack, suppress
from uuid import UUID

import pytest

from coterie.database.connection import Database
from coterie.jobs.actions import enqueue
from tests.jobs.test_jobs import is_empty, until
from tests.jobs.worker import COUNTED
from tests.patience import PATIENCE

JOBS = 10_000
KILLS = 3


class Worker:
    """A process of its own that works."""

    def __init__(self, process: asyncio.subprocess.Process, id: UUID) -> None:
        self.process = process
        self.id = id

    @classmethod
    async def start(cls, database_url: str, module: str = "tests.jobs.worker") -> "Worker":
        command = (sys.executable, "-m", module, database_url)
        process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
        assert process.stdout is not None
        async with asyncio.timeout(PATIENCE):
            return cls(process, UUID((await process.stdout.readline()).decode().strip()))

    async def kill(self) -> None:
        with suppress(ProcessLookupError):
            self.process.send_signal(signal.SIGKILL)
        await self.process.wait()


@pytest.mark.extended("the same with few jobs and one kill is in test_jobs.py, as a process that is found dead")
async def test_nothing_is_lost_or_done_twice(pool: Database, database_url: str) -> None:
    await pool.execute("CREATE TABLE effects (number INTEGER NOT NULL)")
    await enqueue(pool, *(COUNTED.job(str(number), number) for number in range(JOBS)))
    async with AsyncExitStack() as stack:
        workers = []
        for _ in range(2):
            workers.append(await Worker.start(database_url))
            stack.push_async_callback(workers[-1].kill)
        for number in range(1, KILLS + 1):
            await reach(pool, number * JOBS // (KILLS + 1))
            victim = workers.pop(0)
            await victim.kill()
            await pool.execute("UPDATE processes SET seen_at = now() - interval '1 hour' WHERE id = $1", victim.id)
            workers.append(await Worker.start(database_url))
            stack.push_async_callback(workers[-1].kill)
        await reach(pool, JOBS)
        await until(lambda: is_empty(pool))
    counted = await pool.fetchrow("SELECT count(*), count(DISTINCT number), max(number) FROM effects")
    assert counted is not None
    assert tuple(counted) == (JOBS, JOBS, JOBS - 1)


async def reach(pool: Database, wanted: int) -> None:
    """Wait for this many effects, for as long as there are more and more."""
    reached = 0
    while reached < wanted:
        before = reached
        async with asyncio.timeout(PATIENCE):
            while reached == before:
                reached = await pool.fetchval("SELECT count(*) FROM effects")
                await asyncio.sleep(0.05)
