"""Turns for opening the gateway: READY takes a dozen queries, and after a start all clients connect at once.

First come, first served, and only on a part of the pool's connections, so that all other requests (and clients already
connected) are served as before. A client that left while it waited costs nothing more.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

SHARE: Final = 3
"""One in `SHARE` of the pool's connections may build READY at a time."""


class Admission:
    """The turns of one process."""

    def __init__(self, pool_size: int) -> None:
        self._turns: Final = asyncio.Semaphore(max(1, pool_size // SHARE))
        self.waiting = 0
        self.building = 0

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Wait for a turn, and keep it for this block."""
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
