"""Messages come through here: loaded together with the right to see them. Rights to change are `changes`' to weigh."""

from uuid import UUID

from coterie import errors
from coterie.database.connection import Connection
from coterie.errors import CoterieError
from coterie.messages import queries
from coterie.messages.models import Message
from coterie.permissions.rights import Rights


async def visible(rights: Rights, connection: Connection, message_id: UUID, user_id: UUID) -> Message:
    """A message, or its tombstone, in a channel that the user may see."""
    message = await queries.message(connection, message_id)
    if message is None:
        raise CoterieError(errors.NOT_FOUND)
    await rights.in_channel(connection, message.channel_id, user_id)
    return message
