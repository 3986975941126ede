"""What every server here offers to the load: start, log in, join, send, listen, read a page; and what it has stored.

A message carries a mark with the numbers of its sender and of itself, such as `#7-000000012;`. Acknowledgements,
deliveries and rows of the archive are recognised by it in every protocol, without parsing.
"""

import asyncio
import contextlib
import re
import subprocess
import time
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Iterator
from typing import ClassVar, Final
from urllib.parse import parse_qs, urlsplit

import psutil

from bench import machine
from bench.pgbench import CONTENT
from bench.wire import Address, WrongError
from bench.world import PATIENCE, Bench, Rows, end, free_port

MARK: Final = re.compile(rb"#(\d+-\d+);")
LONGEST_MARK: Final = 32
PAGE: Final = 50

OnDelivery = Callable[[int], None]


def user(number: int) -> str:
    return f"person_{number}"


def text(mark: str) -> str:
    return f"{CONTENT} #{mark};"


class Marks:
    """Finds the marks in a stream of chunks, each once, also if it is split between two chunks."""

    def __init__(self) -> None:
        self._rest = b""

    def take(self, data: bytes) -> list[bytes]:
        data = self._rest + data
        found, stop = [], 0
        for each in MARK.finditer(data):
            found.append(each[1])
            stop = each.end()
        self._rest = data[max(stop, len(data) - LONGEST_MARK) :]
        return found


class Client(ABC):
    """A user's session. If it listens, it calls `on_delivery` with the number of messages that have arrived."""

    @abstractmethod
    async def join(self, room: int) -> None:
        """Enter a room; the first user to enter creates it."""

    @abstractmethod
    async def send(self, room: int, mark: str) -> None:
        """Send a message and wait until the server has acknowledged it."""

    @abstractmethod
    async def page(self, room: int) -> bytes:
        """The newest 50 messages, as they came."""

    @abstractmethod
    def close(self) -> None: ...


class Server(ABC):
    """A chat server with a database of its own; `name` is its column in the table.

    `rooms` has the members of each room, by their numbers.
    """

    name: ClassVar[str]
    archive: ClassVar[str]
    """The statement that reads all stored messages, as one column of text."""

    sends_only: ClassVar[bool] = False

    def __init__(self, bench: Bench, url: str, rows: Rows, rooms: dict[int, range]) -> None:
        self.bench, self.url, self.rows, self.rooms = bench, url, rows, rooms
        self.people: Final = max(members.stop for members in rooms.values())
        self.directory: Final = bench.directory / type(self).__name__.lower()
        self.directory.mkdir(exist_ok=True)
        self.address: Final = Address("127.0.0.1", free_port())
        self.process: subprocess.Popen[bytes]

    @classmethod
    @abstractmethod
    def missing(cls) -> str:
        """What to install, or nothing if it is there."""

    @classmethod
    @abstractmethod
    def version(cls) -> str: ...

    @classmethod
    def database(cls, bench: Bench) -> "contextlib.AbstractAsyncContextManager[str]":
        return bench.empty_database("bench_peer")

    @abstractmethod
    def configure(self) -> None:
        """Write the configuration."""

    @abstractmethod
    def command(self) -> list[str]: ...

    @abstractmethod
    def environment(self) -> dict[str, str]: ...

    @abstractmethod
    async def make_accounts(self) -> None:
        """Write the users as rows, so that no figure waits for password hashes."""

    @abstractmethod
    async def log_in(self, number: int, on_delivery: OnDelivery | None = None) -> Client:
        """A session that is ready. Raises OSError or WrongError as long as the server is starting."""

    @property
    def database_name(self) -> str:
        return urlsplit(self.url).path[1:]

    @property
    def socket_directory(self) -> str:
        """Where PostgreSQL's socket is."""
        return parse_qs(urlsplit(self.url).query)["host"][0]

    async def prepare(self) -> None:
        """Configuration, schema and users. Prosody makes its tables when the first user wants to log in, in vain."""
        self.configure()
        with self.running():
            await self._until(self._is_open)
            with contextlib.suppress(WrongError):
                await self.log_in(0)
        await self.make_accounts()

    @contextlib.contextmanager
    def running(self) -> Iterator[None]:
        log = (self.directory / "output.log").open("ab")
        with log, machine.on(self.bench.cores.server):
            self.process = subprocess.Popen(
                self.command(), env=self.environment(), stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        try:
            yield
        finally:
            end(self.process)

    async def first_log_in(self) -> float:
        """Seconds until the first user has logged in."""
        began = time.perf_counter()
        await self._until(self._is_serving)
        return time.perf_counter() - began

    async def stored(self) -> list[str]:
        """The marks of all messages in the archive."""
        return [mark for (row,) in await self.rows.fetch(self.archive) for mark in marks_in(row)]

    def effort(self) -> "contextlib.AbstractContextManager[machine.Effort]":
        return machine.effort(self.bench.cores, self.process.pid, self.bench.cluster.process_id)

    def resident_bytes(self) -> int:
        tree = psutil.Process(self.process.pid)
        return sum(machine.resident_bytes(each.pid) for each in (tree, *tree.children(recursive=True)))

    async def _until(self, attempt: Callable[[], Awaitable[None]]) -> None:
        async with asyncio.timeout(PATIENCE):
            while True:
                if self.process.poll() is not None:
                    raise WrongError(f"it ended with {self.process.returncode}; {self.directory}/output.log says why")
                with contextlib.suppress(OSError, WrongError):
                    return await attempt()
                await asyncio.sleep(0.02)

    async def _is_open(self) -> None:
        _, writer = await asyncio.open_connection(self.address.host, self.address.port)
        writer.close()

    async def _is_serving(self) -> None:
        (await self.log_in(0)).close()


def marks_in(row: str) -> list[str]:
    return [mark.decode() for mark in MARK.findall(row.encode())]
