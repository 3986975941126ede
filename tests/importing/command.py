"""Runs the real `coterie import` in a process of its own, to its end or until it is killed."""

import asyncio
import sys
from collections.abc import Awaitable, Callable

from coterie.database.pool import OwnConnection
from tests.startup.conftest import environment

PATIENCE = 120.0


async def start(url: str, *words: str, **variables: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "coterie", "import", *words),
        env=environment(DATABASE_URL=url, **variables),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )


async def finish(url: str, *words: str, **variables: str) -> str:
    """Run it to a good end; answers what it said."""
    process = await start(url, *words, **variables)
    said, _ = await asyncio.wait_for(process.communicate(), PATIENCE)
    assert process.returncode == 0, said.decode()
    return said.decode()


async def kill_when(reached: Callable[[], Awaitable[bool]], url: str, *words: str, **variables: str) -> None:
    """Run it until something is so, and kill it there and then."""
    process = await start(url, *words, **variables)
    async with asyncio.timeout(PATIENCE):
        while not await reached():
            assert process.returncode is None, "it ended before it could be killed"
            await asyncio.sleep(0.005)
        process.kill()
        await process.communicate()


async def count(here: OwnConnection, table: str) -> int:
    value: int = await here.fetchval(f"SELECT count(*) FROM {table}")
    return value
