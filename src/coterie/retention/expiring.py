"""Remove messages that are too old, for good, in the background.

What is due is found in the messages themselves, by an index of those that still say something: nothing has to be
remembered between batches, so a process that dies loses nothing and repeats nothing. A repeated job does it, in one
process at a time. Each batch is one transaction of
the path of all deletions (`messages/changing/`), and its numbers are in it. Files leave the disk with the next sweep.
"""

from datetime import UTC, datetime
from functools import partial
from typing import Final
from uuid import UUID

from coterie.database.connection import Connection, Database
from coterie.feature import Core
from coterie.jobs.models import Repeated
from coterie.log.append import lock
from coterie.messages.actions import carry_out
from coterie.messages.author import SystemAuthor
from coterie.messages.changing.request import ChangeRequest
from coterie.messages.operations import delete
from coterie.retention import queries

LOOK_SECONDS: Final = 60.0
BATCH: Final = 200
"""Messages of one channel that go in one transaction; meanwhile nobody can write there."""

BATCHES_AT_ONCE: Final = 500
BEGINNING: Final = UUID(int=0)
"""Before every channel."""


def repeats(core: Core) -> list[Repeated]:
    """What does this for the instance."""
    return [Repeated("retention", partial(remove_all, core.database), LOOK_SECONDS)]


async def remove_all(database: Database) -> float | None:
    """Remove messages that are too old, until there are none, or some batches of them; returns 0 if there are more."""
    channel = BEGINNING
    for _ in range(BATCHES_AT_ONCE):
        found = await step(database, channel)
        if found is None:
            return None
        channel = found
    return 0.0


async def step(database: Database, after: UUID = BEGINNING) -> UUID | None:
    """Remove a batch from the first channel, from this id on, that has something to remove.

    Returns the channel; None if there is nothing to do.
    """
    now = datetime.now(UTC)
    async with database.acquire() as connection, connection.transaction():
        channel_id = await queries.next_channel(connection, after, now)
        if channel_id is not None:
            await _remove_some(connection, channel_id, now)
        return channel_id


async def _remove_some(connection: Connection, channel_id: UUID, now: datetime) -> None:
    await lock(connection, [channel_id])
    gone = await queries.expired(connection, channel_id, now, BATCH)
    if gone is not None and gone.message_ids:
        requests = [ChangeRequest(message, SystemAuthor(), delete()) for message in gone.message_ids]
        await carry_out(connection, requests)
        await queries.count_day(connection, gone, now)
