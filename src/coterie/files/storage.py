"""File storage: a local directory, or an object store by its URL. Each object has one flat name.

An object is invisible until it is written completely; what a killed process left half-written is removed with it.

obstore is one small interface to directories, S3, Google and Azure, without threads of ours. Killed while it writes
to a directory, it leaves `name#1`, which is removed with the object; unfinished multipart uploads in an object store
need a lifecycle rule of the store. Tests use a directory, since neither PyPI nor Debian has a simple S3 server. An
imitation of S3, tried by hand, worked with small files, many parts, ranges and removals; an unreachable address failed
after half a second.
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
from coterie.files.errors import STORAGE_UNAVAILABLE

if TYPE_CHECKING:
    from obstore import AsyncWritableFile
    from obstore.store import ObjectStore, RetryConfig

THUMBNAIL: Final = "-thumbnail"
PARTS: Final = ("", THUMBNAIL)
LOCAL_PART_BYTES: Final = 1024 * 1024
REMOTE_PART_BYTES: Final = 5 * 1024 * 1024
"""The smallest part that S3 takes. One is collected while another is sent: an upload needs this memory twice."""

RETRY: Final["RetryConfig"] = {"max_retries": 3, "retry_timeout": timedelta(seconds=15)}
"""For requests to an object store; by default it would retry for minutes while a user waits."""

log = structlog.get_logger(__name__)


class Storage:
    """The objects. Raises STORAGE_UNAVAILABLE if the store fails, and NOT_FOUND for a missing object."""

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
        """An unnamed file, which disappears with this process, however that ends.

        It is beside the objects if they are on this machine, else where the system keeps temporary files.
        """
        with _log_failures():
            if self._directory is not None:
                self._directory.mkdir(parents=True, exist_ok=True)
            return tempfile.TemporaryFile(dir=self._directory)

    @asynccontextmanager
    async def writing(self, file_id: UUID) -> AsyncIterator["AsyncWritableFile"]:
        """A new object, which exists when the block ends, unless it ends with an error."""
        async with self.writing_as(path(file_id)) as writer:
            yield writer

    @asynccontextmanager
    async def writing_as(self, name: str) -> AsyncIterator["AsyncWritableFile"]:
        """The same by the object's name."""
        with _log_failures():
            writer = obstore.open_writer_async(self._store, name, buffer_size=self.part_bytes, max_concurrency=1)
            yield writer
            await writer.close()

    async def put(self, file_id: UUID, part: str, source: IO[bytes]) -> None:
        source.seek(0)
        with _log_failures():
            await obstore.put_async(
                self._store, path(file_id, part), source, chunk_size=self.part_bytes, max_concurrency=1
            )

    async def read(self, file_id: UUID, part: str, start: int, end: int) -> AsyncIterator[bytes]:
        """The bytes from `start` up to but not including `end`.

        They are requested piece by piece, so that a slow reader cannot run into a timeout of the store.
        """
        while start < end:
            piece = min(end, start + self.part_bytes)
            yield await self.piece(path(file_id, part), start, piece)
            start = piece

    async def piece(self, name: str, start: int, end: int) -> bytes:
        """Some bytes of an object, by its name; raises NOT_FOUND."""
        with _log_failures():
            try:
                return bytes(await obstore.get_range_async(self._store, name, start=start, end=end))
            except FileNotFoundError:
                log.warning("files.missing", object=name)
                raise CoterieError(errors.NOT_FOUND) from None

    async def size(self, name: str) -> int | None:
        """The size of an object in bytes, by its name; None if it does not exist."""
        with _log_failures():
            try:
                return (await obstore.head_async(self._store, name))["size"]
            except FileNotFoundError:
                return None

    async def names(self) -> AsyncIterator[str]:
        """The names of all objects, in no order. A directory that does not exist has none, and is not created."""
        if self._directory is not None and not self._directory.exists():
            return
        with _log_failures():
            async for batch in obstore.list(self._store):
                for each in batch:
                    yield each["path"]

    async def discard(self, name: str) -> None:
        with _log_failures():
            await obstore.delete_async(self._store, name)

    async def remove(self, file_id: UUID) -> None:
        """Remove an object with all its parts; a missing object is not an error."""
        for part in PARTS:
            with _log_failures():
                try:
                    await obstore.delete_async(self._store, path(file_id, part))
                except FileNotFoundError:
                    continue
        if self._directory is not None:
            place = self._directory / path(file_id)
            await asyncio.to_thread(_remove_unfinished, place.parent, f"{place.name}*#*")

    async def clear_unfinished(self) -> None:
        """Remove what killed processes left half-written, while no other process writes."""
        if self._directory is not None:
            await asyncio.to_thread(_remove_unfinished, self._directory, "**/*#*")


def probe(url: str) -> None:
    """Write, read and remove a small object, or raise the store's error."""
    store, name = from_url(url, retry_config=RETRY), "coterie-doctor"
    obstore.put(store, name, b"Written by `coterie doctor`; it may be removed.")
    obstore.get_range(store, name, start=0, length=1)
    obstore.delete(store, name)


def path(file_id: UUID, part: str = "") -> str:
    """An object's name. The last digits are random, and spread the objects over 256 directories."""
    return f"{file_id.hex[-2:]}/{file_id}{part}"


def _remove_unfinished(place: Path, pattern: str) -> None:
    """Remove what a process that was killed while writing left: the store writes under a name with a #."""
    for leftover in place.glob(pattern):
        leftover.unlink(missing_ok=True)


@contextmanager
def _log_failures() -> Iterator[None]:
    """Log failures of the store for the operator; the client is asked to try again."""
    try:
        yield
    except (BaseError, OSError) as error:
        log.error("files.storage", error=type(error).__name__, reason=str(error).partition("\n")[0])
        raise CoterieError(STORAGE_UNAVAILABLE, retry_after=5) from None
