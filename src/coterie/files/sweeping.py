"""Remove what nothing refers to: every process sweeps the table `files`, whose objects are beside it, again and again.

The table is the queue. A sweep locks rows that no other process has locked, removes the objects, and then the rows, in
one transaction: a process that dies in between leaves the rows for the next. Removing an object twice does no harm.
Nothing is removed while a backup runs.
"""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Final

from coterie.errors import CoterieError
from coterie.files import queries
from coterie.files.receiving import Files
from coterie.files.removing import may_remove

SWEEP_SECONDS: Final = 10.0
BATCH: Final = 50
BATCHES_AT_ONCE: Final = 100
RETRY: Final = timedelta(minutes=2)


async def sweep_all(files: Files) -> float | None:
    """Sweep until nothing is due, or for some batches; returns 0 if there is more."""
    for _ in range(BATCHES_AT_ONCE):
        if await sweep(files) < BATCH:
            return None
    return 0.0


async def sweep(files: Files) -> int:
    """Remove a batch of files that nothing refers to; returns how many were due."""
    async with files.database.acquire() as connection, connection.transaction():
        if not await may_remove(connection):
            return 0
        due = await queries.unused(connection, BATCH)
        outcomes = await asyncio.gather(*(files.storage.remove(each) for each in due), return_exceptions=True)
        failed = [each for each, outcome in zip(due, outcomes, strict=True) if outcome is not None]
        for outcome in outcomes:
            if outcome is not None and not isinstance(outcome, CoterieError):
                raise outcome
        if due:
            await queries.forget(connection, [each for each in due if each not in failed])
        if failed:
            await queries.postpone(connection, failed, datetime.now(UTC) + RETRY)
    return len(due)
