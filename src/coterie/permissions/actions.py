"""What one can do with roles and overrides. Each is one change of the server's topic, which every right follows."""

from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from msgspec.structs import replace

from coterie import errors, patch
from coterie.audit.actions import record
from coterie.audit.models import Action, Entry
from coterie.community import Community
from coterie.database.connection import Connection
from coterie.errors import CoterieError
from coterie.identifiers import new_id
from coterie.log.append import Change, append
from coterie.permissions import access, queries
from coterie.permissions.models import Override, OverrideSetting, Role, RoleChange, RoleCreation
from coterie.permissions.rights import Seen
from coterie.permissions.structure import Structure
from coterie.servers import queries as servers

ROLE_LIMIT: Final = 250
"""Roles of one server."""

OVERRIDE_LIMIT: Final = 250
"""Overrides of one channel."""

POSITION_LIMIT: Final = 1_000_000


async def create_role(community: Community, server_id: UUID, user_id: UUID, creation: RoleCreation) -> Role:
    """Add a role below the maker's own."""
    async with community.database.acquire() as connection, connection.transaction():
        seen = await access.role_keeper(community.rights, connection, server_id, user_id)
        roles = access.structure_of(seen).roles
        if len(roles) >= ROLE_LIMIT:
            raise CoterieError(errors.TOO_MANY_ROLES)
        position = _free_position(seen, roles) if creation.position is None else creation.position
        access.check_outranks(seen, position)
        access.check_grants(seen.permissions, creation.permissions)
        role = Role(
            id=new_id(),
            server_id=server_id,
            name=creation.name,
            permissions=creation.permissions,
            color=creation.color or None,
            position=position,
            created_at=datetime.now(UTC),
        )
        await queries.insert_role(connection, role)
        await record(connection, _role_entry(role, user_id, "role_create", "name", "permissions"))
        await append(connection, Change(server_id, f"roles/{role.id}", "ROLE_CREATE", role))
        return role


async def edit_role(community: Community, server_id: UUID, role_id: UUID, user_id: UUID, change: RoleChange) -> Role:
    """Change a role's name, permissions, colour or position; it stays below the changer's own."""
    async with community.database.acquire() as connection, connection.transaction():
        seen = await access.role_keeper(community.rights, connection, server_id, user_id)
        role = access.managed_role(seen, role_id)
        changed = patch.apply(role, change)
        changed = replace(changed, color=changed.color or None)
        access.check_outranks(seen, changed.position)
        access.check_grants(seen.permissions, changed.permissions & ~role.permissions)
        if changed != role:
            await queries.update_role(connection, changed)
            await record(connection, _role_entry(changed, user_id, "role_update", "name", "permissions"))
            await append(connection, Change(server_id, f"roles/{role_id}", "ROLE_UPDATE", changed))
        return changed


async def delete_role(community: Community, server_id: UUID, role_id: UUID, user_id: UUID) -> None:
    """Remove a role, from everybody who has it and with its overrides.

    In the log the role goes first: were its overrides first, what they deny would be open for a moment.
    """
    async with community.database.acquire() as connection, connection.transaction():
        seen = await access.role_keeper(community.rights, connection, server_id, user_id)
        role = access.managed_role(seen, role_id)
        gone = {"id": role.id, "server_id": server_id, "role_id": role.id}
        overrides = [each for each in access.structure_of(seen).overrides.values() if each.role_id == role_id]
        await append(
            connection,
            Change(server_id, f"roles/{role_id}", "ROLE_DELETE", gone, is_removal=True),
            *(override.removal(server_id) for override in overrides),
        )
        await record(connection, _role_entry(role, user_id, "role_delete", "name"))
        await queries.delete_role(connection, role_id)


async def give_role(community: Community, server_id: UUID, role_id: UUID, user_id: UUID, member_id: UUID) -> None:
    """Give a member a role that stands below the giver and has nothing that the giver lacks."""
    async with community.database.acquire() as connection, connection.transaction():
        seen = await access.role_keeper(community.rights, connection, server_id, user_id)
        role = access.managed_role(seen, role_id)
        await access.check_target(community.rights, connection, seen, member_id)
        access.check_gives(seen, role)
        if await queries.give_role(connection, role, member_id):
            await record(connection, _member_entry(role, user_id, "member_role_add", member_id))
            await _tell_member(connection, role, member_id, "MEMBER_ROLE_ADD")


async def take_role(community: Community, server_id: UUID, role_id: UUID, user_id: UUID, member_id: UUID) -> None:
    """Take a role from a member."""
    async with community.database.acquire() as connection, connection.transaction():
        seen = await access.role_keeper(community.rights, connection, server_id, user_id)
        role = access.managed_role(seen, role_id)
        await access.check_target(community.rights, connection, seen, member_id)
        if await queries.take_role(connection, role, member_id):
            await record(connection, _member_entry(role, user_id, "member_role_remove", member_id))
            await _tell_member(connection, role, member_id, "MEMBER_ROLE_REMOVE")


