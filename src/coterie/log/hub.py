"""The hub of one process: takes notifications from the bus and delivers events to local subscribers, by position.

For each topic with local subscribers it keeps the position delivered last. The next position is delivered, a known
one is dropped, and a gap is healed by reading the log; so each subscriber gets every change once and in order,
whatever the bus loses or repeats. Delivery is synchronous and never waits for a subscriber.

The loss of a right is delivered before whatever happened after it, whatever order the bus keeps. PostgreSQL notifies in
the order of commits, over all topics; NATS keeps the order of each publisher only. So a change of a channel names how
far its server's topic (its *home*), where the right to it is lost, had come by then (`after`), and is delivered when
the home has been delivered so far. Reading the log keeps to that too, and never goes further than the bus has told.
"""

import asyncio
from collections.abc import Collection, Iterable
from typing import Final, Protocol
from uuid import UUID

import msgspec
import structlog

from coterie.database.trouble import report
from coterie.log.event import Event, Notification
from coterie.log.fleeting import Fleeting, Subscriber
from coterie.log.read import Log, Place
from coterie.metrics.tallies import LiveTally

RETRY_SECONDS: Final = 0.5
HELD_LIMIT: Final = 20_000
"""Notifications held back while catching up; when there are more, catching up begins anew."""

READERS_LIMIT: Final = 4
"""Topics that read the log at one time, so that catching up leaves connections to everybody else."""

CATCH_UP_ORDER: Final = ("user", "server", "channel", "conversation", "document")

log = structlog.get_logger(__name__)
decoder: Final = msgspec.json.Decoder(Notification)


class Watcher(Protocol):
    """Somebody who looks at everything that the bus says; told when it falls silent, and when it may have lost some."""

    def hear(self, notification: Notification) -> None: ...

    def set_hearing(self, is_hearing: bool) -> None: ...

    async def look(self) -> None: ...


class Topic:
    """A topic with local subscribers. `position` and `home` are None until they are read from the log.

    `target` is how far the topic is known to have come, `after` how far its home must come first.
    """

    __slots__ = ("after", "healing", "home", "position", "subscribers", "target")

    def __init__(self) -> None:
        self.position: int | None = None
        self.home: UUID | None = None
        self.target = 0
        self.after = 0
        self.subscribers: set[Subscriber] = set()
        self.healing: asyncio.Task[None] | None = None


