"""What users can do with a server: create, change, transfer and delete it, join, set nicknames, and leave.

The server's structure is one topic, and each membership is also in the member's own topic; both change in the same
transaction.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

import msgspec
from msgspec import UNSET

from coterie import errors
from coterie.accounts.queries import hold
from coterie.audit.actions import record
from coterie.audit.models import AuditEntry
from coterie.channels import queries as channels
from coterie.database.connection import Connection, Database
from coterie.endings import endings
from coterie.errors import CoterieError
from coterie.feature import AuditAction
from coterie.files import queries as files
from coterie.http import patch
from coterie.identifiers import new_id
from coterie.log.append import Change, append, lock
from coterie.permissions.authority import Authority
from coterie.permissions.bits import Permission
from coterie.permissions.context import ActionContext
from coterie.permissions.hierarchy import check_grants, check_target
from coterie.permissions.models import Channel
from coterie.permissions.structure import MemberState
from coterie.permissions.topic_limit import check_topics
from coterie.screening.screen import NameSubject, screen
from coterie.servers import access, member_list_queries, queries
from coterie.servers.audit_actions import (
    MEMBER_NICKNAME_UPDATE,
    SERVER_CREATE,
    SERVER_DELETE,
    SERVER_TRANSFER,
    SERVER_UPDATE,
)
from coterie.servers.bans import check_not_banned
from coterie.servers.models import (
    CountedServer,
    MemberChange,
    Membership,
    OwnMember,
    PresentMember,
    Server,
    ServerChange,
    ServerCreation,
    ServerTemplate,
)
from coterie.servers.templates import template

MEMBERSHIP_LIMIT: Final = 200
"""The most servers that an account may be in: bounds what a connection has to follow."""

AUDITED: Final = (
    "name",
    "icon_url",
    "is_public",
    "require_invite",
    "description",
    "default_permissions",
    "retention_days",
    "retention_keeps_pins",
)
"""The fields of a changed server that the audit log records."""


@dataclass(frozen=True, slots=True)
class Departure:
    """How a membership ends: what the event is called, and a moderator's reason."""

    type: str
    reason: str | None = None


LEAVING: Final = Departure("MEMBER_LEAVE")


async def create(database: Database, owner_id: UUID, creation: ServerCreation) -> CountedServer:
    """Create a server with its template's channels; the creator owns it and is its first member."""
    chosen = template(creation.template_id) if creation.template_id else None
    if creation.template_id and chosen is None:
        raise CoterieError(errors.UNKNOWN_TEMPLATE)
    now = datetime.now(UTC)
    server = Server(
        id=new_id(),
        name=creation.name,
        owner_id=owner_id,
        icon_url=creation.icon_url,
        is_public=creation.is_public,
        require_invite=creation.require_invite,
        created_at=now,
        updated_at=now,
        description=creation.description,
    )
    async with database.acquire() as connection, connection.transaction():
        await queries.insert(connection, server)
        await channels.insert(connection, *_channels(server, chosen))
        await record(connection, _entry(server, owner_id, SERVER_CREATE, "name"))
        await add_member(connection, server.id, owner_id)
    return CountedServer(**msgspec.structs.asdict(server), member_count=1)


async def edit(context: ActionContext, server_id: UUID, user_id: UUID, change: ServerChange) -> CountedServer:
    """Change the server's name, icon, how users can join, or what every member may do."""
    async with context.database.acquire() as connection, connection.transaction():
        authority = await context.permissions.locked(connection, server_id, user_id)
        for permission in _needed(change):
            authority.check(permission)
        current = await queries.server(connection, server_id)
        assert current is not None, "its member was just found"
        changed = patch.apply(current, change)
        check_grants(authority.permissions, changed.default_permissions & ~current.default_permissions)
        if changed.icon_url != current.icon_url:
            await files.release_icon(connection, server_id, unless=changed.icon_url)
        return await _update(connection, changed, _entry(changed, user_id, SERVER_UPDATE, *AUDITED))


async def change_icon(
    connection: Connection, server: CountedServer, actor_id: UUID, icon_url: str | None
) -> CountedServer:
    """Change or remove a server's picture, inside the caller's transaction."""
    changed = msgspec.structs.replace(server, icon_url=icon_url)
    return await _update(connection, changed, _entry(changed, actor_id, SERVER_UPDATE, *AUDITED))


