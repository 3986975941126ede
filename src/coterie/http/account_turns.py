"""Turns for what costs much, so that no account takes the time or the connections of others.

Opening the gateway takes a dozen queries, and after a start all clients connect at once; some lists read thousands of
rows. Such requests are served first come, first served, on a part of the pool's connections only, and those of one
account one at a time. All other requests, and clients that are connected, are served as before. A client that left
while it waited costs nothing more.

A turn ends before the answer is sent, so that clients that read slowly delay nobody.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final
from uuid import UUID
from weakref import WeakValueDictionary

from coterie.http.asgi import Scope
from coterie.process.turns import awaiting_turn

SHARE: Final = 6
"""One in this number of the pool's connections may build READY at a time, and one may serve costly requests."""

HELD: Final = "coterie.turn"


class AccountTurns:
    """The turns of one process for one kind of work; at least one."""

    def __init__(self, pool_size: int) -> None:
        self._all: Final = asyncio.Semaphore(max(1, pool_size // SHARE))
        self._own: Final[WeakValueDictionary[UUID, asyncio.Lock]] = WeakValueDictionary()
        self.waiting = 0
        self.taken = 0

    @asynccontextmanager
    async def turn(self, user_id: UUID) -> AsyncIterator[None]:
        """Wait for a turn, and keep it for this block."""
        held = await self._take(user_id)
        try:
            yield
        finally:
            held.release()

    async def take(self, scope: Scope, user_id: UUID) -> None:
        """Wait for a turn, and keep it until the request's answer begins (`release`)."""
        with awaiting_turn():
            scope.setdefault("extensions", {})[HELD] = await self._take(user_id)

    async def _take(self, user_id: UUID) -> "HeldTurn":
        own = self._own.setdefault(user_id, asyncio.Lock())
        self.waiting += 1
        try:
            await own.acquire()
            try:
                await self._all.acquire()
            except BaseException:
                own.release()
                raise
        finally:
            self.waiting -= 1
        self.taken += 1
        return HeldTurn(self, own)

    def _give_back(self, own: asyncio.Lock) -> None:
        self.taken -= 1
        self._all.release()
        own.release()


class HeldTurn:
    """A turn of an account."""

    def __init__(self, turns: AccountTurns, own: asyncio.Lock) -> None:
        self._turns: Final = turns
        self._own: Final = own
        self._is_held = True

    def release(self) -> None:
        """End it; a second time changes nothing."""
        if self._is_held:
            self._is_held = False
            self._turns._give_back(self._own)


def release(scope: Scope) -> None:
    """The request's answer begins, or it has ended: others may have its turn."""
    held: HeldTurn | None = scope.get("extensions", {}).get(HELD)
    if held is not None:
        held.release()
