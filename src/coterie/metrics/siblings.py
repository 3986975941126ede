"""The server processes of one machine ask each other for their figures, so that one scrape sees all of them.

They share one port, so a scrape cannot choose which of them answers. Before it starts children, the parent makes a
socket for each slot, in a directory that only its user can enter; the process in a slot answers there with what it has
counted. A process that does not answer within a second is reported as down.
"""

import asyncio
import contextlib
import shutil
import socket
import tempfile
from collections.abc import AsyncIterator, Callable
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

import msgspec
import structlog

from coterie.metrics.families import Family, gauge, labelled

PATIENCE_SECONDS: Final = 1.0

log = structlog.get_logger(__name__)

Count = Callable[[], list[Family]]
"""What this process has counted."""


class Siblings:
    """The slots, as the parent made them."""

    @classmethod
    def made(cls, count: int) -> Self | None:
        """Make them; without a directory for them, each process reports only itself."""
        try:
            return cls(count)
        except OSError as problem:
            log.warning("metrics.no_siblings", reason=str(problem), remedy="TMPDIR: a directory that can be written to")
            return None

    def __init__(self, count: int) -> None:
        self._directory: Final = Path(tempfile.mkdtemp(prefix="coterie-"))
        self.listeners: Final = {number: self._listener(number) for number in range(1, count + 1)}

    def path(self, number: int) -> str:
        return str(self._directory / str(number))

    def remove(self) -> None:
        """Called by the parent, at the end."""
        for listener in self.listeners.values():
            listener.close()
        shutil.rmtree(self._directory, ignore_errors=True)

    def _listener(self, number: int) -> socket.socket:
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        listener.bind(self.path(number))
        listener.listen()
        return listener


@dataclass(frozen=True, slots=True)
class Slot:
    """The slot of this process; without `siblings` it cannot reach the others."""

    siblings: Siblings | None
    number: int


slot: Final[ContextVar[Slot]] = ContextVar("slot", default=Slot(None, 1))  # noqa: B039  (it is frozen)
"""Set by a child before it serves; a process that serves alone is the first and only one."""


@contextlib.asynccontextmanager
async def answering(count: Count) -> AsyncIterator[None]:
    """Answer the sibling processes for as long as this lasts."""
    mine = slot.get()
    if mine.siblings is None:
        yield
        return

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(msgspec.json.encode(count()))
        with contextlib.suppress(OSError):
            await writer.drain()
            writer.close()

    listener = mine.siblings.listeners[mine.number].dup()
    server = await asyncio.start_unix_server(answer, sock=listener)
    try:
        yield
    finally:
        server.close()


async def of_all(count: Count) -> list[Family]:
    """What every process of this machine has counted, labelled by its number."""
    mine = slot.get()
    if mine.siblings is None:
        return _labelled(mine.number, count())
    others = [number for number in mine.siblings.listeners if number != mine.number]
    answers = await asyncio.gather(*(_ask(mine.siblings.path(number), number) for number in others))
    return [*_labelled(mine.number, count()), *(family for answer in answers for family in answer)]


async def _ask(path: str, number: int) -> list[Family]:
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            reader, writer = await asyncio.open_unix_connection(path)
            try:
                answer = await reader.read(-1)
            finally:
                writer.close()
        return _labelled(number, msgspec.json.decode(answer, type=list[Family]))
    except (OSError, TimeoutError, msgspec.DecodeError) as error:
        log.warning("metrics.no_sibling", sibling=number, reason=type(error).__name__)
        return _labelled(number, None)


def _labelled(number: int, found: list[Family] | None) -> list[Family]:
    up = gauge("coterie_process_up", "1 if this server process answers its siblings.", float(found is not None))
    return labelled([up, *(found or [])], process=str(number))
