"""One message to 1,000 listeners: deliveries per second, and the time from the first listener to the last.

The ceiling is the barest application, which sends what a publisher sends to everyone, over the same sockets with the
same bytes. Every listener's frames must be contiguous, and at the end every listener must have everything.
"""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from statistics import median
from typing import Final

from bench.figures import Figure, at_least, at_most, compared, shares
from bench.machine import Effort
from bench.pgbench import CONTENT
from bench.sends import send_frame
from bench.wire import Socket, WrongError
from bench.world import Bench, Instance, Running, channel_id, make_people, make_server, person_id, settle

LISTENERS: Final = 1_000
SPEAKER: Final = LISTENERS
WINDOW: Final = 32
"""This many messages are in flight when throughput is measured."""


async def run(bench: Bench) -> list[Figure]:
    async with bench.instance() as instance:
        await populate(instance, LISTENERS)
        async with bench.bare() as bare, gather(instance, LISTENERS) as crowd, gather_bare(bare, LISTENERS) as other:
            return await _measure(bench, crowd, other)


async def populate(instance: Instance, listeners: int, members: int = 0) -> None:
    """A server with one channel: the listeners, one sender, and members who are offline."""
    await make_people(instance.rows, max(listeners + 1, members))
    await make_server(instance.rows, 0, range(max(listeners + 1, members)), range(1))
    await settle(instance.rows)


class Crowd:
    """The listeners, and a sender. Counts the deliveries to all of them together."""

    def __init__(self, running: Running) -> None:
        self.running: Final = running
        self.listeners: list[Socket] = []
        self.speaker: Socket
        self.arrived = 0
        self.first = self.last = 0.0
        self._awaited = 0
        self._has_arrived = asyncio.Event()
        self._number = 0
        self._failure: WrongError | None = None

    async def join(self, paths: list[str]) -> None:
        for path in paths:
            socket = await Socket.open(self.running.address, path, on_messages=self._count, on_failure=self._fail)
            self.listeners.append(socket)

    def frame(self) -> bytes:
        """The next message, as the sender sends it."""
        self._number += 1
        return send_frame(0, f"{self._number}")

    def _count(self, _: Socket, count: int) -> None:
        if self.arrived == self._awaited - len(self.listeners):
            self.first = time.perf_counter()
        self.arrived += count
        if self.arrived >= self._awaited:
            self.last = time.perf_counter()
            self._has_arrived.set()

    async def speak(self, messages: int) -> None:
        """Send messages, and wait until every listener has received them."""
        self._awaited = self.arrived + messages * len(self.listeners)
        self._has_arrived.clear()
        for _ in range(messages):
            self.speaker.say(self.frame())
        async with asyncio.timeout(30):
            await self._has_arrived.wait()
        if self._failure is not None:
            raise self._failure

    def _fail(self, failure: WrongError) -> None:
        self._failure = self._failure or failure
        self._has_arrived.set()

    async def speak_for(self, seconds: float, window: int) -> tuple[float, Effort]:
        """Deliveries per second, with this many messages in flight."""
        before = self.arrived
        with self.running.effort() as spent:
            deadline = time.perf_counter() + seconds
            while time.perf_counter() < deadline:
                await self.speak(window)
        return (self.arrived - before) / spent.seconds, spent

    def close(self) -> None:
        for each in (*self.listeners, self.speaker):
            each.close()


class BareCrowd(Crowd):
    """Sends what Coterie would deliver, because the bare application changes nothing."""

    def frame(self) -> bytes:
        self._number += 1
        return _delivered(self._number)


