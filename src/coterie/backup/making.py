"""Makes a backup while Coterie runs.

Database and files match for this reason: the database is dumped as of one moment, and a file that it names at that
moment was stored before, never changes, and is not deleted until it is copied, since deletions are paused from before
that moment. So the files can be copied after the database, without hurry.
"""

import asyncio
import contextlib
import tempfile
from collections import deque
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Final, NamedTuple

import asyncpg
import msgspec

from coterie import __version__
from coterie.backup import programs, queries
from coterie.backup.archive import ArchiveWriter, ByteFile, Progress, draft
from coterie.backup.encryption import EncryptedFile
from coterie.backup.keys import BackupKeys
from coterie.backup.manifest import (
    DATABASE,
    FILES,
    FOLDER,
    MANIFEST,
    MISSING,
    FileCount,
    Manifest,
    Schema,
    StoredObject,
)
from coterie.backup.progress import Steps
from coterie.backup.seal import add_seal
from coterie.database import migrate
from coterie.database.connecting import connect
from coterie.database.connection import OneConnection
from coterie.files.storage import THUMBNAIL, Storage
from coterie.identifiers import new_id
from coterie.log import epochs
from coterie.process.refusals import Exit, Refusal
from coterie.settings.record import Settings

AHEAD: Final = 8
"""Files whose beginnings are fetched while another is written; each holds at most one part in memory."""

NAME: Final = "coterie-%Y-%m-%dT%H%M%SZ.tar"


@dataclass(frozen=True, slots=True)
class MadeBackup:
    """A finished backup; `missing` are files that the storage did not have, or not as the database describes them."""

    path: Path
    size: int
    manifest: Manifest
    missing: int


@dataclass(frozen=True, slots=True)
class BackupOrder:
    """What to back up, and the file to write, which must not exist yet."""

    settings: Settings
    target: Path
    has_files: bool = True


def named(target: Path, now: datetime) -> Path:
    """The file to write; in a directory, a file named after the time. Raises Refusal if it exists."""
    path = target / now.astimezone(UTC).strftime(NAME) if target.is_dir() else target
    if path.exists():
        raise Refusal(Exit.NOT_EMPTY, f"{path} already exists and is not overwritten; choose another file")
    if not path.absolute().parent.is_dir():
        raise Refusal(Exit.NOT_FOUND, f"{path.absolute().parent} does not exist; create the directory first")
    return path


async def make(order: BackupOrder, steps: Steps) -> MadeBackup:
    """Write a backup. Raises Refusal; the file exists under its name only if it is complete."""
    keys = BackupKeys.of(order.settings)
    try:
        async with _holding(order.settings) as holding:
            with draft(order.target) as file, tempfile.TemporaryFile() as sums:
                writer = ArchiveWriter(_encrypted(file, keys), sums)
                manifest, missing = await _write(order, writer, steps)
                add_seal(writer, keys)
                writer.finish()
                await _is_held(holding)
    except BlockingIOError as problem:
        raise Refusal(
            Exit.NOT_EMPTY, f"{order.target} is being written by another process; wait until it is done"
        ) from problem
    except OSError as problem:
        raise Refusal(Exit.FAILED, f"{order.target} cannot be written: {problem.strerror or problem}") from problem
    return MadeBackup(order.target, order.target.stat().st_size, manifest, missing)


def _encrypted(file: IO[bytes], keys: BackupKeys) -> ByteFile:
    """The file to write into; what is written is encrypted if there is a key."""
    return EncryptedFile.create(file, keys.backup_key) if keys.backup_key else file


@contextlib.asynccontextmanager
async def _holding(settings: Settings) -> AsyncIterator[OneConnection]:
    connection = await connect(settings)
    try:
        async with connection.transaction():
            await queries.hold_removals(connection)
            yield connection
    finally:
        await connection.close(timeout=2)


async def _is_held(connection: OneConnection) -> None:
    try:
        await connection.execute("SELECT 1")
    except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError) as problem:
        sentence = "the database connection was lost, so files may have been removed meanwhile; make the backup again"
        raise Refusal(Exit.DATABASE_UNREACHABLE, sentence) from problem


async def _write(order: BackupOrder, writer: ArchiveWriter, steps: Steps) -> tuple[Manifest, int]:
    with tempfile.TemporaryFile() as listed:
        manifest = await _write_database(order, writer, listed, steps)
        if manifest.files is None:
            missing = 0
        else:
            progress = steps.step(f"Copying {manifest.files.count:,} files", manifest.files.bytes)
            missing = await _write_files(order.settings, writer, listed, progress)
    return manifest, missing