async def set_override(community: Community, channel_id: UUID, user_id: UUID, setting: OverrideSetting) -> Override:
    """Allow and deny bits in a channel, to a role, a member or everybody, in place of what was set for them before."""
    _check_setting(setting)
    async with community.database.acquire() as connection, connection.transaction():
        found = await access.overridable(community.rights, connection, channel_id, user_id)
        await access.check_override_target(community.rights, connection, found.seen, setting)
        server_id, structure = found.channel.server_id, access.structure_of(found.seen)
        target = setting.role_id or setting.user_id
        known = [each for each in structure.overrides.values() if each.channel_id == channel_id]
        before = next((each for each in known if each.target == target), None)
        if before is None and len(known) >= OVERRIDE_LIMIT:
            raise CoterieError(errors.TOO_MANY_OVERRIDES)
        access.check_grants(found.seen.permissions, _difference(before, setting))
        id = before.id if before else new_id()
        override = Override(id, channel_id, setting.role_id, setting.user_id, setting.allow, setting.deny)
        if override != before:
            await queries.put_override(connection, override, server_id)
            await record(connection, _override_entry(override, server_id, user_id))
            await append(connection, Change(server_id, f"overrides/{id}", "CHANNEL_OVERRIDE_UPDATE", override))
        return override


async def delete_override(community: Community, channel_id: UUID, override_id: UUID, user_id: UUID) -> None:
    """Allow and deny nothing any more to whom an override was for."""
    async with community.database.acquire() as connection, connection.transaction():
        found = await access.overridable(community.rights, connection, channel_id, user_id)
        override = _override(access.structure_of(found.seen), channel_id, override_id)
        await access.check_override_target(community.rights, connection, found.seen, override)
        access.check_grants(found.seen.permissions, override.allow | override.deny)
        server_id = found.channel.server_id
        details: dict[str, object] = {"override_id": override_id}
        await record(connection, Entry(server_id, user_id, "channel_override_delete", "channel", channel_id, details))
        await queries.delete_override(connection, override_id)
        await append(connection, override.removal(server_id))


def _free_position(seen: Seen, roles: dict[UUID, Role]) -> int:
    """Above all roles, as far as that is below the maker's own rank."""
    highest = max((role.position for role in roles.values()), default=0)
    return max(0, min(highest + 1, seen.rank - 1, POSITION_LIMIT))


async def _tell_member(connection: Connection, role: Role, member_id: UUID, live_type: str) -> None:
    member = await servers.member(connection, role.server_id, member_id)
    extra: dict[str, object] = {"role_id": role.id, "role_name": role.name, "role_color": role.color}
    key = f"members/{member_id}"
    await append(connection, Change(role.server_id, key, "MEMBER_UPDATE", member, live_type=live_type, extra=extra))


def _check_setting(setting: OverrideSetting) -> None:
    if (setting.role_id is None) == (setting.user_id is None):
        raise CoterieError(errors.INVALID, "An override is for either a role_id or a user_id.")
    if setting.allow & setting.deny:
        raise CoterieError(errors.INVALID, "A permission cannot be both allowed and denied.")


def _difference(before: Override | None, setting: OverrideSetting) -> int:
    """The bits that are set otherwise than before: both giving and taking needs to have them."""
    allow, deny = (before.allow, before.deny) if before else (0, 0)
    return (allow ^ setting.allow) | (deny ^ setting.deny)


def _override(structure: Structure, channel_id: UUID, override_id: UUID) -> Override:
    override = structure.overrides.get(override_id)
    if override is None or override.channel_id != channel_id:
        raise CoterieError(errors.NOT_FOUND)
    return override


def _role_entry(role: Role, actor_id: UUID, action: Action, *fields: str) -> Entry:
    """For the audit log: what was done to a role, with these of its fields."""
    details = {field: getattr(role, field) for field in fields}
    return Entry(role.server_id, actor_id, action, "role", role.id, details)


def _member_entry(role: Role, actor_id: UUID, action: Action, member_id: UUID) -> Entry:
    """For the audit log: that a member was given a role, or that it was taken."""
    details: dict[str, object] = {"role_id": role.id, "role_name": role.name}
    return Entry(role.server_id, actor_id, action, "user", member_id, details)


def _override_entry(override: Override, server_id: UUID, actor_id: UUID) -> Entry:
    """For the audit log: what is allowed and denied from now on."""
    details: dict[str, object] = {
        "override_id": override.id,
        "role_id": override.role_id,
        "user_id": override.user_id,
        "allow": override.allow,
        "deny": override.deny,
    }
    return Entry(server_id, actor_id, "channel_override_update", "channel", override.channel_id, details)