class Hub:
    """Subscriptions of this process, and the delivery to them."""

    def __init__(self, log: Log, watcher: Watcher) -> None:
        self._log: Final = log
        self._watcher: Final = watcher
        self._topics: Final[dict[UUID, Topic]] = {}
        self._held: list[tuple[UUID, Notification]] | None = None
        self.tally: Final = LiveTally()
        self.fleeting: Final = Fleeting(self._followers, tally=self.tally)
        self._placing: Final = asyncio.Lock()
        self._reading: Final = asyncio.Semaphore(READERS_LIMIT)

    async def subscribe(self, subscriber: Subscriber, topics: Collection[UUID]) -> None:
        """Deliver these topics to the subscriber from now on.

        On return every later change will be delivered; a snapshot read after it has all before. A change that
        lands between is in both: the subscriber drops positions that its snapshot covers.
        """
        for topic in topics:
            self._topics.setdefault(topic, Topic()).subscribers.add(subscriber)
        if self._unknown(topics):
            async with self._placing:  # many come at once for the same topics: one reading tells them all
                await self._find_places(self._unknown(topics))

    def _unknown(self, topics: Collection[UUID]) -> list[UUID]:
        return [topic for topic in topics if (entry := self._topics.get(topic)) and entry.position is None]

    async def _find_places(self, unknown: Collection[UUID]) -> None:
        places = await self._log.places(unknown) if unknown else {}
        for topic, place in places.items():
            if (entry := self._topics.get(topic)) and entry.position is None:
                entry.position, entry.home = place.position, place.home
        for topic in places:
            if entry := self._topics.get(topic):
                self._advance(topic, entry)

    def unsubscribe(self, subscriber: Subscriber, topics: Iterable[UUID]) -> None:
        """Deliver nothing more of these topics to the subscriber, beginning with the next event."""
        for topic in topics:
            entry = self._topics.get(topic)
            if entry is None:
                continue
            entry.subscribers.discard(subscriber)
            if not entry.subscribers:
                del self._topics[topic]
                if entry.healing:
                    entry.healing.cancel()

    def stop(self) -> None:
        """Deliver nothing more: the end of the process, before the log is closed."""
        for entry in self._topics.values():
            if entry.healing:
                entry.healing.cancel()
        self._topics.clear()

    def count(self, topic: UUID) -> int:
        """How many subscribers a topic has here."""
        entry = self._topics.get(topic)
        return len(entry.subscribers) if entry else 0

    def position(self, topic: UUID) -> int:
        """The position up to which a topic was delivered here; 0 if nobody follows it."""
        entry = self._topics.get(topic)
        return (entry and entry.position) or 0

    def receive(self, payload: str) -> None:
        """Take one notification of the bus."""
        try:
            notification = decoder.decode(payload)
        except msgspec.DecodeError:
            log.warning("hub.unreadable_notification", length=len(payload))
            return
        self.tally.heard += 1
        self._watcher.hear(notification)
        if notification.topic is None:
            self.fleeting.take(notification, _event(None, notification))
        elif entry := self._topics.get(notification.topic):
            self._receive_change(notification.topic, entry, notification)

    def lose(self) -> None:
        """The bus fell silent; what it says until it is heard again is lost."""
        self.tally.lost += 1
        self._watcher.set_hearing(False)
        self._held = []

    async def catch_up(self) -> None:
        """The bus is heard again: read from the log what it did not say, and go on.

        The users' own topics come first, so that nobody is told what happened after they lost the right to know it.
        What the bus says meanwhile is held back, and taken in its order behind that. What was fleeting is lost, and has
        to be asked for.
        """
        has_lost = self._held is not None
        self._watcher.set_hearing(True)
        held = await self._read_all()
        while len(held) >= HELD_LIMIT:
            held = await self._read_all()
        self._held = None
        for topic, notification in held:
            if entry := self._topics.get(topic):
                self._receive_change(topic, entry, notification)
        if has_lost:
            self.fleeting.reset(set().union(*(entry.subscribers for entry in self._topics.values())))

    async def look(self) -> None:
        """Compare every topic with the log, in case the bus has lost something without knowing it."""
        await self._watcher.look()
        places = await self._log.places(list(self._topics))
        for topic, place in places.items():
            home = places.get(place.home) if place.home else None
            if entry := self._topics.get(topic):
                self._move(topic, entry, place.position, home.position if home else 0)

    async def _read_all(self) -> list[tuple[UUID, Notification]]:
        """Heal every topic up to where it stands at one moment; answers what was held back meanwhile."""
        held: list[tuple[UUID, Notification]] = []
        self._held = held
        places = await self._log.places(list(self._topics))
        for kind in CATCH_UP_ORDER:
            await self._heal_all({topic: place for topic, place in places.items() if place.kind == kind})
        return held

    async def _heal_all(self, places: dict[UUID, Place]) -> None:
        for topic, place in places.items():
            if entry := self._topics.get(topic):
                self._move(topic, entry, place.position, 0)
        healing = [entry.healing for topic in places if (entry := self._topics.get(topic)) and entry.healing]
        await asyncio.gather(*healing, return_exceptions=True)

    def _receive_change(self, topic: UUID, entry: Topic, notification: Notification) -> None:
        if self._held is not None:
            if len(self._held) < HELD_LIMIT:
                self._held.append((topic, notification))
            return
        is_next = entry.position is not None and notification.position == entry.position + 1
        is_whole = notification.type is not None and entry.healing is None
        if is_next and is_whole and self._has_reached(entry.home, notification.after):
            self._deliver(entry, _event(topic, notification))
        else:
            self._move(topic, entry, notification.position, notification.after)

    def _deliver(self, entry: Topic, event: Event) -> None:
        entry.position = event.position
        self.tally.delivered += len(entry.subscribers)
        for subscriber in tuple(entry.subscribers):
            subscriber.deliver(event)

    def _followers(self, topic: UUID) -> Collection[Subscriber]:
        entry = self._topics.get(topic)
        return entry.subscribers if entry else ()

    def _move(self, topic: UUID, entry: Topic, position: int, after: int) -> None:
        """A topic is known to have come to a position when its home was at `after`."""
        if position > (entry.position or 0):
            entry.target = max(entry.target, position)
            entry.after = max(entry.after, after)
        self._advance(topic, entry)

    def _advance(self, topic: UUID, entry: Topic) -> None:
        """Start reading the log if the topic is known to have moved on, and nobody reads it yet."""
        if entry.healing is None and entry.position is not None and entry.target > entry.position:
            entry.healing = asyncio.create_task(self._heal(topic, entry))

    async def _heal(self, topic: UUID, entry: Topic) -> None:
        try:
            while entry.position is not None and entry.target > entry.position:
                if not await self._heal_page(topic, entry, entry.position):
                    break
        finally:
            entry.healing = None

    async def _heal_page(self, topic: UUID, entry: Topic, position: int) -> bool:
        """Deliver one page from the log, no further than the bus has told; False when there is nothing to read."""
        try:
            async with self._reading:
                page = await self._log.after(topic, position, entry.target)
        except Exception as error:  # whatever it is: nobody else would read on
            report(log, "hub.cannot_read_log", error)
            await asyncio.sleep(RETRY_SECONDS)
            return True
        self.tally.healed += 1
        await self._reach(entry.home, entry.after)
        for event in page.events:
            self._deliver(entry, event)
        entry.position = page.reached
        return page.reached > position

    def _has_reached(self, home: UUID | None, position: int) -> bool:
        """Whether a home was delivered up to a position, or there is nobody here who could lose anything by it."""
        entry = self._topics.get(home) if home else None
        return entry is None or entry.position is None or entry.position >= position

    async def _reach(self, home: UUID | None, position: int) -> None:
        """Wait until a home was delivered up to a position; one that is gone has nothing more to say."""
        while home is not None and not self._has_reached(home, position):
            entry = self._topics[home]
            before = entry.position
            self._move(home, entry, position, 0)
            if entry.healing is not None:
                await asyncio.wait([entry.healing])
            if entry.position == before:
                return


def _event(topic: UUID | None, notification: Notification) -> Event:
    return Event(
        topic,
        notification.position,
        notification.type or "",
        notification.key,
        _text(notification.data),
        is_removal=notification.is_removal,
        client_version=notification.client_version,
        extra=_text(notification.extra),
        hidden_from=notification.hidden_from,
    )


def _text(data: msgspec.Raw) -> str:
    return bytes(data).decode()
