"""Access to scheduled events: those who see the channel see its events."""

from uuid import UUID

from coterie import errors
from coterie.errors import CoterieError
from coterie.messages import access, scheduled
from coterie.messages.actions import Messages
from coterie.messages.models import ScheduledEvent


async def visible(messages: Messages, event_id: UUID, user_id: UUID) -> ScheduledEvent:
    """An event in a channel that the user can see, with their own answer."""
    message = await access.visible(messages.permissions, messages.database, event_id, user_id)
    found = await scheduled.of_messages(messages.database, [message], user_id)
    if message.id not in found:
        raise CoterieError(errors.NOT_FOUND)
    return found[message.id]
