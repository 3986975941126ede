"""Times every statement of the pool; slow ones are counted and logged with the name of the function that contains them.

The name is looked up only for slow statements, by walking up the stack: the first function that is neither the driver's
nor in this package. The parameters of a statement (people's messages, hashes) are never read.
"""

import sys
import time
from types import FrameType, TracebackType
from typing import Any, Final

import structlog

from coterie.database.announcing import AnnouncingConnection
from coterie.process.tallies import DatabaseTally

_PASSED_OVER: Final = ("asyncpg.", "asyncio.", "contextlib", "coterie.database.")

log = structlog.get_logger(__name__)


class TimedConnection(AnnouncingConnection):
    """A connection that times its statements. Those that take longer than `slow_seconds` are logged."""

    __slots__ = ("slow_seconds", "tally")

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.tally = DatabaseTally()
        self.slow_seconds = float("inf")

    async def execute(self, query: str, *args: Any, **options: Any) -> Any:
        """Like asyncpg's."""
        with _Timed(self):
            return await super().execute(query, *args, **options)

    async def executemany(self, command: str, args: Any, **options: Any) -> Any:
        """Like asyncpg's."""
        with _Timed(self):
            return await super().executemany(command, args, **options)

    async def fetch(self, query: Any, *args: Any, **options: Any) -> Any:
        """Like asyncpg's."""
        with _Timed(self):
            return await super().fetch(query, *args, **options)

    async def fetchrow(self, query: Any, *args: Any, **options: Any) -> Any:
        """Like asyncpg's."""
        with _Timed(self):
            return await super().fetchrow(query, *args, **options)

    async def fetchval(self, query: Any, *args: Any, **options: Any) -> Any:
        """Like asyncpg's."""
        with _Timed(self):
            return await super().fetchval(query, *args, **options)


class _Timed:
    """Times one statement."""

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
    """The function that runs the statement, such as `messages.queries.page`."""
    while frame is not None:
        module = frame.f_globals.get("__name__", "")
        if not module.startswith(_PASSED_OVER):
            return f"{module.removeprefix('coterie.')}.{frame.f_code.co_name}"
        frame = frame.f_back
    return "unknown"
