"""The hierarchy: who may act on which role, member and override. `docs/permissions.md` explains it to people.

Nobody acts on what stands at or above their own rank, and nobody hands out what they lack. The owner stands above all,
an administrator has every permission but not every rank.
"""

from typing import Final
from uuid import UUID

from coterie import errors
from coterie.channels import access as channels
from coterie.channels.access import SeenChannel
from coterie.database.connection import Connection
from coterie.errors import CoterieError
from coterie.permissions.bits import Permission
from coterie.permissions.models import Override, OverrideSetting, Role
from coterie.permissions.rights import Rights, Seen
from coterie.permissions.structure import Structure

EVERYBODY: Final = -1
"""The rank of what is set for everybody: below any member's."""


def check_outranks(seen: Seen, rank: int) -> None:
    """Raises OUTRANKED unless they stand above a rank, or own the server."""
    if seen.rank <= rank and seen.user_id != structure_of(seen).owner_id:
        raise CoterieError(errors.OUTRANKED)


def check_grants(held: Permission, bits: int) -> None:
    """Raises CANNOT_GRANT unless all these bits are held."""
    if lacking := Permission(bits) & ~held:
        names = ", ".join(each.name or "" for each in lacking)
        raise CoterieError(errors.CANNOT_GRANT, f"{errors.CANNOT_GRANT.sentence} You lack: {names}.")


async def role_keeper(rights: Rights, connection: Connection, server_id: UUID, user_id: UUID) -> Seen:
    """Somebody who may manage roles. Nothing of the server changes before the transaction's end."""
    seen = await rights.locked(connection, server_id, user_id)
    seen.check(Permission.MANAGE_ROLES)
    return seen


def managed_role(seen: Seen, role_id: UUID) -> Role:
    """A role of the server that stands below them."""
    role = structure_of(seen).roles.get(role_id)
    if role is None:
        raise CoterieError(errors.NOT_FOUND)
    check_outranks(seen, role.position)
    return role


async def check_target(rights: Rights, connection: Connection, seen: Seen, user_id: UUID) -> None:
    """Raises NOT_FOUND unless this is a member, OUTRANKED unless it is one who stands below, or oneself."""
    structure = structure_of(seen)
    standing = await rights.standing(connection, structure.server_id, user_id)
    if not standing.is_member:
        raise CoterieError(errors.NOT_FOUND)
    if user_id != seen.user_id:
        check_outranks(seen, structure.rank(user_id, standing))


def check_gives(seen: Seen, role: Role) -> None:
    """Raises CANNOT_GRANT if the role has permissions, at large or allowed in a channel, that the giver lacks."""
    structure = structure_of(seen)
    check_grants(seen.permissions, role.permissions)
    for override in structure.overrides.values():
        if override.role_id == role.id and override.allow and seen.standing is not None:
            held = structure.permissions_in(override.channel_id, seen.user_id, seen.standing)
            check_grants(held, override.allow)


async def overridable(rights: Rights, connection: Connection, channel_id: UUID, user_id: UUID) -> SeenChannel:
    """A channel whose overrides they may set. Nothing of the server changes before the transaction's end."""
    found = await channels.visible(rights, connection, channel_id, user_id)
    found.seen.check(Permission.MANAGE_CHANNELS)
    await rights.locked(connection, found.channel.server_id, user_id)
    again = await channels.visible(rights, connection, channel_id, user_id)
    again.seen.check(Permission.MANAGE_CHANNELS)
    return again


async def check_override_target(
    rights: Rights, connection: Connection, seen: Seen, override: Override | OverrideSetting
) -> None:
    """Raises NOT_FOUND unless the role or user is there, OUTRANKED unless it stands below."""
    structure = structure_of(seen)
    if override.role_id == structure.server_id:
        check_outranks(seen, EVERYBODY)
    elif override.role_id is not None:
        managed_role(seen, override.role_id)
    elif override.user_id is not None:
        standing = await rights.standing(connection, structure.server_id, override.user_id)
        if not standing.is_member and isinstance(override, OverrideSetting):
            raise CoterieError(errors.NOT_FOUND)
        check_outranks(seen, structure.rank(override.user_id, standing))


def structure_of(seen: Seen) -> Structure:
    """The structure of the server that they were seen in."""
    assert seen.structure is not None, "asked of a server"
    return seen.structure
