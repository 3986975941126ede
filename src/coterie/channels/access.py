"""Loads channels together with the permission to view or manage them."""

from collections.abc import Iterable
from dataclasses import replace
from typing import NamedTuple
from uuid import UUID

from coterie import errors
from coterie.database.connection import Connection
from coterie.errors import CoterieError
from coterie.permissions.authority import Authority
from coterie.permissions.bits import Permission
from coterie.permissions.cache import PermissionCache
from coterie.permissions.models import Channel, Override


class SeenChannel(NamedTuple):
    """A channel, and the viewer's permissions in it."""

    channel: Channel
    authority: Authority


async def visible(permissions: PermissionCache, connection: Connection, channel_id: UUID, user_id: UUID) -> SeenChannel:
    """A server's channel that the user may view."""
    return _found(await permissions.in_channel(connection, channel_id, user_id), channel_id)


async def visible_in(
    permissions: PermissionCache, connection: Connection, server_id: UUID, channel_id: UUID, user_id: UUID
) -> SeenChannel:
    """A channel of this server that the user may view."""
    found = await visible(permissions, connection, channel_id, user_id)
    if found.channel.server_id != server_id:
        raise CoterieError(errors.NOT_FOUND)
    return found


async def managed(
    permissions: PermissionCache, connection: Connection, server_id: UUID, channel_id: UUID, user_id: UUID
) -> SeenChannel:
    """A channel that the user may change. The server and the channel are locked until the transaction ends."""
    found = await visible_in(permissions, connection, server_id, channel_id, user_id)
    found.authority.check(Permission.MANAGE_CHANNELS)
    await permissions.locked(connection, server_id, user_id, also=[channel_id])
    again = await visible_in(permissions, connection, server_id, channel_id, user_id)
    again.authority.check(Permission.MANAGE_CHANNELS)
    return again


async def movable(
    permissions: PermissionCache, connection: Connection, server_id: UUID, user_id: UUID, channel_ids: Iterable[UUID]
) -> list[Channel]:
    """These channels of the server, if the user may change each. The server is locked until the transaction ends."""
    authority = await permissions.locked(connection, server_id, user_id)
    return [_changeable(authority, channel_id) for channel_id in channel_ids]


def _changeable(authority: Authority, channel_id: UUID) -> Channel:
    assert authority.structure is not None, "asked of a server"
    channel = authority.structure.channels.get(channel_id)
    if channel is None or channel_id not in authority.visible_channels or authority.member_state is None:
        raise CoterieError(errors.NOT_FOUND)
    permissions = authority.structure.permissions_in(channel_id, authority.user_id, authority.member_state)
    replace(authority, permissions=permissions).check(Permission.MANAGE_CHANNELS)
    return channel


def _found(authority: Authority, channel_id: UUID) -> SeenChannel:
    channel = authority.structure.channels.get(channel_id) if authority.structure else None
    if channel is None:
        raise CoterieError(errors.NOT_FOUND)
    return SeenChannel(channel, authority)


def overrides(found: SeenChannel) -> list[Override]:
    """The permission overrides of a channel: first those of roles, then those of members."""
    assert found.authority.structure is not None, "it is of a server"
    return found.authority.structure.overrides_of(found.channel.id)


def ordered(authority: Authority) -> list[Channel]:
    """The channels of a server that the user may view, in their order."""
    assert authority.structure is not None, "asked of a server"
    visible = [authority.structure.channels[channel] for channel in authority.visible_channels]
    return sorted(visible, key=lambda channel: (channel.position, channel.created_at, channel.id))
