"""Turns, so that no account takes the time or the connections of others.

A few requests of one account are worked on at a time, and its others wait.

Opening the gateway takes a dozen queries, and after a start all clients connect at once; some lists read thousands of
rows. Such requests are served first come, first served, on a part of the pool's connections only, and those of one
account one at a time. All other requests, and clients that are connected, are served as before. A client that left
while it waited costs nothing more.

A turn ends before the answer is sent, so that clients that read slowly delay nobody.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import Final
from uuid import UUID
from weakref import WeakValueDictionary

from coterie.http.asgi import Scope
from coterie.process.turns import awaiting_turn
from coterie.settings.record import Settings

SHARE: Final = 6
"""One in this number of the pool's connections may build READY at a time, and one may serve costly requests."""

REQUESTS_LIMIT: Final = 8
"""Requests of one account that are worked on at a time. Browsers open six connections over HTTP/1.1."""

HELD: Final = "coterie.turns"


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
        own = await self._take(user_id)
        try:
            yield
        finally:
            self._give_back(own)

    async def take(self, scope: Scope, user_id: UUID) -> None:
        """Wait for a turn, and keep it until the request's answer begins (`release`)."""
        with awaiting_turn():
            own = await self._take(user_id)
        _keep(scope, partial(self._give_back, own))

    async def _take(self, user_id: UUID) -> asyncio.Lock:
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
        return own

    def _give_back(self, own: asyncio.Lock) -> None:
        self.taken -= 1
        self._all.release()
        own.release()


class AccountRequests:
    """At most `limit` requests of one account at a time in this process; None is no limit."""

    def __init__(self, limit: int | None) -> None:
        self._limit: Final = limit
        self._of: Final[WeakValueDictionary[UUID, asyncio.Semaphore]] = WeakValueDictionary()

    async def take(self, scope: Scope, user_id: UUID) -> None:
        """Wait until the account has less to do, and count as one of its requests until the answer begins."""
        if self._limit is None:
            return
        places = self._of.setdefault(user_id, asyncio.Semaphore(self._limit))
        with awaiting_turn():
            await places.acquire()
        _keep(scope, places.release)


def requests_of(settings: Settings) -> AccountRequests:
    """For the requests of one process; without a limit where there are no rate limits."""
    return AccountRequests(REQUESTS_LIMIT if settings.rate_limits and not settings.is_development else None)


def _keep(scope: Scope, release: Callable[[], None]) -> None:
    scope.setdefault("extensions", {}).setdefault(HELD, []).append(release)


def release(scope: Scope) -> None:
    """The request's answer begins, or it has ended: others may have its turns."""
    for each in scope.get("extensions", {}).pop(HELD, ()):
        each()
