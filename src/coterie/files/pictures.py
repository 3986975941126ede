"""Process pictures, each in a process of its own (see `decoding.py`), as many as the machine can hold (`machine.py`).

The result is None if a picture cannot be read or is over a limit; the caller then refuses it, or keeps it as an
ordinary file.
"""

import asyncio
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import IO, Final, Literal

import msgspec
import structlog

from coterie import errors
from coterie.errors import CoterieError
from coterie.files import machine

AT_ONCE: Final = 2
"""In this process; `machine.py` limits all processes together."""

WAITING_LIMIT: Final = 64
SECONDS: Final = 30.0

PictureKind = Literal["avatar", "emoji"]

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture's size in pixels as displayed, upright; the sizes of its files in bytes.

    `placeholder` is a `data:` address of a picture of a few pixels.
    """

    width: int
    height: int
    file_size: int
    thumbnail_size: int | None = None
    placeholder: str | None = None


class Pictures:
    """Processes pictures, a limited number at a time."""

    def __init__(self) -> None:
        self._threads: Final = ThreadPoolExecutor(AT_ONCE, "pictures")
        self._running: Final[set[subprocess.Popen[bytes]]] = set()
        self._waiting = 0
        self._is_closed = False

    def close(self) -> None:
        """End what is running too: the server does not wait for a picture when it stops."""
        self._is_closed = True
        self._threads.shutdown(wait=False, cancel_futures=True)
        for process in list(self._running):
            process.kill()

    async def examine(self, source: IO[bytes], cleaned: IO[bytes], thumbnail: IO[bytes]) -> Picture | None:
        """Write the picture without its metadata, and a thumbnail of it."""
        return await self._run("attachment", source, cleaned, thumbnail)

    async def draw(self, kind: PictureKind, source: IO[bytes], target: IO[bytes]) -> Picture | None:
        """Write the picture at the size at which it is shown: a square avatar, or an emoji, which may be animated."""
        return await self._run(kind, source, target, target)

    async def _run(self, kind: str, source: IO[bytes], first: IO[bytes], second: IO[bytes]) -> Picture | None:
        if self._waiting >= WAITING_LIMIT:
            raise _busy()
        self._waiting += 1
        try:
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self._threads, self._decode, kind, source, first, second)
        finally:
            self._waiting -= 1

    def _decode(self, kind: str, source: IO[bytes], first: IO[bytes], second: IO[bytes]) -> Picture | None:
        memory, slots = machine.here()
        slot = machine.wait_for_slot(slots, SECONDS, lambda: self._is_closed)
        if slot is None:
            raise _busy()
        try:
            source.seek(0)
            with _started(kind, source, (first.fileno(), second.fileno()), memory, slot) as process:
                return self._result(process)
        finally:
            os.close(slot)

    def _result(self, process: "subprocess.Popen[bytes]") -> Picture | None:
        self._running.add(process)
        try:
            output, error_output = process.communicate(timeout=SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            output, error_output = process.communicate()
        finally:
            self._running.discard(process)
        if process.returncode:
            reason = error_output.decode(errors="replace").strip()[-300:]
            log.info("files.picture_unreadable", code=process.returncode, reason=reason)
            return None
        return msgspec.json.decode(output, type=Picture)


def _busy() -> CoterieError:
    sentence = "Many pictures are being uploaded right now. Try again in a few seconds."
    return CoterieError(errors.RATE_LIMITED, sentence, retry_after=5)


def _started(
    kind: str, source: IO[bytes], outputs: tuple[int, int], memory: int, slot: int
) -> "subprocess.Popen[bytes]":
    """The decoder holds the slot's lock too, so that the slot stays taken if this server is killed."""
    return subprocess.Popen(  # noqa: S603  (this interpreter, and arguments of our own)
        [sys.executable, "-m", "coterie.files.decoding", kind, *map(str, outputs), str(memory)],
        stdin=source.fileno(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        pass_fds=(*outputs, slot),
        env={"PYTHONPATH": os.pathsep.join(sys.path)},
    )
