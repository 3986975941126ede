"""What a live connection yields, for each transport to encode.

Nothing is encoded yet: the gateway makes frames of it, `/realtime` server-sent events.
"""

from collections.abc import Collection, Mapping
from typing import Final, Protocol, TypeAlias
from uuid import UUID

from msgspec import Struct

from coterie.log.event import Event

RESUMED_TOPICS: Final = 1_000
"""Topics that a client may resume with one request."""


class Delivery(Struct, frozen=True, gc=False):
    """An event for a client at `previous`. `positions` are those from which the topics that it grants are followed."""

    event: Event
    previous: int
    positions: Mapping[UUID, int] | None = None


class Reset(Struct, frozen=True):
    """The changes of a topic between two positions are no longer available; the client must fetch it again."""

    topic: UUID
    position: int
    previous: int


class Gone(Struct, frozen=True):
    """Requested topics that are not followed."""

    topics: Collection[UUID]


class Answer(Struct, frozen=True):
    """An answer to the client, as JSON, sent in order with the events."""

    body: bytes


class Heartbeat(Struct, frozen=True):
    """A heartbeat is due."""


Record: TypeAlias = Delivery | Reset | Gone | Answer | Heartbeat


class Hidden(Struct, frozen=True):
    """Queued: a channel of a server may not be viewed any more; to the client it is gone."""

    server: UUID
    channel: UUID


class Rewind(Struct, frozen=True):
    """Queued: what a client missed in topics since these positions; `unknown` are requested ones that it lacks."""

    positions: dict[UUID, int]
    unknown: set[UUID]

    def add(self, positions: Mapping[UUID, int], followed: Collection[UUID]) -> None:
        """Merge another request, from the lower position of each topic. So it never has more topics than there are."""
        for topic, position in positions.items():
            if topic in followed:
                self.positions[topic] = min(position, self.positions.get(topic, position))
            elif len(self.unknown) < RESUMED_TOPICS:
                self.unknown.add(topic)

    def split(self, size: int) -> "tuple[Rewind, Rewind | None]":
        """The first topics, and the rest if there is more."""
        if len(self.positions) <= size:
            return self, None
        items = list(self.positions.items())
        return Rewind(dict(items[:size]), self.unknown), Rewind(dict(items[size:]), set())


class Passed(Struct, frozen=True):
    """A change that the client is not sent; what it has given access to may be due."""

    topic: UUID
    position: int


Waiting: TypeAlias = Event | Hidden | Passed | Rewind | Answer | Heartbeat
"""What waits in the queue of a live connection."""


class RecordSender(Protocol):
    """A transport that can send at once. It returns False if it cannot; then the record is queued."""

    def event(self, event: Event, previous: int) -> bool: ...

    def answer(self, answer: Answer) -> bool: ...


class NoSender:
    """For transports that cannot send at once."""

    def event(self, event: Event, previous: int) -> bool:
        return False

    def answer(self, answer: Answer) -> bool:
        return False
