"""Where the bytes are: a local directory, or an object store by its URL. One flat name for each object.

Writing is invisible until it is finished; what a killed process left half-written is cleared with the object.
"""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import timedelta
from functools import cached_property
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final
from uuid import UUID

import obstore
import structlog
from obstore.exceptions import BaseError
from obstore.store import LocalStore, from_url

from coterie import errors
from coterie.errors import CoterieError

if TYPE_CHECKING:
    from obstore import AsyncWritableFile
    from obstore.store import ObjectStore, RetryConfig

THUMBNAIL: Final = "-thumbnail"
PARTS: Final = ("", THUMBNAIL)
LOCAL_PART_BYTES: Final = 1024 * 1024
REMOTE_PART_BYTES: Final = 5 * 1024 * 1024
"""S3 takes no smaller part. One is collected while another is under way: so much memory an upload takes."""

RETRY: Final["RetryConfig"] = {"max_retries": 3, "retry_timeout": timedelta(seconds=15)}
"""Of requests to an object store; by itself it would go on for minutes, with somebody waiting."""

log = structlog.get_logger(__name__)


class Storage:
    """The objects. Raises STORAGE_UNAVAILABLE when the store fails; a missing object is NOT_FOUND."""

    def __init__(self, url: str, directory: Path) -> None:
        self._url: Final = url
        self._directory: Final = None if url else directory.absolute()
        self.part_bytes: Final = REMOTE_PART_BYTES if url else LOCAL_PART_BYTES

    @cached_property
    def _store(self) -> "ObjectStore":
        if self._directory is None:
            return from_url(self._url, retry_config=RETRY)
        self._directory.mkdir(parents=True, exist_ok=True)
        return LocalStore(self._directory)

    def scratch(self) -> IO[bytes]:
        """A file without a name: it is gone with this process, however that ends.

        It lies beside the objects if they are on this machine, else where the system keeps temporary files.
        """
        with _told():
            if self._directory is not None:
                self._directory.mkdir(parents=True, exist_ok=True)
            return tempfile.TemporaryFile(dir=self._directory)

    @asynccontextmanager
    async def writing(self, file_id: UUID) -> AsyncIterator["AsyncWritableFile"]:
        """A new object, which is there when the block ends; not if it ends with an error."""
        async with self.writing_as(path(file_id)) as writer:
            yield writer

    @asynccontextmanager
    async def writing_as(self, name: str) -> AsyncIterator["AsyncWritableFile"]:
        """The same by the object's name."""
        with _told():
            writer = obstore.open_writer_async(self._store, name, buffer_size=self.part_bytes, max_concurrency=1)
            yield writer
            await writer.close()

    async def put(self, file_id: UUID, part: str, source: IO[bytes]) -> None:
        """Store the whole of an open file."""
        source.seek(0)
        with _told():
            await obstore.put_async(
                self._store, path(file_id, part), source, chunk_size=self.part_bytes, max_concurrency=1
            )

    async def read(self, file_id: UUID, part: str, start: int, end: int) -> AsyncIterator[bytes]:
        """The bytes from `start` up to but not including `end`.

        Piece by piece: how fast the reader takes them is then nothing that the store could tire of.
        """
        while start < end:
            piece = min(end, start + self.part_bytes)
            yield await self.piece(path(file_id, part), start, piece)
            start = piece

    async def piece(self, name: str, start: int, end: int) -> bytes:
        """Some bytes of an object by its name; raises NOT_FOUND."""
        with _told():
            try:
                return bytes(await obstore.get_range_async(self._store, name, start=start, end=end))
            except FileNotFoundError:
                log.warning("files.missing", object=name)
                raise CoterieError(errors.NOT_FOUND) from None

    async def size(self, name: str) -> int | None:
        """The bytes of an object by its name; None if it is not there."""
        with _told():
            try:
                return (await obstore.head_async(self._store, name))["size"]
            except FileNotFoundError:
                return None

    async def names(self) -> AsyncIterator[str]:
        """What is in it, in no order."""
        with _told():
            async for batch in obstore.list(self._store):
                for each in batch:
                    yield each["path"]

    async def discard(self, name: str) -> None:
        """Remove one object by its name."""
        with _told():
            await obstore.delete_async(self._store, name)

    async def remove(self, file_id: UUID) -> None:
        """Remove an object with all its parts; one that is not there is fine."""
        for part in PARTS:
            with _told():
                try:
                    await obstore.delete_async(self._store, path(file_id, part))
                except FileNotFoundError:
                    continue
        if self._directory is not None:
            place = self._directory / path(file_id)
            await asyncio.to_thread(_remove_unfinished, place.parent, f"{place.name}*#*")

    async def clear_unfinished(self) -> None:
        """Remove whatever killed processes left half-written, while nobody else writes."""
        if self._directory is not None:
            await asyncio.to_thread(_remove_unfinished, self._directory, "**/*#*")


def probe(url: str) -> None:
    """Write, read and remove a small object, or raise what the store says."""
    store, name = from_url(url, retry_config=RETRY), "coterie-doctor"
    obstore.put(store, name, b"Written by `coterie doctor`; it may be removed.")
    obstore.get_range(store, name, start=0, length=1)
    obstore.delete(store, name)


def path(file_id: UUID, part: str = "") -> str:
    """An object's name. The last digits are random, and spread the objects over 256 directories."""
    return f"{file_id.hex[-2:]}/{file_id}{part}"


def _remove_unfinished(place: Path, pattern: str) -> None:
    """What a process that was killed in the middle of writing left: the store writes under a name with a #."""
    for leftover in place.glob(pattern):
        leftover.unlink(missing_ok=True)


@contextmanager
def _told() -> Iterator[None]:
    """Failures of the store are the operator's to see, and the client's to try again."""
    try:
        yield
    except (BaseError, OSError) as error:
        log.error("files.storage", error=type(error).__name__, reason=str(error).partition("\n")[0])
        raise CoterieError(errors.STORAGE_UNAVAILABLE, retry_after=5) from None
