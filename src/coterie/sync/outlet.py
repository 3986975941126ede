"""What a live connection sends: turns each waiting item into the records that its client gets now.

What an event gives access to is followed first: a new server or channel, or one that has become visible. So the client
receives the position from which it follows a topic together with the event that granted it.
"""

from collections.abc import AsyncIterator, Collection
from typing import Final
from uuid import UUID

import msgspec
from msgspec.structs import asdict

from coterie.conversations import queries as conversation_queries
from coterie.conversations import views as conversations
from coterie.conversations.models import Conversation
from coterie.database.connection import Connection
from coterie.http.rate_limits import paced
from coterie.log.append import encoded
from coterie.log.event import Event
from coterie.log.read import PAGE_SIZE
from coterie.sync.followable import Live, one_conversation, one_server
from coterie.sync.limits import REPLAYS
from coterie.sync.records import Delivery, Gone, Hidden, Passed, Record, Reset, Rewind, Waiting
from coterie.sync.subscriptions import Subscriptions

GAINS: Final = frozenset({"SERVER_CREATE", "CHANNEL_CREATE", "DM_CHANNEL_CREATE"})
"""Events that announce something new to follow."""


class Outlet:
    """The sending half of a live connection."""

    def __init__(self, live: Live, subscriptions: Subscriptions, *, is_own_only: bool) -> None:
        self._gaining: Final[dict[UUID, int]] = {}
        self._live: Final = live
        self._log: Final = live.log
        self._hub: Final = live.hub
        self._subscriptions: Final = subscriptions
        self._watch: Final = subscriptions.watch
        self._positions: Final = subscriptions.positions
        self._user_id: Final = subscriptions.watch.user_id
        self._is_own_only: Final = is_own_only

    def gain(self, server: UUID, event: Event) -> None:
        """A change of a server has shown that more may be viewed there than is followed.

        What may be viewed is known as of a position that other connections may have reached first. It is followed at
        that position: before, a channel would be announced ahead of the event that creates it, and then again.
        """
        authority = self._watch.authority.get(server)
        reached = authority.structure.position if authority is not None and authority.structure is not None else 0
        self._gaining[server] = max(event.position, reached, self._gaining.get(server, 0))

    def is_gaining(self, topic: UUID) -> bool:
        """Whether something has become visible in a server that is not followed yet."""
        return topic in self._gaining

    async def records(self, item: Waiting) -> AsyncIterator[Record]:
        """What to send for an item that waited."""
        if isinstance(item, Event):
            async for record in self._of_event(item):
                yield record
        elif isinstance(item, Rewind):
            async for record in self._of_rewind(item):
                yield record
        elif isinstance(item, Passed):
            async for delivery in self._due(item.topic, item.position):
                yield delivery
        elif isinstance(item, Hidden):
            if (gone := self._hidden(item)) is not None:
                yield gone
        else:
            yield item

    async def _of_event(self, event: Event) -> AsyncIterator[Record]:
        """The event, and after it what it has given access to."""
        if (delivery := await self._delivery(event)) is not None:
            yield delivery
        if event.type in ("DM_CHANNEL_CREATE", "CHANNEL_CREATE"):
            async for record in self._missed(named(event)):
                yield record
        if event.topic is not None:
            async for delivery in self._due(event.topic, event.position):
                yield delivery

    async def _delivery(self, event: Event) -> Delivery | None:
        """The event, unless the client already has it or may not see it; advances the position."""
        topic = event.topic
        if topic is None:
            return Delivery(event, event.position - 1)
        known = self._positions.get(topic)
        if known is None or event.position <= known or not self._may_see(topic, event):
            return None
        sent = await self._prepare(event)
        if topic not in self._positions:
            return None
        if event.type == "CHANNEL_DELETE":
            self._subscriptions.drop(named(event), topic)  # a channel that was created and removed while both waited
        self._positions[topic] = event.position
        return Delivery(sent, known, self._brought(event))

    def _may_see(self, topic: UUID, event: Event) -> bool:
        """Of a server, only changes of viewable channels: new ones are not followed yet, removed ones were."""
        authority = self._watch.authority.get(topic)
        if authority is None:
            return True
        if event.type == "CHANNEL_DELETE" and event.channel is not None:
            return self._live.collections.may_see(event, authority, (event.channel,))
        return self._live.collections.may_see(event, authority, authority.visible_channels)

    def _brought(self, event: Event) -> dict[UUID, int] | None:
        """The position from which each topic that an event grants is followed, for the client to resume from."""
        if event.type not in GAINS or event.type == "CHANNEL_CREATE":
            return None
        is_server = event.type == "SERVER_CREATE"
        topics: Collection[UUID] = self._watch.servers.get(named(event), ()) if is_server else (named(event),)
        return {topic: self._positions[topic] for topic in topics if topic in self._positions}

    async def _of_rewind(self, rewind: Rewind) -> AsyncIterator[Record]:
        """What a client missed in some topics, and one record for all that it may not follow."""
        for topic, position in rewind.positions.items():
            async for record in self._rewound(topic, position):
                yield record
        if gone := [topic for topic in (*rewind.unknown, *rewind.positions) if topic not in self._positions]:
            self._hub.tally.resumed["gateway", "gone"] += len(gone)
            yield Gone(gone)

    async def _rewound(self, topic: UUID, position: int) -> AsyncIterator[Record]:
        """What a client missed in a topic since a position."""
        known = self._positions.get(topic)
        if known is None:
            return
        self._hub.tally.resumed["gateway", _outcome(position, known)] += 1
        if position > known:
            yield Reset(topic, known, position)
        elif position < known:
            self._positions[topic] = position
            async for record in self._missed(topic):
                yield record

    async def _missed(self, topic: UUID) -> AsyncIterator[Delivery | Reset]:
        """What a topic has gained since the client's position, if the hub is further ahead; paced by what it costs."""
        while (known := self._positions.get(topic)) is not None and known < (until := self._hub.position(topic)):
            await self._pace(min(until - known, PAGE_SIZE))
            page = await self._log.after(topic, known, until)
            if page.has_gap:
                self._hub.tally.resumed["gateway", "reset"] += 1
                self._positions[topic] = until
                yield Reset(topic, until, known)
                return
            for event in page.events:
                if event.type == "CHANNEL_DELETE":
                    continue  # clients that followed it learn this from its topic; others must not
                if (delivery := await self._delivery(event)) is not None:
                    yield delivery
            if page.reached == until or not page.events:
                return  # the client is at the last event: what was left out comes with its own position

    async def _pace(self, changes: int) -> None:
        """Wait until the account may be sent this many changes once more."""
        await paced(lambda: self._live.limits.action(REPLAYS, self._user_id, changes))

    def _hidden(self, hidden: Hidden) -> Delivery | None:
        """Announce that a channel is gone, at the client's position; not if it has come back since."""
        known = self._positions.get(hidden.server)
        if known is None or hidden.channel in self._positions:
            return None
        gone = encoded({"id": hidden.channel, "server_id": hidden.server})
        return Delivery(Event(hidden.server, known, "CHANNEL_DELETE", f"channels/{hidden.channel}", gone), known)

    async def _due(self, topic: UUID, position: int) -> AsyncIterator[Delivery]:
        """What has become visible in a server, once everything up to then was sent."""
        due = self._gaining.get(topic)
        if due is not None and position >= due:
            async for delivery in self._gained(topic):
                yield delivery

    async def _gained(self, server: UUID) -> AsyncIterator[Delivery]:
        """The channels that a change of a server has given access to, each from its current position."""
        self._gaining.pop(server, None)
        followed = self._watch.servers.get(server, set())
        gained = self._watch.visible(server) - followed
        if not gained:
            return
        followed |= gained
        await self._hub.subscribe(self._subscriptions.subscriber, gained)
        for channel in gained:
            for delivery in self._shown(server, channel):
                yield delivery

    def _shown(self, server: UUID, channel: UUID) -> list[Delivery]:
        """Announce a channel that has become visible, with the position from which it is followed, and overrides."""
        authority, known = self._watch.authority.get(server), self._positions.get(server)
        structure = authority.structure if authority is not None else None
        value = structure.channels.get(channel) if structure is not None else None
        is_lost = channel not in self._watch.servers.get(server, ())
        if known is None or structure is None or value is None or is_lost:
            return []
        self._positions[channel] = self._hub.position(channel)
        shown = Event(server, known, "CHANNEL_CREATE", f"channels/{channel}", encoded(value))
        overrides = [
            Event(server, known, "CHANNEL_OVERRIDE_UPDATE", f"overrides/{override.id}", encoded(override))
            for override in structure.overrides_of(channel)
        ]
        first = Delivery(shown, known, {channel: self._positions[channel]})
        return [first, *(Delivery(override, known) for override in overrides)]

    async def _prepare(self, event: Event) -> Event:
        """The event to send. What it gives access to is followed first; a poll or event gets the viewer's own."""
        if event.is_personal and event.topic not in (None, self._user_id):
            return await self._live.own_votes.personal(event, self._user_id)
        return await self._follow(event) if event.type in GAINS and not self._is_own_only else event

    async def _follow(self, event: Event) -> Event:
        """Before the client is sent an event with something new to follow, follow it; returns what to send."""
        if event.type == "SERVER_CREATE":
            server = named(event)
            await self._subscriptions.follow(lambda: one_server(self._live, self._user_id, server))
        elif event.type == "DM_CHANNEL_CREATE":
            return await self._enter_conversation(event)
        elif event.topic is not None:
            await self._enter_channel(event.topic, named(event))
        return event

    async def _enter_conversation(self, event: Event) -> Event:
        """Follow a conversation from where the viewer joined it, and send it as they saw it there."""
        id, joined = named(event), 0
        shown: list[Conversation] = []

        async def also(connection: Connection) -> None:
            nonlocal joined, shown
            joined = await conversation_queries.joined_position(connection, id, self._user_id)
            shown = await conversations.shown(connection, self._user_id, [id], joined)

        is_new = id not in self._positions
        await self._subscriptions.follow(lambda: one_conversation(self._live, self._user_id, id, also))
        if is_new and id in self._positions:
            self._positions[id] = joined
        return event.with_extra(_besides(event, shown[0])) if shown else event

    async def _enter_channel(self, server: UUID, channel: UUID) -> None:
        """A new channel begins at position 0, so nothing needs to be read for each of its many followers."""
        channels = self._watch.servers.get(server)
        if channels is None or channel in channels:
            return
        channels.add(channel)
        self._positions[channel] = 0
        await self._hub.subscribe(self._subscriptions.subscriber, [channel])


def named(event: Event) -> UUID:
    """The id in a key such as `channels/<id>`."""
    return UUID(event.key.partition("/")[2])


def _outcome(asked: int, known: int) -> str:
    """The outcome of a resume from a position. A replay whose beginning was removed also counts as a reset."""
    return "current" if asked == known else "replayed" if asked < known else "reset"


def _besides(event: Event, conversation: Conversation) -> str:
    """What a conversation is to its viewer, beyond what the event already contains."""
    said = msgspec.json.decode(event.data)
    return encoded({name: value for name, value in asdict(conversation).items() if name not in said})
