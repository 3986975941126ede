"""Ask to delete your own account, keep it after all, and delete the accounts whose waiting period is over.

While it waits, the account works as before. What ends it then is what administrators use (`departures`). An account
that owns servers then, or is the last administrator who can log in, waits until that has changed.
"""

from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

import msgspec

from coterie import errors
from coterie.account_deletion import queries
from coterie.account_deletion.models import DeletionRequest
from coterie.accounts import standing
from coterie.accounts.access import existing
from coterie.accounts.actions import Accounts
from coterie.accounts.models import User
from coterie.accounts.owning import owning
from coterie.database.connection import Connection, Database
from coterie.departures.actions import mark, mark_own
from coterie.errors import CoterieError
from coterie.log.append import Change, append
from coterie.security_events.actions import record
from coterie.security_events.models import SecurityEvent
from coterie.viewer import Viewer

WAITING: Final = timedelta(days=14)
"""How long a user can change their mind."""

LOOK_SECONDS: Final = 600.0
"""How often accounts whose time has come are looked for."""

AT_ONCE: Final = 100
"""Accounts that one look deletes."""


async def request(accounts: Accounts, viewer: Viewer, wish: DeletionRequest) -> User:
    """Delete the account after the waiting period; another request changes what goes with it, not when.

    Raises WRONG_PASSWORD, OWNS_SERVERS with the servers, and LAST_ADMIN.
    """
    async with owning(accounts, viewer, wish.current_password) as connection:
        user = await existing(connection, viewer.user_id)
        await _check_may_leave(connection, user.id)
        due_at = user.deletion_due_at or datetime.now(UTC) + WAITING
        if (user.deletion_due_at, user.deletion_erases_messages) == (due_at, wish.erases_messages):
            return user
        changed = msgspec.structs.replace(user, deletion_due_at=due_at, deletion_erases_messages=wish.erases_messages)
        details: dict[str, str | int | bool | None] = {"due": f"{due_at:%Y-%m-%d %H:%M}"}
        event = SecurityEvent("auth.deletion_requested", user.id, session_id=viewer.session_id, details=details)
        await _set(connection, changed, event)
        return changed


async def cancel(database: Database, viewer: Viewer) -> None:
    """Keep the account; without a request, nothing is to do. Raises NOT_FOUND if it is being deleted."""
    async with database.acquire() as connection, connection.transaction():
        await keep(connection, viewer.user_id, viewer.session_id)


async def keep(connection: Connection, user_id: UUID, session_id: UUID | None = None) -> None:
    """The same in the caller's transaction."""
    user = await existing(connection, user_id, lock=True)
    if user.deletion_due_at is not None:
        changed = msgspec.structs.replace(user, deletion_due_at=None, deletion_erases_messages=False)
        await _set(connection, changed, SecurityEvent("auth.deletion_cancelled", user_id, session_id=session_id))


async def delete_due(database: Database) -> float | None:
    """Delete the accounts whose time has come; returns 0 if there are more of them."""
    found = await queries.due(database, AT_ONCE)
    for user_id in found:
        await _delete(database, user_id)
    return 0.0 if len(found) == AT_ONCE else None


async def delete(database: Database, user_id: UUID, *, erases_messages: bool) -> None:
    """For the operator: delete an account now. Raises LAST_ADMIN, OWNS_SERVERS, and NOT_FOUND if that has begun.

    A wish of its owner that the messages go as well is kept.
    """
    async with database.acquire() as connection, connection.transaction():
        admins = await standing.active_admins(connection)
        user = await existing(connection, user_id, lock=True)
        if user_id in admins and standing.is_last(admins, user_id):
            raise CoterieError(errors.LAST_ADMIN)
        erases = erases_messages or user.deletion_erases_messages
        if not await queries.set_deletion(connection, user_id, user.deletion_due_at, erases_messages=erases):
            raise CoterieError(errors.NOT_FOUND)
        await mark(connection, user_id, None)


async def _delete(database: Database, user_id: UUID) -> None:
    """Delete an account, unless its owner has kept it meanwhile, or it has to wait. Its job does the rest."""
    async with database.acquire() as connection, connection.transaction():
        admins = await standing.active_admins(connection)
        if user_id in admins and standing.is_last(admins, user_id):
            return
        if await queries.lock_due(connection, user_id):
            await mark_own(connection, user_id)


async def _check_may_leave(connection: Connection, user_id: UUID) -> None:
    if owned := await queries.owned_servers(connection, user_id):
        raise CoterieError(errors.OWNS_SERVERS, more={"servers": [each._asdict() for each in owned]})
    if await queries.is_last_admin(connection, user_id):
        raise CoterieError(errors.LAST_ADMIN)


async def _set(connection: Connection, user: User, event: SecurityEvent) -> None:
    """Store when a locked account will be deleted, for all devices of its owner. Raises NOT_FOUND."""
    is_kept = await queries.set_deletion(
        connection, user.id, user.deletion_due_at, erases_messages=user.deletion_erases_messages
    )
    if not is_kept:
        raise CoterieError(errors.NOT_FOUND)
    await record(connection, event)
    await append(connection, Change(user.id, "profile", "USER_UPDATE", user))
