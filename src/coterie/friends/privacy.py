"""Whom somebody lets come near: read and changed by themselves alone.

A change is in the account's own topic, whose lock whoever judges a request by it holds until commit: a request that
comes behind the change in the log was judged by it.
"""

from uuid import UUID

from coterie import errors, patch
from coterie.database.connection import Connection, Database
from coterie.errors import CoterieError
from coterie.friends.models import Privacy, PrivacyChange
from coterie.log.append import Change, append


async def privacy(connection: Connection, user_id: UUID, *, lock: bool = False) -> Privacy:
    """What somebody has chosen, with `lock` to change it; NOT_FOUND if the account went away."""
    row = await connection.fetchrow(
        "SELECT friend_requests_from, direct_messages_from, send_read_receipts FROM users WHERE id = $1"
        + (" FOR NO KEY UPDATE" if lock else ""),
        user_id,
    )
    if row is None:
        raise CoterieError(errors.NOT_FOUND)
    return Privacy(**row)


async def edit(database: Database, user_id: UUID, change: PrivacyChange) -> Privacy:
    """Change what is named, and tell the own devices if that is something else than before."""
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
