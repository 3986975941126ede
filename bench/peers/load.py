"""The load, the same for every server, and what it finds: nothing is counted that is not found again afterwards."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from statistics import median, quantiles
from typing import Final

import msgspec

from bench.machine import Effort
from bench.peers.server import MARK, PAGE, Client, Server
from bench.wire import WrongError
from bench.world import Bench, connected, settle

READERS: Final = 16
PATIENCE: Final = 180.0


class Cell(msgspec.Struct):
    """One figure of one server. `load` and `foreign` are `Effort`'s, if the cores were watched."""

    row: str
    unit: str
    value: float
    load: float = 0.0
    foreign: float = 0.0


class Column(msgspec.Struct):
    """A server's figures; `failure` says why some are missing."""

    server: str
    version: str
    cells: list[Cell]
    stored: int = 0
    failure: str = ""


@dataclass(frozen=True, slots=True)
class Sizes:
    """How many users send, in how many rooms, and how many listen; for how many seconds each."""

    rooms: int
    senders: int
    crowds: tuple[int, ...]
    seconds: float
    settling: float

    @property
    def everybody(self) -> int:
        """The room of all senders; those after it are the crowds'."""
        return self.rooms

    def members(self) -> dict[int, range]:
        """The members of each room; a crowd's last one speaks."""
        small = {room: range(room, self.senders, self.rooms) for room in range(self.rooms)}
        large = {self.everybody + number: range(count + 1) for number, count in enumerate(self.crowds, 1)}
        return {**small, self.everybody: range(self.senders), **large}


WHOLE: Final = Sizes(16, 64, (100, 300), 4.0, 2.0)
QUICK: Final = Sizes(4, 16, (10, 30), 1.0, 0.5)


async def measure(bench: Bench, kind: type[Server]) -> Column:
    column, sizes = Column(kind.name, kind.version(), []), QUICK if bench.is_quick else WHOLE
    async with kind.database(bench) as url, connected(url) as rows:
        server = kind(bench, url, rows, sizes.members())
        try:
            await server.prepare()
            await settle(rows)
            await _measure(server, _Load(server, column, sizes), sizes)
        except (WrongError, TimeoutError, OSError) as error:
            column.failure = str(error) or "something that should come did not come in time"
    return column


async def _measure(server: Server, load: "_Load", sizes: Sizes) -> None:
    """The sends, and then each crowd, with a server that was just started."""
    parts: list[list[Callable[[], Awaitable[None]]]] = [[load.alone, load.in_rooms, load.in_one_room]]
    if not server.sends_only:
        parts += [[partial(load.fan_out, *crowd)] for crowd in enumerate(sizes.crowds, sizes.everybody + 1)]
    starts = []
    for part in parts:
        with server.running():
            starts.append(await server.first_log_in())
            for each in part:
                async with asyncio.timeout(PATIENCE):
                    await each()
    if not server.sends_only:
        load.add("start to the first log-in", "s", median(starts))
    await load.check()


class _Audience:
    """Counts the deliveries to all listeners, together and each."""

    def __init__(self) -> None:
        self.counts: Counter[int] = Counter()
        self.arrived = self._awaited = 0
        self._is_complete = asyncio.Event()

    def hear(self, number: int, count: int) -> None:
        self.counts[number] += count
        self.arrived += count
        if self.arrived >= self._awaited:
            self._is_complete.set()

    async def until(self, count: int) -> None:
        self._awaited = count
        if self.arrived < count:
            self._is_complete.clear()
            async with asyncio.timeout(30):
                await self._is_complete.wait()


