"""Receive files. An upload is recorded before its first byte is stored, with a time at which it expires.

So the storage never contains anything that the database does not know, and a file that nothing refers to is removed
even if this process dies. An upload's share of the account's quota is reserved before the bytes arrive, under a lock on
the account, so that parallel uploads cannot exceed the quota together.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import IO, Final, Protocol, Self
from uuid import UUID

from coterie import errors
from coterie.database.connection import Database
from coterie.database.trouble import TROUBLE
from coterie.errors import CoterieError
from coterie.files import names, queries
from coterie.files.content import EVERY_TYPE, HEAD_BYTES, PICTURES, AcceptedTypes, Judge
from coterie.files.errors import EMPTY_FILE, FILE_INFECTED, FILE_TOO_LARGE, FILE_TYPE_NOT_ALLOWED, UNREADABLE_PICTURE
from coterie.files.models import FileRules, ReceivedFile
from coterie.files.pictures import PictureKind, Pictures
from coterie.files.scanning import Scanner, scanner_at
from coterie.files.storage import THUMBNAIL, Storage
from coterie.identifiers import new_id
from coterie.messages.enforcing import Enforce, only_refuse
from coterie.permissions.cache import PermissionCache
from coterie.security_events.actions import count
from coterie.settings.record import Settings
from coterie.usage import queries as usage_queries
from coterie.usage.counting import Usage

LEASE: Final = timedelta(hours=2)
"""An upload that has not become part of something by then expires."""

UPLOAD_SECONDS: Final = 3600.0
"""The time limit for one request; shorter than the lease, so that no file is removed during its upload."""

SCRATCH_BYTES: Final = 1024 * 1024


@dataclass(frozen=True, slots=True)
class FileLimits:
    """What is accepted: sizes in bytes, how many files a message can have, of which types, and what scans them."""

    file: int
    request: int
    files_per_message: int
    types: AcceptedTypes = EVERY_TYPE
    scanner: Scanner | None = None

    @classmethod
    def read(cls, settings: Settings) -> Self:
        return cls(
            settings.file_limit,
            settings.upload_limit,
            settings.files_per_message,
            AcceptedTypes.read(settings.file_types_added, settings.file_types_refused, settings.file_types_only),
            scanner_at(settings.scanner, settings.scanner_timeout, is_required=settings.scanner_required),
        )

    @property
    def rules(self) -> FileRules:
        """As clients learn them."""
        return FileRules(self.file, self.request, self.files_per_message, self.types.listed)


class Upload(Protocol):
    """An incoming file; its bytes can be read once."""

    @property
    def filename(self) -> str | None: ...

    def chunks(self) -> AsyncIterator[bytes]: ...


class FormSource(Protocol):
    """A source of files. `still_to_come` is an upper bound of the bytes that have not been read yet."""

    @property
    def still_to_come(self) -> int: ...


@dataclass(frozen=True)
class Files:
    """What the actions on files need."""

    database: Database
    permissions: PermissionCache
    storage: Storage
    limits: FileLimits
    usage: Usage
    enforce: Enforce = only_refuse
    pictures: Pictures = field(default_factory=Pictures)

    @classmethod
    def of(
        cls, settings: Settings, database: Database, permissions: PermissionCache, usage: Usage, enforce: Enforce
    ) -> Self:
        storage = Storage(settings.files_url, settings.upload_dir)
        return cls(database, permissions, storage, FileLimits.read(settings), usage, enforce)


class Receiver:
    """Receives the files of one request for one account (None if it was deleted)."""

    def __init__(self, files: Files, owner_id: UUID | None, form: FormSource) -> None:
        self._files: Final = files
        self._owner_id: Final = owner_id
        self._form: Final = form
        self.begun: Final[list[UUID]] = []

    async def take(self, part: Upload) -> ReceivedFile:
        """Store a part of the form; returns when it is whole."""
        incoming = Incoming(part, self._files.limits, self._files.limits.file)
        await incoming.begin()
        file_id = new_id()
        await self._reserve(file_id, min(self._files.limits.file, self._form.still_to_come + len(incoming.head)))
        received = await self._store(file_id, incoming)
        thumbnail = received.picture.thumbnail_size if received.picture else None
        await queries.set_size(self._files.database, file_id, received.size + (thumbnail or 0))
        return received

    async def draw(self, part: Upload, kind: PictureKind, limit: int) -> ReceivedFile:
        """Store a picture encoded again and scaled down; raises UNREADABLE_PICTURE. `limit` is in bytes."""
        incoming = Incoming(part, self._files.limits, limit)
        await incoming.begin()
        if incoming.judge.mime_type not in PICTURES:
            raise CoterieError(FILE_TYPE_NOT_ALLOWED)
        file_id = new_id()
        storage = self._files.storage
        with storage.scratch() as source, storage.scratch() as target:
            await spool(incoming.chunks(), source)
            await self._scan(source)
            picture = await self._files.pictures.draw(kind, source, target)
            if picture is None:
                raise CoterieError(UNREADABLE_PICTURE)
            await self._reserve(file_id, picture.file_size)
            await storage.put(file_id, "", target)
        return ReceivedFile(file_id, names.shown(part.filename), "image/webp", picture.file_size, picture)

    async def _store(self, file_id: UUID, incoming: "Incoming") -> ReceivedFile:
        if incoming.judge.mime_type in PICTURES:
            return await self._store_picture(file_id, incoming)
        if self._files.limits.scanner:
            await self._store_scanned(file_id, incoming)
        else:
            async with self._files.storage.writing(file_id) as writer:
                async for chunk in incoming.chunks():
                    await writer.write(chunk)
        return ReceivedFile(file_id, incoming.filename, incoming.judge.mime_type, incoming.size, None)

    async def _store_scanned(self, file_id: UUID, incoming: "Incoming") -> None:
        """Through an unnamed temporary file, so that nothing is stored that was not scanned."""
        with self._files.storage.scratch() as source:
            await spool(incoming.chunks(), source)
            await self._scan(source)
            await self._files.storage.put(file_id, "", source)

    async def _scan(self, file: IO[bytes]) -> None:
        """Raises FILE_INFECTED, FILE_TOO_LARGE or SCANNER_UNAVAILABLE."""
        scanner = self._files.limits.scanner
        signature = await scanner.signature_in(file) if scanner else None
        if signature is not None:
            count("file.infected", self._owner_id, signature=signature)
            raise CoterieError(FILE_INFECTED)

    async def _store_picture(self, file_id: UUID, incoming: "Incoming") -> ReceivedFile:
        """Through an unnamed temporary file, since a picture is checked and cleaned before it is stored."""
        storage = self._files.storage
        with storage.scratch() as source, storage.scratch() as cleaned, storage.scratch() as thumbnail:
            await spool(incoming.chunks(), source)
            await self._scan(source)
            picture = await self._files.pictures.examine(source, cleaned, thumbnail)
            await storage.put(file_id, "", cleaned if picture else source)
            if picture and picture.thumbnail_size:
                await storage.put(file_id, THUMBNAIL, thumbnail)
        size = picture.file_size if picture else incoming.size
        return ReceivedFile(file_id, incoming.filename, incoming.judge.mime_type, size, picture)

    async def _reserve(self, file_id: UUID, size: int) -> None:
        files, owner = self._files, self._owner_id
        quota = files.usage.limit(owner, "storage_bytes") if owner else None
        async with files.database.acquire() as connection, connection.transaction():
            if quota is not None and owner is not None:
                await queries.lock_account(connection, owner)
                if await usage_queries.stored_bytes(connection, owner) + size > quota:
                    raise CoterieError(errors.QUOTA_EXCEEDED)
            await queries.announce(connection, file_id, owner, size, datetime.now(UTC) + LEASE)
        self.begun.append(file_id)


class Incoming:
    """An incoming file: its beginning has been checked, the rest is still to come."""

    judge: Judge

    def __init__(self, part: Upload, limits: FileLimits, size_limit: int) -> None:
        self.part: Final = part
        self.head = b""
        self.size = 0
        self._types: Final = limits.types
        self._limit: Final = size_limit
        self._rest: Final = part.chunks()

    async def begin(self) -> None:
        """Read enough to know its type; raises EMPTY_FILE or FILE_TYPE_NOT_ALLOWED."""
        async for chunk in self._rest:
            self.head += chunk
            if len(self.head) >= HEAD_BYTES:
                break
        if not self.head:
            raise CoterieError(EMPTY_FILE)
        self.judge = Judge(self.head[:HEAD_BYTES], self._types)

    @property
    def filename(self) -> str:
        """Once the last byte has arrived: the ending of its type replaces one that systems execute."""
        return names.defused(names.shown(self.part.filename), self.judge.mime_type)

    async def chunks(self) -> AsyncIterator[bytes]:
        """All of its bytes, checked and counted; raises FILE_TOO_LARGE."""
        yield self._seen(self.head)
        async for chunk in self._rest:
            yield self._seen(chunk)
        self.judge.see(b"", is_last=True)

    def _seen(self, chunk: bytes) -> bytes:
        self.size += len(chunk)
        if self.size > self._limit:
            raise CoterieError(FILE_TOO_LARGE, f"A file can have at most {self._limit} bytes.")
        self.judge.see(chunk)
        return chunk


@asynccontextmanager
async def receiving(files: Files, owner_id: UUID | None, form: FormSource) -> AsyncIterator[Receiver]:
    """The files received within this block are released for removal if it fails."""
    receiver = Receiver(files, owner_id, form)
    try:
        async with asyncio.timeout(UPLOAD_SECONDS) as deadline:
            yield receiver
    except BaseException as error:
        with suppress(*TROUBLE):  # the lease expires by itself
            await queries.give_up(files.database, receiver.begun)
        if isinstance(error, TimeoutError) and deadline.expired():
            raise CoterieError(errors.UPLOAD_TIMEOUT) from None
        raise


async def spool(chunks: AsyncIterator[bytes], target: IO[bytes]) -> None:
    """Write a file to disk, off the event loop, a megabyte at a time."""
    collected = bytearray()
    async for chunk in chunks:
        collected += chunk
        if len(collected) >= SCRATCH_BYTES:
            await asyncio.to_thread(target.write, collected)
            collected = bytearray()
    await asyncio.to_thread(target.write, collected)
    await asyncio.to_thread(target.flush)
