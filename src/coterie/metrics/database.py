"""What only the database knows, for Prometheus: PostgreSQL's statistics, and how many jobs there are."""

import asyncio

import structlog

from coterie.database.connection import Database
from coterie.database.statistics import PATIENCE_SECONDS, Postgres, PostgresFigures
from coterie.database.trouble import TROUBLE
from coterie.jobs import administration
from coterie.jobs.consumers import Consumers
from coterie.metrics.families import Family, counter, gauge

log = structlog.get_logger(__name__)


async def families(postgres: Postgres) -> list[Family]:
    figures = await postgres.figures()
    up = gauge("coterie_database_up", "1 if PostgreSQL answered within two seconds.", float(figures is not None))
    return [up] if figures is None else [up, *_families(figures, postgres.roundtrip)]


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


async def queues(connections: Database, consumers: Consumers) -> list[Family]:
    """The background jobs of each kind, and what readers of the log have to do; nothing if the database is away."""
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            found = await administration.figures(connections)
            behind = {(name,): count for name, count in (await consumers.behind()).items()}
    except TROUBLE as error:
        log.warning("metrics.no_jobs", reason=type(error).__name__)
        return []
    states = {(each.kind, state): getattr(each, state) for each in found for state in administration.STATES}
    overdue = {(each.kind,): each.overdue.total_seconds() for each in found}
    lag = "Topics in which something happened that the reader of the log has not handled."
    about = "Seconds since the oldest job was due that no process has begun."
    return [
        gauge("coterie_jobs", "Background jobs; those that have failed wait for you.", states, "kind", "state"),
        gauge("coterie_job_overdue_seconds", about, overdue, "kind"),
        gauge("coterie_consumer_topics_behind", lag, behind, "consumer"),
    ]
