"""Reads a topic from a position on, and is woken when the topic advances.

The hub delivers events; those that do not fit into the bounded queue are read from the log instead. So catching up
after an absence and falling behind use the same code, a slow reader costs nothing but its own delay, and no change is
sent twice or out of order. Losing access to the topic ends the reader at once, whatever is still waiting.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Mapping
from typing import Final
from uuid import UUID

from coterie.log.event import Event
from coterie.log.hub import Hub
from coterie.log.read import PAGE_SIZE, Log
from coterie.permissions.keys import Collections
from coterie.permissions.watch import Watch, kind_of
from coterie.sync.collections import Collection

QUEUE_LIMIT: Final = 256
"""Events that wait for one reader; further ones are read from the log in their turn."""


class TopicReader:
    """A subscriber of the hub that reads one topic, for as long as its viewer may."""

    kind: Final = "stream"

    def __init__(self, collection: Collection, log: Log, hub: Hub, collections: Collections) -> None:
        self.collection = collection
        self.position = 0
        self.is_ended = False
        self._log: Final = log
        self._hub: Final = hub
        self._collections: Final = collections
        self._queue: Final[deque[Event]] = deque()
        self._watch: Final = Watch(collection.watched.user_id, collection.watched.session_id)
        self._access_topics: Final = collection.watched.topics
        self._is_begun = False
        self._early: Final[list[Event]] = []
        self._visible: frozenset[UUID] = frozenset()
        self._restricted: frozenset[str] = frozenset()
        self._ever: set[UUID] = set()
        self._announced: Final[set[UUID]] = set()
        self._is_undecided = False
        self._is_behind = False
        self._wake: Final = asyncio.Event()

    async def open(self) -> None:
        """Subscribe; events that are delivered before `start` are kept until then."""
        self._hub.tally.queues.add(self)
        await self._hub.subscribe(self, self.collection.topics)

    def start(self, collection: Collection, position: int, known: Mapping[UUID, int]) -> None:
        """Begin after a position; `known` are the positions of the topics when access was checked."""
        self.collection = collection
        self.position = position
        self._visible, self._restricted = collection.visible, collection.restricted
        self._ever |= collection.visible
        self._is_behind = self._is_behind or position < known[collection.topic]
        self._watch_from(known)
        self._wake.set()

    def _watch_from(self, known: Mapping[UUID, int]) -> None:
        """Check access with each delivered event from now on, beginning with those that arrived earlier."""
        watched, authority = self.collection.watched, self.collection.authority
        if watched.server is not None and authority is not None:
            self._watch.servers[watched.server] = {watched.channel or watched.server}
            self._watch.begin(known, {watched.server: authority})
        else:
            self._watch.begin(known, {})
        self._is_begun = True
        for event in self._early:
            self._judge(event)
        self._early.clear()

    @property
    def session_id(self) -> UUID:
        return self.collection.watched.session_id

    @property
    def waiting(self) -> int:
        """Events that wait to be sent."""
        return len(self._queue)

    def close(self) -> None:
        self._hub.tally.queues.discard(self)
        self._hub.unsubscribe(self, self.collection.topics)
        self._queue.clear()

    def end(self) -> None:
        """Stop, whatever is still waiting."""
        self.is_ended = True
        self._wake.set()

    def cut(self) -> None:
        """Stop, since the client does not read."""
        self._hub.tally.ended["too_slow"] += 1
        self.end()

    def deliver(self, event: Event) -> None:
        """Take an event from the hub."""
        if event.topic in self._access_topics and (event.is_removal or event.topic == self.collection.home):
            self._judge(event)
        if event.topic != self.collection.topic or self._is_behind:
            return
        if len(self._queue) < QUEUE_LIMIT:
            self._queue.append(event)
        else:
            self._hub.tally.fell_behind += 1
            self._fall_behind()
        self._wake.set()

    def wake(self) -> None:
        """Wake the waiting task although nothing has happened."""
        self._wake.set()

    async def wait(self) -> None:
        """Wait until something happens."""
        await self._wake.wait()
        self._wake.clear()

    async def pending(self) -> AsyncIterator[Event]:
        """What is known to have happened since the position, in order; each event taken advances the position."""
        while not self.is_ended and not self._is_undecided:
            events = await self._read() if self._is_behind else self._queued()
            if not events and not self._queue and not self._is_behind:
                return
            for event in events:
                if event.position > self.position and self._may_see(event) and not self.is_ended:
                    self.position = event.position
                    yield event

    def _judge(self, event: Event) -> None:
        """End if the event removes access, or changes what is visible of a server by more than the events say.

        A client that reconnects gets a snapshot of what they may view then, or nothing.
        """
        if not self._is_begun:
            self._early.append(event)
            return
        effect = self._watch.take(event)
        if self.collection.watched.is_lost(effect):
            self.end()
        elif event.topic == self.collection.topic == self.collection.home:
            self._compare_view(event)

    def _compare_view(self, event: Event) -> None:
        """End the reader, unless channels that come and go, which it sends, explain the changed view.

        A request may have advanced the structure further than the bus has delivered. Then everything waits until the
        bus catches up, since only then is it known what explains the difference.
        """
        if kind_of(event.key) == "channels" and event.channel is not None:
            self._announced.add(event.channel)
        assert event.topic is not None, "it was compared"
        authority = self._watch.authority[event.topic]
        assert authority.structure is not None, "it is a server's"
        self._is_undecided = authority.structure.position > event.position
        if self._is_undecided:
            return
        visible = authority.visible_channels
        if (
            not self._announced.issuperset(self._visible ^ visible)
            or self._collections.restricted(authority) != self._restricted
        ):
            self.end()
        self._visible = visible
        self._ever |= visible
        self._announced.clear()

    def _may_see(self, event: Event) -> bool:
        """Whether an event is of the collection. Of a server's structure, only what the viewer may view, or could."""
        if not self.collection.takes(event.key):
            return False
        home = self.collection.home
        authority = self._watch.authority.get(home) if home is not None and home == event.topic else None
        return authority is None or self._collections.may_see(
            event, authority, self._ever if event.is_removal else self._visible
        )

    def _queued(self) -> list[Event]:
        events = list(self._queue)
        self._queue.clear()
        return events

    async def _read(self) -> list[Event]:
        """A page of the log. Events that are delivered meanwhile are kept if the page turns out to be the last."""
        self._is_behind = False
        topic = self.collection.topic
        page = await self._log.after(topic, self.position, self._hub.position(topic))
        if page.has_gap:
            self.end()  # what is left does not lead to the state of the collection: the client gets it when it returns
            return []
        if len(page.events) >= PAGE_SIZE:
            self._fall_behind()
        return page.events

    def _fall_behind(self) -> None:
        self._queue.clear()
        self._is_behind = True
