"""Taking files in. An upload is noted before its first byte is stored, with a time after which it counts as given up.

So nothing is ever in the storage of which the database does not know, and whatever happens to this process, a file
that nothing came to refer to is removed. What an account may keep is reserved before the bytes come, under a lock of
the account, so that many uploads at once cannot pass the quota together.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import IO, Final, Protocol
from uuid import UUID

from coterie import errors
from coterie.database.connection import Database
from coterie.database.trouble import TROUBLE
from coterie.errors import CoterieError
from coterie.files import names, queries
from coterie.files.content import HEAD_BYTES, PICTURES, Judge
from coterie.files.models import ReceivedFile
from coterie.files.pictures import Drawing, Pictures
from coterie.files.storage import THUMBNAIL, Storage
from coterie.identifiers import new_id
from coterie.permissions.rights import Rights
from coterie.usage.counting import Usage

LEASE: Final = timedelta(hours=2)
"""An upload that has not become part of something by then is given up."""

UPLOAD_SECONDS: Final = 3600.0
"""One request may take so long; shorter than the lease, so that no file goes away under its upload."""

SCRATCH_BYTES: Final = 1024 * 1024


@dataclass(frozen=True, slots=True)
class FileLimits:
    """In bytes, but for `files_per_message`."""

    file: int
    request: int
    files_per_message: int


class Upload(Protocol):
    """A file on its way in; its bytes can be read once."""

    @property
    def filename(self) -> str | None: ...

    def chunks(self) -> AsyncIterator[bytes]: ...


class Coming(Protocol):
    """What files come in: at most so many bytes have not been read yet."""

    @property
    def still_to_come(self) -> int: ...


class Files:
    """What the actions on files work with."""

    def __init__(self, database: Database, rights: Rights, storage: Storage, limits: FileLimits, usage: Usage) -> None:
        self.database: Final = database
        self.rights: Final = rights
        self.storage: Final = storage
        self.limits: Final = limits
        self.usage: Final = usage
        self.pictures: Final = Pictures()


class Receiver:
    """Takes the files of one request in, for one account (or nobody's, where it is gone)."""

    def __init__(self, files: Files, owner_id: UUID | None, form: Coming) -> None:
        self._files: Final = files
        self._owner_id: Final = owner_id
        self._form: Final = form
        self.begun: Final[list[UUID]] = []

    async def take(self, part: Upload) -> ReceivedFile:
        """Store a part of the form; returns when it is whole."""
        incoming = Incoming(part, self._files.limits.file)
        await incoming.begin()
        file_id = new_id()
        await self._reserve(file_id, min(self._files.limits.file, self._form.still_to_come + len(incoming.head)))
        received = await self._store(file_id, incoming)
        thumbnail = received.picture.thumbnail_size if received.picture else None
        await queries.set_size(self._files.database, file_id, received.size + (thumbnail or 0))
        return received

    async def draw(self, part: Upload, deed: Drawing, limit: int) -> ReceivedFile:
        """Store a picture drawn anew and small; raises UNREADABLE_PICTURE. `limit` is in bytes."""
        incoming = Incoming(part, limit)
        await incoming.begin()
        if incoming.judge.mime_type not in PICTURES:
            raise CoterieError(errors.FILE_TYPE_NOT_ALLOWED)
        file_id = new_id()
        storage = self._files.storage
        with storage.scratch() as source, storage.scratch() as target:
            await spool(incoming.chunks(), source)
            picture = await self._files.pictures.draw(deed, source, target)
            if picture is None:
                raise CoterieError(errors.UNREADABLE_PICTURE)
            await self._reserve(file_id, picture.file_size)
            await storage.put(file_id, "", target)
        return ReceivedFile(file_id, names.shown(part.filename), "image/webp", picture.file_size, picture)

    async def _store(self, file_id: UUID, incoming: "Incoming") -> ReceivedFile:
        filename = names.shown(incoming.part.filename)
        if incoming.judge.mime_type in PICTURES:
            return await self._store_picture(file_id, filename, incoming)
        async with self._files.storage.writing(file_id) as writer:
            async for chunk in incoming.chunks():
                await writer.write(chunk)
        return ReceivedFile(file_id, filename, incoming.judge.mime_type, incoming.size, None)

    async def _store_picture(self, file_id: UUID, filename: str, incoming: "Incoming") -> ReceivedFile:
        """By way of a nameless temporary file, since a picture is looked at, and cleaned, before it is stored."""
        storage = self._files.storage
        with storage.scratch() as source, storage.scratch() as cleaned, storage.scratch() as thumbnail:
            await spool(incoming.chunks(), source)
            picture = await self._files.pictures.examine(source, cleaned, thumbnail)
            await storage.put(file_id, "", cleaned if picture else source)
            if picture and picture.thumbnail_size:
                await storage.put(file_id, THUMBNAIL, thumbnail)
        size = picture.file_size if picture else incoming.size
        return ReceivedFile(file_id, filename, incoming.judge.mime_type, size, picture)

    async def _reserve(self, file_id: UUID, size: int) -> None:
        files, owner = self._files, self._owner_id
        quota = files.usage.limit(owner, "storage_bytes") if owner else None
        async with files.database.acquire() as connection, connection.transaction():
            if quota is not None and owner is not None:
                await queries.lock_account(connection, owner)
                if await queries.kept_bytes(connection, owner) + size > quota:
                    raise CoterieError(errors.QUOTA_EXCEEDED)
            await queries.announce(connection, file_id, owner, size, datetime.now(UTC) + LEASE)
        self.begun.append(file_id)


class Incoming:
    """A file on its way in: its beginning has been judged, its end is still to come."""

    judge: Judge

    def __init__(self, part: Upload, limit: int) -> None:
        self.part: Final = part
        self.head = b""
        self.size = 0
        self._limit: Final = limit
        self._rest: Final = part.chunks()

    async def begin(self) -> None:
        """Read enough to know what it is; raises EMPTY_FILE or FILE_TYPE_NOT_ALLOWED."""
        async for chunk in self._rest:
            self.head += chunk
            if len(self.head) >= HEAD_BYTES:
                break
        if not self.head:
            raise CoterieError(errors.EMPTY_FILE)
        self.judge = Judge(self.head[:HEAD_BYTES])

    async def chunks(self) -> AsyncIterator[bytes]:
        """All of its bytes, judged and counted; raises FILE_TOO_LARGE."""
        yield self._seen(self.head)
        async for chunk in self._rest:
            yield self._seen(chunk)
        self.judge.see(b"", is_last=True)

    def _seen(self, chunk: bytes) -> bytes:
        self.size += len(chunk)
        if self.size > self._limit:
            raise CoterieError(errors.FILE_TOO_LARGE, f"A file may have {self._limit} bytes at most.")
        self.judge.see(chunk)
        return chunk


@asynccontextmanager
async def receiving(files: Files, owner_id: UUID | None, form: Coming) -> AsyncIterator[Receiver]:
    """The files taken in within this block are given up if it fails."""
    receiver = Receiver(files, owner_id, form)
    try:
        async with asyncio.timeout(UPLOAD_SECONDS) as deadline:
            yield receiver
    except BaseException as error:
        with suppress(*TROUBLE):  # the lease ends by itself
            await queries.give_up(files.database, receiver.begun)
        if isinstance(error, TimeoutError) and deadline.expired():
            raise CoterieError(errors.UPLOAD_TIMEOUT) from None
        raise


async def spool(chunks: AsyncIterator[bytes], target: IO[bytes]) -> None:
    """Write a file down, off the event loop, a megabyte at a time."""
    collected = bytearray()
    async for chunk in chunks:
        collected += chunk
        if len(collected) >= SCRATCH_BYTES:
            await asyncio.to_thread(target.write, collected)
            collected = bytearray()
    await asyncio.to_thread(target.write, collected)
    await asyncio.to_thread(target.flush)
