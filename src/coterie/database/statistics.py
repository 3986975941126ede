"""PostgreSQL's own statistics: read on request with one statement, within two seconds, and not too often.

What needs a privilege that the user lacks (`pg_read_all_settings`, which `pg_monitor` includes) is left out.
"""

import asyncio
import time
from dataclasses import dataclass
from typing import Final

import structlog

from coterie.database.connection import Database, OneConnection
from coterie.database.trouble import TROUBLE

PATIENCE_SECONDS: Final = 2.0
FRESH_SECONDS: Final = 2.0
"""How long the figures are cached."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class PostgresFigures:
    """The statistics at one moment. Sizes are in bytes, times in seconds.

    `data_directory` is None if it is not on this machine, or the user may not read it.
    """

    size: int
    connections: int
    connection_limit: int
    commits: int
    rollbacks: int
    blocks_read: int
    blocks_hit: int
    deadlocks: int
    temporary_bytes: int
    longest_query: float
    longest_transaction: float
    lock_waits: int
    live_rows: int
    dead_rows: int
    transaction_age: int
    data_directory: str | None


class Postgres:
    """Reads the figures, one request at a time."""

    def __init__(self, database: Database) -> None:
        self._database: Final = database
        self._asking: Final = asyncio.Lock()
        self._known: PostgresFigures | None = None
        self.roundtrip = 0.0
        """Seconds that an empty statement took."""
        self._asked_at = 0.0

    async def figures(self) -> PostgresFigures | None:
        """The figures; None while the database does not respond."""
        async with self._asking:
            if time.monotonic() - self._asked_at > FRESH_SECONDS:
                self._known = await self._ask()
                self._asked_at = time.monotonic()
        return self._known

    async def _ask(self) -> PostgresFigures | None:
        try:
            async with asyncio.timeout(PATIENCE_SECONDS), self._database.acquire() as connection:
                began = time.perf_counter()
                await connection.execute("SELECT 1")
                self.roundtrip = time.perf_counter() - began
                return await statistics(connection)
        except TROUBLE as error:
            log.warning("metrics.no_database", reason=type(error).__name__)
            return None


async def statistics(connection: OneConnection) -> PostgresFigures:
    """PostgreSQL's statistics of this database and of its other connections."""
    row = await connection.fetchrow(
        """
        SELECT pg_database_size(current_database()) AS size,
               (SELECT sum(numbackends)::int FROM pg_stat_database) AS connections,
               current_setting('max_connections')::int AS connection_limit,
               own.xact_commit AS commits, own.xact_rollback AS rollbacks,
               own.blks_read AS blocks_read, own.blks_hit AS blocks_hit,
               own.deadlocks, own.temp_bytes AS temporary_bytes,
               activity.longest_query, activity.longest_transaction, activity.lock_waits,
               tables.live_rows, tables.dead_rows,
               (SELECT age(datfrozenxid) FROM pg_database WHERE datname = current_database()) AS transaction_age,
               CASE WHEN inet_server_addr() IS NULL OR host(inet_server_addr()) IN ('127.0.0.1', '::1') THEN
                   (SELECT setting FROM pg_settings WHERE name = 'data_directory') END AS data_directory
        FROM pg_stat_database AS own
        CROSS JOIN (
            SELECT coalesce(extract(epoch FROM max(clock_timestamp() - query_start) FILTER (WHERE state = 'active')), 0)
                       ::float8 AS longest_query,
                   coalesce(extract(epoch FROM max(clock_timestamp() - xact_start)), 0)::float8 AS longest_transaction,
                   count(*) FILTER (WHERE wait_event_type = 'Lock')::int AS lock_waits
            FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
        ) AS activity
        CROSS JOIN (
            SELECT coalesce(sum(n_live_tup), 0)::bigint AS live_rows, coalesce(sum(n_dead_tup), 0)::bigint AS dead_rows
            FROM pg_stat_user_tables
        ) AS tables
        WHERE own.datname = current_database()
        """
    )
    assert row is not None, "a database that answers has statistics"
    return PostgresFigures(**row)
