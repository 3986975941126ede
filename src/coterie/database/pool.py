"""The connections to PostgreSQL, each with limits on every wait.

Nothing waits forever: not a request for a connection, not a statement, not a transaction that was left open.
Connections are replaced after a while, since a PostgreSQL backend keeps the memory that it once used.
"""

import asyncio
import time
from typing import TYPE_CHECKING, Any, Final

import asyncpg
import structlog

from coterie.database.announcing import Publish
from coterie.database.connection import Database
from coterie.database.timed import TimedConnection
from coterie.database.trouble import TROUBLE, PoolExhaustedError
from coterie.process.tallies import DatabaseTally
from coterie.process.turns import awaiting_turn
from coterie.settings.record import Settings

if TYPE_CHECKING:
    PooledConnection = asyncpg.pool.PoolConnectionProxy[asyncpg.Record]
    OwnConnection = asyncpg.Connection[asyncpg.Record]
    _AcquireContext = asyncpg.pool.PoolAcquireContext[asyncpg.Record]
else:
    PooledConnection = asyncpg.pool.PoolConnectionProxy
    OwnConnection = asyncpg.Connection
    _AcquireContext = asyncpg.pool.PoolAcquireContext

_CONNECT_SECONDS: Final = 10.0
# Kept open even when idle, so that the first request after a quiet hour need not wait for a connection.
_SMALLEST_POOL: Final = 2
# Prepared statements per connection, asyncpg's default. None behind a pooler: the next statement may run on a backend
# that does not have them.
_STATEMENTS_KEPT: Final = 100
# PostgreSQL itself cancels a statement before that; this is for a PostgreSQL that hangs or cannot be reached any more.
_BEYOND_STATEMENT_SECONDS: Final = 5.0

NEARLY_EXHAUSTED: Final = 0.8
"""The share of connections in use at which the operator is warned."""

WARNING_SECONDS: Final = 60.0
"""At most one such warning in this time."""

log = structlog.get_logger(__name__)


async def open_pool(settings: Settings, publish: Publish | None = None) -> Database:
    """Open a pool with the limits in `settings`. Raises what asyncpg raises.

    `publish` receives the notifications of committed changes; without it, PostgreSQL itself sends them.
    """
    pool = LimitedPool(settings, publish)
    await pool
    return pool


def pool_of(database: Database) -> "LimitedPool":
    """The pool that `open_pool` opened, with its figures."""
    assert isinstance(database, LimitedPool), "opened by `open_pool`"
    return database


async def connect(settings: Settings) -> OwnConnection:
    """Open one connection outside the pool, for listening or migrating. Raises what asyncpg raises."""
    return await asyncpg.connect(
        settings.direct_url, timeout=_CONNECT_SECONDS, server_settings=_server_settings(settings)
    )


PLANNING: Final = {
    "plan_cache_mode": "force_generic_plan",
    "enable_seqscan": "off",
    "enable_bitmapscan": "off",
    "jit": "off",
}
"""How the statements of requests are planned: once for each connection, row by row along indexes and in their order,
whatever the statistics say at that moment. Search and what deletes old rows ask for other plans in their transactions.

With a stock `random_page_cost` PostgreSQL would plan the statement that stores messages for every message, which
takes longer than to execute it; and a plan that was made while a table was nearly empty would scan all of it later on.
"""


def _server_settings(settings: Settings) -> dict[str, str]:
    """A transaction that was left open would hold its locks, such as a topic's, forever."""
    return {
        "application_name": "coterie",
        "timezone": "UTC",
        "statement_timeout": f"{settings.statement_timeout * 1000:.0f}ms",
        "idle_in_transaction_session_timeout": "60s",
    }


def _pooled_settings() -> dict[str, str]:
    """The settings that a pooler carries over between backends; it takes no others, so the role must set the limits."""
    return {"application_name": "coterie", "timezone": "UTC"}


class _DatedConnection(TimedConnection):
    __slots__ = ("made_at",)

    def __init__(self, *arguments: object) -> None:
        super().__init__(*arguments)
        self.made_at = time.monotonic()

    def get_reset_query(self) -> str:
        """Empty: our statements leave no state in the database session, and a reset would be a second round trip."""
        return ""


