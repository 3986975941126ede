"""The events of messages, the same for every change of one."""

from coterie.log.append import encoded
from coterie.log.event import Event
from coterie.log.versions import GivenName
from coterie.messages.models import Message


def event_of(message: Message, type: str, name: GivenName | None = None, extra: str = "") -> Event:
    """The event of a changed message. A deleted one stays as its tombstone, so no event of a channel is a removal."""
    return Event(
        message.channel_id,
        message.version,
        type,
        str(message.id),
        encoded(message),
        client_version=name.text if name else None,
        unnamed_for=name.unnamed_for if name else None,
        extra=extra,
    )
