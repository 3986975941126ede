"""The inbox as it goes over the wire."""

from typing import Literal
from uuid import UUID

from msgspec import Struct

from coterie.messages.models import Message

Reason = Literal["mention", "role", "everyone", "reply", "event"]


class InboxItem(Struct, frozen=True):
    """A message that mentions the viewer, the reason, and whether they have read the channel that far."""

    message: Message
    server_id: UUID | None
    reason: Reason
    is_read: bool


class Inbox(Struct, frozen=True):
    """A page, newest first; the next one begins `before` the message of the last item."""

    items: list[InboxItem]
    has_more: bool
