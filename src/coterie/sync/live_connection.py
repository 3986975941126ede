"""One client's live connection: what waits to be sent, and which access each event takes away.

An event is sent only if its topic is followed and its position is newer than the client's. So a change that a snapshot
already covers is not sent twice, and nothing of a lost topic is sent.

Losing access takes effect in `deliver`, at once. Gaining it needs a database query, which runs when the event that
grants it is sent (`outlet.py`).
"""

from collections.abc import AsyncIterator, Mapping
from typing import Final
from uuid import UUID

import msgspec

from coterie.accounts.models import Status
from coterie.log.event import Event
from coterie.messages.limits import READINGS
from coterie.permissions.bits import Permission
from coterie.permissions.watch import Effect, Watch, kind_of
from coterie.presence.audience import friends_of
from coterie.process.wakeup import Wakeup
from coterie.sync.dismissals import dismissal
from coterie.sync.followable import Also, Live, everything, own_data
from coterie.sync.outlet import Outlet, named
from coterie.sync.records import Answer, Heartbeat, Hidden, NoSender, Passed, Record, RecordSender, Rewind, Waiting
from coterie.sync.subscriptions import Subscriptions
from coterie.viewer import Viewer

QUEUE_LIMIT: Final = 2_000
"""Events that may wait for a client; one that falls further behind is disconnected, and resumes from its positions."""

REWINDS: Final = 200
"""Topics that are resumed in one go, so that events of others do not wait for the whole of a long list."""

OVERRIDES_A_TOPIC: Final = 10
"""READY has all overrides of a channel, which cost as much as topics of this part of their number."""

CLIENT_LEFT: Final = 0
"""How a connection ends whose client has closed it."""

TOO_LARGE: Final = 1009
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


class OwnStatus(msgspec.Struct, frozen=True):
    """The part of the viewer's profile in the log that a connection reads."""

    status: Status


