"""Turns for opening the gateway: READY takes a dozen queries, and after a start all clients connect at once.

First come, first served, and only on a part of the pool's connections, so that all other requests (and clients already
connected) are served as before. Of one account one client at a time, so that an account with many sockets takes no
turn from others. A client that left while it waited costs nothing more.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final
from uuid import UUID
from weakref import WeakValueDictionary

SHARE: Final = 3
"""One in `SHARE` of the pool's connections may build READY at a time."""


class Admission:
    """The turns of one process."""

    def __init__(self, pool_size: int) -> None:
        self._turns: Final = asyncio.Semaphore(max(1, pool_size // SHARE))
        self._own: Final[WeakValueDictionary[UUID, asyncio.Lock]] = WeakValueDictionary()
        self.waiting = 0
        self.building = 0

    @asynccontextmanager
    async def turn(self, user_id: UUID) -> AsyncIterator[None]:
        """Wait for the account's turn and one of the process's, and keep both for this block."""
        own = self._own.setdefault(user_id, asyncio.Lock())
        async with self._taken(own), self._taken(self._turns):
            self.building += 1
            try:
                yield
            finally:
                self.building -= 1

    @asynccontextmanager
    async def _taken(self, turn: asyncio.Lock | asyncio.Semaphore) -> AsyncIterator[None]:
        self.waiting += 1
        try:
            await turn.acquire()
        finally:
            self.waiting -= 1
        try:
            yield
        finally:
            turn.release()
