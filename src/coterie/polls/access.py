"""Access to polls: those who see the channel see its polls."""

from uuid import UUID

from coterie import errors
from coterie.errors import CoterieError
from coterie.messages import access, polls
from coterie.messages.actions import Messages
from coterie.messages.models import Poll


async def visible(messages: Messages, poll_id: UUID, user_id: UUID) -> Poll:
    """A poll in a channel that the user can see, with their own votes."""
    message = await access.visible(messages.permissions, messages.database, poll_id, user_id)
    found = await polls.of_messages(messages.database, [message], user_id)
    if message.id not in found:
        raise CoterieError(errors.NOT_FOUND)
    return found[message.id]
