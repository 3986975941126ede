"""What a deleted account made or decided stays without it; bans and overrides that name it go. Followers see both.

Each package declares what it keeps of accounts in its `traces.py`.
"""

from collections.abc import Iterable
from uuid import UUID

from coterie.database.connection import Connection
from coterie.feature import Trace
from coterie.log.append import append, lock


async def remove_some(connection: Connection, traces: Iterable[Trace], user_id: UUID) -> bool:
    """Take the account out of some of what a server or a conversation keeps; False if nothing names it."""
    for trace in traces:
        place = await trace.find(connection, user_id)
        if place is not None:
            await lock(connection, [place])
            await append(connection, *await trace.forget(connection, place, user_id))
            return True
    return False
