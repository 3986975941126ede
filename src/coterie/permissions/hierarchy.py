"""The hierarchy: who may act on which role, member and override. `docs/permissions.md` explains it to users.

Members can act only on what is below their own rank, and can only grant permissions that they have. The owner is above
everyone; an administrator has every permission, but not every rank.
"""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from coterie import errors
from coterie.database.connection import Connection
from coterie.errors import CoterieError
from coterie.permissions.authority import Authority
from coterie.permissions.bits import Permission
from coterie.permissions.cache import PermissionCache
from coterie.permissions.models import Override, OverrideSetting, Role
from coterie.permissions.structure import Structure

EVERYBODY: Final = -1
"""The rank of what is set for everyone: below any member's."""


def check_outranks(authority: Authority, rank: int) -> None:
    """Raises OUTRANKED unless they are above the rank, or own the server."""
    if authority.rank <= rank and authority.user_id != structure_of(authority).owner_id:
        raise CoterieError(errors.OUTRANKED)


def check_grants(held: Permission, bits: int) -> None:
    """Raises CANNOT_GRANT unless all these bits are held."""
    if lacking := Permission(bits) & ~held:
        names = ", ".join(each.name or "" for each in lacking)
        raise CoterieError(errors.CANNOT_GRANT, f"{errors.CANNOT_GRANT.sentence} You don't have: {names}.")


async def check_target(
    permissions: PermissionCache, connection: Connection, authority: Authority, user_id: UUID
) -> None:
    """Raises NOT_FOUND unless this is a member, OUTRANKED unless they are below the caller, or the caller."""
    structure = structure_of(authority)
    member_state = await permissions.member_state(connection, structure.server_id, user_id)
    if not member_state.is_member:
        raise CoterieError(errors.NOT_FOUND)
    if user_id != authority.user_id:
        check_outranks(authority, structure.rank(user_id, member_state))


def managed_role(authority: Authority, role_id: UUID) -> Role:
    """A role of the server that is below their rank."""
    role = structure_of(authority).roles.get(role_id)
    if role is None:
        raise CoterieError(errors.NOT_FOUND)
    check_outranks(authority, role.position)
    return role


async def check_override_targets(
    permissions: PermissionCache,
    connection: Connection,
    authority: Authority,
    overrides: Sequence[Override | OverrideSetting],
) -> None:
    """Raises NOT_FOUND unless the roles and members exist, OUTRANKED unless all of them are below the caller's rank."""
    structure = structure_of(authority)
    users = [override.user_id for override in overrides if override.user_id is not None]
    states = await permissions.member_states(connection, structure.server_id, users) if users else {}
    for override in overrides:
        if override.role_id == structure.server_id:
            check_outranks(authority, EVERYBODY)
        elif override.role_id is not None:
            managed_role(authority, override.role_id)
        elif override.user_id is not None:
            member_state = states[override.user_id]
            if not member_state.is_member and isinstance(override, OverrideSetting):
                raise CoterieError(errors.NOT_FOUND)
            check_outranks(authority, structure.rank(override.user_id, member_state))


def structure_of(authority: Authority) -> Structure:
    """The structure of the server that they were seen in."""
    assert authority.structure is not None, "asked of a server"
    return authority.structure
