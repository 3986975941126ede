"""Readers of the log that go on where they stopped: each topic in order, and each effect in the database once.

A consumer's topics are divided into sixteen partitions by the last byte of their ids. A job stands for each partition,
so a claim says which process reads it, others take it over from one that dies, and one that was only slow writes
nothing more. A claim lasts a minute, and then the partition is free for any process.

What a consumer does with a page of events and how far it has read commit together, in a transaction that holds the
job. So `kill -9` neither skips nor repeats anything. What is to leave the database becomes a job in that transaction.

The bus says which topics moved. The start of each claim, and the bus when it is back, compare all topics of the
partition with the log, so a lost bus message delays for at most a minute. A consumer that is late sees the newest state
of each thing that changed, as everyone who resumes. After a restored backup, a topic's first page `has_gap`.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Final, NamedTuple
from uuid import UUID

from coterie.database.connection import Database, OneConnection
from coterie.jobs import consumer_queries as queries
from coterie.jobs.actions import enqueue
from coterie.jobs.attempt import JobAttempt, LostJobError
from coterie.jobs.models import NOW, JobKind
from coterie.jobs.working import Jobs
from coterie.log.event import BusMessage, Event
from coterie.log.read import Log, Reader

PARTITIONS: Final = 16
"""As many as the index `topics_partition` has values."""

AT_ONCE: Final = 2
"""Partitions of a process that read at the same time, each with a connection; the others wait for news."""

TURN_SECONDS: Final = 60.0
LOOK_LIMIT: Final = 1_000
LONGEST_PAUSE: Final = timedelta(minutes=5)
"""The pause of a partition after repeated failures."""


class TopicBatch(NamedTuple):
    """Changes of a topic `after` a position, in order. With `has_gap`, changes before them were removed for good."""

    topic: UUID
    kind: str
    after: int
    events: list[Event]
    has_gap: bool


@dataclass(frozen=True, slots=True)
class Consumer:
    """Handles the changes of all topics of some kinds; its name must never change.

    `handle` writes in the transaction that it is given. If it raises, the topic's changes come again later, and behind
    them those that followed. A consumer that need not be prompt waits for `pause` seconds when something moved, and
    then reads all that has moved by then: a message that is sent alone does not cost a transaction more.
    """

    name: str
    kinds: frozenset[str]
    handle: Callable[[OneConnection, TopicBatch], Awaitable[None]]
    pause: float = 0


class PartitionTurn:
    """A partition that this process reads now. It is stale if any topic of it may have moved."""

    def __init__(self) -> None:
        self.moved: Final[set[UUID]] = set()
        self.is_stale = True
        self.wake: Final = asyncio.Event()


class Consumers:
    """The consumers of one process."""

    def __init__(self, database: Database, jobs: Jobs, readers: Mapping[str, Reader]) -> None:
        self._database: Final = database
        self._jobs: Final = jobs
        self._readers: Final = readers
        self._consumers: Final[dict[str, Consumer]] = {}
        self._turns: Final[dict[tuple[str, int], PartitionTurn]] = {}
        self._reading: Final = asyncio.Semaphore(AT_ONCE)

    def add(self, consumer: Consumer) -> None:
        """Let a consumer read, before the start."""
        self._consumers[consumer.name] = consumer
        self._jobs.add(_kind(consumer), partial(self._read_partition, consumer))

    async def start(self) -> None:
        """Let new consumers begin at this moment. The jobs may run already."""
        for name, consumer in self._consumers.items():
            async with self._database.acquire() as connection, connection.transaction():
                await enqueue(connection, *(_kind(consumer).job(str(each), each) for each in range(PARTITIONS)))
                await queries.begin(connection, name, consumer.kinds)

    async def behind(self) -> dict[str, int]:
        """Of each consumer, the number of topics that it has not read up to the end."""
        return {
            name: await queries.count_behind(self._database, name, each.kinds) for name, each in self._consumers.items()
        }

    def receive(self, message: BusMessage) -> None:
        """Wake those who read the topic that moved."""
        if message.topic is None:
            return
        for name in self._consumers:
            if turn := self._turns.get((name, message.topic.bytes[15] % PARTITIONS)):
                turn.moved.add(message.topic)
                turn.wake.set()

    def set_connected(self, is_connected: bool) -> None:
        """After the bus was away, anything may have happened."""
        for turn in self._turns.values():
            turn.is_stale = True
            turn.wake.set()

    async def look(self) -> None:
        """Nothing: each claim begins with a look."""

    async def _read_partition(self, consumer: Consumer, attempt: JobAttempt[int]) -> timedelta:
        turn = self._turns[(consumer.name, attempt.payload)] = PartitionTurn()
        clock = asyncio.get_running_loop().time
        ends_at = clock() + TURN_SECONDS
        try:
            while (left := ends_at - clock()) > 0:
                async with self._reading:
                    await self._catch_up(consumer, attempt, turn)
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(left):
                        await turn.wake.wait()
                        await asyncio.sleep(consumer.pause)
                turn.wake.clear()
            return NOW
        finally:
            if self._turns.get((consumer.name, attempt.payload)) is turn:
                del self._turns[(consumer.name, attempt.payload)]

    async def _catch_up(self, consumer: Consumer, attempt: JobAttempt[int], turn: PartitionTurn) -> None:
        """Read what has moved. A topic that fails holds up no other, and then the partition waits."""
        while turn.is_stale or turn.moved:
            if turn.is_stale:
                turn.is_stale = False
                await self._look(consumer, attempt, turn)
            topics = set(turn.moved)
            turn.moved.clear()
            failed: Exception | None = None
            for topic in topics:
                try:
                    await self._read(consumer, attempt, topic)
                except LostJobError:
                    raise
                except Exception as error:  # whatever it is: the other topics go on
                    failed = error
            if failed is not None:
                raise failed

    async def _look(self, consumer: Consumer, attempt: JobAttempt[int], turn: PartitionTurn) -> None:
        found = await queries.behind(self._database, consumer.name, consumer.kinds, attempt.payload, LOOK_LIMIT)
        turn.moved.update(found)
        turn.is_stale = turn.is_stale or len(found) == LOOK_LIMIT

    async def _read(self, consumer: Consumer, attempt: JobAttempt[int], topic: UUID) -> None:
        """Read a topic up to its end, each page in a transaction."""
        while True:
            async with attempt.transaction() as connection:
                place = await queries.place(connection, consumer.name, topic)
                if place is None or place.kind not in consumer.kinds or place.position <= place.read:
                    return
                page = await Log(connection, self._readers).after(topic, place.read, place.position)
                if page.events or page.has_gap:
                    await consumer.handle(
                        connection, TopicBatch(topic, place.kind, place.read, page.events, page.has_gap)
                    )
                await queries.move(connection, consumer.name, topic, page.reached)


def _kind(consumer: Consumer) -> JobKind[int]:
    return JobKind(
        name=f"consumer.{consumer.name}",
        payload=int,
        at_once=PARTITIONS,
        attempts=None,
        longest_pause=LONGEST_PAUSE,
        timeout=timedelta(seconds=TURN_SECONDS) * 10,
    )
