"""A zip archive that is written to the file storage while it is made, without ever being whole in memory or on a disk.

The standard library writes to a target that cannot be rewound: sizes then follow each entry, and the directory comes at
the end. Of each entry about 700 bytes stay in memory until then.
"""

import zipfile
from collections.abc import AsyncIterator
from datetime import datetime
from typing import IO, Final, Protocol, cast

FLUSH_BYTES: Final = 1024 * 1024
LEVEL: Final = 6


class ArchiveTarget(Protocol):
    """Where an archive goes: an object of the file storage, or a file."""

    async def write(self, data: bytes, /) -> object: ...


class _Sink:
    """Collects what the archive writes until it is passed on."""

    def __init__(self) -> None:
        self.collected = bytearray()

    def write(self, data: bytes) -> int:
        self.collected += data
        return len(data)

    def flush(self) -> None:
        """Nothing: `ZipArchive` passes on what was collected."""


class ZipArchive:
    """All entries are below `folder`, and dated as of `moment`."""

    def __init__(self, writer: ArchiveTarget, folder: str, moment: datetime) -> None:
        self._writer: Final = writer
        self._folder: Final = folder
        self._date: Final = (moment.year, moment.month, moment.day, moment.hour, moment.minute, moment.second)
        self._sink: Final = _Sink()
        self._zip: Final = zipfile.ZipFile(cast("IO[bytes]", self._sink), "w", compresslevel=LEVEL)
        self._size = 0

    async def add(self, name: str, content: bytes) -> None:
        """A whole entry, compressed."""
        self._zip.writestr(self._info(name, zipfile.ZIP_DEFLATED), content, compresslevel=LEVEL)
        await self._pass_on(FLUSH_BYTES)

    async def stream(self, name: str, pieces: AsyncIterator[bytes], *, is_compressed: bool) -> None:
        """An entry of any size, piece by piece."""
        info = self._info(name, zipfile.ZIP_DEFLATED if is_compressed else zipfile.ZIP_STORED)
        with self._zip.open(info, "w", force_zip64=True) as entry:
            async for piece in pieces:
                entry.write(piece)
                await self._pass_on(FLUSH_BYTES)

    async def finish(self) -> int:
        """Write the directory; returns the size of the archive in bytes."""
        self._zip.close()
        await self._pass_on(1)
        return self._size

    def _info(self, name: str, method: int) -> zipfile.ZipInfo:
        info = zipfile.ZipInfo(f"{self._folder}/{name}", self._date)
        info.compress_type = method
        info.external_attr = 0o100644 << 16
        return info

    async def _pass_on(self, at_least: int) -> None:
        collected = self._sink.collected
        if len(collected) >= at_least:
            self._size += len(collected)
            self._sink.collected = bytearray()
            await self._writer.write(bytes(collected))
