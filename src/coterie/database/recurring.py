"""Background work that a process repeats until it ends.

A failure is logged and the work is tried again: the database may be unreachable for a while, and what is done here
(deleting files, ending a ban) would otherwise never be done. So the work must be safe to interrupt and repeat.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Final

import structlog

from coterie.database.trouble import report

log = structlog.get_logger(__name__)

Work = Callable[[], Awaitable[float | None]]
"""Does what is due; can return in how many seconds to run next, instead of after the usual pause."""


class Recurring:
    """One kind of work, and the usual pause in seconds; if `is_soon`, there is no pause before the first run."""

    def __init__(self, name: str, work: Work, seconds: float, *, is_soon: bool = True) -> None:
        self._name: Final = name
        self._work: Final = work
        self._seconds: Final = seconds
        self._wake: Final = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        if is_soon:
            self._wake.set()

    def start(self) -> None:
        self._task = asyncio.create_task(self._run())

    def wake(self) -> None:
        """Run the work now, or once more if it is running."""
        self._wake.set()

    async def stop(self) -> None:
        """Interrupt the work if it is running."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])

    async def _run(self) -> None:
        pause = self._seconds
        while True:
            await self._rest(pause)
            pause = await self._try()

    async def _rest(self, seconds: float) -> None:
        """Until it is woken, or for this time. Not by `wait_for`: in Python 3.11 that can lose a cancellation."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._wake.wait()
                self._wake.clear()

    async def _try(self) -> float:
        try:
            pause = await self._work()
            return self._seconds if pause is None else pause
        except Exception as error:
            report(log, "recurring.failed", error, work=self._name)
        return self._seconds
