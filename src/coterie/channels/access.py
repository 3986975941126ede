"""Channels come through here: loaded together with the right to see or to manage them."""

from uuid import UUID

from coterie import errors
from coterie.channels import queries
from coterie.channels.models import Channel, Place
from coterie.database.connection import Connection
from coterie.errors import CoterieError
from coterie.servers import access as servers


async def visible(connection: Connection, channel_id: UUID, user_id: UUID) -> Channel:
    """A channel that the user may see."""
    channel = await queries.channel_of_member(connection, channel_id, user_id)
    if channel is None:
        raise CoterieError(errors.NOT_FOUND)
    return channel


async def visible_in(connection: Connection, server_id: UUID, channel_id: UUID, user_id: UUID) -> Channel:
    """A channel of the named server that the user may see."""
    channel = await visible(connection, channel_id, user_id)
    if channel.server_id != server_id:
        raise CoterieError(errors.NOT_FOUND)
    return channel


async def readable(connection: Connection, channel_id: UUID, user_id: UUID) -> Place:
    """A channel or conversation whose messages the user may read."""
    place = await queries.place_of_reader(connection, channel_id, user_id)
    if place is None:
        raise CoterieError(errors.NOT_FOUND)
    return place


async def writable(connection: Connection, channel_id: UUID, user_id: UUID) -> Place:
    """A channel or conversation that the user may send messages to."""
    place = await readable(connection, channel_id, user_id)
    if place.type != "text":
        raise CoterieError(errors.NOT_A_TEXT_CHANNEL)
    return place


async def managed(connection: Connection, server_id: UUID, channel_id: UUID, user_id: UUID) -> Channel:
    """A channel that the user may change, locked for this transaction."""
    await visible_in(connection, server_id, channel_id, user_id)
    await servers.owned(connection, server_id, user_id)
    channel = await queries.channel_of_member(connection, channel_id, user_id, lock=True)
    if channel is None:
        raise CoterieError(errors.NOT_FOUND)
    return channel
