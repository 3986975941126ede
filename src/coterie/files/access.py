"""Access to files: a file is as visible as its message, and only the author of a message can add files to it."""

from uuid import UUID

from coterie import errors
from coterie.database.connection import Connection
from coterie.errors import CoterieError
from coterie.files import queries
from coterie.files.models import StoredFile
from coterie.messages import access as messages
from coterie.messages.models import Message
from coterie.permissions.bits import Permission
from coterie.permissions.cache import PermissionCache


async def readable(permissions: PermissionCache, connection: Connection, message_id: UUID, user_id: UUID) -> Message:
    """A message that was not deleted, in a channel that the user can read."""
    message = await messages.visible(permissions, connection, message_id, user_id)
    if message.deleted:
        raise CoterieError(errors.NOT_FOUND)
    return message


async def attachable(permissions: PermissionCache, connection: Connection, message_id: UUID, user_id: UUID) -> Message:
    """A message that the user wrote, in a channel where they can attach files."""
    message = await readable(permissions, connection, message_id, user_id)
    authority = await permissions.in_channel(connection, message.channel_id, user_id)
    authority.check(Permission.ATTACH_FILES)
    if message.author_id != user_id:
        raise CoterieError(errors.NOT_THE_AUTHOR)
    if message.type == "system":
        raise CoterieError(errors.SYSTEM_MESSAGE)
    return message


async def stored_file(
    permissions: PermissionCache, connection: Connection, message_id: UUID, name: str, user_id: UUID
) -> StoredFile:
    """A file of a message that the user can read."""
    found = await queries.stored_file(connection, message_id, name)
    if found is None:
        raise CoterieError(errors.NOT_FOUND)
    file, channel_id = found
    await permissions.in_channel(connection, channel_id, user_id)
    return file
