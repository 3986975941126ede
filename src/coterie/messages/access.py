"""Messages come through here: loaded together with the right to see or to change them."""

from uuid import UUID

from coterie import errors
from coterie.channels import access as channels
from coterie.database.connection import Connection
from coterie.errors import CoterieError
from coterie.messages import queries
from coterie.messages.models import Message


async def visible(connection: Connection, message_id: UUID, user_id: UUID, *, lock: bool = False) -> Message:
    """A message, or its tombstone, in a channel that the user may see."""
    message = await queries.message(connection, message_id, lock=lock)
    if message is None:
        raise CoterieError(errors.NOT_FOUND)
    await channels.readable(connection, message.channel_id, user_id)
    return message


async def own(connection: Connection, message_id: UUID, user_id: UUID) -> Message:
    """A message that the user wrote and that still stands, locked for this transaction."""
    message = await _standing(connection, message_id, user_id)
    if message.author_id != user_id:
        raise CoterieError(errors.NOT_THE_AUTHOR)
    return message


async def removable(connection: Connection, message_id: UUID, user_id: UUID) -> Message:
    """A message that the user may delete, locked: their own, or any in a server that they own."""
    message = await _standing(connection, message_id, user_id)
    if message.author_id != user_id and not await queries.owns_server_of(connection, message.channel_id, user_id):
        raise CoterieError(errors.NOT_THE_AUTHOR)
    return message


async def _standing(connection: Connection, message_id: UUID, user_id: UUID) -> Message:
    message = await visible(connection, message_id, user_id, lock=True)
    if message.deleted:
        raise CoterieError(errors.NOT_FOUND)
    return message