async def hand_over(context: ActionContext, server_id: UUID, user_id: UUID, member_id: UUID) -> CountedServer:
    """Make another member the owner; NOT_FOUND unless they are a member whose account is not disabled."""
    async with context.database.acquire() as connection, connection.transaction():
        await context.permissions.locked(connection, server_id, user_id)
        server = await access.owned(connection, server_id, user_id)
        if not await queries.may_own(connection, server_id, member_id):
            raise CoterieError(errors.NOT_FOUND)
        if member_id == user_id:
            return server
        entry = AuditEntry(server_id, user_id, SERVER_TRANSFER, member_id)
        return await _update(connection, msgspec.structs.replace(server, owner_id=member_id), entry)


async def delete(context: ActionContext, server_id: UUID, user_id: UUID) -> None:
    """Delete a server with everything in it. Each member receives it in their own topic."""
    async with context.database.acquire() as connection, connection.transaction():
        await access.owned(connection, server_id, user_id)
        members = await lock_all(connection, server_id)
        server = await access.owned(connection, server_id, user_id)  # the owner may have changed before the lock
        await remove(connection, server, members, user_id)


async def lock_all(connection: Connection, server_id: UUID) -> list[UUID]:
    """Lock a server, its channels and its members' topics until commit, to delete it; returns the members."""
    members = await queries.member_ids(connection, server_id)
    held = await channels.channels(connection, server_id)
    await lock(connection, [server_id, *members, *(channel.id for channel in held)])
    return members


async def remove(connection: Connection, server: Server, members: list[UUID], actor_id: UUID) -> None:
    """Delete a server that `lock_all` has locked, inside the caller's transaction."""
    await record(connection, _entry(server, actor_id, SERVER_DELETE, "name"))
    ended = await endings.with_server(connection, server.id)
    await append(connection, *(_gone(server.id, member) for member in members), *ended.after)
    await queries.delete_server(connection, server.id)


async def join(context: ActionContext, server_id: UUID, user_id: UUID) -> None:
    """Become a member of a public server."""
    async with context.database.acquire() as connection, connection.transaction():
        server = await queries.server(connection, server_id)
        is_member = await queries.is_member(connection, server_id, user_id)
        if server is None or not (server.is_public or is_member):
            raise CoterieError(errors.NOT_FOUND)
        if is_member:
            raise CoterieError(errors.ALREADY_MEMBER)
        if server.require_invite:
            raise CoterieError(errors.INVITE_ONLY)
        await add_member(connection, server_id, user_id)


async def leave(context: ActionContext, server_id: UUID, user_id: UUID) -> None:
    """Stop being a member; the user's messages stay."""
    async with context.database.acquire() as connection, connection.transaction():
        await access.visible(connection, server_id, user_id)
        await lock(connection, [server_id, user_id])
        server = await access.visible(connection, server_id, user_id)
        if server.owner_id == user_id:
            raise CoterieError(errors.OWNER_CANNOT_LEAVE)
        await remove_member(connection, server_id, user_id)


async def edit_member(
    context: ActionContext, server_id: UUID, user_id: UUID, member_id: UUID, change: MemberChange
) -> PresentMember:
    """Change a nickname: your own, or with KICK_MEMBERS that of a member with a lower rank."""
    async with context.database.acquire() as connection, connection.transaction():
        authority = await context.permissions.locked(connection, server_id, user_id)
        authority.check_speaks()
        if member_id != user_id:
            authority.check(Permission.KICK_MEMBERS)
        await check_target(context.permissions, connection, authority, member_id)
        before = await member_list_queries.present_member(connection, server_id, member_id)
        assert before is not None, "their membership was just found"
        if change.nickname is UNSET or change.nickname == before.nickname:
            return before
        _check_nickname(
            authority, change.nickname, await context.permissions.member_state(connection, server_id, member_id)
        )
        await queries.update_nickname(connection, server_id, member_id, change.nickname)
        if member_id != user_id:  # else any member could fill the log
            details: dict[str, object] = {"nickname": change.nickname}
            entry = AuditEntry(server_id, user_id, MEMBER_NICKNAME_UPDATE, member_id, details)
            await record(connection, entry)
        member = await queries.member(connection, server_id, member_id)
        await append(connection, Change(server_id, f"members/{member_id}", "MEMBER_UPDATE", member))
        return msgspec.structs.replace(before, nickname=change.nickname)


