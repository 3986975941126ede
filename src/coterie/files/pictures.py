"""Looking at pictures, each in a process of its own and only a few at a time (see `decoding.py`).

A picture that cannot be read, or is beyond a limit, is told as None: it is for the caller to refuse it or to keep it
as a file like any other.
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

AT_ONCE: Final = 2
WAITING_LIMIT: Final = 64
SECONDS: Final = 30.0

Drawing = Literal["portrait", "emoji"]

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture as people see it, upright, in pixels; the sizes of its files in bytes.

    `placeholder` is a `data:` address of a picture of a few pixels.
    """

    width: int
    height: int
    file_size: int
    thumbnail_size: int | None = None
    placeholder: str | None = None


class Pictures:
    """Has pictures looked at, a bounded number at a time."""

    def __init__(self) -> None:
        self._threads: Final = ThreadPoolExecutor(AT_ONCE, "pictures")
        self._running: Final[set[subprocess.Popen[bytes]]] = set()
        self._waiting = 0

    def close(self) -> None:
        """End what is under way too: the server's end does not wait for a picture."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        for process in list(self._running):
            process.kill()

    async def examine(self, source: IO[bytes], cleaned: IO[bytes], thumbnail: IO[bytes]) -> Picture | None:
        """Write the picture without its metadata, and a thumbnail of it."""
        return await self._run("attachment", source, cleaned, thumbnail)

    async def draw(self, deed: Drawing, source: IO[bytes], target: IO[bytes]) -> Picture | None:
        """Write the picture as small as it is shown: a square portrait, or an emoji, which may move."""
        return await self._run(deed, source, target, target)

    async def _run(self, deed: str, source: IO[bytes], first: IO[bytes], second: IO[bytes]) -> Picture | None:
        if self._waiting >= WAITING_LIMIT:
            raise CoterieError(errors.RATE_LIMITED, "Many pictures are being uploaded right now.", retry_after=5)
        self._waiting += 1
        try:
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self._threads, self._decode, deed, source, first, second)
        finally:
            self._waiting -= 1

    def _decode(self, deed: str, source: IO[bytes], first: IO[bytes], second: IO[bytes]) -> Picture | None:
        source.seek(0)
        with _started(deed, source, (first.fileno(), second.fileno())) as process:
            self._running.add(process)
            try:
                said, complaint = process.communicate(timeout=SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                said, complaint = process.communicate()
            finally:
                self._running.discard(process)
        if process.returncode:
            reason = complaint.decode(errors="replace").strip()[-300:]
            log.info("files.picture_unreadable", code=process.returncode, reason=reason)
            return None
        return msgspec.json.decode(said, type=Picture)


def _started(deed: str, source: IO[bytes], outputs: tuple[int, int]) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(  # noqa: S603  (this interpreter, and words of our own)
        [sys.executable, "-m", "coterie.files.decoding", deed, *map(str, outputs)],
        stdin=source.fileno(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        pass_fds=outputs,
        env={"PYTHONPATH": os.pathsep.join(sys.path)},
    )
