"""The system messages that say who pinned a message: in its channel, also if it is a reply in a thread.

They name the message by its id only, so that one that is edited or deleted later leaves nothing behind.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from coterie.accounts import queries as accounts
from coterie.accounts.models import NamedUser
from coterie.database.connection import Connection
from coterie.log.event import Event
from coterie.messages import system_messages
from coterie.messages.author import SystemAuthor
from coterie.messages.models import Details
from coterie.messages.system_messages import PlacedSystemMessage, SystemMessage


@dataclass(frozen=True, slots=True)
class Pin:
    """A message that a user pinned, and the position in its channel for the system message about it."""

    channel_id: UUID
    position: int
    message_id: UUID
    actor_id: UUID

    def told(self, actor: NamedUser) -> PlacedSystemMessage:
        details: Details = {"kind": "pin", "message_id": str(self.message_id)}
        sentence = f"{actor.display_name or actor.username} pinned a message."
        message = SystemMessage(SystemAuthor(self.actor_id), sentence, details)
        return PlacedSystemMessage(self.channel_id, self.position, message)


async def add(connection: Connection, pins: Sequence[Pin], now: datetime) -> list[Event]:
    """Store a system message for each pin; returns their events, which the caller sends."""
    people = await accounts.named(connection, [pin.actor_id for pin in pins])
    return await system_messages.insert(connection, [pin.told(people[pin.actor_id]) for pin in pins], now)