def _delivered(number: int) -> bytes:
    person, channel, zero = person_id(SPEAKER), channel_id(0), "00000000-0000-0000-0000-000000000000"
    data = (
        f'{{"id":"{person}","channel_id":"{channel}","author_id":"{person}","nonce":"{number}","content":"{CONTENT}",'
        '"type":"text","reply_to":null,"created_at":"2026-01-01T00:00:00.000000Z","thread_id":null,'
        '"mention_user_ids":[],"mention_everyone":false,"thread_reply_count":0,"edited_at":null,"deleted":false,'
        '"pinned":false,"pinned_by":null,"pinned_at":null,"poll":null,"event":null,"attachments":[],"reactions":[],'
        f'"seq":{number},"version":{number}}}'
    )
    place = f'"topic":"{zero}","position":{number},"previous":{number - 1}'
    return f'{{"op":"DISPATCH","t":"MESSAGE_CREATE",{place},"d":{data}}}'.encode()


@contextlib.asynccontextmanager
async def gather(instance: Instance, listeners: int, people: int = 0) -> AsyncIterator[Crowd]:
    """Connect the listeners (`listeners` sockets of this many users), and then the sender."""
    crowd = Crowd(instance)
    crowd.speaker = await Socket.open(instance.address, instance.socket_path(people or SPEAKER))
    await crowd.join([instance.socket_path(number % (people or listeners)) for number in range(listeners)])
    await asyncio.sleep(0.5)  # until the last comings are announced
    await crowd.speak(1)
    try:
        yield crowd
    finally:
        crowd.close()


@contextlib.asynccontextmanager
async def gather_bare(bare: Running, listeners: int) -> AsyncIterator[Crowd]:
    crowd = BareCrowd(bare)
    crowd.speaker = await Socket.open(bare.address, "/publish")
    await crowd.join(["/listen"] * listeners)
    await crowd.speak(1)
    try:
        yield crowd
    finally:
        crowd.close()


async def _measure(bench: Bench, crowd: Crowd, bare: Crowd) -> list[Figure]:
    return [
        await _throughput(bench, crowd, bare, WINDOW, f"{WINDOW} messages at once"),
        await _throughput(bench, crowd, bare, 1, "one message at a time"),
        await _skew(bench, crowd, bare),
    ]


async def _throughput(bench: Bench, crowd: Crowd, bare: Crowd, window: int, name: str) -> Figure:
    pairs, efforts, costs = [], [], []
    for _ in range(bench.rounds):
        ceiling, bare_spent = await bare.speak_for(bench.seconds, window)
        rate, spent = await crowd.speak_for(bench.seconds, window)
        pairs.append((rate, ceiling))
        efforts += [spent, bare_spent]
        costs.append((_cost(spent, rate), _cost(bare_spent, ceiling)))
        bench.tell(f"{name}: {rate:,.0f} deliveries/s; bare {ceiling:,.0f}/s")
    own, least = (median(side) for side in zip(*costs, strict=True))
    note = f"{own:.1f} µs of processor time for a delivery, bare {least:.1f} µs"
    title = f"fan-out to 1,000, {name}"
    return compared(title, "deliveries/s", pairs, at_least(0.6), "bare ASGI", note=note, **shares(efforts))


def _cost(spent: Effort, rate: float) -> float:
    """Microseconds of processor time for one delivery."""
    return spent.server * 1e6 / (rate * spent.seconds)


async def _skew(bench: Bench, crowd: Crowd, bare: Crowd) -> Figure:
    """From the first listener to the last, as seen by one process that reads for all of them."""
    pairs = []
    for _ in range(10 if bench.is_quick else 100):
        times = []
        for each in (crowd, bare):
            await asyncio.sleep(0.01)
            await each.speak(1)
            times.append((each.last - each.first) * 1000)
        pairs.append((times[0], times[1]))
    middle = median(measured for measured, _ in pairs)
    bench.tell(f"first to last of 1,000: {middle:.1f} ms; bare {median(bare for _, bare in pairs):.1f} ms")
    return Figure(
        "first to last of 1,000 listeners",
        middle,
        "ms",
        middle,
        at_most(30, "ms"),
        median(ceiling for _, ceiling in pairs),
        "bare ASGI",
    )
