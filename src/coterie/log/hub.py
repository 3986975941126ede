"""The hub of one process: takes bus messages and delivers events to local subscribers, by position.

For each topic with local subscribers it keeps the position delivered last. The next position is delivered, a known one
is dropped, and a gap is filled from the log; so each subscriber gets every change once and in order, whatever the bus
loses or repeats. Delivery is synchronous and never waits for a subscriber.

The loss of a permission is delivered before everything that happened after it, whatever order the bus keeps. PostgreSQL
notifies in the order of commits, over all topics; NATS keeps only the order of each publisher. So a change of a channel
carries the position that its server's topic (its *home*, where the permission is lost) had reached by then (`after`),
and is delivered when the home has been delivered up to it. Reading the log follows the same rule, and never goes
further than the bus has announced.
"""

import asyncio
from collections.abc import Collection, Iterable
from typing import Final, Protocol
from uuid import UUID

import msgspec
import structlog

from coterie.database.trouble import report
from coterie.log.event import BusMessage, Event
from coterie.log.read import Log, TopicRow
from coterie.log.transient import Subscriber, TransientDelivery
from coterie.process.tallies import LiveTally

RETRY_SECONDS: Final = 0.5
LOOK_PAGE: Final = 500
"""Topics that are compared with the log before everything else gets its turn."""

HELD_LIMIT: Final = 20_000
"""Bus messages held back while catching up; if there are more, catching up starts again."""

READERS_LIMIT: Final = 4
"""Topics that read the log at one time, so that catching up leaves connections for everything else."""

CATCH_UP_ORDER: Final = ("user", "server", "channel", "conversation", "document")

log = structlog.get_logger(__name__)
decoder: Final = msgspec.json.Decoder(BusMessage)


class Watcher(Protocol):
    """Sees everything from the bus, and is notified when the bus falls silent and when messages may have been lost."""

    def receive(self, message: BusMessage) -> None: ...

    def set_connected(self, is_connected: bool) -> None: ...

    async def look(self) -> None: ...


