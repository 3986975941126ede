"""Runs the real `coterie import` in a process of its own, to its end or until it is killed."""

import asyncio
import contextlib
import sys
from collections.abc import AsyncIterator
from typing import Final

from coterie.database.pool import OwnConnection
from tests.patience import PATIENCE
from tests.startup.conftest import ELSEWHERE, environment

STOP: Final = 20_240_531
"""The advisory lock at which a command stops."""

_IS_STOPPED: Final = """
SELECT TRUE FROM pg_locks WHERE locktype = 'advisory' AND objid = $1 AND NOT granted
AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""


async def start(url: str, *words: str, **variables: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "coterie", "import", *words),
        env=environment(DATABASE_URL=url, **variables),
        cwd=ELSEWHERE.name,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )


async def finish(url: str, *words: str, **variables: str) -> str:
    """Run it to a good end; answers what it said."""
    process = await start(url, *words, **variables)
    said, _ = await asyncio.wait_for(process.communicate(), PATIENCE)
    assert process.returncode == 0, said.decode()
    return said.decode()


async def kill_at(here: OwnConnection, table: str, rows: int, url: str, *words: str, **variables: str) -> None:
    """Run it until it would add to a table that has this many rows already, and kill it there and then."""
    async with _stopping(here, table, rows):
        process = await start(url, *words, **variables)
        async with asyncio.timeout(PATIENCE):
            while not await here.fetchval(_IS_STOPPED, STOP):
                assert process.returncode is None, "it ended before it could be killed"
                await asyncio.sleep(0.01)
        process.kill()
        await process.communicate()


@contextlib.asynccontextmanager
async def _stopping(here: OwnConnection, table: str, rows: int) -> AsyncIterator[None]:
    """Anyone who adds to a table that has this many rows waits."""
    await here.execute(f"""
        CREATE FUNCTION stop() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                IF (SELECT count(*) FROM {table}) >= {rows} THEN PERFORM pg_advisory_xact_lock({STOP}); END IF;
                RETURN NULL;
            END
        $$;
        CREATE TRIGGER stop BEFORE INSERT ON {table} EXECUTE FUNCTION stop();
    """)
    await here.execute("SELECT pg_advisory_lock($1)", STOP)
    try:
        yield
    finally:
        await here.execute("SELECT pg_advisory_unlock($1)", STOP)
        await here.execute("DROP FUNCTION stop CASCADE")  # as soon as the transaction of the killed one has ended


async def count(here: OwnConnection, table: str) -> int:
    value: int = await here.fetchval(f"SELECT count(*) FROM {table}")
    return value
