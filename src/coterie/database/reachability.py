"""Whether the database answers, asked at most once a second, however many want to know."""

import asyncio
import time
from typing import Final, NamedTuple

from coterie.database.connection import Database
from coterie.database.trouble import TROUBLE

ANSWER_SECONDS: Final = 5.0
FRESH_SECONDS: Final = 1.0


class DatabaseAnswer(NamedTuple):
    """The kind of trouble the database has, if any, and after how many seconds that was known."""

    trouble: str | None
    seconds: float


class Reachability:
    """Asks for one process."""

    def __init__(self, database: Database) -> None:
        self._database: Final = database
        self._asking: asyncio.Task[DatabaseAnswer] | None = None
        self._asked_at = 0.0

    async def check(self) -> DatabaseAnswer:
        """The newest answer, at most `FRESH_SECONDS` old; all who ask meanwhile wait for the same one."""
        is_fresh = time.monotonic() - self._asked_at < FRESH_SECONDS
        if self._asking is None or (self._asking.done() and not is_fresh):
            self._asked_at = time.monotonic()
            self._asking = asyncio.create_task(self._ask())
        return await asyncio.shield(self._asking)

    async def _ask(self) -> DatabaseAnswer:
        began = time.perf_counter()
        trouble = None
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                await self._database.fetchval("SELECT 1")
        except TROUBLE as failure:
            trouble = type(failure).__name__
        return DatabaseAnswer(trouble, time.perf_counter() - began)
