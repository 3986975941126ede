"""What an administrator, or the operator, does to an account: its permissions, whether it can log in, its sessions.

All of it is inside the caller's transaction. `actor_id` is the administrator, or None on the command line.
"""

from collections.abc import Collection
from datetime import UTC, datetime
from uuid import UUID

import msgspec

from coterie import errors
from coterie.accounts import challenge_queries, queries, reset_queries, session_queries
from coterie.accounts.access import existing
from coterie.accounts.sessions import endings
from coterie.database.connection import Connection
from coterie.errors import CoterieError
from coterie.log.append import Change, append
from coterie.security_events.actions import record
from coterie.security_events.models import SecurityEvent


async def active_admins(connection: Connection) -> set[UUID]:
    """The administrators who can log in, locked: none of them loses the permissions until the transaction ends."""
    rows = await connection.fetch(
        "SELECT id FROM users WHERE is_admin AND disabled_at IS NULL ORDER BY id FOR NO KEY UPDATE"
    )
    return {row["id"] for row in rows}


async def promote(connection: Connection, user_id: UUID, actor_id: UUID | None = None) -> None:
    """Make the account an administrator; a reset token from before that becomes invalid."""
    await reset_queries.drop_reset_token(connection, user_id)
    await _set_admin(connection, user_id, is_admin=True)
    await record(connection, SecurityEvent("admin.promoted", user_id, actor_id))


async def demote(connection: Connection, user_id: UUID, actor_id: UUID | None = None) -> None:
    """Make the account an ordinary one; the caller has locked `active_admins`."""
    await _set_admin(connection, user_id, is_admin=False)
    await record(connection, SecurityEvent("admin.demoted", user_id, actor_id))


async def disable(connection: Connection, user_id: UUID, actor_id: UUID | None = None) -> list[UUID]:
    """Disable the account and end its sessions and those of its bots; returns its bots whose sessions ended."""
    ended = await end_access(connection, user_id)
    await record(connection, SecurityEvent("admin.account_disabled", user_id, actor_id))
    return ended


async def end_access(connection: Connection, user_id: UUID) -> list[UUID]:
    """The same without a record of who wanted it."""
    await queries.disable(connection, user_id, datetime.now(UTC))
    await end_sessions(connection, user_id)
    ended = await session_queries.delete_bot_sessions(connection, user_id)
    await append(connection, *(change for bot, session in ended for change in endings(bot, [session])))
    return [bot for bot, _ in ended]


async def enable(connection: Connection, user_id: UUID, actor_id: UUID | None = None) -> None:
    """Let a disabled account log in again. NOT_FOUND if it was deleted."""
    if not await queries.enable(connection, user_id):
        raise CoterieError(errors.NOT_FOUND)
    await record(connection, SecurityEvent("admin.account_enabled", user_id, actor_id))


async def log_out(connection: Connection, user_id: UUID, actor_id: UUID | None = None) -> int:
    """End every session of the account; returns how many."""
    ended = await end_sessions(connection, user_id)
    await record(connection, SecurityEvent("admin.logged_out", user_id, actor_id))
    return ended


async def end_sessions(connection: Connection, user_id: UUID, *, keep: UUID | None = None) -> int:
    """End the sessions of an account except the one to keep, and its unfinished logins; returns how many ended."""
    await challenge_queries.end_all(connection, user_id)
    ended = await session_queries.delete_sessions(connection, user_id, keep=keep)
    await append(connection, *endings(user_id, ended))
    if ended:
        await record(connection, SecurityEvent("auth.sessions_ended", user_id, details={"sessions": len(ended)}))
    return len(ended)


def is_last(admins: Collection[UUID], user_id: UUID) -> bool:
    """Whether no administrator would be left without this account."""
    return set(admins) <= {user_id}


async def _set_admin(connection: Connection, user_id: UUID, *, is_admin: bool) -> None:
    user = msgspec.structs.replace(await existing(connection, user_id, lock=True), is_admin=is_admin)
    await queries.set_admin(connection, user_id, is_admin=is_admin)
    await append(connection, Change(user_id, "profile", "USER_UPDATE", user))
