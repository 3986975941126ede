"""Files of messages. They get new ids, like everything in the file storage.

They are read from the source's directory, and accepted as if they were uploaded: checked by their content, photos lose
their metadata, and pictures get thumbnails. Quotas do not apply, since the accounts already had these files there.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from operator import attrgetter
from pathlib import Path
from typing import IO, Final
from uuid import UUID

from coterie.database.connection import Database, Row
from coterie.errors import CoterieError
from coterie.files import queries
from coterie.files.models import NewAttachment, ReceivedFile
from coterie.files.receiving import FileLimits, Files, Receiver, receiving
from coterie.files.storage import Storage
from coterie.importing import messages
from coterie.importing.mappings import SourceRow, TableMapping
from coterie.importing.message_positions import renew
from coterie.importing.tables import Table, id_of, read
from coterie.importing.together.messages import MESSAGES
from coterie.importing.work import ImportWork
from coterie.log.append import Change, lock, move
from coterie.permissions.cache import PermissionCache
from coterie.settings.record import Settings
from coterie.usage.counting import Usage

ADDRESS: Final = "/files/"
BATCH: Final = 50
"""Files stored in one transaction."""

LARGEST: Final = 52_428_800
"""Bytes of the largest file ever accepted there; the limit here may be lower for new files."""

CHUNK: Final = 1024 * 1024


class FoundUpload:
    """A file of the source's directory, on its way in."""

    def __init__(self, path: Path, filename: str) -> None:
        self.filename: Final = filename
        self._path: Final = path

    @property
    def still_to_come(self) -> int:
        return self._path.stat().st_size

    async def chunks(self) -> AsyncIterator[bytes]:
        file: IO[bytes] = await asyncio.to_thread(self._path.open, "rb")
        try:
            while chunk := await asyncio.to_thread(file.read, CHUNK):
                yield chunk
        finally:
            file.close()


Receive = Callable[[Receiver, FoundUpload], Awaitable[ReceivedFile]]


def found(directory: Path, name: str) -> Path | str:
    """A file in a directory, or why it cannot be imported. A path outside the directory is treated as missing."""
    path = directory / name
    try:
        is_there = bool(name) and path.resolve().is_relative_to(directory.resolve()) and path.is_file()
        return (path if path.stat().st_size else "its file is empty") if is_there else "its file is missing"
    except OSError as problem:
        return f"its file cannot be read: {problem.strerror}"


def files_for(settings: Settings, database: Database) -> Files:
    """Accepts files, without a quota."""
    limit = max(settings.file_limit, LARGEST)
    limits = replace(FileLimits.read(settings), file=limit, request=limit)
    return Files(database, PermissionCache(), Storage(settings.files_url, settings.upload_dir), limits, Usage(database))


async def received(row: SourceRow, what: str, place: str, owner: UUID | None, receive: Receive) -> ReceivedFile | None:
    """A file of the source's directory, accepted as if it were uploaded; None leaves the row out."""
    path, files = _path(row, place), row.work.files
    if path is None or files is None:
        return None
    upload = FoundUpload(path, row["filename"])
    try:
        async with receiving(files, owner, upload) as receiver:
            return await receive(receiver, upload)
    except CoterieError as problem:
        row.leave(f"its {what} is not accepted: {problem}", place)
        return None


def _path(row: SourceRow, place: str) -> Path | None:
    """A dry run copies no files, but notes missing ones."""
    if row.work.options.uploads is None:
        row.leave("no directory of uploads was given")
        return None
    path = found(row.work.options.uploads, place)
    if isinstance(path, str):
        row.leave(path, place)
        return None
    if row.work.files is None:
        row.leave("its file exists; a dry run copies none")
    return path


async def _attachments(work: ImportWork, rows: list[SourceRow]) -> list[NewAttachment | None]:
    found = await messages.found(work, MESSAGES, [each["message_id"] for each in rows])
    held = await work.connection.fetch(
        "SELECT id, channel_id, author_id FROM messages WHERE id = ANY($1) AND deleted_at IS NULL",
        [row["id"] for row in found.values()],
    )
    standing = {row["id"]: row for row in held}
    there = {old: standing[row["id"]] for old, row in found.items() if row["id"] in standing}
    return [await _attachment(each, there.get(each["message_id"])) for each in rows]


async def _attachment(row: SourceRow, message: Row | None) -> NewAttachment | None:
    if message is None:
        row.leave("its message does not exist or was deleted")
        return None
    place = (row["url"] or "").removeprefix(ADDRESS)
    file = await received(row, "file", place, message["author_id"], Receiver.take)
    return NewAttachment(file, message["id"], row["created_at"]) if file else None


async def _attach(work: ImportWork, made: list[NewAttachment]) -> list[Change]:
    """The files are copied by now; each of their messages changes at one position of its channel."""
    await queries.attach(work.connection, made)
    changed = [each.message_id for each in made]
    rows = await work.connection.fetch("SELECT id, channel_id FROM messages WHERE id = ANY($1)", changed)
    reached = await lock(work.connection, {row["channel_id"] for row in rows})
    renewed = []
    for row in rows:
        reached[row["channel_id"]] += 1
        renewed.append((row["id"], 0, reached[row["channel_id"]]))
    await renew(work.connection, renewed)
    await move(work.connection, reached)
    return []


attachments: Final = TableMapping[NewAttachment](
    "attachments",
    reads={"message_id": id_of(MESSAGES), **read(Table.text, "filename", "url")},
    make=_attachments,
    store=_attach,
    find=lambda here, ids: here.fetch("SELECT id FROM attachments WHERE id = ANY($1)", ids),
    became=attrgetter("file.id"),
    batch=BATCH,
)
