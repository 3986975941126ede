"""Loads a role or a channel's overrides together with the right to manage them; see `coterie.permissions.hierarchy`."""

from uuid import UUID

from coterie.channels import access as channels
from coterie.channels.access import SeenChannel
from coterie.database.connection import Connection
from coterie.permissions.authority import Authority
from coterie.permissions.bits import Permission
from coterie.permissions.cache import PermissionCache
from coterie.permissions.hierarchy import check_grants, structure_of
from coterie.permissions.models import Role


async def role_keeper(
    permissions: PermissionCache, connection: Connection, server_id: UUID, user_id: UUID
) -> Authority:
    """A member who may manage roles. Nothing in the server can change before the transaction ends."""
    authority = await permissions.locked(connection, server_id, user_id)
    authority.check(Permission.MANAGE_ROLES)
    return authority


def check_gives(authority: Authority, role: Role) -> None:
    """Raises CANNOT_GRANT if the role has permissions, in the server or a channel, that the giver lacks."""
    structure = structure_of(authority)
    check_grants(authority.permissions, role.permissions)
    for override in structure.overrides.values():
        if override.role_id == role.id and override.allow and authority.member_state is not None:
            held = structure.permissions_in(override.channel_id, authority.user_id, authority.member_state)
            check_grants(held, override.allow)


async def overridable(
    permissions: PermissionCache, connection: Connection, channel_id: UUID, user_id: UUID
) -> SeenChannel:
    """A channel whose overrides they may set. Nothing in the server can change before the transaction ends."""
    found = await channels.visible(permissions, connection, channel_id, user_id)
    found.authority.check(Permission.MANAGE_CHANNELS)
    await permissions.locked(connection, found.channel.server_id, user_id)
    again = await channels.visible(permissions, connection, channel_id, user_id)
    again.authority.check(Permission.MANAGE_CHANNELS)
    return again
