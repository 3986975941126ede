"""Delivery of what is fleeting, to audiences that may be crowds.

An audience is a topic, by its followers, or anything else that subscribers attend to (such as the friends of somebody,
see `coterie.presence.audience`). What is told to an audience costs a frame for each of its subscribers, and there is a
limit to the frames a second that one audience gets in this process. So the cost of a crowd that comes, goes or types
grows with its size and not with the square of it.

Beyond the limit, something that soon means nothing (typing) is dropped. A state with a version (presence) waits, the
newest of each key; and when more wait than an audience can be told one by one, they are dropped as well, and one short
PRESENCE_RESET says that they must be asked for, when the crowd has come to rest. So an audience with few people, such
as a conversation or somebody's friends, learns everything, and only servers are ever reset.
"""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable, Collection, Iterable
from typing import Final, Protocol
from uuid import UUID

from coterie.log.append import encoded
from coterie.log.event import Event, Notification
from coterie.metrics.tallies import LiveTally

FRAMES_PER_SECOND: Final = 2_000.0
"""Of each audience in the long run; a frame costs about 5 µs."""

BURST_SECONDS: Final = 5.0
"""So much of the rate may be used at once after a rest: 10,000 frames."""

WAITING_LIMIT: Final = 64
WAITING_SECONDS: Final = 10.0
"""So many states may wait for an audience (a conversation has at most 50 people), and so long; but one always."""

CALM_SECONDS: Final = 1.0
"""So long nothing must have been dropped before an audience is reset."""

PATIENCE_SECONDS: Final = 10.0
ASKING_PER_SECOND: Final = 100
"""So many subscribers are to ask within a second after a reset: it says over how many seconds they spread, and a crowd
that does not come to rest is reset no sooner than they have asked."""

NEWEST_LIMIT: Final = 10_000
"""Keys of which the newest version is remembered."""

CROWDS_LIMIT: Final = 10_000
DROPPED: Final = frozenset({"TYPING_START", "TYPING_STOP"})
"""What soon means nothing."""


class Subscriber(Protocol):
    """Somebody who listens. `deliver` must not block or raise."""

    def deliver(self, event: Event) -> None: ...


class Telling:
    """A state on its way, and the audiences that were told it already."""

    __slots__ = ("event", "told")

    def __init__(self, event: Event) -> None:
        self.event: Final = event
        self.told: Final[list[UUID]] = []


class Crowd:
    """What one audience has used of its rate, what waits for it, and since when something was dropped."""

    __slots__ = ("dropped_at", "dropped_since", "timer", "used_until", "waiting")

    def __init__(self) -> None:
        self.used_until = 0.0
        self.waiting: Final[dict[str, Telling]] = {}
        self.dropped_since: float | None = None
        self.dropped_at = 0.0
        self.timer: asyncio.TimerHandle | None = None


