"""How PostgreSQL does, by its own statistics: one statement when somebody asks, within two seconds, and not too often.

What needs a right that the user may lack (`pg_read_all_settings`, which `pg_monitor` includes) is left out without it.
"""

import asyncio
import time
from dataclasses import dataclass
from typing import Final

import structlog

from coterie.database.connection import Database, OneConnection
from coterie.database.trouble import TROUBLE
from coterie.metrics.families import Family, counter, gauge

PATIENCE_SECONDS: Final = 2.0
FRESH_SECONDS: Final = 2.0
"""So long the figures serve whoever else asks."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class PostgresFigures:
    """The statistics of one moment. Sizes are in bytes, times in seconds.

    `data_directory` is None where it is not on this machine, or may not be known.
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
    """Asks for the figures, one at a time."""

    def __init__(self, database: Database) -> None:
        self._database: Final = database
        self._asking: Final = asyncio.Lock()
        self._known: PostgresFigures | None = None
        self._roundtrip = 0.0
        self._asked_at = 0.0

    async def figures(self) -> PostgresFigures | None:
        """The figures; None while the database does not answer."""
        async with self._asking:
            if time.monotonic() - self._asked_at > FRESH_SECONDS:
                self._known = await self._ask()
                self._asked_at = time.monotonic()
        return self._known

    async def families(self) -> list[Family]:
        """The figures for Prometheus."""
        figures = await self.figures()
        up = gauge("coterie_database_up", "1 if PostgreSQL answered within two seconds.", float(figures is not None))
        return [up] if figures is None else [up, *_families(figures, self._roundtrip)]

    async def _ask(self) -> PostgresFigures | None:
        try:
            async with asyncio.timeout(PATIENCE_SECONDS), self._database.acquire() as connection:
                began = time.perf_counter()
                await connection.execute("SELECT 1")
                self._roundtrip = time.perf_counter() - began
                return await statistics(connection)
        except TROUBLE as error:
            log.warning("metrics.no_database", reason=type(error).__name__)
            return None


async def statistics(connection: OneConnection) -> PostgresFigures:
    """What PostgreSQL's statistics say of this database, and of the sessions in it besides this one."""
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


def _families(figures: PostgresFigures, roundtrip: float) -> list[Family]:
    transactions = {("committed",): figures.commits, ("rolled back",): figures.rollbacks}
    blocks = {("cache",): figures.blocks_hit, ("disk",): figures.blocks_read}
    rows = {("live",): figures.live_rows, ("dead",): figures.dead_rows}
    return [
        gauge("coterie_database_roundtrip_seconds", "How long an empty statement takes.", roundtrip),
        gauge("coterie_database_size_bytes", "The database on its disk.", figures.size),
        gauge("coterie_database_connections", "Connections to all of PostgreSQL.", figures.connections),
        gauge("coterie_database_connections_limit", "PostgreSQL's max_connections.", figures.connection_limit),
        counter("coterie_database_transactions", "Transactions by outcome.", transactions, "outcome"),
        counter("coterie_database_blocks", "Blocks by where they were found.", blocks, "source"),
        counter("coterie_database_deadlocks", "Deadlocks.", figures.deadlocks),
        counter(
            "coterie_database_temporary_bytes",
            "What queries wrote to disk for lack of memory.",
            figures.temporary_bytes,
        ),
        gauge("coterie_database_longest_query_seconds", "The query that runs for longest now.", figures.longest_query),
        gauge(
            "coterie_database_longest_transaction_seconds",
            "The transaction that is open for longest now; a backup's lasts as long as the backup.",
            figures.longest_transaction,
        ),
        gauge("coterie_database_lock_waits", "Sessions that wait for another's lock.", figures.lock_waits),
        gauge("coterie_database_rows", "Rows of all tables as estimated; dead ones wait for a vacuum.", rows, "state"),
        gauge(
            "coterie_database_transaction_age",
            "Transactions since the oldest row that was not frozen; PostgreSQL stops at two thousand million.",
            figures.transaction_age,
        ),
    ]
