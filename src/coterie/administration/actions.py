"""What administrators of the instance do to accounts and servers.

Each action locks the administrators who can log in and finds the caller among them. So of administrators who act
against each other at once, the first wins, and whatever happens at once, at least one is left.
"""

from uuid import UUID

from msgspec import UNSET

from coterie import errors
from coterie.accounts import roster, standing
from coterie.accounts.actions import make_reset_token
from coterie.accounts.authentication import Authentication
from coterie.administration import queries
from coterie.administration.errors import BOT_ACCOUNT
from coterie.administration.models import (
    AdminServerPage,
    AdminUserPage,
    InstanceSettings,
    SettingsChange,
    SortBy,
    StandingChange,
)
from coterie.database.connection import Connection, Database
from coterie.departures.actions import Departures, mark
from coterie.errors import CoterieError
from coterie.security_events.actions import record
from coterie.security_events.models import SecurityEvent
from coterie.servers import actions as servers
from coterie.servers import queries as server_queries


async def settings(database: Database) -> InstanceSettings:
    """The stored settings, or those of an instance of which nobody has changed any."""
    return await queries.settings(database) or InstanceSettings(1, "open", await queries.begun_at(database), None)


async def change_settings(database: Database, change: SettingsChange, actor_id: UUID) -> InstanceSettings:
    """Set who can register from now on; the mode that it is already changes nothing."""
    async with database.acquire() as connection, connection.transaction():
        await _check_still_admin(connection, actor_id)
        before = await queries.settings(connection)
        mode = change.registration_mode
        if mode is not UNSET and (before is None or before.registration_mode != mode):
            await roster.set_registration_mode(connection, mode, actor_id)
    return await settings(database)


async def users(database: Database, search: str, sort_by: SortBy | None, page: int, per_page: int) -> AdminUserPage:
    """A page of accounts whose name or address contains `search`."""
    pattern = _pattern(search)
    found = await queries.users(database, pattern, sort_by, per_page, (page - 1) * per_page)
    return AdminUserPage(found, await queries.count_users(database, pattern), page, per_page)


async def list_servers(database: Database, search: str, page: int, per_page: int) -> AdminServerPage:
    """A page of servers whose name contains `search`."""
    pattern = _pattern(search)
    found = await queries.servers(database, pattern, per_page, (page - 1) * per_page)
    return AdminServerPage(found, await queries.count_servers(database, pattern), page, per_page)


async def change_standing(
    database: Database, authentication: Authentication, user_id: UUID, change: StandingChange, actor_id: UUID
) -> None:
    """Make an account an administrator or not, disable or enable it; all of it or nothing.

    Raises NOT_YOURSELF, LAST_ADMIN and BOT_ACCOUNT. What it is already changes nothing.
    """
    bots: list[UUID] = []
    async with database.acquire() as connection, connection.transaction():
        admins = await _check_still_admin(connection, actor_id)
        was_admin, was_disabled = await _account(connection, user_id, may_be_bot=change.is_admin is not True)
        is_lost = change.is_admin is False or change.disabled is True
        if is_lost and user_id == actor_id:
            raise CoterieError(errors.NOT_YOURSELF)
        if is_lost and standing.is_last(admins, user_id):
            raise CoterieError(errors.LAST_ADMIN)
        if change.is_admin is True and not was_admin:
            await standing.promote(connection, user_id, actor_id)
        if change.is_admin is False and was_admin:
            await standing.demote(connection, user_id, actor_id)
        if change.disabled is True and not was_disabled:
            bots = await standing.disable(connection, user_id, actor_id)
        if change.disabled is False and was_disabled:
            await standing.enable(connection, user_id, actor_id)
    for each in (user_id, *bots):
        authentication.forget(each)


async def end_sessions(database: Database, authentication: Authentication, user_id: UUID, actor_id: UUID) -> None:
    """Log an account out everywhere; its sockets close at once. It can log in again."""
    async with database.acquire() as connection, connection.transaction():
        await _check_still_admin(connection, actor_id)
        await _account(connection, user_id, may_be_bot=False)
        await standing.log_out(connection, user_id, actor_id)
    authentication.forget(user_id)


async def make_reset_link(database: Database, user_id: UUID, actor_id: UUID) -> str:
    """A token with which the account's owner sets a password. Raises ADMIN_PROTECTED and BOT_ACCOUNT."""
    async with database.acquire() as connection, connection.transaction():
        await _check_still_admin(connection, actor_id)
        await _account(connection, user_id, may_be_bot=False, is_locked=False)
        return await make_reset_token(connection, user_id, actor_id)


async def delete_user(departures: Departures, authentication: Authentication, user_id: UUID, actor_id: UUID) -> None:
    """Delete an account with its bots: it is gone for everyone at once, and dissolved soon. Its messages stay.

    Raises NOT_YOURSELF, LAST_ADMIN, OWNS_SERVERS and BOT_ACCOUNT.
    """
    async with departures.database.acquire() as connection, connection.transaction():
        admins = await _check_still_admin(connection, actor_id)
        await _account(connection, user_id, may_be_bot=False)
        if user_id == actor_id:
            raise CoterieError(errors.NOT_YOURSELF)
        if standing.is_last(admins, user_id):
            raise CoterieError(errors.LAST_ADMIN)
        bots = await mark(connection, user_id, actor_id)
    for each in (user_id, *bots):
        authentication.forget(each)
    await departures.begin((user_id, *bots))


async def delete_server(database: Database, server_id: UUID, actor_id: UUID) -> None:
    """Delete a server with everything in it, as its owner could."""
    async with database.acquire() as connection, connection.transaction():
        await _check_still_admin(connection, actor_id)
        members = await servers.lock_all(connection, server_id)
        server = await server_queries.server(connection, server_id)
        if server is None:
            raise CoterieError(errors.NOT_FOUND)
        await servers.remove(connection, server, members, actor_id)
        event = SecurityEvent("admin.server_deleted", server.owner_id, actor_id, details={"id": str(server_id)})
        await record(connection, event)


async def _check_still_admin(connection: Connection, actor_id: UUID) -> set[UUID]:
    """The administrators who can log in, locked; raises ADMINS_ONLY if the caller is not one of them any more."""
    admins = await standing.active_admins(connection)
    if actor_id not in admins:
        raise CoterieError(errors.ADMINS_ONLY)
    return admins


async def _account(
    connection: Connection, user_id: UUID, *, may_be_bot: bool, is_locked: bool = True
) -> tuple[bool, bool]:
    """Whether an account is an administrator, and disabled. Raises NOT_FOUND and BOT_ACCOUNT."""
    found = await queries.standing(connection, user_id, lock=is_locked)
    if found is None:
        raise CoterieError(errors.NOT_FOUND)
    is_admin, is_disabled, is_bot = found
    if is_bot and not may_be_bot:
        raise CoterieError(BOT_ACCOUNT)
    return is_admin, is_disabled


def _pattern(search: str) -> str | None:
    """For ILIKE: what contains this text, in which nothing is a wildcard; None for everything."""
    for special in "\\%_":
        search = search.replace(special, f"\\{special}")
    return f"%{search}%" if search else None
