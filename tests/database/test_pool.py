"""The pool's limits, at a real PostgreSQL."""

import contextlib
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest

from coterie.database.connection import Database
from coterie.database.pool import connect, open_pool
from coterie.settings.record import Settings


@contextlib.asynccontextmanager
async def opened(url: str, **options: Any) -> AsyncIterator[Database]:
    pool = await open_pool(Settings(database_url=url, **options))
    try:
        yield pool
    finally:
        await pool.close()


async def test_it_works(pool: Database) -> None:
    assert await pool.fetchval("SELECT count(*) FROM users") == 0


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("application_name", "coterie"),
        ("timezone", "UTC"),
        ("statement_timeout", "30s"),
        ("idle_in_transaction_session_timeout", "1min"),
    ],
)
async def test_every_connection_has_the_settings(database_url: str, setting: str, value: str) -> None:
    async with opened(database_url) as pool:
        assert await pool.fetchval("SELECT current_setting($1)", setting) == value
    alone = await connect(Settings(database_url=database_url))
    assert await alone.fetchval("SELECT current_setting($1)", setting) == value
    await alone.close()


async def test_waiting_for_a_connection_ends(database_url: str) -> None:
    async with opened(database_url, pool_size=2, pool_acquire_timeout=0.05) as pool:
        async with pool.acquire(), pool.acquire():
            with pytest.raises(TimeoutError):
                await pool.fetchval("SELECT 1")
        assert await pool.fetchval("SELECT 1") == 1


async def test_a_long_statement_ends(database_url: str) -> None:
    async with opened(database_url, statement_timeout=0.1) as pool:
        with pytest.raises(asyncpg.QueryCanceledError):
            await pool.execute("SELECT pg_sleep(10)")


async def connections_used(pool: Database) -> int:
    return len({await pool.fetchval("SELECT pg_backend_pid()") for _ in range(6)})


async def test_an_old_connection_is_replaced(database_url: str) -> None:
    async with opened(database_url, pool_size=2) as pool:
        assert await connections_used(pool) <= 2
    async with opened(database_url, pool_size=2, pool_lifetime=1e-9) as pool:
        assert await connections_used(pool) == 6


async def test_a_broken_connection_is_replaced(database_url: str) -> None:
    async with opened(database_url, pool_size=2) as pool:
        for _ in range(3):
            with pytest.raises(asyncpg.PostgresError):
                await pool.execute("SELECT pg_terminate_backend(pg_backend_pid())")
        assert await pool.fetchval("SELECT 1") == 1