class Topic:
    """A topic with local subscribers. `position` and `home` are None until they are read from the log.

    `target` is the position that the topic is known to have reached, `after` the one that its home must reach first.
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
    """The subscriptions of this process, and the delivery to them."""

    def __init__(self, log: Log, watcher: Watcher) -> None:
        self._log: Final = log
        self._watcher: Final = watcher
        self._topics: Final[dict[UUID, Topic]] = {}
        self._held: list[tuple[UUID, BusMessage]] | None = None
        self.tally: Final = LiveTally()
        self.transient: Final = TransientDelivery(self._followers, tally=self.tally)
        self._loading: Final = asyncio.Lock()
        self._reading: Final = asyncio.Semaphore(READERS_LIMIT)

    async def subscribe(self, subscriber: Subscriber, topics: Collection[UUID]) -> None:
        """Deliver these topics to the subscriber from now on.

        After the return, every later change will be delivered; a snapshot that is read then has all earlier ones. A
        change in between is in both: the subscriber drops positions that its snapshot covers.
        """
        for topic in topics:
            self._topics.setdefault(topic, Topic()).subscribers.add(subscriber)
        if self._unknown(topics):
            async with self._loading:  # many subscribe to the same topics at once: one reading serves them all
                await self._load_topics(self._unknown(topics))

    def _unknown(self, topics: Collection[UUID]) -> list[UUID]:
        return [topic for topic in topics if (entry := self._topics.get(topic)) and entry.position is None]

    async def _load_topics(self, unknown: Collection[UUID]) -> None:
        topic_rows = await self._log.topic_rows(unknown) if unknown else {}
        for topic, row in topic_rows.items():
            if (entry := self._topics.get(topic)) and entry.position is None:
                entry.position, entry.home = row.position, row.home
        for topic in topic_rows:
            if entry := self._topics.get(topic):
                self._advance(topic, entry)

    def unsubscribe(self, subscriber: Subscriber, topics: Iterable[UUID]) -> None:
        """Stop delivering these topics to the subscriber, starting with the next event."""
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
        """Deliver nothing more: the process ends, and the log is closed after this."""
        for entry in self._topics.values():
            if entry.healing:
                entry.healing.cancel()
        self._topics.clear()

    def count(self, topic: UUID) -> int:
        """How many subscribers a topic has in this process."""
        entry = self._topics.get(topic)
        return len(entry.subscribers) if entry else 0

    def position(self, topic: UUID) -> int:
        """The position up to which a topic was delivered in this process; 0 if it has no subscriber here."""
        entry = self._topics.get(topic)
        return (entry and entry.position) or 0

    def receive(self, payload: str) -> None:
        """Take one bus message."""
        try:
            message = decoder.decode(payload)
        except msgspec.DecodeError:
            log.warning("hub.unreadable_notification", length=len(payload))
            return
        self.tally.received += 1
        self._watcher.receive(message)
        if message.topic is None:
            self.transient.take(message, _event(None, message))
        elif entry := self._topics.get(message.topic):
            self._receive_change(message.topic, entry, message)

    def on_disconnect(self) -> None:
        """The bus fell silent; its messages until it is back are lost."""
        self.tally.lost += 1
        self._watcher.set_connected(False)
        self._held = []

    async def catch_up(self) -> None:
        """The bus is back: read from the log what was missed, and continue.

        The users' own topics come first, so that nobody receives what happened after they lost the permission to see
        it. Bus messages that arrive meanwhile are held back, and taken in order afterwards. Transient events are lost,
        and clients have to ask for the state.
        """
        has_lost = self._held is not None
        self._watcher.set_connected(True)
        held = await self._read_all()
        while len(held) >= HELD_LIMIT:
            held = await self._read_all()
        self._held = None
        for topic, message in held:
            if entry := self._topics.get(topic):
                self._receive_change(topic, entry, message)
        if has_lost:
            self.transient.reset(set().union(*(entry.subscribers for entry in self._topics.values())))

    async def look(self) -> None:
        """Compare every topic with the log, in case the bus has lost something without noticing.

        In pages, between which everything else goes on. The homes of a page's topics are read at the same moment.
        """
        await self._watcher.look()
        topics = list(self._topics)
        for first in range(0, len(topics), LOOK_PAGE):
            await self._look_at(topics[first : first + LOOK_PAGE])

    async def _look_at(self, topics: Collection[UUID]) -> None:
        homes = {entry.home for topic in topics if (entry := self._topics.get(topic)) and entry.home is not None}
        topic_rows = await self._log.topic_rows({*topics, *homes})
        for topic, row in topic_rows.items():
            home = topic_rows.get(row.home) if row.home else None
            if entry := self._topics.get(topic):
                self._move(topic, entry, row.position, home.position if home else 0)

    async def _read_all(self) -> list[tuple[UUID, BusMessage]]:
        """Bring every topic to where it is at one moment; returns what was held back meanwhile."""
        held: list[tuple[UUID, BusMessage]] = []
        self._held = held
        topic_rows = await self._log.topic_rows(list(self._topics))
        for kind in CATCH_UP_ORDER:
            await self._heal_all({topic: row for topic, row in topic_rows.items() if row.kind == kind})
        return held

    async def _heal_all(self, topic_rows: dict[UUID, TopicRow]) -> None:
        for topic, row in topic_rows.items():
            if entry := self._topics.get(topic):
                self._move(topic, entry, row.position, 0)
        healing = [entry.healing for topic in topic_rows if (entry := self._topics.get(topic)) and entry.healing]
        await asyncio.gather(*healing, return_exceptions=True)

    def _receive_change(self, topic: UUID, entry: Topic, message: BusMessage) -> None:
        if self._held is not None:
            if len(self._held) < HELD_LIMIT:
                self._held.append((topic, message))
            return
        is_next = entry.position is not None and message.position == entry.position + 1
        is_whole = message.type is not None and entry.healing is None
        if is_next and is_whole and self._has_reached(entry.home, message.after):
            self._deliver(entry, _event(topic, message))
        else:
            self._move(topic, entry, message.position, message.after)

    def _deliver(self, entry: Topic, event: Event) -> None:
        entry.position = event.position
        self.tally.delivered += len(entry.subscribers)
        for subscriber in tuple(entry.subscribers):
            subscriber.deliver(event)

    def _followers(self, topic: UUID) -> Collection[Subscriber]:
        entry = self._topics.get(topic)
        return entry.subscribers if entry else ()

    def _move(self, topic: UUID, entry: Topic, position: int, after: int) -> None:
        """Note that a topic has reached a position, when its home was at `after`."""
        if position > (entry.position or 0):
            entry.target = max(entry.target, position)
            entry.after = max(entry.after, after)
        self._advance(topic, entry)

    def _advance(self, topic: UUID, entry: Topic) -> None:
        """Start reading the log if the topic is known to have moved, and nothing reads it yet."""
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
        """Deliver one page from the log, no further than the bus has announced; False if there is nothing to read."""
        try:
            async with self._reading:
                page = await self._log.after(topic, position, entry.target)
        except Exception as error:  # whatever it is: nothing else would read on
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
        """Whether a home was delivered up to a position, or no subscriber here could lose permissions by it."""
        entry = self._topics.get(home) if home else None
        return entry is None or entry.position is None or entry.position >= position

    async def _reach(self, home: UUID | None, position: int) -> None:
        """Wait until a home was delivered up to a position; a deleted home has nothing more to deliver."""
        while home is not None and not self._has_reached(home, position):
            entry = self._topics[home]
            before = entry.position
            self._move(home, entry, position, 0)
            if entry.healing is not None:
                await asyncio.wait([entry.healing])
            if entry.position == before:
                return


def _event(topic: UUID | None, message: BusMessage) -> Event:
    return Event(
        topic,
        message.position,
        message.type or "",
        message.key,
        _text(message.data),
        is_removal=message.is_removal,
        client_version=message.client_version,
        unnamed_for=message.unnamed_for,
        extra=_text(message.extra),
        hidden_from=message.hidden_from,
    )


def _text(data: msgspec.Raw) -> str:
    return bytes(data).decode()
