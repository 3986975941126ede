"""Deletes rows at the end of their life: by a recurring task, in small batches.

A batch is one short transaction, so it holds few locks, and interrupted work continues with the next run. Several
processes may do it at once.
"""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Final

from coterie.database.connection import Connection, Database

SECONDS: Final = 3600.0
BATCH: Final = 1_000
BATCHES_AT_ONCE: Final = 100

Forget = Callable[[Connection, datetime, int], Awaitable[int]]
"""Deletes at most about this number of rows from before a moment, and returns how many it was."""


async def forget_old(database: Database, forget: Forget, age: timedelta) -> None:
    """Delete what is older than this, or a part of it if there is much."""
    before = datetime.now(UTC) - age
    for _ in range(BATCHES_AT_ONCE):
        async with database.acquire() as connection, connection.transaction():
            await connection.execute("SET LOCAL enable_bitmapscan = on")  # by age, some tables have only a BRIN index
            if await forget(connection, before, BATCH) < BATCH:
                return
