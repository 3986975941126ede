"""How stored messages change: many people's changes in one transaction, step by step.

Load, judge, decide, screen, mention, place, write: each step is a module of this package, and hands on what became
known of each change. Everything is decided before anything is written. An operation that changes nothing takes no
position. Two changes of one message never share a batch.
"""

from collections.abc import Sequence
from datetime import UTC, datetime

from coterie.database.connection import Connection, Database
from coterie.log import append
from coterie.messages import queries
from coterie.messages.changing.attempt import Outcome
from coterie.messages.changing.decide import decide
from coterie.messages.changing.judge import judge
from coterie.messages.changing.load import load
from coterie.messages.changing.mention import mention
from coterie.messages.changing.place import place
from coterie.messages.changing.request import ChangeRequest
from coterie.messages.changing.screen import screen
from coterie.messages.changing.write import write
from coterie.permissions.cache import PermissionCache
from coterie.screening.screen import UNCOUNTED, Screening


async def store(
    database: Database,
    permissions: PermissionCache,
    requests: Sequence[ChangeRequest],
    *,
    is_retry: bool,
    screening: Screening = UNCOUNTED,
) -> list[Outcome]:
    """Carry out a batch of operations in one transaction."""
    async with database.acquire() as connection, connection.transaction():
        return await store_in(connection, permissions, requests, is_retry=is_retry, screening=screening)


async def store_in(
    connection: Connection,
    permissions: PermissionCache,
    requests: Sequence[ChangeRequest],
    *,
    is_retry: bool,
    screening: Screening = UNCOUNTED,
) -> list[Outcome]:
    """The same inside the caller's transaction. Locks are taken in the order of the channels' ids."""
    now = datetime.now(UTC)
    channels = await queries.channels_of(connection, [request.message_id for request in requests])
    positions = await append.lock(connection, channels)
    judged = await judge(connection, permissions, await load(connection, requests))
    decided = await screen(screening, decide(judged, now, is_retry=is_retry))
    placed = place(await mention(connection, permissions, decided), positions)
    await write(connection, placed, now)
    ended = {attempt.number: attempt for attempt in (*decided, *placed.changes)}
    return [ended[number].result for number in range(len(requests))]
