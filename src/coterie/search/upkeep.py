"""Keeps the index of words quick: what inserts only noted is moved to its place, off the path of any request.

A full list would be emptied by an insert, which would wait for it, and a long one makes every search slower. One
process at a time does it, and the more there was, the sooner again.
"""

import asyncio
import contextlib
from typing import Final

import structlog

from coterie.database.connection import Database
from coterie.database.trouble import TROUBLE
from coterie.search import queries

SHORTEST: Final = 1.0
LONGEST: Final = 15.0
"""Seconds between two times, when there is much to do and when there is little."""
MANY_PAGES: Final = 64
"""Of 8 kB: half a megabyte of notes, a few thousand messages."""

log = structlog.get_logger(__name__)


class Upkeep:
    """The task of one process."""

    def __init__(self, database: Database) -> None:
        self._database: Final = database
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        if self._task:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def _run(self) -> None:
        pause = SHORTEST
        while True:
            await asyncio.sleep(pause)
            pause = next_pause(pause, await self._clean())

    async def _clean(self) -> int | None:
        try:
            return await queries.clean(self._database)
        except TROUBLE as error:
            log.warning("search.upkeep_failed", reason=type(error).__name__)
            return None


def next_pause(pause: float, pages: int | None) -> float:
    """How long to wait after so many pages, in seconds."""
    return SHORTEST if pages is not None and pages >= MANY_PAGES else min(pause * 2, LONGEST)