class LimitedPool(Database):
    """asyncpg's pool, with a default time-out and a lifetime for its connections."""

    def __init__(self, settings: Settings, publish: Publish | None) -> None:
        self.tally: Final = DatabaseTally()
        super().__init__(
            settings.database_url,
            min_size=_SMALLEST_POOL,
            max_size=settings.pool_size,
            max_queries=2**62,
            max_inactive_connection_lifetime=settings.pool_idle_time,
            loop=None,
            connection_class=_DatedConnection,
            record_class=asyncpg.Record,
            timeout=_CONNECT_SECONDS,
            command_timeout=settings.statement_timeout + _BEYOND_STATEMENT_SECONDS,
            server_settings=_pooled_settings() if settings.is_pooled else {**_server_settings(settings), **PLANNING},
            init=self._adopt,
            statement_cache_size=0 if settings.is_pooled else _STATEMENTS_KEPT,
            connect=self._counted_connect,
        )
        self.publish: Final = publish
        self._acquire_timeout = settings.pool_acquire_timeout
        self._lifetime = settings.pool_lifetime
        self._size: Final = settings.pool_size
        self._slow_seconds: Final = settings.slow_query_ms / 1000
        self._warned_at = -WARNING_SECONDS
        self.waiting = 0
        self.refused = 0

    @property
    def in_use(self) -> int:
        """The number of connections in use."""
        free: asyncio.Queue[Any] = self._queue  # type: ignore[attr-defined]  # asyncpg's own queue of free connections
        return self._size - free.qsize()

    async def _adopt(self, connection: OwnConnection | PooledConnection) -> None:
        assert isinstance(connection, TimedConnection), "the pool's own kind"
        connection.publish = self.publish
        connection.tally, connection.slow_seconds = self.tally, self._slow_seconds

    async def _counted_connect(self, *arguments: Any, **options: Any) -> OwnConnection:
        try:
            return await asyncpg.connect(*arguments, **options)
        except TROUBLE:
            self.tally.failed_connections += 1
            raise

    def acquire(self, *, timeout: float | None = None) -> _AcquireContext:
        """Like asyncpg's, but raises `TimeoutError` after the time in the settings unless `timeout` is given."""
        return super().acquire(timeout=self._acquire_timeout if timeout is None else timeout)

    async def _acquire(self, timeout: float | None) -> PooledConnection:  # noqa: ASYNC109
        """What `acquire` awaits. Raises PoolExhaustedError if no connection became free in time."""
        self._warn_if_nearly_exhausted()
        if self.in_use < self._size:
            return await self._acquire_one(timeout)
        self.waiting += 1
        try:
            with awaiting_turn():
                return await self._acquire_one(timeout)
        finally:
            self.waiting -= 1

    async def _acquire_one(self, timeout: float | None) -> PooledConnection:  # noqa: ASYNC109
        began = time.perf_counter()
        try:
            connection: PooledConnection = await super()._acquire(timeout)  # type: ignore[misc]
            return connection
        except TimeoutError:
            if self.in_use < self._size:
                raise  # connecting took too long, not waiting
            self.refused += 1
            raise PoolExhaustedError from None
        finally:
            self.tally.waits.add(time.perf_counter() - began)

    def _warn_if_nearly_exhausted(self) -> None:
        in_use, now = self.in_use + 1, time.monotonic()
        if in_use >= NEARLY_EXHAUSTED * self._size and now - self._warned_at >= WARNING_SECONDS:
            self._warned_at = now
            log.warning(
                "pool.nearly_exhausted",
                in_use=min(in_use, self._size),
                size=self._size,
                waiting=self.waiting,
                remedy="COTERIE_POOL_SIZE, if PostgreSQL has processors to spare; see docs/operating",
            )

    async def release(
        self,
        connection: PooledConnection,
        *,
        timeout: float | None = None,  # noqa: ASYNC109
    ) -> None:
        """Like asyncpg's, but closes a connection that has reached its lifetime; the pool opens a new one."""
        # None: the connection failed and has already left the pool.
        made_at: float | None = getattr(connection, "made_at", None)
        if made_at is not None and time.monotonic() - made_at > self._lifetime:
            await connection.close(timeout=_CONNECT_SECONDS)
        await super().release(connection, timeout=timeout)
