"""What members can do with roles and overrides. Permissions follow from these changes in the server's topic."""

from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from msgspec.structs import replace

from coterie import errors
from coterie.audit.actions import record
from coterie.audit.models import AuditEntry
from coterie.channels import overrides
from coterie.database.connection import Connection
from coterie.errors import CoterieError
from coterie.feature import AuditAction
from coterie.http import patch
from coterie.identifiers import new_id
from coterie.log.append import Change, append
from coterie.permissions import hierarchy
from coterie.permissions.authority import Authority
from coterie.permissions.context import ActionContext
from coterie.permissions.models import Override, OverrideSetting, Role, RoleChange, RoleCreation
from coterie.permissions.structure import Structure
from coterie.roles import access, queries
from coterie.roles.audit_actions import (
    CHANNEL_OVERRIDE_DELETE,
    MEMBER_ROLE_ADD,
    MEMBER_ROLE_REMOVE,
    ROLE_CREATE,
    ROLE_DELETE,
    ROLE_UPDATE,
)
from coterie.roles.errors import TOO_MANY_ROLES
from coterie.servers import queries as servers

ROLE_LIMIT: Final = 250
"""Roles of one server."""

POSITION_LIMIT: Final = 1_000_000


async def create_role(context: ActionContext, server_id: UUID, user_id: UUID, creation: RoleCreation) -> Role:
    """Create a role below the creator's own rank."""
    async with context.database.acquire() as connection, connection.transaction():
        authority = await access.role_keeper(context.permissions, connection, server_id, user_id)
        roles = hierarchy.structure_of(authority).roles
        if len(roles) >= ROLE_LIMIT:
            raise CoterieError(TOO_MANY_ROLES)
        position = _free_position(authority, roles) if creation.position is None else creation.position
        hierarchy.check_outranks(authority, position)
        hierarchy.check_grants(authority.permissions, creation.permissions)
        role = Role(
            id=new_id(),
            server_id=server_id,
            name=creation.name,
            permissions=creation.permissions,
            color=creation.color or None,
            position=position,
            created_at=datetime.now(UTC),
            hoist=creation.hoist,
            auto_assign=creation.auto_assign,
        )
        await queries.insert(connection, role)
        await record(connection, _role_entry(role, user_id, ROLE_CREATE, "name", "permissions", "auto_assign"))
        await append(connection, Change(server_id, f"roles/{role.id}", "ROLE_CREATE", role))
        return role


async def edit_role(context: ActionContext, server_id: UUID, role_id: UUID, user_id: UUID, change: RoleChange) -> Role:
    """Change a role; it stays below the caller's own rank.

    To have everyone who joins get it, the caller must have what it grants, as to give it to a member.
    """
    async with context.database.acquire() as connection, connection.transaction():
        authority = await access.role_keeper(context.permissions, connection, server_id, user_id)
        role = hierarchy.managed_role(authority, role_id)
        changed = patch.apply(role, change)
        changed = replace(changed, color=changed.color or None)
        hierarchy.check_outranks(authority, changed.position)
        hierarchy.check_grants(authority.permissions, changed.permissions & ~role.permissions)
        if changed.auto_assign and not role.auto_assign:
            access.check_gives(authority, changed)
        if changed != role:
            await queries.update_role(connection, changed)
            await record(connection, _role_entry(changed, user_id, ROLE_UPDATE, "name", "permissions", "auto_assign"))
            await append(connection, Change(server_id, f"roles/{role_id}", "ROLE_UPDATE", changed))
        return changed


async def delete_role(context: ActionContext, server_id: UUID, role_id: UUID, user_id: UUID) -> None:
    """Delete a role, with its overrides, and take it from everyone who has it.

    In the log the role goes first: if its overrides went first, what they deny would be allowed for a moment.
    """
    async with context.database.acquire() as connection, connection.transaction():
        authority = await access.role_keeper(context.permissions, connection, server_id, user_id)
        role = hierarchy.managed_role(authority, role_id)
        gone = {"id": role.id, "server_id": server_id, "role_id": role.id}
        held = [each for each in hierarchy.structure_of(authority).overrides.values() if each.role_id == role_id]
        await append(
            connection,
            Change(server_id, f"roles/{role_id}", "ROLE_DELETE", gone, is_removal=True),
            *(override.removal(server_id) for override in held),
        )
        await record(connection, _role_entry(role, user_id, ROLE_DELETE, "name"))
        await queries.delete_role(connection, role_id)


async def give_role(context: ActionContext, server_id: UUID, role_id: UUID, user_id: UUID, member_id: UUID) -> None:
    """Give a member a role that is below the giver's rank and has no permission that the giver lacks."""
    async with context.database.acquire() as connection, connection.transaction():
        authority = await access.role_keeper(context.permissions, connection, server_id, user_id)
        role = hierarchy.managed_role(authority, role_id)
        await hierarchy.check_target(context.permissions, connection, authority, member_id)
        access.check_gives(authority, role)
        if await queries.give_role(connection, role, member_id):
            await record(connection, _member_entry(role, user_id, MEMBER_ROLE_ADD, member_id))
            await _append_member_role(connection, role, member_id, "MEMBER_ROLE_ADD")


