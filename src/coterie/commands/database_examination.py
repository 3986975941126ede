"""The doctor's checks of the database: everything that a start requires, and what causes trouble later."""

import contextlib
import time
from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path
from typing import Final

import asyncpg

from coterie.accounts import demo_queries
from coterie.commands.disk_space import shown, state_of
from coterie.commands.findings import Finding, State, of_refusal
from coterie.database import connecting, migrate
from coterie.database.checks import DATABASE_CHECKS
from coterie.database.connecting import Connection
from coterie.database.migration_files import load
from coterie.database.statistics import statistics
from coterie.process.refusals import Refusal
from coterie.settings.record import Settings
from coterie.space.disks import disk_of
from coterie.startup import preparation

CLOCK_WARN_SECONDS: Final = 2.0
CLOCK_FAIL_SECONDS: Final = 30.0  # tokens are accepted for a minute after they expire
TRANSACTION_WARN_SECONDS: Final = 300.0
BUSY: Final = 0.8


async def examine_database(settings: Settings) -> AsyncIterator[Finding]:
    """Every finding, or a single one if the database cannot be reached."""
    try:
        connecting.check_database_url(settings.database_url)
        connecting.check_direct_url(settings.database_direct_url)
        connection = await connecting.connect(settings)
    except Refusal as refusal:
        yield of_refusal("database", refusal)
        return
    try:
        yield Finding("database", "ok", f"{connecting.where(settings.direct_url)} answers")
        for name, check in DATABASE_CHECKS:
            try:
                yield Finding(name, "ok", await check(connection, settings))
            except Refusal as refusal:
                yield of_refusal(name, refusal)
        yield await _activity(connection)
        yield await _space(connection, settings)
        yield await _clock(connection)
        yield await _schema(connection)
        async for finding in _demo(connection, settings):
            yield finding
    finally:
        await connection.close(timeout=2)


async def _space(connection: Connection, settings: Settings) -> Finding:
    """Whether the database has space, as far as it is on this machine or has a limit."""
    figures = await statistics(connection)
    size = f"the database has {figures.size / 1024**3:.1f} GB"
    if 0 < settings.database_limit < figures.size:
        remedy = "delete what is not needed, or raise COTERIE_DATABASE_LIMIT"
        return Finding("database space", "fail", f"{size}: writes are refused", remedy)
    disk = disk_of(Path(figures.data_directory)) if figures.data_directory else None
    if disk is None:
        return Finding("database space", "ok", size)
    state = state_of(disk, settings.disk_reserve)
    remedy = "" if state == "ok" else "make room on the disk of the database: see docs/operating/runbooks/disk-full.md"
    return Finding("database space", state, f"{size}; {shown(disk, settings.disk_reserve)}", remedy)


async def _activity(connection: Connection) -> Finding:
    """Who uses the database, and whether a transaction blocks others."""
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
    found += f", {row['waiting']} waiting for a lock" if row["waiting"] else ""
    is_busy = row["used"] >= BUSY * row["allowed"] or row["waiting"] or row["longest"] > TRANSACTION_WARN_SECONDS
    remedy = "see docs/operating/runbooks/pool-exhausted.md" if is_busy else ""
    return Finding("database activity", "warn" if is_busy else "ok", found, remedy)


async def _clock(connection: Connection) -> Finding:
    before = time.time()
    theirs: datetime = await connection.fetchval("SELECT clock_timestamp()")
    ours = (before + time.time()) / 2
    apart = abs(theirs.timestamp() - ours)
    state: State = "fail" if apart > CLOCK_FAIL_SECONDS else "warn" if apart > CLOCK_WARN_SECONDS else "ok"
    remedy = "" if state == "ok" else "keep the time of both machines with NTP"
    return Finding("clock", state, f"{apart:.1f} s apart from the clock of the database", remedy)


async def _demo(connection: Connection, settings: Settings) -> AsyncIterator[Finding]:
    passing = (asyncpg.UndefinedTableError, asyncpg.UndefinedColumnError, asyncpg.LockNotAvailableError)
    with contextlib.suppress(*passing):  # not migrated yet, or another finding names what blocks
        if not settings.is_development and (names := await demo_queries.demo_names(connection)):
            found = f"{', '.join(names)} still have the published password"
            state: State = "fail" if settings.allow_demo_accounts else "warn"
            yield Finding("demo accounts", state, found, "`coterie user reset-password`, or `coterie user disable`")


async def _schema(connection: Connection) -> Finding:
    await connection.execute("SET lock_timeout = '3s'")
    try:
        known, applied = load(), await migrate.history(connection)
        with preparation.migration_refusals():
            migrate.check(known, applied)
        if waiting := len(known) - len(applied):
            return Finding("schema", "warn", f"{waiting} migrations are pending", "`coterie serve` applies them")
        return Finding("schema", "ok", await preparation.check_schema(connection))
    except Refusal as refusal:
        return of_refusal("schema", refusal)
    except asyncpg.LockNotAvailableError:
        remedy = "wait for it, or see docs/operating/runbooks/pool-exhausted.md"
        return Finding("schema", "warn", "something locks a table, such as a migration", remedy)
