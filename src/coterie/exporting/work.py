"""Makes the archive of a server: a process of its own, so that no request waits for it and its memory ends with it.

`python -m coterie.exporting.work SERVER USER FILE`, with the settings in its environment. It writes how far it is, and
at last the size of the archive, on its standard output, and ends when nobody reads that any more.

Everything but the bytes of the files is read in one transaction, which sees the database as of one moment. The files
come behind it, so that no old moment is held while they are copied; what was removed meanwhile is listed in
`missing.jsonl`.
"""

import asyncio
import os
import sys
import time
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from tempfile import SpooledTemporaryFile
from typing import IO, Final
from uuid import UUID

import msgspec

from coterie.database.pool import connect
from coterie.exporting import reading
from coterie.exporting.archive import ZipArchive
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
    """How far the work is, on the standard output."""

    def __init__(self) -> None:
        self.total = 0
        self._done = 0
        self._told_at = 0.0

    def add(self, weight: int) -> None:
        self._done += weight
        if time.monotonic() - self._told_at >= TOLD_SECONDS:
            self._told_at = time.monotonic()
            _say(f"progress {min(1, self._done / max(1, self.total)):.4f}")


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


async def make(settings: Settings, server_id: UUID, user_id: UUID, file_id: UUID) -> int:
    """Write the archive as the object `file_id`; returns its size in bytes. Raises LookupError without the server."""
    storage = Storage(settings.files_url, settings.upload_dir)
    told, now = Told(), datetime.now(UTC)
    with SpooledTemporaryFile(SPOOL_BYTES) as spool:
        files = FileList(spool)
        async with storage.writing(file_id) as writer:
            connection = await connect(settings)
            try:
                async with reading.snapshot(connection):
                    server = await reading.server(connection, server_id)
                    if server is None:
                        raise LookupError("the server was deleted")
                    sizes = await reading.sizes(connection, server_id)
                    told.total = sum(messages * MESSAGE_BYTES + held for messages, held in sizes.values())
                    archive = ZipArchive(writer, f"{slug(server['name'], 'server')}-export", now)
                    await Contents(connection, archive, server, files.add, told.add).write(user_id, now, sizes)
            finally:
                await connection.close()
            await _copy(storage, archive, files, told)
            return await archive.finish()


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


if __name__ == "__main__":
    try:
        os.nice(NICENESS)
        _say(f"size {asyncio.run(make(Settings.read(os.environ), *map(UUID, sys.argv[1:4])))}")
    except Exception as error:
        sys.exit(f"{type(error).__name__}: {error}"[:300])
