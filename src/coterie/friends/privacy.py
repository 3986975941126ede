"""Who can contact a user: only the user reads and changes this.

A change is in the account's own topic. A request is judged under the lock of that topic, which is held until commit: a
request that comes after the change in the log was judged by it.
"""

from uuid import UUID

from coterie import errors
from coterie.database.connection import Connection, Database
from coterie.errors import CoterieError
from coterie.friends.models import Privacy, PrivacyChange
from coterie.http import patch
from coterie.log.append import Change, append


async def privacy(connection: Connection, user_id: UUID, *, lock: bool = False) -> Privacy:
    """A user's settings, locked with `lock` for a change; NOT_FOUND if the account was deleted."""
    row = await connection.fetchrow(
        "SELECT friend_requests_from, direct_messages_from, send_read_receipts FROM users WHERE id = $1"
        + (" FOR NO KEY UPDATE" if lock else ""),
        user_id,
    )
    if row is None:
        raise CoterieError(errors.NOT_FOUND)
    return Privacy(**row)


async def edit(database: Database, user_id: UUID, change: PrivacyChange) -> Privacy:
    """Change the given fields, and notify the user's devices if anything is different from before."""
    async with database.acquire() as connection, connection.transaction():
        before = await privacy(connection, user_id, lock=True)
        after = patch.apply(before, change)
        if after != before:
            await _update(connection, user_id, after)
            await append(connection, Change(user_id, "privacy", "PRIVACY_UPDATE", after))
        return after


async def _update(connection: Connection, user_id: UUID, privacy: Privacy) -> None:
    await connection.execute(
        """
        UPDATE users SET friend_requests_from = $2, direct_messages_from = $3, send_read_receipts = $4 WHERE id = $1
        """,
        user_id,
        privacy.friend_requests_from,
        privacy.direct_messages_from,
        privacy.send_read_receipts,
    )
