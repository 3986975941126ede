"""Recurring work: only stopping it ends it."""

import asyncio

import asyncpg
import pytest

from coterie.database.recurring import Recurring
from tests.patience import PATIENCE

LONG = 3600.0


class Worker:
    """Counts its work, and fails when told to."""

    def __init__(self, *failures: Exception | None, pause: float = 0.0) -> None:
        self.failures = list(failures)
        self.pause = pause
        self.times = 0
        self.worked = asyncio.Event()

    async def work(self) -> float:
        self.times += 1
        self.worked.set()
        failure = self.failures.pop(0) if self.failures else None
        if failure is not None:
            raise failure
        return self.pause

    async def wait_for(self, times: int) -> None:
        async with asyncio.timeout(PATIENCE):
            while self.times < times:
                self.worked.clear()
                await self.worked.wait()


async def test_it_is_done_at_once_and_again_after_the_pause() -> None:
    worker = Worker()
    recurring = Recurring("work", worker.work, LONG)
    recurring.start()
    await worker.wait_for(3)
    await recurring.stop()


async def test_it_waits_before_the_first_time_if_asked_to() -> None:
    worker = Worker()
    recurring = Recurring("work", worker.work, LONG, is_soon=False)
    recurring.start()
    await asyncio.sleep(0.05)
    assert worker.times == 0
    await recurring.stop()


@pytest.mark.parametrize("failure", [asyncpg.PostgresError("the database has trouble"), ValueError("a bug")])
async def test_a_failure_does_not_end_it(failure: Exception) -> None:
    worker = Worker(failure)
    recurring = Recurring("work", worker.work, 0.01)
    recurring.start()
    await worker.wait_for(2)
    await recurring.stop()


async def test_waking_ends_the_pause() -> None:
    worker = Worker(pause=LONG)
    recurring = Recurring("work", worker.work, LONG)
    recurring.start()
    await worker.wait_for(1)
    recurring.wake()
    await worker.wait_for(2)
    await recurring.stop()
    recurring.wake()
    await asyncio.sleep(0.05)
    assert worker.times == 2


async def test_stopping_cuts_off_what_is_under_way_and_may_come_before_the_start() -> None:
    async def endless() -> float:
        await asyncio.Event().wait()
        return 0.0

    recurring = Recurring("work", endless, LONG)
    await recurring.stop()
    recurring.start()
    await asyncio.sleep(0.01)
    async with asyncio.timeout(PATIENCE):
        await recurring.stop()


@pytest.mark.parametrize("turns", range(6))
async def test_stopping_ends_it_at_any_moment_of_its_waking(turns: int) -> None:
    """Each turn of the loop in which it wakes."""

    async def endless() -> float:
        await asyncio.Event().wait()
        return 0.0

    recurring = Recurring("work", endless, LONG, is_soon=False)
    recurring.start()
    for _ in range(3):
        await asyncio.sleep(0)
    recurring.wake()
    for _ in range(turns):
        await asyncio.sleep(0)
    async with asyncio.timeout(PATIENCE):
        await recurring.stop()
