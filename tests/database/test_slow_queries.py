"""Slow statements are logged under the name of the function that holds them, never with their values."""

import asyncpg
import pytest
import structlog

from coterie.database.connection import Connection, Database
from coterie.database.pool import open_pool, pool_of
from coterie.settings.record import Settings

SECRET = "words of a person"


async def long_one(connection: Connection) -> None:
    await connection.fetchval("SELECT $1::text FROM (SELECT pg_sleep(0.08)) AS waiting", SECRET)


async def broken_one(database: Database) -> None:
    async with database.acquire() as connection, connection.transaction():
        await connection.execute("SELECT length($1::text) / length(pg_sleep(0.08)::text)", SECRET)


async def test_it_works(database_url: str) -> None:
    pool = await open_pool(Settings(database_url=database_url, pool_size=2, slow_query_ms=60.0))
    tally = pool_of(pool).tally
    with structlog.testing.capture_logs() as lines:
        await long_one(pool)
        async with pool.acquire() as connection:
            await long_one(connection)
        with pytest.raises(asyncpg.DivisionByZeroError):
            await broken_one(pool)
    pool.terminate()
    slow = [line for line in lines if line["event"] == "database.slow_query"]
    here = "tests.database.test_slow_queries"
    assert {line["query"] for line in slow} == {f"{here}.long_one", f"{here}.broken_one"}
    assert tally.slow[f"{here}.long_one"] == 2
    assert tally.slow.total() == len(slow)
    assert all(line["ms"] >= 60 and line["log_level"] == "warning" for line in slow)
    assert [line["error"] for line in slow if line["error"]] == ["DivisionByZeroError"]
    assert SECRET not in str(lines)
    assert "SELECT" not in str(lines)
    assert tally.failed == {"DivisionByZeroError": 1}
    assert sum(tally.seconds.counts) >= 4, "the transaction's beginning and end as well"
    assert sum(tally.waits.counts) == 3


async def test_quick_statements_are_counted_and_not_logged(database_url: str) -> None:
    pool = await open_pool(Settings(database_url=database_url, pool_size=2, slow_query_ms=3_600_000.0))
    with structlog.testing.capture_logs() as lines:
        await long_one(pool)
    pool.terminate()
    assert not [line for line in lines if line["event"] == "database.slow_query"]
    assert (sum(pool_of(pool).tally.seconds.counts), pool_of(pool).tally.slow.total()) == (1, 0)


async def test_waits_are_counted(database_url: str) -> None:
    pool = await open_pool(Settings(database_url=database_url, pool_size=2, pool_acquire_timeout=0.5))
    async with pool.acquire(), pool.acquire():
        with pytest.raises(TimeoutError):
            await pool.fetchval("SELECT 1")
    pool.terminate()
    assert (pool_of(pool).waiting, pool_of(pool).refused) == (0, 1)
    assert sum(pool_of(pool).tally.waits.counts) == 3
