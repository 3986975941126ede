"""The sixth step of changing: positions for everything that changes, taken under the locks of the channels.

First the messages, in order; then the roots of threads whose replies were deleted or restored, since their reply counts
change; then the system messages about pins.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import count
from typing import NamedTuple, TypeAlias
from uuid import UUID

from msgspec.structs import replace

from coterie.messages.changing.attempt import ChangeAttempt, becoming
from coterie.messages.pin_messages import Pin

Free: TypeAlias = Mapping[UUID, Iterator[int]]
"""The next positions of each channel."""


class Root(NamedTuple):
    """The first message of a thread, how many of its replies are gone, and its new version."""

    id: UUID
    gone: int
    version: int


class Placed(NamedTuple):
    """The changes of a batch with their positions, and what changes with them."""

    changes: list[ChangeAttempt]
    roots: list[Root]
    pins: list[Pin]


def place(attempts: Sequence[ChangeAttempt], positions: Mapping[UUID, int]) -> Placed:
    """Those of the attempts that change something, behind the positions of their channels."""
    free = {channel: count(position + 1) for channel, position in positions.items()}
    changing = [attempt for attempt in attempts if attempt.changed is not None]
    changes = [_at(attempt, next(free[attempt.after.channel_id])) for attempt in changing]
    return Placed(changes, _roots(changes, free), _pins(changes, free))


def _at(attempt: ChangeAttempt, position: int) -> ChangeAttempt:
    return becoming(attempt, replace(attempt.after, version=position))


def _roots(changes: Sequence[ChangeAttempt], free: Free) -> list[Root]:
    gone: Counter[tuple[UUID, UUID]] = Counter()
    for change in changes:
        if (thread := change.after.thread_id) is not None:
            gone[thread, change.after.channel_id] += change.after.deleted - change.before.deleted
    return [Root(root, number, next(free[channel])) for (root, channel), number in gone.items() if number]


def _pins(changes: Sequence[ChangeAttempt], free: Free) -> list[Pin]:
    return [
        Pin(change.after.channel_id, next(free[change.after.channel_id]), change.after.id, change.request.actor_id)
        for change in changes
        if change.change.type == "MESSAGE_PIN"
    ]
