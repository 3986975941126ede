"""Count the uses of an invite, whatever it is used for. Its server's topic is always locked first."""

from datetime import UTC, datetime
from uuid import UUID

from coterie.database.connection import Connection
from coterie.invites import queries
from coterie.invites.models import ServerInvite
from coterie.log.append import Change, append, lock


async def use(connection: Connection, invite: ServerInvite) -> Change | None:
    """Count one use, under the lock of the server's topic; returns the change to append, None if it is not valid."""
    used = await queries.use(connection, invite.id, datetime.now(UTC))
    return Change(used.server_id, f"invites/{used.id}", "INVITE_UPDATE", used) if used else None


async def use_to_register(connection: Connection, code: str) -> UUID | None:
    """Count one use by a new account, which joins nothing; returns the invite's id, None if it is not valid."""
    invite = await queries.by_code(connection, code)
    if invite is None:
        return None
    await lock(connection, [invite.server_id])
    change = await use(connection, invite)
    if change is None:
        return None
    await append(connection, change)
    return invite.id
