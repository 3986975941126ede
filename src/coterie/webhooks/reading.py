"""What a webhook is sent: the events of a topic since its position, with their data as they are now."""

from collections.abc import Collection, Sequence
from typing import Final, NamedTuple
from uuid import UUID

import msgspec

from coterie.database.connection import Connection
from coterie.messages import pages
from coterie.messages.parts import with_parts
from coterie.webhooks import event_queries as queries
from coterie.webhooks.event_queries import LoggedEvent, TopicBehind

WINDOW: Final = 500
"""Positions that are looked at together."""

CHUNK: Final = 20
"""Events whose data is loaded together: at most about 100 kB."""


class EventPage(NamedTuple):
    """The wanted events of a topic up to a position."""

    reached: int
    events: list[LoggedEvent]

    @property
    def chunks(self) -> list[list[LoggedEvent]]:
        return [self.events[start : start + CHUNK] for start in range(0, len(self.events), CHUNK)]


async def read_page(connection: Connection, topic: TopicBehind, wanted: Collection[str]) -> EventPage:
    """The next events of a topic, without their data."""
    until = min(topic.reached, topic.position + WINDOW)
    read = queries.in_server if topic.kind == "server" else queries.in_channel
    found = await read(connection, topic.topic, topic.position, until)
    return EventPage(until, [each for each in found if each.event in wanted])


async def data_of(connection: Connection, topic: TopicBehind, events: Sequence[LoggedEvent]) -> list[object]:
    """The data of each event, for JSON; None if its message has been deleted meanwhile, which is an event to come."""
    if topic.kind == "server":
        return [_of_member(topic.topic, each) for each in events]
    ids = {each.subject for each in events if each.event != "message.deleted"}
    messages = await with_parts(connection, await pages.by_ids(connection, list(ids)), None)
    found = {message.id: message for message in messages if not message.deleted}
    return [
        {"id": each.subject, "channel_id": topic.topic} if each.event == "message.deleted" else found.get(each.subject)
        for each in events
    ]


def _of_member(server_id: UUID, logged: LoggedEvent) -> object:
    """A member as every member receives them, or who has left."""
    if logged.data is not None:
        return msgspec.Raw(logged.data.encode())
    return {"server_id": server_id, "user_id": logged.subject}