async def _write_database(order: BackupOrder, writer: ArchiveWriter, listed: IO[bytes], steps: Steps) -> Manifest:
    connection = await connect(order.settings)
    try:
        async with connection.transaction(isolation="repeatable_read"):
            await queries.unbounded(connection)
            snapshot = await queries.snapshot(connection)
            steps.step("Counting")
            files = await _list_files(connection, listed) if order.has_files else None
            fitting = programs.fitting(connection.get_server_version().major)
            manifest = await _manifest(connection, fitting.major, files)
            writer.add(MANIFEST, msgspec.json.format(msgspec.json.encode(manifest)))
            progress = steps.step("Copying the database")
            dump = programs.dump(fitting, order.settings.direct_url, snapshot)
            with writer.member(DATABASE) as member:
                async with contextlib.aclosing(dump):
                    async for chunk in dump:
                        member.write(chunk)
                        progress(len(chunk))
    finally:
        await connection.close(timeout=2)
    return manifest


async def _list_files(connection: OneConnection, listed: IO[bytes]) -> FileCount:
    count = size = 0
    if await connection.fetchval("SELECT to_regclass('files') IS NOT NULL"):
        async for each in queries.objects(connection):
            listed.write(each.line())
            count += each.size is not None and not each.name.endswith(THUMBNAIL)
            size += each.size or 0
    return FileCount(count, size)


async def _manifest(connection: OneConnection, dumped_by: int, files: FileCount | None) -> Manifest:
    applied = await migrate.history(connection)
    if not applied:
        raise Refusal(Exit.SCHEMA_DIFFERS, "there is no Coterie in this database yet; see DATABASE_URL")
    has_epochs = await connection.fetchval("SELECT to_regclass('epochs') IS NOT NULL")
    return Manifest(
        id=str(new_id()),
        coterie=__version__,
        made_at=(await connection.fetchval("SELECT now()")).isoformat(timespec="seconds"),
        postgresql=connection.get_server_version().major,
        dumped_by=dumped_by,
        schema=Schema(applied[-1].version, applied[-1].name),
        namespace=await connection.fetchval("SELECT current_schema()"),
        epoch=(await epochs.current(connection)).name if has_epochs else "",
        positions=await queries.positions(connection),
        counts=await queries.counts(connection),
        files=files,
    )


async def _write_files(settings: Settings, writer: ArchiveWriter, listed: IO[bytes], progress: Progress) -> int:
    storage = Storage(settings.files_url, settings.upload_dir)
    listed.seek(0)
    with writer.member(FILES) as member:
        for line in listed:
            member.write(line)
    listed.seek(0)
    missing = 0
    with tempfile.TemporaryFile() as complaints:
        async for begun in _begun(storage, (StoredObject.of(line) for line in listed)):
            if begun.size is not None:
                await _write_file(storage, writer, begun, progress)
            if begun.listed.size not in (None, begun.size):
                missing += 1
                complaints.write(f"{begun.listed.name}\n".encode())
        if missing:
            complaints.seek(0)
            with writer.member(MISSING) as member:
                for line in complaints:
                    member.write(line)
    return missing


class Begun(NamedTuple):
    """A file whose beginning is fetched; `size` is None if the storage does not have it."""

    listed: StoredObject
    size: int | None
    head: bytes


async def _begun(storage: Storage, entries: Iterator[StoredObject]) -> AsyncIterator[Begun]:
    """Files in order, some fetched ahead: an object store responds slowly, but to many requests at once."""
    waiting: deque[asyncio.Task[Begun]] = deque()
    try:
        for listed in entries:
            waiting.append(asyncio.create_task(_begin(storage, listed)))
            if len(waiting) >= AHEAD:
                yield await waiting.popleft()
        while waiting:
            yield await waiting.popleft()
    finally:
        for task in waiting:
            task.cancel()


async def _begin(storage: Storage, listed: StoredObject) -> Begun:
    size = await storage.size(listed.name)
    head = await storage.piece(listed.name, 0, min(size, storage.part_bytes)) if size else b""
    return Begun(listed, size, head)


async def _write_file(storage: Storage, writer: ArchiveWriter, begun: Begun, progress: Progress) -> None:
    assert begun.size is not None, "it exists"
    with writer.member(FOLDER + begun.listed.name) as member:
        member.write(begun.head)
        progress(len(begun.head))
        for start in range(len(begun.head), begun.size, storage.part_bytes):
            chunk = await storage.piece(begun.listed.name, start, min(begun.size, start + storage.part_bytes))
            member.write(chunk)
            progress(len(chunk))
