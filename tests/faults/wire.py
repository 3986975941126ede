"""A network that can fail: carries bytes both ways, and delays them, swallows them or cuts the line."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Final

Ends = tuple[asyncio.StreamReader, asyncio.StreamWriter]
Connect = Callable[[], Awaitable[Ends]]


class Wire:
    """Between its clients and what `connect` reaches. `delay` is in seconds, for each piece in each direction."""

    def __init__(self, connect: Connect) -> None:
        self._connect: Final = connect
        self._lines: Final[set[_Line]] = set()
        self._tasks: Final[set[asyncio.Task[None]]] = set()
        self.delay = 0.0
        self._is_cut = False
        self._is_swallowing = False

    def cut(self) -> None:
        """All connections end at once, and new ones are refused."""
        self._is_cut = True
        for line in tuple(self._lines):
            line.end()

    def swallow(self) -> None:
        """Nothing arrives any more, silently; those connections stay so forever."""
        self._is_swallowing = True
        for line in self._lines:
            line.is_dead = True

    def mend(self) -> None:
        """New connections work again."""
        self.delay = 0.0
        self._is_cut = self._is_swallowing = False

    async def end(self) -> None:
        """No connection is left."""
        self.cut()
        await asyncio.gather(*self._tasks)

    def take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """A new connection."""
        task = asyncio.create_task(self._carry(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        line = _Line(self, writer)
        line.is_dead = self._is_swallowing
        self._lines.add(line)
        try:
            if not self._is_cut:
                await line.carry(reader, await self._connect())
        except OSError:
            pass  # what it leads to is away
        finally:
            self._lines.discard(line)
            line.end()


class _Line:
    """One connection."""

    def __init__(self, wire: Wire, writer: asyncio.StreamWriter) -> None:
        self.is_dead = False
        self._wire: Final = wire
        self._writers: Final = [writer]
        self._ended: Final = asyncio.Event()

    async def carry(self, reader: asyncio.StreamReader, far: Ends) -> None:
        self._writers.append(far[1])
        ways = [self._pass_on(reader, far[1]), self._pass_on(far[0], self._writers[0])]
        tasks = [asyncio.ensure_future(way) for way in ways]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    def end(self) -> None:
        self._ended.set()
        for writer in self._writers:
            writer.transport.abort()

    async def _pass_on(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        while data := await source.read(65_536):
            if self._wire.delay:
                await asyncio.sleep(self._wire.delay)
            if not self.is_dead:
                sink.write(data)
                await sink.drain()
        if not self.is_dead:
            sink.close()
        else:
            await self._ended.wait()  # nor does it arrive that the other side has gone


@contextlib.asynccontextmanager
async def wire_to_socket(target: Path, path: Path) -> AsyncIterator[Wire]:
    """A wire from a Unix socket `path` to another, such as PostgreSQL's."""
    wire = Wire(lambda: asyncio.open_unix_connection(target))
    listener = await asyncio.start_unix_server(wire.take, path)
    async with _listening(listener, wire):
        yield wire


@contextlib.asynccontextmanager
async def wire_to_ports(ports: list[int]) -> AsyncIterator[tuple[Wire, int]]:
    """A wire from a port of its own to whichever of the ports takes the connection, in turn; as a proxy would."""
    turns = 0

    async def connect() -> Ends:
        nonlocal turns
        for _ in ports:
            turns += 1
            with contextlib.suppress(OSError):
                return await asyncio.open_connection("127.0.0.1", ports[turns % len(ports)])
        raise ConnectionRefusedError

    wire = Wire(connect)
    listener = await asyncio.start_server(wire.take, "127.0.0.1", 0)
    async with _listening(listener, wire):
        yield wire, listener.sockets[0].getsockname()[1]


@contextlib.asynccontextmanager
async def _listening(listener: asyncio.Server, wire: Wire) -> AsyncIterator[None]:
    try:
        yield
    finally:
        listener.close()
        await wire.end()