class Fleeting:
    """Who attends to what, and the delivery within the limits."""

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
        """Deliver what is told to these audiences, which are no topics, from now on."""
        for audience in audiences:
            self._attending.setdefault(audience, set()).add(subscriber)
            self._attended.setdefault(subscriber, set()).add(audience)

    def ignore(self, subscriber: Subscriber, audiences: Iterable[UUID]) -> None:
        """Deliver nothing more that is told to these audiences."""
        attended = self._attended.get(subscriber, set())
        for audience in attended.intersection(audiences):
            attended.discard(audience)
            self._attending[audience].discard(subscriber)
            if not self._attending[audience]:
                del self._attending[audience]

    def leave(self, subscriber: Subscriber) -> None:
        """Deliver nothing more of all that a subscriber attends to."""
        self.ignore(subscriber, tuple(self._attended.get(subscriber, ())))
        self._attended.pop(subscriber, None)

    def take(self, notification: Notification, event: Event) -> None:
        """Deliver to each subscriber of the audience once, unless it was overtaken."""
        if notification.position and not self._is_newest(notification.key, notification.position):
            return
        telling = Telling(event)
        is_limited = notification.position > 0 or event.type in DROPPED
        self._deliver(
            telling, [each for each in notification.audience if not is_limited or self._admits(each, telling)]
        )

    def reset(self, subscribers: Collection[Subscriber]) -> None:
        """Have them ask for everybody whom they show: what they were to be told is lost."""
        event = reset(None, _spread(len(subscribers)))
        for subscriber in subscribers:
            subscriber.deliver(event)

    def _is_newest(self, key: str, version: int) -> bool:
        """Whether nothing newer was told of a key; remembers the version."""
        if self._newest.get(key, 0) >= version:
            return False
        self._newest[key] = version
        self._newest.move_to_end(key)
        if len(self._newest) > NEWEST_LIMIT:
            self._newest.popitem(last=False)
        return True

    def _subscribers(self, audience: UUID) -> Collection[Subscriber]:
        return self._attending.get(audience) or self._followers(audience)

    def _admits(self, audience: UUID, telling: Telling) -> bool:
        """Whether an audience may be told now; else it waits, or is dropped."""
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
        elif telling.event.type not in DROPPED:
            self._wait(audience, crowd, telling)
        return False

    def _wait(self, audience: UUID, crowd: Crowd, telling: Telling) -> None:
        crowd.waiting[telling.event.key] = telling
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
        """When the next of what waits may be told, or the audience be reset."""
        free_at = crowd.used_until - BURST_SECONDS
        if crowd.dropped_since is None:
            return free_at
        patience = PATIENCE_SECONDS + _spread(len(self._subscribers(audience)))
        return max(free_at, min(crowd.dropped_at + CALM_SECONDS, crowd.dropped_since + patience))

    def proceed(self, audience: UUID) -> None:
        """Tell an audience what is due of what it was not told."""
        crowd = self._crowds[audience]
        if crowd.timer is not None:
            crowd.timer.cancel()
            crowd.timer = None
        while crowd.waiting and crowd.used_until - self._clock() <= BURST_SECONDS:
            telling = crowd.waiting.pop(next(iter(crowd.waiting)))
            _use(crowd, self._clock(), len(self._subscribers(audience)))
            self._deliver(telling, [audience])
        if crowd.dropped_since is not None and self._due_at(audience, crowd) <= self._clock():
            crowd.dropped_since, size = None, len(self._subscribers(audience))
            _use(crowd, self._clock(), size)
            self._deliver(Telling(reset(audience, _spread(size))), [audience])
        self._arm(audience, crowd)

    def _deliver(self, telling: Telling, audiences: list[UUID]) -> None:
        """To each subscriber of these audiences who is in none that was told already."""
        found: set[Subscriber] = set().union(*map(self._subscribers, audiences))
        if telling.told:
            found.difference_update(*map(self._subscribers, telling.told))
        telling.told.extend(audiences)
        self._tally.fleeting += len(found)
        for subscriber in found:
            subscriber.deliver(telling.event)

    def _forget_calm_ones(self) -> None:
        if len(self._crowds) > CROWDS_LIMIT:
            now = self._clock()
            for audience, crowd in list(self._crowds.items()):
                if crowd.used_until <= now and crowd.timer is None:
                    del self._crowds[audience]


def reset(server: UUID | None, spread: int) -> Event:
    """Says that presences of a server (None: of anybody) were dropped: to be asked for within so many seconds."""
    return Event(None, 0, "PRESENCE_RESET", "", encoded({"server_id": server, "spread_seconds": spread}))


def _spread(size: int) -> int:
    """Over how many seconds so many subscribers are to ask."""
    return 1 + size // ASKING_PER_SECOND


def _use(crowd: Crowd, now: float, frames: int) -> None:
    crowd.used_until = max(crowd.used_until, now) + frames / FRAMES_PER_SECOND
