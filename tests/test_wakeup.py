"""A task that waits for a wakeup: when it returns, and when it does not."""

import asyncio

import pytest

from coterie.process.wakeup import Wakeup
from tests.patience import PATIENCE


async def test_waiting_returns_at_once_when_it_is_set() -> None:
    await asyncio.wait_for(Wakeup(is_set=True).wait(), PATIENCE)


async def test_all_that_wait_return_even_if_it_is_cleared_right_after() -> None:
    wakeup = Wakeup()
    waiting = [asyncio.create_task(wakeup.wait()) for _ in range(3)]
    await asyncio.sleep(0)
    wakeup.set()
    wakeup.clear()
    await asyncio.wait_for(asyncio.gather(*waiting), PATIENCE)
    assert not wakeup.is_set()


async def test_nothing_returns_before_it_is_set() -> None:
    wakeup = Wakeup()
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(wakeup.wait(), 0.01)  # it never returns


async def test_a_cancelled_task_leaves_the_others_waiting() -> None:
    wakeup = Wakeup()
    leaving, staying = (asyncio.create_task(wakeup.wait()) for _ in range(2))
    await asyncio.sleep(0)
    leaving.cancel()
    await asyncio.sleep(0)
    wakeup.set()
    await asyncio.wait_for(staying, PATIENCE)
    assert leaving.cancelled()
