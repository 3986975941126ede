"""Create, revoke, preview and accept invites. Each change is logged in the server's topic."""

import secrets
import string
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

from coterie import errors
from coterie.accounts.queries import hold
from coterie.audit.actions import record
from coterie.audit.models import AuditEntry
from coterie.database.connection import Connection, Database
from coterie.errors import CoterieError
from coterie.identifiers import new_id
from coterie.invites import queries
from coterie.invites.audit_actions import INVITE_CREATE, INVITE_REVOKE
from coterie.invites.errors import (
    INVITE_ENDED,
    INVITE_EXPIRED,
    INVITE_REVOKED,
    INVITE_UNKNOWN,
    INVITE_USED_UP,
    TOO_MANY_INVITES,
)
from coterie.invites.models import InviteCreation, InvitePage, InvitePreview, ServerInvite
from coterie.invites.uses import use
from coterie.log.append import Change, append, lock
from coterie.permissions.bits import Permission
from coterie.permissions.context import ActionContext
from coterie.servers import queries as servers
from coterie.servers.actions import add_member
from coterie.servers.bans import check_not_banned

INVITE_LIMIT: Final = 500
"""Per server, including invites that are no longer valid."""

ALPHABET: Final = string.ascii_letters + string.digits
REVOKED_KEPT: Final = timedelta(days=90)
"""How long the code of a revoked invite is kept, so that its link can say so."""

CODE_LENGTH: Final = 8
"""Of 62 characters: 48 bits, too many to guess at the rate that an account is allowed."""


async def create(context: ActionContext, server_id: UUID, user_id: UUID, creation: InviteCreation) -> ServerInvite:
    """Create an invite (CREATE_INVITES)."""
    async with context.database.acquire() as connection, connection.transaction():
        authority = await context.permissions.locked(connection, server_id, user_id)
        authority.check(Permission.CREATE_INVITES)
        if await queries.count(connection, server_id) >= INVITE_LIMIT:
            raise CoterieError(TOO_MANY_INVITES)
        invite = _invite(server_id, user_id, creation)
        await queries.insert(connection, invite)
        details: dict[str, object] = {"code": invite.code, "max_uses": invite.max_uses}
        await record(connection, AuditEntry(server_id, user_id, INVITE_CREATE, invite.id, details))
        await append(connection, Change(server_id, f"invites/{invite.id}", "INVITE_CREATE", invite))
        return invite


async def invites(context: ActionContext, server_id: UUID, user_id: UUID) -> list[ServerInvite]:
    """All invites of a server, newest first (CREATE_INVITES)."""
    authority = await context.permissions.in_server(context.database, server_id, user_id)
    authority.check(Permission.CREATE_INVITES)
    return await queries.invites(context.database, server_id)


async def revoke(context: ActionContext, server_id: UUID, user_id: UUID, invite_id: UUID) -> None:
    """Remove an invite (CREATE_INVITES); members who joined with it stay."""
    async with context.database.acquire() as connection, connection.transaction():
        authority = await context.permissions.locked(connection, server_id, user_id)
        authority.check(Permission.CREATE_INVITES)
        code = await queries.delete(connection, server_id, invite_id)
        if code is None:
            raise CoterieError(errors.NOT_FOUND)
        await queries.insert_revoked(connection, code)
        await record(connection, AuditEntry(server_id, user_id, INVITE_REVOKE, invite_id))
        gone = {"server_id": server_id, "invite_id": invite_id}
        await append(connection, Change(server_id, f"invites/{invite_id}", "INVITE_DELETE", gone, is_removal=True))


async def preview(database: Database, code: str, user_id: UUID) -> InvitePreview:
    """What a code leads to; NOT_FOUND if it is unknown or no longer valid."""
    invite = await queries.by_code(database, code)
    server = await servers.server(database, invite.server_id) if invite else None
    if invite is None or server is None or not await _stands(database, invite, user_id):
        raise CoterieError(errors.NOT_FOUND)
    return InvitePreview(code, server.name, server.icon_url, server.member_count, invite.expires_at)


async def page(database: Database, code: str) -> InvitePage:
    """What a code leads to, for visitors without an account.

    Raises INVITE_UNKNOWN, INVITE_REVOKED, INVITE_EXPIRED or INVITE_USED_UP: a code of an invite is a secret, so its
    holder can be told why it is not valid.
    """
    invite = await queries.by_code(database, code)
    found = await queries.page(database, invite.id) if invite else None
    if invite is None or found is None:
        raise CoterieError(INVITE_REVOKED if await queries.is_revoked(database, code) else INVITE_UNKNOWN)
    if invite.has_expired(datetime.now(UTC)):
        raise CoterieError(INVITE_EXPIRED)
    if invite.is_used_up:
        raise CoterieError(INVITE_USED_UP)
    return found


async def accept(database: Database, code: str, user_id: UUID) -> UUID:
    """Join the server of an invite; returns its id. The use is counted in the transaction that joins."""
    async with database.acquire() as connection, connection.transaction():
        invite = await queries.by_code(connection, code)
        if invite is None:
            raise CoterieError(errors.NOT_FOUND)
        if not await _stands(connection, invite, user_id):
            raise CoterieError(INVITE_ENDED)
        await _enter(connection, invite, user_id)
        return invite.server_id


async def _stands(connection: Connection, invite: ServerInvite, user_id: UUID) -> bool:
    """Whether a user can join with an invite. If they registered with it, the use was counted then."""
    now = datetime.now(UTC)
    return invite.stands(now) or (
        invite.stands(now, is_counted=True) and await queries.is_counted(connection, invite.id, user_id)
    )


async def _enter(connection: Connection, invite: ServerInvite, user_id: UUID) -> None:
    await hold(connection, [user_id])
    await lock(connection, [invite.server_id, user_id])
    await check_not_banned(connection, invite.server_id, user_id)
    if await servers.is_member(connection, invite.server_id, user_id):
        raise CoterieError(errors.ALREADY_MEMBER)
    if await queries.end_registration(connection, invite.id, user_id):
        await add_member(connection, invite.server_id, user_id)
        return
    used = await use(connection, invite)
    if used is None:
        raise CoterieError(INVITE_ENDED)
    await add_member(connection, invite.server_id, user_id, used)


def _invite(server_id: UUID, user_id: UUID, creation: InviteCreation) -> ServerInvite:
    now, hours = datetime.now(UTC), creation.expires_in_hours
    return ServerInvite(
        id=new_id(),
        server_id=server_id,
        code="".join(secrets.choice(ALPHABET) for _ in range(CODE_LENGTH)),
        created_by=user_id,
        max_uses=creation.max_uses,
        uses=0,
        expires_at=now + timedelta(hours=hours) if hours else None,
        created_at=now,
    )
