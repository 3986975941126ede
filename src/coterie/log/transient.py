"""Delivery of transient events, to audiences that may be crowds.

An audience is a topic with its followers, or anything else that subscribers attend to (such as a user's friends, see
`coterie.presence.audience`). An event costs a frame for each subscriber of its audience, and the frames per second that
one audience gets in this process are limited. So the cost of a crowd that comes, goes or types grows with its size, not
with its square.

Beyond the limit, events that soon mean nothing (typing) are dropped. A state with a version (presence) waits, the
newest of each key; if more of them wait than can be sent one by one, they are dropped as well, and one short
PRESENCE_RESET makes the audience ask for them when the crowd has come to rest. So an audience with few people, such
as a conversation or a user's friends, receives everything, and only servers are ever reset.
"""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable, Collection, Iterable
from typing import Final, Protocol
from uuid import UUID

from coterie.log.append import encoded
from coterie.log.event import BusMessage, Event
from coterie.process.tallies import LiveTally

FRAMES_PER_SECOND: Final = 2_000.0
"""For each audience, in the long run; a frame costs about 5 µs."""

BURST_SECONDS: Final = 5.0
"""How much of the rate may be used at once after a rest: 10,000 frames."""

WAITING_LIMIT: Final = 64
WAITING_SECONDS: Final = 10.0
"""How many states may wait for an audience (a conversation has at most 50 people), and how long; one always may."""

CALM_SECONDS: Final = 1.0
"""An audience is reset when nothing was dropped for this long."""

PATIENCE_SECONDS: Final = 10.0
ASKING_PER_SECOND: Final = 100
"""Subscribers that should ask in each second after a reset, which says over how many seconds they spread. If a crowd
does not come to rest, it is not reset again before they have asked."""

NEWEST_LIMIT: Final = 10_000
"""Keys whose newest version is remembered."""

CROWDS_LIMIT: Final = 10_000
DROPPED: Final = frozenset({"TYPING_START", "TYPING_STOP"})
"""Events that soon mean nothing."""


class Subscriber(Protocol):
    """Receives events. `deliver` must not block or raise."""

    def deliver(self, event: Event) -> None: ...


class PendingState:
    """A state to be delivered, and the audiences that have received it already."""

    __slots__ = ("event", "reached")

    def __init__(self, event: Event) -> None:
        self.event: Final = event
        self.reached: Final[list[UUID]] = []


class Crowd:
    """What one audience has used of its rate, what is waiting for it, and since when something was dropped."""

    __slots__ = ("dropped_at", "dropped_since", "timer", "used_until", "waiting")

    def __init__(self) -> None:
        self.used_until = 0.0
        self.waiting: Final[dict[str, PendingState]] = {}
        self.dropped_since: float | None = None
        self.dropped_at = 0.0
        self.timer: asyncio.TimerHandle | None = None


