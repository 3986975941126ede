"""One client's live connection: what waits to be sent of what it follows, and what each change gives and takes.

An event is sent only if its topic is followed and its position is newer than what the client knows; so a change that a
snapshot already covers is not sent twice, and nothing of a topic that was lost is sent at all.

Losing access takes effect in `deliver`, at once; gaining it needs a look into the database and happens in `prepare`,
before the event that tells of it is sent.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Iterator
from dataclasses import dataclass
from typing import Final
from uuid import UUID

import msgspec
from msgspec.structs import asdict

from coterie.accounts.models import Status, Viewer
from coterie.conversations import queries as conversation_queries
from coterie.conversations import views as conversations
from coterie.conversations.models import Conversation
from coterie.database.connection import Connection as Database
from coterie.guarded import text_frame
from coterie.log.append import encoded
from coterie.log.event import Event
from coterie.permissions.bits import Permission
from coterie.presence.audience import friends_of
from coterie.sync.followed import Followed
from coterie.sync.following import Also, Following, Live, everything, one_conversation, one_server, own
from coterie.sync.hearing import kind_of, may_hear, sent_away

QUEUE_LIMIT: Final = 2_000
"""Events that may wait for a client; one that falls further behind is cut, and resumes from its positions."""

SESSION_ENDED: Final = 4001
TOO_SLOW: Final = 4008
SILENT: Final = 4009
UNAVAILABLE: Final = 1013
ENDINGS: Final = {
    SESSION_ENDED: "session_ended",
    TOO_SLOW: "too_slow",
    SILENT: "silent",
    UNAVAILABLE: "unavailable",
}

GAINS: Final = frozenset({"SERVER_CREATE", "CHANNEL_CREATE", "DM_CHANNEL_CREATE"})
"""Events that tell of something new to follow."""

Write = Callable[[bytes], bool]
"""Sends a frame at once, or answers False."""

Reading = Callable[[], Awaitable[Following]]


def waiting(frame: bytes) -> bool:
    """Where nothing can be sent at once."""
    return False


class Profile(msgspec.Struct, frozen=True):
    """Of the own profile in the log, what a connection looks at."""

    status: Status


@dataclass(frozen=True, slots=True)
class Rewind:
    """A client asks for what it missed of a topic since a position."""

    topic: UUID
    position: int


@dataclass(frozen=True, slots=True)
class Hidden:
    """A channel that the client followed may not be viewed any more: to the client it is gone."""

    server: UUID
    channel: UUID


class Connection:
    """A subscriber of the hub: follows all that its viewer may see, or (`is_own_only`) their own affairs alone."""

    kind: Final = "gateway"

    def __init__(self, viewer: Viewer, live: Live, *, is_own_only: bool = False, write: Write = waiting) -> None:
        self.viewer: Final = viewer
        self.followed: Final = Followed(live.hub, self, viewer.user_id)
        self.positions: Final = self.followed.positions
        self._servers: Final = self.followed.servers
        self._seen: Final = self.followed.seen
        self.ending: int | None = None
        self._live: Final = live
        self._log: Final = live.log
        self.is_own_only: Final = is_own_only
        self._hub: Final = live.hub
        self._queue: Final[deque[Event | Rewind | Hidden | str]] = deque()
        self._wake: Final = asyncio.Event()
        self.write: Write = write
        self._is_idle = False
        self.status: Status | None = None
        self._own_key: Final = str(viewer.user_id)

    def deliver(self, event: Event) -> None:
        """Take an event from the hub; what it takes away is gone from this moment."""
        if self.ending is not None:
            return
        if event.topic is None:
            self._deliver_fleeting(event)
            return
        if event.topic == self.viewer.user_id:
            self._look_at_own(event)
        was_visible = event.topic not in self._servers or self._was_visible(event)
        if event.is_removal and self.followed.is_news(event):
            self._lose(event)
        if was_visible and not self._is_sent(event):
            self._put(event)
        if event.topic in self._servers:
            self._hide(event.topic, event)

    def _deliver_fleeting(self, event: Event) -> None:
        """At once if nothing waits; never one's own presence, nor what is hidden from the viewer."""
        if event.key == self._own_key or self.viewer.user_id in event.hidden_from:
            return
        if not (self._is_idle and not self._queue and self.write(event.wire(event.position - 1))):
            self._put(event)

    def _look_at_own(self, event: Event) -> None:
        """Of the own affairs: whether one is invisible, and whose friend one is."""
        if event.key == "profile":
            self.status = msgspec.json.decode(event.data, type=Profile).status
        elif kind_of(event.key) == "contacts" and not self.is_own_only:
            change = self._hub.fleeting.ignore if event.is_removal else self._hub.fleeting.attend
            change(self, [friends_of(_named(event))])

    def end(self, code: int) -> None:
        """Stop: send nothing more, and close with this code."""
        if self.ending is None:
            self.ending = code
            if code in ENDINGS:
                self._hub.tally.ended[ENDINGS[code]] += 1
            self._wake.set()

    @property
    def waiting(self) -> int:
        """Events and answers that wait to be sent."""
        return len(self._queue)

    def close(self) -> None:
        """Leave the hub."""
        self._hub.tally.queues.discard(self)
        self._hub.fleeting.leave(self)
        self.followed.close()
        self._queue.clear()

    async def begin(self, also: Also) -> None:
        """Follow all that the viewer may, or their own affairs alone; `also` reads more as of the same moment."""
        self._hub.tally.queues.add(self)
        reading = own if self.is_own_only else everything
        await self.follow(
            lambda: reading(self._live, self.viewer.user_id, also),
            first=lambda: reading(self._live, self.viewer.user_id),
        )

    async def follow(self, read: Reading, *, first: Reading | None = None) -> None:
        """Subscribe to what may be followed, and take the positions of a second reading that is wholly covered.

        Between the two, rights may come and go: what the second no longer finds is dropped, and it is read again
        until it finds nothing new and nothing was lost meanwhile. A loss that the last reading knew of already may
        still be delivered; it is known by its position, and changes nothing. `first` reads no more than what there is.
        """
        found = await (first or read)()
        while True:
            self.followed.note(found)
            losses = self.followed.losses  # one that comes while subscribing has unsubscribed again what it took
            await self._hub.subscribe(self, found.positions.keys())
            again = await read()
            for lost in found.positions.keys() - again.positions.keys():
                self.followed.drop(lost, found.servers[lost])
            if again.positions.keys() <= found.positions.keys() and losses == self.followed.losses:
                break
            found = again
        self._hub.fleeting.attend(self, map(friends_of, again.friends))
        self.followed.take(again)

    async def may_write(self, channel: UUID) -> bool:
        """Whether the viewer may send messages to a channel that they follow: by what this process knows of servers.

        In a conversation it depends on who blocked whom, which nobody is told of.
        """
        server = self.followed.home_of(channel)
        if server is None:
            if channel not in self.positions or channel == self.viewer.user_id:
                return False
            [judged] = await self._live.rights.judge(self._live.database, [(channel, self.viewer.user_id)])
            return judged is not None and judged.may(Permission.SEND_MESSAGES)
        seen = self.followed.seen_in(server, channel)
        return seen is not None and seen.may(Permission.SEND_MESSAGES)

    async def may_type(self, channel: UUID) -> bool:
        """Whether others may see that the viewer types: nobody learns that somebody invisible is there."""
        return self.status != "offline" and await self.may_write(channel)

    def tell(self, text: str) -> None:
        """Have a frame sent that is no event, behind what waits already."""
        if not (self._is_idle and not self._queue and self.write(text_frame(text))):
            self._put(text)

    def rewind(self, topic: UUID, position: int) -> None:
        """Go back to the position up to which the client knows a topic, and send what it missed since."""
        self._put(Rewind(topic, position))

    async def frames(self) -> AsyncIterator[str]:
        """What to send, in order; ends when the connection must."""
        while self.ending is None:
            self._is_idle = True
            await self._wake.wait()
            self._is_idle = False
            self._wake.clear()
            while self._queue and self.ending is None:
                item = self._queue.popleft()
                if isinstance(item, str):
                    yield item
                elif isinstance(item, Rewind):
                    async for text in self._rewound(item):
                        yield text
                elif isinstance(item, Hidden):
                    if (gone := self._hidden(item)) is not None:
                        yield gone
                else:
                    if (frame := await self._frame(item)) is not None:
                        yield frame
                    if item.type == "DM_CHANNEL_CREATE":
                        async for text in self._missed(_named(item)):
                            yield text
                    if item.topic in self._seen:
                        async for text in self._gained(item):
                            yield text

    def _is_sent(self, event: Event) -> bool:
        """Send a channel's event at once, if nothing waits before it and the client takes it; else False.

        Most events are sent so: it costs a fraction of waking up the task that sends.
        """
        topic = event.topic
        if not self._is_idle or self._queue or topic is None or topic in self._servers or topic == self.viewer.user_id:
            return False
        known = self.positions.get(topic)
        if known is None or event.position <= known or not self.write(event.wire(known)):
            return False
        self.positions[topic] = event.position
        return True

    async def _frame(self, event: Event) -> str | None:
        """The frame of an event, unless the client knows it already or may not know it; moves the position."""
        topic = event.topic
        if topic is None:
            return event.frame(event.position - 1)
        known = self.positions.get(topic)
        if known is None or event.position <= known:
            return None
        if topic in self._seen and not may_hear(event, self._seen[topic], self._hears(topic, event)):
            return None
        gained = await self._prepare(event) if event.type in GAINS and not self.is_own_only else None
        if topic not in self.positions:
            return None
        if event.type == "CHANNEL_DELETE":
            self.followed.drop(_named(event), topic)  # a channel that was made and removed while both waited to be sent
        self.positions[topic] = event.position
        return _with_positions((gained or event).frame(known), self._places(event))

    def _places(self, event: Event) -> dict[str, int]:
        """From where each topic that an event brings is followed, for the client to resume from."""
        if event.type == "SERVER_CREATE":
            topics: Collection[UUID] = self._servers.get(_named(event), ())
        else:
            topics = (_named(event),) if event.type == "DM_CHANNEL_CREATE" else ()
        return {str(topic): self.positions[topic] for topic in topics if topic in self.positions}

    async def _rewound(self, rewind: Rewind) -> AsyncIterator[str]:
        known = self.positions.get(rewind.topic)
        self._hub.tally.resumed["gateway", _outcome(rewind.position, known)] += 1
        if known is None:
            yield encoded({"op": "DISPATCH", "t": "TOPIC_GONE", "d": {"topic": rewind.topic}})
            return
        if rewind.position == known:
            return
        if rewind.position > known:
            yield Event(rewind.topic, known, "TOPIC_RESET", "", "null").frame(rewind.position)
            return
        self.positions[rewind.topic] = rewind.position
        async for text in self._missed(rewind.topic):
            yield text

    async def _missed(self, topic: UUID) -> AsyncIterator[str]:
        """What a topic has gained since the position that the client knows, if the hub stands further."""
        while (known := self.positions.get(topic)) is not None and known < (until := self._hub.position(topic)):
            page = await self._log.after(topic, known, until)
            if page.has_gap:
                self._hub.tally.resumed["gateway", "reset"] += 1
                self.positions[topic] = until
                yield Event(topic, until, "TOPIC_RESET", "", "null").frame(known)
                return
            for event in page.events:
                if event.type == "CHANNEL_DELETE":
                    continue  # whoever followed it learns of it by the topic; nobody else shall
                if (text := await self._frame(event)) is not None:
                    yield text
            if page.reached == until or not page.events:
                return  # the client stands at the last frame: what was left out comes with a position of its own

    def _was_visible(self, event: Event) -> bool:
        """The removal of a channel is told to those who viewed it."""
        followed = self._servers.get(event.topic, ()) if event.topic else ()
        return event.type != "CHANNEL_DELETE" or event.channel in followed

    def _hears(self, server: UUID, event: Event) -> Collection[UUID]:
        """The channels of which changes are told: a new one is not followed yet, one removed was followed."""
        seen = self._seen[server]
        if event.type == "CHANNEL_DELETE" and event.channel is not None:
            return (event.channel,)
        return seen.visible_channels

    def _hide(self, server: UUID, event: Event) -> None:
        """Lose what a change of a server takes away; what it gives is looked for when it is sent."""
        for channel in self.followed.review(server, event):
            if event.type != "CHANNEL_DELETE":
                self._put(Hidden(server, channel))
            self.followed.drop(channel, server)

    def _hidden(self, hidden: Hidden) -> str | None:
        """Tell that a channel is gone, at the place where the client stands; not if it has come back since."""
        known = self.positions.get(hidden.server)
        if known is None or hidden.channel in self.positions:
            return None
        gone = encoded({"id": hidden.channel, "server_id": hidden.server})
        return Event(hidden.server, known, "CHANNEL_DELETE", f"channels/{hidden.channel}", gone).frame(known)

    async def _gained(self, event: Event) -> AsyncIterator[str]:
        """What a change of a server has given: a new channel from its beginning, another from where it stands."""
        assert event.topic is not None, "it is of a server"
        if event.type == "CHANNEL_CREATE":
            async for text in self._missed(_named(event)):
                yield text
        server, seen = event.topic, self._seen.get(event.topic)
        followed = self._servers.get(server)
        if seen is None or seen.structure is None or followed is None:
            return
        gained = seen.visible_channels - followed
        if not gained:
            return
        followed |= gained
        await self._hub.subscribe(self, gained)
        for channel in gained:
            for shown in self._shown(server, channel):
                yield shown

    def _shown(self, server: UUID, channel: UUID) -> Iterator[str]:
        """Tell of a channel that may be viewed from now on, with the place from which it is followed; its overrides."""
        seen, known = self._seen.get(server), self.positions.get(server)
        value = seen.structure.channels.get(channel) if seen and seen.structure else None
        if known is None or value is None or channel not in self._servers.get(server, ()):
            return
        self.positions[channel] = self._hub.position(channel)
        text = Event(server, known, "CHANNEL_CREATE", f"channels/{channel}", encoded(value)).frame(known)
        yield _with_positions(text, {str(channel): self.positions[channel]})
        assert seen is not None and seen.structure is not None, "the channel was found there"  # noqa: PT018
        for override in seen.structure.overrides_of(channel):
            key = f"overrides/{override.id}"
            yield Event(server, known, "CHANNEL_OVERRIDE_UPDATE", key, encoded(override)).frame(known)

    def _put(self, item: Event | Rewind | Hidden | str) -> None:
        if len(self._queue) >= QUEUE_LIMIT:
            self.end(TOO_SLOW)
        else:
            self._queue.append(item)
            self._wake.set()

    async def _prepare(self, event: Event) -> Event:
        """Before telling the client of something new to follow, follow it; answers what to tell."""
        if event.type == "SERVER_CREATE":
            await self._enter_server(_named(event))
        elif event.type == "DM_CHANNEL_CREATE":
            return await self._enter_conversation(event)
        elif event.topic is not None:
            await self._enter_channel(event.topic, _named(event))
        return event

    async def _enter_server(self, server: UUID) -> None:
        await self.follow(lambda: one_server(self._live, self.viewer.user_id, server))

    async def _enter_conversation(self, event: Event) -> Event:
        """Follow a conversation from where the viewer came into it, and tell it as they saw it there."""
        id, user_id, joined = _named(event), self.viewer.user_id, 0
        shown: list[Conversation] = []

        async def also(database: Database) -> None:
            nonlocal joined, shown
            joined = await conversation_queries.joined_position(database, id, user_id)
            shown = await conversations.shown(database, user_id, [id], joined)

        is_new = id not in self.positions
        await self.follow(lambda: one_conversation(self._live, user_id, id, also))
        if is_new and id in self.positions:
            self.positions[id] = joined
        return event.with_extra(_besides(event, shown[0])) if shown else event

    async def _enter_channel(self, server: UUID, channel: UUID) -> None:
        """A new channel begins at position 0, so nothing needs to be read for each of its many followers."""
        channels = self._servers.get(server)
        if channels is None or channel in channels:
            return
        channels.add(channel)
        self.positions[channel] = 0
        await self._hub.subscribe(self, [channel])

    def _lose(self, event: Event) -> None:
        """The end of a membership, or of taking part in a conversation, is told in its topic and among the own affairs.

        Whichever comes first counts.
        """
        self.followed.losses += 1
        if event.topic == self.viewer.user_id and event.key.startswith("conversations/"):
            self.followed.drop(_named(event), None)
        elif event.topic and event.key == f"participants/{self.viewer.user_id}":
            self.followed.drop(event.topic, None)
        elif event.type == "SERVER_DELETE":
            self._end_membership(_named(event), event)
        elif event.topic and event.key == f"members/{self.viewer.user_id}":
            self._end_membership(event.topic, event)
        elif event.type == "CHANNEL_DELETE":
            self.followed.drop(_named(event), event.topic)
        elif event.key == f"sessions/{self.viewer.session_id}":
            self.end(SESSION_ENDED)

    def _end_membership(self, server: UUID, event: Event) -> None:
        if server in self._servers and (told := sent_away(event, server, self.viewer.user_id)) is not None:
            self._put(told)
        self.followed.leave(server)


def _outcome(asked: int, known: int | None) -> str:
    """What becomes of a resume from a position. A replay that finds its beginning removed counts as a reset besides."""
    if known is None:
        return "gone"
    return "current" if asked == known else "replayed" if asked < known else "reset"


def _besides(event: Event, conversation: Conversation) -> str:
    """What a conversation is to its viewer, besides what the event says already."""
    said = msgspec.json.decode(event.data)
    return encoded({name: value for name, value in asdict(conversation).items() if name not in said})


def _with_positions(text: str, followed: dict[str, int]) -> str:
    """A frame, and from where the topics that it brings are followed."""
    return f'{text[:-1]},"positions":{encoded(followed)}}}' if followed else text


def _named(event: Event) -> UUID:
    """The id in a key such as `channels/<id>`."""
    return UUID(event.key.partition("/")[2])
