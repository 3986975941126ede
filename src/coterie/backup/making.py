"""Making a backup while the server runs.

What holds the two halves together: the database is dumped as of one moment, and a file that this moment names was
stored before it, never changes, and is not removed until its copy is made, since removals are held back from before
that moment. So files are copied after the database, at leisure.
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
from coterie.backup.archive import Progress, Writer, draft
from coterie.backup.manifest import DATABASE, FILES, FOLDER, MANIFEST, MISSING, FileCount, Listed, Manifest, Schema
from coterie.backup.progress import Steps
from coterie.database import migrate
from coterie.database.connection import OneConnection
from coterie.database.reaching import connect
from coterie.files.storage import THUMBNAIL, Storage
from coterie.identifiers import new_id
from coterie.log import epochs
from coterie.refusals import Exit, Refusal
from coterie.settings import Settings

AHEAD: Final = 8
"""Files of which the beginnings are fetched while another is written; each takes at most a part of memory."""

NAME: Final = "coterie-%Y-%m-%dT%H%M%SZ.tar"


@dataclass(frozen=True, slots=True)
class Made:
    """A finished backup; `missing` are files that the storage did not have as the database has them."""

    path: Path
    size: int
    manifest: Manifest
    missing: int


@dataclass(frozen=True, slots=True)
class Order:
    """What to make a backup of, and where it goes: a file that does not exist yet."""

    settings: Settings
    target: Path
    has_files: bool = True


def named(target: Path, now: datetime) -> Path:
    """The file to write: within a directory one that is called by the time. Raises Refusal if it exists."""
    path = target / now.astimezone(UTC).strftime(NAME) if target.is_dir() else target
    if path.exists():
        raise Refusal(Exit.NOT_EMPTY, f"{path} exists already and is not overwritten; name another file")
    if not path.absolute().parent.is_dir():
        raise Refusal(Exit.NOT_FOUND, f"{path.absolute().parent} does not exist; make the directory first")
    return path


async def make(order: Order, steps: Steps) -> Made:
    """Write a backup. Raises Refusal; there is a file of that name only if it is whole."""
    try:
        async with _holding(order.settings) as holding:
            with draft(order.target) as file, tempfile.TemporaryFile() as sums:
                manifest, missing = await _write(order, Writer(file, sums), steps)
                await _is_held(holding)
    except BlockingIOError as problem:
        raise Refusal(Exit.NOT_EMPTY, f"{order.target} is being written by another process; wait for it") from problem
    except OSError as problem:
        raise Refusal(Exit.FAILED, f"{order.target} cannot be written: {problem.strerror or problem}") from problem
    return Made(order.target, order.target.stat().st_size, manifest, missing)


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
        sentence = "the database connection ended meanwhile, so that files may have been removed; make it again"
        raise Refusal(Exit.DATABASE_UNREACHABLE, sentence) from problem


async def _write(order: Order, writer: Writer, steps: Steps) -> tuple[Manifest, int]:
    with tempfile.TemporaryFile() as listed:
        manifest = await _write_database(order, writer, listed, steps)
        if manifest.files is None:
            missing = 0
        else:
            progress = steps.step(f"Copying {manifest.files.count:,} files", manifest.files.bytes)
            missing = await _write_files(order.settings, writer, listed, progress)
    writer.finish()
    return manifest, missing


async def _write_database(order: Order, writer: Writer, listed: IO[bytes], steps: Steps) -> Manifest:
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
        epoch=(await epochs.current(connection)).name if has_epochs else "",
        positions=await queries.positions(connection),
        counts=await queries.counts(connection),
        files=files,
    )


async def _write_files(settings: Settings, writer: Writer, listed: IO[bytes], progress: Progress) -> int:
    storage = Storage(settings.files_url, settings.upload_dir)
    listed.seek(0)
    with writer.member(FILES) as member:
        for line in listed:
            member.write(line)
    listed.seek(0)
    missing = 0
    with tempfile.TemporaryFile() as complaints:
        async for begun in _begun(storage, (Listed.of(line) for line in listed)):
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
    """A file whose beginning is here; `size` is None for one that the storage does not have."""

    listed: Listed
    size: int | None
    head: bytes


async def _begun(storage: Storage, entries: Iterator[Listed]) -> AsyncIterator[Begun]:
    """Files in their order, some of them fetched ahead: an object store answers slowly, but many at once."""
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


async def _begin(storage: Storage, listed: Listed) -> Begun:
    size = await storage.size(listed.name)
    head = await storage.piece(listed.name, 0, min(size, storage.part_bytes)) if size else b""
    return Begun(listed, size, head)


async def _write_file(storage: Storage, writer: Writer, begun: Begun, progress: Progress) -> None:
    assert begun.size is not None, "it is there"
    with writer.member(FOLDER + begun.listed.name) as member:
        member.write(begun.head)
        progress(len(begun.head))
        for start in range(len(begun.head), begun.size, storage.part_bytes):
            chunk = await storage.piece(begun.listed.name, start, min(begun.size, start + storage.part_bytes))
            member.write(chunk)
            progress(len(chunk))
