"""Plain counters that the packages increment while they work; the cost of reading them falls on the rare reader.

Only the event loop touches them, so there is no lock. They only grow, except for those that hold a current number.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Collection
from typing import Final, Protocol
from uuid import UUID

SECONDS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
QUERY_SECONDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
SIZES: Final = (1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0)


class Distribution:
    """How many values were at most each of some bounds, and their sum."""

    __slots__ = ("bounds", "counts", "sum")

    def __init__(self, bounds: tuple[float, ...]) -> None:
        self.bounds: Final = bounds
        self.counts: Final = [0] * (len(bounds) + 1)
        self.sum = 0.0

    def add(self, value: float) -> None:
        self.counts[bisect_left(self.bounds, value)] += 1
        self.sum += value


class RequestTally:
    """Requests by (route, method, status), and the seconds until their answer began by (route, method)."""

    __slots__ = ("answered", "in_progress", "seconds")

    def __init__(self) -> None:
        self.answered: Final[dict[tuple[str, str, str], int]] = {}
        self.seconds: Final[dict[tuple[str, str], Distribution]] = {}
        self.in_progress = 0


class DatabaseTally:
    """Statements and waits for a connection. `slow` and `failed` are by the statement's name and the kind of error."""

    __slots__ = ("failed", "failed_connections", "seconds", "slow", "waits")

    def __init__(self) -> None:
        self.seconds: Final = Distribution(QUERY_SECONDS)
        self.slow: Final[Counter[str]] = Counter()
        self.failed: Final[Counter[str]] = Counter()
        self.waits: Final = Distribution(QUERY_SECONDS)
        self.failed_connections = 0


class WriterTally:
    """The batches of one kind of writer. `refused` writes found the queue full, or the database down for too long."""

    __slots__ = ("batches", "refused", "retried")

    def __init__(self) -> None:
        self.batches: Final = Distribution(SIZES)
        self.refused = 0
        self.retried = 0


class JobTally:
    """Attempts to do jobs, by kind and outcome, and how long they took, by kind."""

    __slots__ = ("attempts", "seconds")

    def __init__(self) -> None:
        self.attempts: Final[Counter[tuple[str, str]]] = Counter()
        self.seconds: Final[dict[tuple[str], Distribution]] = {}

    def add(self, kind: str, outcome: str, seconds: float) -> None:
        self.attempts[(kind, outcome)] += 1
        self.seconds.setdefault((kind,), Distribution(SECONDS)).add(seconds)


class Counted(Protocol):
    """One writer, or all writers of one kind."""

    @property
    def tally(self) -> WriterTally: ...

    @property
    def waiting(self) -> int:
        """Writes that are not on their way to the database yet."""


class Queue(Protocol):
    """The part of a subscriber that the counts need."""

    @property
    def kind(self) -> str:
        """What kind of subscriber it is."""

    @property
    def session_id(self) -> UUID:
        """The session of its client."""

    @property
    def waiting(self) -> int:
        """Events that were delivered to it and not sent yet."""


class LiveTally:
    """What was delivered to whom. `delivered` events came from the log, `transient` ones did not.

    `ended` is by the reason for which the server ended a subscriber, `resumed` by kind and outcome. `lost` counts how
    often the bus fell silent; `healed` are pages read from the log because the bus had not carried everything.
    """

    __slots__ = ("delivered", "ended", "fell_behind", "healed", "lost", "queues", "received", "resumed", "transient")

    def __init__(self) -> None:
        self.delivered = 0
        self.transient = 0
        self.received = 0
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
    """The largest number of events waiting for one subscriber of a kind."""
    return max((queue.waiting for queue in queues if queue.kind == kind), default=0)