class _Load:
    """Measures one server, and remembers what was acknowledged."""

    def __init__(self, server: Server, column: Column, sizes: Sizes) -> None:
        self._server, self._column, self._sizes = server, column, sizes
        self._acknowledged: list[str] = []
        self._numbers: Counter[int] = Counter()

    def add(self, row: str, unit: str, value: float, spent: Effort | None = None) -> None:
        load, foreign = (spent.load, spent.foreign) if spent else (0.0, 0.0)
        self._column.cells.append(Cell(row, unit, value, load, foreign))
        self._server.bench.tell(f"{self._server.name}: {row}: {value:,.3g} {unit} (load {load:.0%})")

    async def alone(self) -> None:
        async with self._present([0], [0]) as clients:
            await self._all_send("one sender alone", clients, [0])

    async def in_rooms(self) -> None:
        senders, rooms = self._sizes.senders, self._sizes.rooms
        places = [number % rooms for number in range(senders)]
        async with self._present(range(senders), places) as clients:
            await self._all_send(f"{senders} senders in {rooms} rooms", clients, places)

    async def in_one_room(self) -> None:
        """Everyone hears everyone; then some of them read."""
        senders, room = self._sizes.senders, self._sizes.everybody
        places, audience = [room] * senders, _Audience()
        async with self._present(range(senders), places, audience) as clients:
            sent = await self._all_send(f"{senders} senders, all listening in one room", clients, places)
            for _ in range(max(1, PAGE - sent)):
                last = await self._send(clients[0], 0, room)
                sent += 1
            await self._heard(audience, senders, sent)
            if not self._server.sends_only:
                await self._read(clients[:READERS], room, last)

    async def _all_send(self, row: str, clients: Sequence[Client], places: Sequence[int]) -> int:
        """Each sends the next message when the last one is acknowledged; returns how many were sent."""
        times: list[float] = []

        async def send(number: int) -> None:
            began = time.perf_counter()
            await self._send(clients[number], number, places[number])
            times.append((time.perf_counter() - began) * 1000)

        async def keep_sending(number: int) -> None:
            while time.perf_counter() < deadline:
                await send(number)

        await asyncio.gather(*map(send, range(len(clients))))  # as a warm-up
        times.clear()
        with self._server.effort() as spent:
            deadline = time.perf_counter() + self._sizes.seconds
            await asyncio.gather(*map(keep_sending, range(len(clients))))
        self.add(row, "messages/s", len(times) / spent.seconds, spent)
        self.add(f"{row}, p50", "ms", median(times), spent)
        self.add(f"{row}, p99", "ms", quantiles(times, n=100)[98], spent)
        self.add(f"{row}, processor time of a message", "µs", spent.server * 1e6 / len(times), spent)
        return len(times) + len(clients)

    async def fan_out(self, room: int, listeners: int) -> None:
        """One message after the other, each when all have the last one; before that, the largest crowd's memory.

        The memory is that of the last third, because a server has some to spare after its start.
        """
        audience, early = _Audience(), listeners * 2 // 3
        async with self._present(range(early), [room] * early, audience):
            before = await self._settled_memory()
            async with self._present(range(early, listeners), [room] * (listeners - early), audience):
                grown = (await self._settled_memory() - before) / 1024 / (listeners - early)
                async with self._present([listeners], [room]) as [speaker]:
                    await self._speak(speaker, room, audience, listeners)
        if listeners == max(self._sizes.crowds):
            self.add("idle connection", "KiB", grown)

    async def _settled_memory(self) -> int:
        await asyncio.sleep(self._sizes.settling)
        return self._server.resident_bytes()

    async def _speak(self, speaker: Client, room: int, audience: _Audience, listeners: int) -> None:
        times: list[float] = []

        async def speak() -> None:
            awaited = audience.arrived + listeners
            began = time.perf_counter()
            await self._send(speaker, listeners, room)
            await audience.until(awaited)
            times.append((time.perf_counter() - began) * 1000)

        await speak()  # as a warm-up
        times.clear()
        with self._server.effort() as spent:
            deadline = time.perf_counter() + self._sizes.seconds
            while time.perf_counter() < deadline:
                await speak()
        await self._heard(audience, listeners, len(times) + 1)
        row = f"one message after the other to {listeners} listeners"
        self.add(row, "deliveries/s", len(times) * listeners / spent.seconds, spent)
        self.add(f"{row}, until the last has it", "ms", median(times), spent)
        self.add(f"{row}, processor time of a message", "µs", spent.server * 1e6 / len(times), spent)

    async def _read(self, clients: Sequence[Client], room: int, last: str) -> None:
        pages: list[bytes] = []

        async def read(client: Client) -> None:
            while time.perf_counter() < deadline:
                pages.append(await client.page(room))

        with self._server.effort() as spent:
            deadline = time.perf_counter() + self._sizes.seconds
            await asyncio.gather(*map(read, clients))
        for each in pages:
            marks = set(MARK.findall(each))
            if len(marks) != PAGE or last.encode() not in marks:
                raise WrongError(f"a page has {len(marks)} messages, the newest of {PAGE} were asked for")
        self.add(f"newest page of {PAGE}, {len(clients)} readers", "pages/s", len(pages) / spent.seconds, spent)

    async def _send(self, client: Client, sender: int, room: int) -> str:
        self._numbers[sender] += 1
        mark = f"{sender}-{self._numbers[sender]:09}"
        await client.send(room, mark)
        self._acknowledged.append(mark)
        return mark

    @asynccontextmanager
    async def _present(
        self, numbers: Iterable[int], places: Sequence[int], audience: _Audience | None = None
    ) -> AsyncIterator[list[Client]]:
        """These users, each in their room; they listen if there is an audience."""
        clients: list[Client] = []
        try:
            for number, place in zip(numbers, places, strict=True):
                client = await self._server.log_in(number, partial(audience.hear, number) if audience else None)
                clients.append(client)
                await client.join(place)
            yield clients
        finally:
            for client in clients:
                client.close()

    async def _heard(self, audience: _Audience, listeners: int, count: int) -> None:
        """Wait until each listener has each message, and check a moment later that none has more."""
        await audience.until(count * listeners)
        await asyncio.sleep(0.2)
        wrong = [
            f"{number}: {audience.counts[number]}" for number in range(listeners) if audience.counts[number] != count
        ]
        if wrong:
            raise WrongError(f"of {count} messages, listeners have {', '.join(wrong[:5])}")

    async def check(self) -> None:
        """Check that everything acknowledged is in the archive once."""
        stored = Counter(await self._server.stored())
        wrong = [mark for mark in self._acknowledged if stored[mark] != 1]
        if wrong:
            raise WrongError(
                f"{len(wrong)} of {len(self._acknowledged)} messages are not in the archive once: {wrong[:3]}"
            )
        self._column.stored = len(self._acknowledged)
        self._server.bench.tell(f"{self._server.name}: {len(self._acknowledged):,} acknowledged messages found once")
