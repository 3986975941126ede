"""Work on edits that would hold up the event loop: it runs in one thread, so that everyone else gets most of the time.

One piece of work at a time for each account, so that an account with many requests waits for itself and not in front of
others. Small work runs at once, since changing to the thread takes longer than an ordinary edit.
"""

import asyncio
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager
from typing import Final, TypeVar
from uuid import UUID
from weakref import WeakValueDictionary

from coterie.documents.deltas import Delta

SMALL: Final = 200
"""This many operations or patches are worked through in about 0.2 ms."""

CODE_POINTS: Final = 50
"""Code points that are encoded and hashed in the time that one operation takes."""

Result = TypeVar("Result")


class Background:
    """The thread of a process."""

    def __init__(self) -> None:
        self._thread: Final = ThreadPoolExecutor(1, "documents")
        self._turns: Final[WeakValueDictionary[UUID, asyncio.Lock]] = WeakValueDictionary()

    async def run(self, work: Callable[[], Result], size: int) -> Result:
        """Do something with this many operations or patches."""
        if size <= SMALL:
            return work()
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)

    async def read(self, work: Callable[[], Result], length: int) -> Result:
        """Encode or hash a text with this many code points."""
        return await self.run(work, length // CODE_POINTS)

    def turn(self, user_id: UUID) -> AbstractAsyncContextManager[None]:
        """Wait until the account has no other work here."""
        return self._turns.setdefault(user_id, asyncio.Lock())

    def close(self) -> None:
        self._thread.shutdown(wait=False, cancel_futures=True)


def size_of(deltas: Iterable[Delta]) -> int:
    return sum(map(len, deltas))
