"""A cache in memory, bounded in number and in bytes; concurrent requests for the same key make its answer only once.

An error is cached too, for a shorter time, so that a dead link is not fetched again for everyone who sees it.
"""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import Final, Generic, TypeVar

from coterie.errors import CoterieError

Kept = TypeVar("Kept")

SECONDS: Final = 24 * 3600.0
REFUSED_SECONDS: Final = 300.0
OVERHEAD: Final = 200
"""What an entry costs besides its content, in bytes."""


class Cache(Generic[Kept]):
    """At most `entries` answers, of `size` bytes as `weigh` counts them; the least recently used is dropped first."""

    def __init__(
        self,
        entries: int,
        size: int,
        weigh: Callable[[Kept], int],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._entries: Final = entries
        self._size: Final = size
        self._weigh: Final = weigh
        self._clock: Final = clock
        self._stored: Final[OrderedDict[str, tuple[float, int, Kept | CoterieError]]] = OrderedDict()
        self._making: Final[dict[str, asyncio.Task[Kept]]] = {}
        self._bytes = 0

    def __contains__(self, key: str) -> bool:
        """Whether an answer for the key is cached, or being made."""
        return key in self._making or self._stored.get(key, (0.0, 0, None))[0] > self._clock()

    async def get(self, key: str, make: Callable[[], Awaitable[Kept]]) -> Kept:
        """What is cached under the key, else what `make` returns; raises the error that it raised."""
        good_until, _, kept = self._stored.get(key, (0.0, 0, None))
        if kept is not None and good_until > self._clock():
            self._stored.move_to_end(key)
            if isinstance(kept, CoterieError):
                raise CoterieError(kept.entry, kept.sentence)
            return kept
        if key not in self._making:
            task = self._making[key] = asyncio.create_task(self._make(key, make))
            task.add_done_callback(lambda done: self._made(key, done))
        return await asyncio.shield(self._making[key])  # a caller that is cancelled does not cancel it for the others

    async def close(self) -> None:
        """Cancel whatever is being made."""
        making = list(self._making.values())
        for task in making:
            task.cancel()
        await asyncio.gather(*making, return_exceptions=True)

    async def _make(self, key: str, make: Callable[[], Awaitable[Kept]]) -> Kept:
        try:
            made = await make()
        except CoterieError as error:
            self._keep(key, REFUSED_SECONDS, 0, error)
            raise
        self._keep(key, SECONDS, self._weigh(made), made)
        return made

    def _made(self, key: str, task: asyncio.Task[Kept]) -> None:
        del self._making[key]
        if not task.cancelled():
            task.exception()  # callers that waited have received it; otherwise it is of no interest

    def _keep(self, key: str, seconds: float, weight: int, kept: Kept | CoterieError) -> None:
        weight += OVERHEAD + len(key)
        self._drop(key)
        self._stored[key] = (self._clock() + seconds, weight, kept)
        self._bytes += weight
        while len(self._stored) > self._entries or self._bytes > self._size:
            self._drop(next(iter(self._stored)))

    def _drop(self, key: str) -> None:
        if key in self._stored:
            self._bytes -= self._stored.pop(key)[1]