class LiveConnection:
    """A subscriber of the hub: follows all that its viewer may see, or (`is_own_only`) only their own topic."""

    kind: Final = "gateway"

    def __init__(
        self, viewer: Viewer, live: Live, *, is_own_only: bool = False, sender: RecordSender | None = None
    ) -> None:
        self.viewer: Final = viewer
        self.is_own_only: Final = is_own_only
        self.sender: RecordSender = sender or NoSender()
        self.ending: int | None = None
        self.status: Status | None = None
        self._watch: Final = Watch(viewer.user_id, viewer.session_id)
        self.subscriptions: Final = Subscriptions(live.hub, self, self._watch)
        self.positions: Final = self.subscriptions.positions
        self._servers: Final = self._watch.servers
        self._live: Final = live
        self._hub: Final = live.hub
        self._outlet: Final = Outlet(live, self.subscriptions, is_own_only=is_own_only)
        self._queue: Final[list[Waiting]] = []  # nearly always empty; an empty deque takes 700 bytes
        self._rewind: Rewind | None = None
        self._wake: Final = Wakeup()
        self._is_idle = False
        self._own_key: Final = str(viewer.user_id)

    async def begin(self, also: Also) -> None:
        """Follow all that the viewer may see, or only their own topic; `also` reads more at the same moment."""
        self._hub.tally.queues.add(self)
        reading = own_data if self.is_own_only else everything
        await self.subscriptions.follow(
            lambda: reading(self._live, self.viewer.user_id, also),
            first=lambda: reading(self._live, self.viewer.user_id),
        )
        cost = len(self.positions) + self.subscriptions.override_count // OVERRIDES_A_TOPIC
        self._live.limits.charge(READINGS, self.viewer.user_id, cost)

    def close(self) -> None:
        """Leave the hub."""
        self._hub.tally.queues.discard(self)
        self._hub.transient.leave(self)
        self.subscriptions.close()
        self._queue.clear()

    def end(self, code: int) -> None:
        """Stop: send nothing more, and close with this code."""
        if self.ending is None:
            self.ending = code
            if code in ENDINGS:
                self._hub.tally.ended[ENDINGS[code]] += 1
            self._wake.set()

    @property
    def session_id(self) -> UUID:
        return self.viewer.session_id

    @property
    def waiting(self) -> int:
        """Events and answers that wait to be sent."""
        return len(self._queue)

    async def may_write(self, channel: UUID) -> bool:
        """Whether the viewer may send messages to a channel that they follow; for servers by what this process knows.

        In a conversation it depends on who blocked whom, which no event reports.
        """
        server = self.subscriptions.home_of(channel)
        if server is None:
            if channel not in self.positions or channel == self.viewer.user_id:
                return False
            [judged] = await self._live.permissions.judge(self._live.database, [(channel, self.viewer.user_id)])
            return judged is not None and judged.may(Permission.SEND_MESSAGES)
        authority = self.subscriptions.seen_in(server, channel)
        return authority is not None and authority.may(Permission.SEND_MESSAGES)

    async def may_type(self, channel: UUID) -> bool:
        """Whether others may see that the viewer types: an invisible user never shows."""
        return self.status != "offline" and await self.may_write(channel)

    def send(self, record: Answer | Heartbeat) -> None:
        """Send an answer or heartbeat, after what is already waiting."""
        is_next = self._is_idle and not self._queue
        if not (is_next and isinstance(record, Answer) and self.sender.answer(record)):
            self._put(record)

    def rewind(self, positions: Mapping[UUID, int]) -> None:
        """Go back to the positions that the client has, and send what it missed since; waiting requests are merged."""
        if self._rewind is None:
            self._rewind = Rewind({}, set())
            self._put(self._rewind)
        self._rewind.add(positions, self.positions)

    async def records(self) -> AsyncIterator[Record]:
        """What to send, in order; ends when the connection must close."""
        while self.ending is None:
            self._is_idle = True
            await self._wake.wait()
            self._is_idle = False
            self._wake.clear()
            while self._queue and self.ending is None:
                async for record in self._outlet.records(self._next()):
                    yield record

    def _next(self) -> Waiting:
        """The next waiting item. A long list of topics is split, and its rest queued behind what arrived meanwhile."""
        item = self._queue.pop(0)
        if isinstance(item, Rewind):
            item, self._rewind = item.split(REWINDS)
            if self._rewind is not None:
                self._put(self._rewind)
        return item

    def _put(self, item: Waiting) -> None:
        if len(self._queue) >= QUEUE_LIMIT:
            self.end(TOO_SLOW)
        else:
            self._queue.append(item)
            self._wake.set()

    def deliver(self, event: Event) -> None:
        """Take an event from the hub; access that it removes is lost from this moment."""
        if self.ending is not None:
            return
        if event.topic is None:
            self._deliver_transient(event)
        elif event.is_removal or not self._sent_at_once(event):
            self._take(event)

    def _deliver_transient(self, event: Event) -> None:
        """At once if nothing waits; never the viewer's own presence, nor what is hidden from them."""
        if event.key == self._own_key or self.viewer.user_id in event.hidden_from:
            return
        if not (self._is_idle and not self._queue and self.sender.event(event, event.position - 1)):
            self._put(event)

    def _sent_at_once(self, event: Event) -> bool:
        """Send a channel's event at once, if nothing waits before it and the client takes it; else False.

        Most events are sent this way: it costs a fraction of waking the sending task.
        A poll needs the viewer's votes, and a scheduled event their answer.
        """
        topic = event.topic
        if not self._is_idle or self._queue or topic is None or topic in self._servers or topic == self.viewer.user_id:
            return False
        known = self.positions.get(topic)
        if known is None or event.position <= known or event.is_personal or not self.sender.event(event, known):
            return False
        self.positions[topic] = event.position
        return True

    def _take(self, event: Event) -> None:
        """Queue an event, and at once drop the access that it removes."""
        if event.topic == self.viewer.user_id:
            self._update_own(event)
        was_visible = event.type != "CHANNEL_DELETE" or self._was_followed(event)
        effect = self._watch.take(event)
        if effect.ended is not None:
            self._lose(effect.ended, event)
        if was_visible or event.topic is None:
            self._put(event)
        elif effect.shown or self._outlet.is_gaining(event.topic):
            self._put(Passed(event.topic, event.position))
        self._change_view(effect, event)

    def _was_followed(self, event: Event) -> bool:
        """Those who viewed a channel are notified of its removal."""
        return event.topic is not None and event.channel in self._servers.get(event.topic, ())

    def _update_own(self, event: Event) -> None:
        """Update from the viewer's own topic: whether they are invisible, and who their friends are."""
        if event.key == "profile":
            self.status = msgspec.json.decode(event.data, type=OwnStatus).status
        elif kind_of(event.key) == "contacts" and not self.is_own_only:
            change = self._hub.transient.ignore if event.is_removal else self._hub.transient.attend
            change(self, [friends_of(named(event))])

    def _lose(self, ended: UUID, event: Event) -> None:
        """The end of a membership, or of participation in a conversation, appears in its topic and in the user's own.

        Whichever arrives first ends it.
        """
        if ended == self.viewer.session_id:
            self.end(SESSION_ENDED)
        elif ended in self._servers:
            if (departure := dismissal(event, ended, self.viewer.user_id)) is not None:
                self._put(departure)
            self.subscriptions.leave(ended)
        else:
            self.subscriptions.drop(ended, event.topic)

    def _change_view(self, effect: Effect, event: Event) -> None:
        """Drop channels that a change of a server hides; those that it shows are followed after the change was sent."""
        server = event.topic
        assert server is not None, "it is of the log"
        for channel in effect.hidden:
            if event.key != f"channels/{channel}":
                self._put(Hidden(server, channel))
            self.subscriptions.drop(channel, server)
        if effect.shown:
            self._outlet.gain(server, event)
