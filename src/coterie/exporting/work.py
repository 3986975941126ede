"""Makes an archive: a process of its own, so that no request waits for it and its memory ends with it.

`python -m coterie.exporting.work SERVER USER FILE` makes that of a server, with the settings in its environment. It
writes how far it is, and at last the size of the archive, on its standard output, and ends when nobody reads that any
more.

Everything but the bytes of the files is read in one transaction, which sees the database as of one moment. The files
come behind it, so that no old moment is held while they are copied; what was removed meanwhile is listed in
`missing.jsonl`.
"""

import asyncio
import os
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from tempfile import SpooledTemporaryFile
from typing import IO, Final
from uuid import UUID

import msgspec

from coterie.database.connection import OneConnection
from coterie.database.pool import connect
from coterie.exporting import reading
from coterie.exporting.archive import ArchiveTarget, ZipArchive
from coterie.exporting.content import MESSAGE_BYTES, Contents
from coterie.exporting.models import FileToCopy
from coterie.exporting.names import slug
from coterie.exporting.records import line
from coterie.files.storage import Storage, path
from coterie.settings.record import Settings

TOLD_SECONDS: Final = 0.5
SPOOL_BYTES: Final = 1024 * 1024
NICENESS: Final = 5


class Told:
    """How far the work is, from 0 to 1, told twice a second."""

    def __init__(self, tell: Callable[[float], None]) -> None:
        self.total = 0
        self._tell: Final = tell
        self._done = 0
        self._told_at = 0.0

    def add(self, weight: int) -> None:
        self._done += weight
        if time.monotonic() - self._told_at >= TOLD_SECONDS:
            self._told_at = time.monotonic()
            self._tell(min(1, self._done / max(1, self.total)))


class FileList:
    """The files to copy, in memory only while they are few."""

    def __init__(self, spool: IO[bytes]) -> None:
        self._spool: Final = spool

    def add(self, file: FileToCopy) -> None:
        self._spool.write(line(file))

    def all(self) -> Iterator[FileToCopy]:
        self._spool.seek(0)
        decoder = msgspec.json.Decoder(FileToCopy)
        return (decoder.decode(each) for each in self._spool)


@dataclass(frozen=True, slots=True)
class Making:
    """An archive that is made: where it is written, the files that belong into it, and how far the work is."""

    writer: ArchiveTarget
    began_at: datetime
    copy: Callable[[FileToCopy], None]
    told: Told

    def archive(self, name: str) -> ZipArchive:
        return ZipArchive(self.writer, f"{name}-export", self.began_at)


Fill = Callable[[OneConnection, Making], Awaitable[ZipArchive]]
"""Writes everything but the bytes of files, and adds what it weighs to `told.total` first. Raises LookupError."""


async def make(settings: Settings, fill: Fill, writer: ArchiveTarget, tell: Callable[[float], None]) -> int:
    """Write the archive; returns its size in bytes. Raises LookupError if there is nothing to export."""
    storage, told = Storage(settings.files_url, settings.upload_dir), Told(tell)
    with SpooledTemporaryFile(SPOOL_BYTES) as spool:
        files = FileList(spool)
        connection = await connect(settings)
        try:
            async with reading.snapshot(connection):
                archive = await fill(connection, Making(writer, datetime.now(UTC), files.add, told))
        finally:
            await connection.close()
        await _copy(storage, archive, files, told)
        return await archive.finish()


async def _make_object(settings: Settings, file_id: UUID, fill: Fill) -> int:
    async with Storage(settings.files_url, settings.upload_dir).writing(file_id) as writer:
        return await make(settings, fill, writer, lambda share: _say(f"progress {share:.4f}"))


async def _fill(server_id: UUID, user_id: UUID, connection: OneConnection, making: Making) -> ZipArchive:
    server = await reading.server(connection, server_id)
    if server is None:
        raise LookupError("the server was deleted")
    sizes = await reading.sizes(connection, server_id)
    making.told.total = sum(messages * MESSAGE_BYTES + held for messages, held in sizes.values())
    archive = making.archive(slug(server["name"], "server"))
    contents = Contents(connection, archive, server, making.copy, making.told.add)
    await contents.write(user_id, making.began_at, sizes)
    return archive


async def _copy(storage: Storage, archive: ZipArchive, files: FileList, told: Told) -> None:
    with SpooledTemporaryFile(SPOOL_BYTES) as missing:
        for file in files.all():
            size = await storage.size(path(file.id))
            if size is None:
                missing.write(line(file))
            else:
                await archive.stream(file.path, _read(storage, file, size, told), is_compressed=False)
        missing.seek(0)
        await archive.stream("missing.jsonl", _lines(missing), is_compressed=True)


async def _read(storage: Storage, file: FileToCopy, size: int, told: Told) -> AsyncIterator[bytes]:
    async for piece in storage.read(file.id, "", 0, size):
        yield piece
        told.add(len(piece))


async def _lines(spool: IO[bytes]) -> AsyncIterator[bytes]:
    for each in spool:
        yield each


def _say(words: str) -> None:
    sys.stdout.write(f"{words}\n")
    sys.stdout.flush()


def run(file_id: UUID, fill: Fill) -> None:
    """Make an archive as the whole work of this process, at a low priority. Exits with the reason if that fails."""
    try:
        os.nice(NICENESS)
        _say(f"size {asyncio.run(_make_object(Settings.read(os.environ), file_id, fill))}")
    except Exception as error:
        sys.exit(f"{type(error).__name__}: {error}"[:300])


if __name__ == "__main__":
    server_id, user_id, file_id = map(UUID, sys.argv[1:4])
    run(file_id, partial(_fill, server_id, user_id))
