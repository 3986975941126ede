"""Access to messages: loaded together with the right to see them. `operations` decide the right to change them."""

from uuid import UUID

from coterie import errors
from coterie.database.connection import Connection
from coterie.errors import CoterieError
from coterie.messages import queries
from coterie.messages.changing.request import MessagePlace
from coterie.messages.models import Message
from coterie.permissions.cache import PermissionCache


async def visible(permissions: PermissionCache, connection: Connection, message_id: UUID, user_id: UUID) -> Message:
    """A message, or its tombstone, in a channel that the user can see."""
    message = await queries.message(connection, message_id)
    if message is None:
        raise CoterieError(errors.NOT_FOUND)
    await permissions.in_channel(connection, message.channel_id, user_id)
    return message


async def visible_at(
    permissions: PermissionCache, connection: Connection, place: MessagePlace, user_id: UUID
) -> Message:
    """A message, or its tombstone, in the channel that is named, if the user can see it."""
    message = await visible(permissions, connection, place.message_id, user_id)
    if message.channel_id != place.channel_id:
        raise CoterieError(errors.NOT_FOUND)
    return message
