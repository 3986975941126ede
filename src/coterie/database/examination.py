"""The doctor's look at the database: all that a start demands of it, and what makes it slow or wrong later."""

import time
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Final

import asyncpg

from coterie import startup
from coterie.database import migrate, reaching
from coterie.database.checks import DATABASE_CHECKS
from coterie.database.migration_files import load
from coterie.database.reaching import Connection
from coterie.findings import Finding, State, of_refusal
from coterie.refusals import Refusal
from coterie.settings import Settings

CLOCK_WARN_SECONDS: Final = 2.0
CLOCK_FAIL_SECONDS: Final = 30.0  # tokens are accepted for a minute past their end
TRANSACTION_WARN_SECONDS: Final = 300.0
BUSY: Final = 0.8


async def examine_database(settings: Settings) -> AsyncIterator[Finding]:
    """Every finding, or the one that it cannot be reached."""
    try:
        reaching.check_database_url(settings.database_url)
        reaching.check_direct_url(settings.database_direct_url)
        connection = await reaching.connect(settings)
    except Refusal as refusal:
        yield of_refusal("database", refusal)
        return
    try:
        yield Finding("database", "ok", f"{reaching.where(settings.direct_url)} answers")
        for name, check in DATABASE_CHECKS:
            try:
                yield Finding(name, "ok", await check(connection, settings))
            except Refusal as refusal:
                yield of_refusal(name, refusal)
        yield await _activity(connection)
        yield await _clock(connection)
        yield await _schema(connection)
    finally:
        await connection.close(timeout=2)


async def _activity(connection: Connection) -> Finding:
    """Who uses the database, and whether one holds up the others."""
    row = await connection.fetchrow("""
        SELECT count(*) AS used, current_setting('max_connections')::int AS allowed,
               count(*) FILTER (WHERE datname = current_database() AND wait_event_type = 'Lock'
                                AND clock_timestamp() - query_start > '5 seconds') AS waiting,
               coalesce(extract(epoch FROM max(clock_timestamp() - xact_start)
                   FILTER (WHERE datname = current_database() AND pid <> pg_backend_pid())), 0)::float AS longest
        FROM pg_stat_activity WHERE backend_type = 'client backend'
    """)
    assert row is not None
    found = f"{row['used']} of {row['allowed']} connections, the oldest transaction {row['longest']:.0f} s"
    found += f", {row['waiting']} wait for a lock" if row["waiting"] else ""
    is_busy = row["used"] >= BUSY * row["allowed"] or row["waiting"] or row["longest"] > TRANSACTION_WARN_SECONDS
    remedy = "see docs/operating/runbooks/pool-exhausted.md" if is_busy else ""
    return Finding("database activity", "warn" if is_busy else "ok", found, remedy)


async def _clock(connection: Connection) -> Finding:
    before = time.time()
    theirs: datetime = await connection.fetchval("SELECT clock_timestamp()")
    ours = (before + time.time()) / 2
    apart = abs(theirs.timestamp() - ours)
    state: State = "fail" if apart > CLOCK_FAIL_SECONDS else "warn" if apart > CLOCK_WARN_SECONDS else "ok"
    remedy = "" if state == "ok" else "let both machines keep time by NTP"
    return Finding("clock", state, f"{apart:.1f} s apart from the database's", remedy)


async def _schema(connection: Connection) -> Finding:
    await connection.execute("SET lock_timeout = '3s'")
    try:
        known, applied = load(), await migrate.history(connection)
        with startup.migration_refusals():
            migrate.check(known, applied)
        if waiting := len(known) - len(applied):
            return Finding("schema", "warn", f"{waiting} migrations are to be applied", "`coterie serve` applies them")
        return Finding("schema", "ok", await startup.check_schema(connection))
    except Refusal as refusal:
        return of_refusal("schema", refusal)
    except asyncpg.LockNotAvailableError:
        remedy = "wait for it, or see docs/operating/runbooks/pool-exhausted.md"
        return Finding("schema", "warn", "somebody keeps a table to themselves, such as a migration", remedy)
