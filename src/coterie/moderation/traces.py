"""What this package keeps that names a deleted account, and how it is taken out."""

from typing import Final
from uuid import UUID

from coterie.database.connection import Connection
from coterie.feature import Trace
from coterie.log.append import Change
from coterie.moderation import queries

AT_ONCE: Final = 100
"""What one step changes."""


async def _find(connection: Connection, user_id: UUID) -> UUID | None:
    found: UUID | None = await connection.fetchval(
        """
        SELECT server_id FROM server_bans WHERE banned_by = $1 OR user_id = $1 LIMIT 1
        """,
        user_id,
    )
    return found


async def _forget(connection: Connection, server_id: UUID, user_id: UUID) -> list[Change]:
    """The moderator's bans stay without their name; a ban of the account itself goes."""
    given = await queries.forget_moderator(connection, server_id, user_id, AT_ONCE)
    changes = [Change(server_id, f"bans/{ban.user_id}", "BAN_CREATE", ban) for ban in given if ban.user_id != user_id]
    if await queries.delete_ban(connection, server_id, user_id):
        gone = {"server_id": server_id, "user_id": user_id}
        changes.append(Change(server_id, f"bans/{user_id}", "MEMBER_UNBAN", gone, is_removal=True))
    return changes


BANS: Final = Trace(_find, _forget)