class TransientDelivery:
    """Delivers transient events to those who attend to their audience, within the limits."""

    def __init__(
        self,
        followers: Callable[[UUID], Collection[Subscriber]],
        clock: Callable[[], float] = time.monotonic,
        tally: LiveTally | None = None,
    ) -> None:
        self._tally: Final = tally or LiveTally()
        self._followers: Final = followers
        self._clock: Final = clock
        self._attending: Final[dict[UUID, set[Subscriber]]] = {}
        self._attended: Final[dict[Subscriber, set[UUID]]] = {}
        self._newest: Final[OrderedDict[str, int]] = OrderedDict()
        self._crowds: Final[dict[UUID, Crowd]] = {}

    def attend(self, subscriber: Subscriber, audiences: Iterable[UUID]) -> None:
        """From now on, deliver what is sent to these audiences, which are not topics."""
        for audience in audiences:
            self._attending.setdefault(audience, set()).add(subscriber)
            self._attended.setdefault(subscriber, set()).add(audience)

    def ignore(self, subscriber: Subscriber, audiences: Iterable[UUID]) -> None:
        """Stop delivering what is sent to these audiences."""
        attended = self._attended.get(subscriber, set())
        for audience in attended.intersection(audiences):
            attended.discard(audience)
            self._attending[audience].discard(subscriber)
            if not self._attending[audience]:
                del self._attending[audience]

    def leave(self, subscriber: Subscriber) -> None:
        """Stop delivering everything that a subscriber attends to."""
        self.ignore(subscriber, tuple(self._attended.get(subscriber, ())))
        self._attended.pop(subscriber, None)

    def take(self, message: BusMessage, event: Event) -> None:
        """Deliver to each subscriber of the audience once, unless a newer state came first."""
        if message.position and not self._is_newest(message.key, message.position):
            return
        pending = PendingState(event)
        is_limited = message.position > 0 or event.type in DROPPED
        self._deliver(pending, [each for each in message.audience if not is_limited or self._admits(each, pending)])

    def reset(self, subscribers: Collection[Subscriber]) -> None:
        """Have them ask for everyone whom they show: events for them were lost."""
        event = reset(None, _spread(len(subscribers)))
        for subscriber in subscribers:
            subscriber.deliver(event)

    def _is_newest(self, key: str, version: int) -> bool:
        """Whether nothing newer of a key was delivered; remembers the version."""
        if self._newest.get(key, 0) >= version:
            return False
        self._newest[key] = version
        self._newest.move_to_end(key)
        if len(self._newest) > NEWEST_LIMIT:
            self._newest.popitem(last=False)
        return True

    def _subscribers(self, audience: UUID) -> Collection[Subscriber]:
        return self._attending.get(audience) or self._followers(audience)

    def _admits(self, audience: UUID, pending: PendingState) -> bool:
        """Whether this can be delivered to an audience now; else it waits, or is dropped."""
        size = len(self._subscribers(audience))
        if not size:
            return False
        crowd = self._crowds.get(audience)
        if crowd is None:
            crowd = self._crowds[audience] = Crowd()
            self._forget_calm_ones()
        now = self._clock()
        if crowd.dropped_since is not None:
            crowd.dropped_at = now
        elif not crowd.waiting and crowd.used_until - now <= BURST_SECONDS:
            _use(crowd, now, size)
            return True
        elif pending.event.type not in DROPPED:
            self._wait(audience, crowd, pending)
        return False

    def _wait(self, audience: UUID, crowd: Crowd, pending: PendingState) -> None:
        crowd.waiting[pending.event.key] = pending
        takes = len(self._subscribers(audience)) / FRAMES_PER_SECOND
        if len(crowd.waiting) > max(1, min(WAITING_LIMIT, WAITING_SECONDS / takes)):
            crowd.waiting.clear()
            crowd.dropped_since = crowd.dropped_at = self._clock()
        self._arm(audience, crowd)

    def _arm(self, audience: UUID, crowd: Crowd) -> None:
        if crowd.timer is None and (crowd.waiting or crowd.dropped_since is not None):
            delay = max(0.0, self._due_at(audience, crowd) - self._clock())
            crowd.timer = asyncio.get_running_loop().call_later(delay, self.proceed, audience)

    def _due_at(self, audience: UUID, crowd: Crowd) -> float:
        """When the next waiting state can be delivered, or the audience be reset."""
        free_at = crowd.used_until - BURST_SECONDS
        if crowd.dropped_since is None:
            return free_at
        patience = PATIENCE_SECONDS + _spread(len(self._subscribers(audience)))
        return max(free_at, min(crowd.dropped_at + CALM_SECONDS, crowd.dropped_since + patience))

    def proceed(self, audience: UUID) -> None:
        """Deliver what is waiting for an audience and due."""
        crowd = self._crowds[audience]
        if crowd.timer is not None:
            crowd.timer.cancel()
            crowd.timer = None
        while crowd.waiting and crowd.used_until - self._clock() <= BURST_SECONDS:
            pending = crowd.waiting.pop(next(iter(crowd.waiting)))
            _use(crowd, self._clock(), len(self._subscribers(audience)))
            self._deliver(pending, [audience])
        if crowd.dropped_since is not None and self._due_at(audience, crowd) <= self._clock():
            crowd.dropped_since, size = None, len(self._subscribers(audience))
            _use(crowd, self._clock(), size)
            self._deliver(PendingState(reset(audience, _spread(size))), [audience])
        self._arm(audience, crowd)

    def _deliver(self, pending: PendingState, audiences: list[UUID]) -> None:
        """To each subscriber of these audiences who is in none that has received it already."""
        found: set[Subscriber] = set().union(*map(self._subscribers, audiences))
        if pending.reached:
            found.difference_update(*map(self._subscribers, pending.reached))
        pending.reached.extend(audiences)
        self._tally.transient += len(found)
        for subscriber in found:
            subscriber.deliver(pending.event)

    def _forget_calm_ones(self) -> None:
        if len(self._crowds) > CROWDS_LIMIT:
            now = self._clock()
            for audience, crowd in list(self._crowds.items()):
                if crowd.used_until <= now and crowd.timer is None:
                    del self._crowds[audience]


def reset(server: UUID | None, spread: int) -> Event:
    """Says that presences in a server (None: anyone's) were dropped, and over how many seconds clients ask for them."""
    return Event(None, 0, "PRESENCE_RESET", "", encoded({"server_id": server, "spread_seconds": spread}))


def _spread(size: int) -> int:
    """Over how many seconds this number of subscribers should ask."""
    return 1 + size // ASKING_PER_SECOND


def _use(crowd: Crowd, now: float, frames: int) -> None:
    crowd.used_until = max(crowd.used_until, now) + frames / FRAMES_PER_SECOND
