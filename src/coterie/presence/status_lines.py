"""Clears status lines that have expired.

Every process checks at each beat, so a status line that expired while no process ran is cleared when the first starts.
"""

from datetime import datetime

from coterie.database.connection import Database
from coterie.log.append import Change, append
from coterie.presence import queries
from coterie.presence.models import CheckReason, PresenceCheck
from coterie.presence.publishing import publish


async def sweep(database: Database, now: datetime) -> None:
    """Clear expired status lines: the user's own devices receive it through the log, others as a presence."""
    while due := await queries.expired(database, now):
        checks = [PresenceCheck(user, CheckReason.EDITED, now) for user in due]
        async with database.acquire() as connection, connection.transaction():
            await queries.hold(connection, checks)
            cleared = await queries.clear_expired(connection, due, now)
            await append(connection, *(Change(user.id, "profile", "USER_UPDATE", user) for user in cleared))
            await publish(connection, checks)
        if len(due) < queries.EXPIRED_LIMIT:
            return
