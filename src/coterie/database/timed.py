"""Every statement of the pool is timed; a slow one is counted and logged by the name of the function that holds it.

The name is looked up only when a statement was slow, by going up from here: the first function that is neither the
driver's nor of this package. What a statement was given (people's words, hashes) is never looked at.
"""

import sys
import time
from types import FrameType, TracebackType
from typing import Any, Final

import structlog

from coterie.database.announcing import AnnouncingConnection
from coterie.metrics.tallies import DatabaseTally

_PASSED_OVER: Final = ("asyncpg.", "asyncio.", "contextlib", "coterie.database.")

log = structlog.get_logger(__name__)


class TimedConnection(AnnouncingConnection):
    """A connection that counts. `slow_seconds` is how long a statement may take without a line in the log."""

    __slots__ = ("slow_seconds", "tally")

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.tally = DatabaseTally()
        self.slow_seconds = float("inf")

    async def execute(self, query: str, *args: Any, **options: Any) -> Any:
        """As asyncpg's."""
        with _Timed(self):
            return await super().execute(query, *args, **options)

    async def executemany(self, command: str, args: Any, **options: Any) -> Any:
        """As asyncpg's."""
        with _Timed(self):
            return await super().executemany(command, args, **options)

    async def fetch(self, query: Any, *args: Any, **options: Any) -> Any:
        """As asyncpg's."""
        with _Timed(self):
            return await super().fetch(query, *args, **options)

    async def fetchrow(self, query: Any, *args: Any, **options: Any) -> Any:
        """As asyncpg's."""
        with _Timed(self):
            return await super().fetchrow(query, *args, **options)

    async def fetchval(self, query: Any, *args: Any, **options: Any) -> Any:
        """As asyncpg's."""
        with _Timed(self):
            return await super().fetchval(query, *args, **options)


class _Timed:
    """A statement from its beginning to its end."""

    __slots__ = ("_began", "_connection")

    def __init__(self, connection: TimedConnection) -> None:
        self._connection: Final = connection

    def __enter__(self) -> None:
        self._began = time.perf_counter()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        seconds = time.perf_counter() - self._began
        tally = self._connection.tally
        tally.seconds.add(seconds)
        if kind is not None:
            tally.failed[kind.__name__] += 1
        if seconds >= self._connection.slow_seconds:
            name = _name(sys._getframe(1))
            tally.slow[name] += 1
            log.warning("database.slow_query", query=name, ms=round(seconds * 1000), error=kind and kind.__name__)


def _name(frame: FrameType | None) -> str:
    """The function for which a statement was made, such as `messages.queries.page`."""
    while frame is not None:
        module = frame.f_globals.get("__name__", "")
        if not module.startswith(_PASSED_OVER):
            return f"{module.removeprefix('coterie.')}.{frame.f_code.co_name}"
        frame = frame.f_back
    return "unknown"