async def take_role(context: ActionContext, server_id: UUID, role_id: UUID, user_id: UUID, member_id: UUID) -> None:
    async with context.database.acquire() as connection, connection.transaction():
        authority = await access.role_keeper(context.permissions, connection, server_id, user_id)
        role = hierarchy.managed_role(authority, role_id)
        await hierarchy.check_target(context.permissions, connection, authority, member_id)
        if await queries.take_role(connection, role, member_id):
            await record(connection, _member_entry(role, user_id, MEMBER_ROLE_REMOVE, member_id))
            await _append_member_role(connection, role, member_id, "MEMBER_ROLE_REMOVE")


async def set_override(context: ActionContext, channel_id: UUID, user_id: UUID, setting: OverrideSetting) -> Override:
    """Allow and deny bits in a channel to a role, a member or everyone, replacing what was set for them before."""
    overrides.check_setting(setting)
    async with context.database.acquire() as connection, connection.transaction():
        found = await access.overridable(context.permissions, connection, channel_id, user_id)
        await hierarchy.check_override_targets(context.permissions, connection, found.authority, [setting])
        server_id, structure = found.channel.server_id, hierarchy.structure_of(found.authority)
        target = setting.role_id or setting.user_id
        known = structure.overrides_of(channel_id)
        before = next((each for each in known if each.target == target), None)
        if before is None:
            overrides.check_room(structure, len(known), 1)
        hierarchy.check_grants(found.authority.permissions, _difference(before, setting))
        id = before.id if before else new_id()
        override = Override(id, channel_id, setting.role_id, setting.user_id, setting.allow, setting.deny)
        if override != before:
            await queries.put_override(connection, override, server_id)
            await record(connection, overrides.entry(override, server_id, user_id))
            await append(connection, overrides.change(override, server_id))
        return override


async def delete_override(context: ActionContext, channel_id: UUID, override_id: UUID, user_id: UUID) -> None:
    """Remove an override."""
    async with context.database.acquire() as connection, connection.transaction():
        found = await access.overridable(context.permissions, connection, channel_id, user_id)
        override = _override(hierarchy.structure_of(found.authority), channel_id, override_id)
        await hierarchy.check_override_targets(context.permissions, connection, found.authority, [override])
        hierarchy.check_grants(found.authority.permissions, override.allow | override.deny)
        server_id = found.channel.server_id
        details: dict[str, object] = {"override_id": override_id}
        await record(connection, AuditEntry(server_id, user_id, CHANNEL_OVERRIDE_DELETE, channel_id, details))
        await queries.delete_override(connection, override_id)
        await append(connection, override.removal(server_id))


def _free_position(authority: Authority, roles: dict[UUID, Role]) -> int:
    """Above all roles, but below the creator's own rank."""
    highest = max((role.position for role in roles.values()), default=0)
    return max(0, min(highest + 1, authority.rank - 1, POSITION_LIMIT))


async def _append_member_role(connection: Connection, role: Role, member_id: UUID, live_type: str) -> None:
    member = await servers.member(connection, role.server_id, member_id)
    extra: dict[str, object] = {"role_id": role.id, "role_name": role.name, "role_color": role.color}
    key = f"members/{member_id}"
    await append(connection, Change(role.server_id, key, "MEMBER_UPDATE", member, live_type=live_type, extra=extra))


def _difference(before: Override | None, setting: OverrideSetting) -> int:
    """The bits that change: the caller must have a permission both to give it and to take it."""
    allow, deny = (before.allow, before.deny) if before else (0, 0)
    return (allow ^ setting.allow) | (deny ^ setting.deny)


def _override(structure: Structure, channel_id: UUID, override_id: UUID) -> Override:
    override = structure.overrides.get(override_id)
    if override is None or override.channel_id != channel_id:
        raise CoterieError(errors.NOT_FOUND)
    return override


def _role_entry(role: Role, actor_id: UUID, action: AuditAction, *fields: str) -> AuditEntry:
    """For the audit log: what was done to a role, with the given fields of it."""
    details = {field: getattr(role, field) for field in fields}
    return AuditEntry(role.server_id, actor_id, action, role.id, details)


def _member_entry(role: Role, actor_id: UUID, action: AuditAction, member_id: UUID) -> AuditEntry:
    """For the audit log: that a member was given a role, or that it was taken."""
    details: dict[str, object] = {"role_id": role.id, "role_name": role.name}
    return AuditEntry(role.server_id, actor_id, action, member_id, details)