def _check_nickname(authority: Authority, nickname: str | None, member_state: MemberState) -> None:
    """Raises AUTOMOD_WORD_FILTER if the server forbids a word of it."""
    refusal = screen(authority, NameSubject(nickname, member_state.role_ids)) if nickname is not None else None
    if refusal is not None:
        raise refusal


async def own_member(context: ActionContext, server_id: UUID, user_id: UUID) -> OwnMember:
    """A user's membership in a server, with their permissions."""
    authority = await context.permissions.in_server(context.database, server_id, user_id)
    member = await member_list_queries.present_member(context.database, server_id, user_id)
    if member is None:
        raise CoterieError(errors.NOT_FOUND)
    return OwnMember(**msgspec.structs.asdict(member), permissions=int(authority.permissions))


async def remove_member(
    connection: Connection, server_id: UUID, user_id: UUID, departure: Departure = LEAVING, *also: Change
) -> None:
    """Remove a member, inside the caller's transaction; this ends their live subscriptions to the server.

    `also` are further changes of the server in the same transaction.
    """
    await lock(connection, [server_id, user_id])
    ended = await endings.with_membership(connection, server_id, user_id)
    if await queries.delete_member(connection, server_id, user_id):
        left: dict[str, object] = {"server_id": server_id, "user_id": user_id}
        if departure != LEAVING:
            left["reason"] = departure.reason
        await append(
            connection,
            *ended.before,
            Change(server_id, f"members/{user_id}", departure.type, left, is_removal=True),
            _gone(server_id, user_id, departure),
            *ended.after,
            *also,
        )


async def add_member(connection: Connection, server_id: UUID, user_id: UUID, *also: Change) -> None:
    """Add a member, inside the caller's transaction; raises BANNED for a user who is banned.

    `also` are further changes of the server in the same transaction. A caller that has locked topics before must have
    locked the account before them.
    """
    await hold(connection, [user_id])
    positions = await lock(connection, [server_id, user_id])
    await check_not_banned(connection, server_id, user_id)
    if await queries.count_memberships(connection, user_id) >= MEMBERSHIP_LIMIT:
        raise CoterieError(errors.TOO_MANY_SERVERS)
    await check_topics(connection, user_id, server_id)
    now = datetime.now(UTC)
    await queries.insert_member(connection, server_id, user_id, now, positions.get(server_id, 0) + 1)
    member = await queries.member(connection, server_id, user_id)
    await append(
        connection,
        Change(server_id, f"members/{user_id}", "MEMBER_JOIN", member),
        Change(user_id, f"servers/{server_id}", "SERVER_CREATE", Membership(server_id, now)),
        *also,
    )


async def _update(connection: Connection, changed: CountedServer, entry: AuditEntry) -> CountedServer:
    changed = msgspec.structs.replace(changed, updated_at=datetime.now(UTC))
    await queries.update_server(connection, changed)
    await record(connection, entry)
    await append(connection, Change(changed.id, "server", "SERVER_UPDATE", _logged(changed)))
    return changed


def _needed(change: ServerChange) -> list[Permission]:
    """The default permissions need MANAGE_ROLES, everything else MANAGE_SERVER."""
    given = patch.provided(change)
    is_about_roles = given.pop("default_permissions", None) is not None
    needed = [Permission.MANAGE_ROLES] if is_about_roles else []
    return [*needed, Permission.MANAGE_SERVER] if given or not needed else needed


def _channels(server: Server, template: ServerTemplate | None) -> list[Channel]:
    return [
        Channel(new_id(), server.id, each.name, each.type, each.position, each.category, None, server.created_at)
        for each in (template.channels if template else [])
    ]


def _entry(server: Server, actor_id: UUID, action: AuditAction, *fields: str) -> AuditEntry:
    """For the audit log: what was done to a server, with the given fields of it."""
    return AuditEntry(server.id, actor_id, action, server.id, {field: getattr(server, field) for field in fields})


def _gone(server_id: UUID, user_id: UUID, departure: Departure = LEAVING) -> Change:
    """The change for the former member: says how the membership ended, so that they learn it later if offline."""
    gone: dict[str, object] = {"id": server_id}
    if departure != LEAVING:
        gone |= {"departure": departure.type, "reason": departure.reason}
    return Change(user_id, f"servers/{server_id}", "SERVER_DELETE", gone, is_removal=True)


def _logged(server: CountedServer) -> Server:
    """The server without the count of members, which changes without an event of its own."""
    values = msgspec.structs.asdict(server)
    del values["member_count"]
    return Server(**values)
