"""Plain numbers that the rooms count in while they work; whoever looks at them does so seldom and pays for it.

Only the event loop touches them, so there is no lock. They only grow, except for those that say how many there are now.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Collection
from typing import Final, Protocol

SECONDS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
QUERY_SECONDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
SIZES: Final = (1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0)


class Distribution:
    """How many values were up to each of some bounds, and their sum."""

    __slots__ = ("bounds", "counts", "sum")

    def __init__(self, bounds: tuple[float, ...]) -> None:
        self.bounds: Final = bounds
        self.counts: Final = [0] * (len(bounds) + 1)
        self.sum = 0.0

    def add(self, value: float) -> None:
        self.counts[bisect_left(self.bounds, value)] += 1
        self.sum += value


class RequestTally:
    """Requests by (route, method, status), and by (route, method) the seconds until their answer began."""

    __slots__ = ("answered", "in_progress", "seconds")

    def __init__(self) -> None:
        self.answered: Final[dict[tuple[str, str, str], int]] = {}
        self.seconds: Final[dict[tuple[str, str], Distribution]] = {}
        self.in_progress = 0


class DatabaseTally:
    """Statements and waits for a connection. `slow` and `failed` go by the statement's name and the kind of error."""

    __slots__ = ("failed", "failed_connections", "seconds", "slow", "waits")

    def __init__(self) -> None:
        self.seconds: Final = Distribution(QUERY_SECONDS)
        self.slow: Final[Counter[str]] = Counter()
        self.failed: Final[Counter[str]] = Counter()
        self.waits: Final = Distribution(QUERY_SECONDS)
        self.failed_connections = 0


class WriterTally:
    """The batches of writers of one kind. `refused` writes found the queue full, or the database away for too long."""

    __slots__ = ("batches", "refused", "retried")

    def __init__(self) -> None:
        self.batches: Final = Distribution(SIZES)
        self.refused = 0
        self.retried = 0


class Counted(Protocol):
    """One writer, or all of a kind."""

    @property
    def tally(self) -> WriterTally: ...

    @property
    def waiting(self) -> int:
        """Writes that are not on their way to the database so far."""


class Queue(Protocol):
    """A subscriber, as far as it is counted."""

    @property
    def kind(self) -> str:
        """The sort of subscribers it is of."""

    @property
    def waiting(self) -> int:
        """Events that were delivered to it and not sent so far."""


class LiveTally:
    """What was delivered to whom. `delivered` events came from the log, `fleeting` ones did not.

    `ended` goes by the reason for which the server ended a subscriber, `resumed` by kind and outcome, and `lost` counts
    how often the bus fell silent; `healed` are pages read from the log because the bus did not say everything.
    """

    __slots__ = ("delivered", "ended", "fell_behind", "fleeting", "healed", "heard", "lost", "queues", "resumed")

    def __init__(self) -> None:
        self.delivered = 0
        self.fleeting = 0
        self.heard = 0
        self.lost = 0
        self.healed = 0
        self.fell_behind = 0
        self.ended: Final[Counter[str]] = Counter()
        self.resumed: Final[Counter[tuple[str, str]]] = Counter()
        self.queues: Final[set[Queue]] = set()


class BackupTally:
    """Backups that this process tried to make."""

    __slots__ = ("failed", "made")

    def __init__(self) -> None:
        self.made = 0
        self.failed = 0


def longest(queues: Collection[Queue], kind: str) -> int:
    """The most events that wait for one subscriber of a kind."""
    return max((queue.waiting for queue in queues if queue.kind == kind), default=0)
