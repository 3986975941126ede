"""Whoever opens the gateway takes turns: READY is a dozen queries, and after a start everybody comes at once.

First come, first served, and only a part of the pool's connections at a time, so that all other requests (and those
who are in already) are answered as before. Whoever left while they waited costs nothing more.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

SHARE: Final = 3
"""One in so many of the pool's connections may be building what a client is greeted with."""


class Admission:
    """The turns of one process."""

    def __init__(self, pool_size: int) -> None:
        self._turns: Final = asyncio.Semaphore(max(1, pool_size // SHARE))
        self.waiting = 0
        self.building = 0

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Wait for one's turn, and have it for this block."""
        self.waiting += 1
        try:
            await self._turns.acquire()
        finally:
            self.waiting -= 1
        self.building += 1
        try:
            yield
        finally:
            self.building -= 1
            self._turns.release()
