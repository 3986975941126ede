"""Custom statuses that end by themselves.

Every process looks at each beat, so that one which ended while none ran is cleared when the first one starts.
"""

from datetime import datetime

from coterie.database.connection import Database
from coterie.log.append import Change, append
from coterie.presence import queries
from coterie.presence.models import Look, Why
from coterie.presence.telling import tell


async def sweep(database: Database, now: datetime) -> None:
    """Clear what has ended by now: the own devices learn it by the log, others as a presence."""
    while due := await queries.expired(database, now):
        looks = [Look(user, Why.EDITED, now) for user in due]
        async with database.acquire() as connection, connection.transaction():
            await queries.hold(connection, looks)
            cleared = await queries.clear_expired(connection, due, now)
            await append(connection, *(Change(user.id, "profile", "USER_UPDATE", user) for user in cleared))
            await tell(connection, looks)
        if len(due) < queries.EXPIRED_LIMIT:
            return
