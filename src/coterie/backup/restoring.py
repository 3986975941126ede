"""Bringing a backup into an empty database and an empty file storage.

Files first, the database last and all at once: until the end there is no instance that could be served, and what was
interrupted is begun again by the same command. The restored history goes on in a new epoch.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

from coterie.backup import archive, manifest, programs, queries
from coterie.backup.archive import Found, Progress
from coterie.backup.damage import DamagedError
from coterie.backup.manifest import DATABASE, FOLDER, Manifest, Positions
from coterie.backup.progress import Steps
from coterie.database import migrate
from coterie.database.checks import DATABASE_CHECKS
from coterie.database.connection import OneConnection
from coterie.database.migration_files import load
from coterie.database.reaching import connect
from coterie.files.storage import Storage
from coterie.log import epochs
from coterie.refusals import Exit, Refusal
from coterie.settings import Settings
from coterie.startup import migration_refusals

MARK: Final = "restoring-"
NAME: Final = re.compile(r"files/[0-9a-f]{2}/[0-9a-f-]{36}(-thumbnail)?")


@dataclass(frozen=True, slots=True)
class Restored:
    """What was restored, and the migrations that were applied to it since."""

    manifest: Manifest
    migrations: list[str]
    epoch: str


async def restore(settings: Settings, path: Path, steps: Steps) -> Restored:
    """Restore a backup. Raises Refusal; what it refuses it has not begun."""
    with opened(path) as file:
        told = _checked_manifest(file, path)
        storage = Storage(settings.files_url, settings.upload_dir)
        connection = await connect(settings)
        try:
            await _check_target(settings, connection, storage, told)
            fitting = programs.fitting(told.dumped_by)
            check(file, path, steps)
            await _copy_files(storage, file, told, steps)
            await _restore_database(settings, fitting, file, steps)
            return await _finish(connection, storage, told, steps)
        finally:
            await connection.close(timeout=2)


def opened(path: Path) -> IO[bytes]:
    """An existing backup, for reading. Raises Refusal."""
    try:
        return path.open("rb", buffering=archive.CHUNK)
    except OSError as problem:
        raise Refusal(Exit.NOT_FOUND, f"{path} cannot be opened: {problem.strerror}") from problem


def check(file: IO[bytes], path: Path, steps: Steps) -> None:
    """Compare everything with its sum. Raises Refusal."""
    progress = steps.step("Checking the backup", path.stat().st_size)
    try:
        for _ in archive.check(file, progress):
            pass
    except DamagedError as problem:
        raise damaged(path, problem) from problem


def damaged(path: Path, problem: DamagedError) -> Refusal:
    return Refusal(Exit.DAMAGED, f"the backup {path} is not whole: {problem}; use another one")


def _checked_manifest(file: IO[bytes], path: Path) -> Manifest:
    try:
        told = manifest.read(file)
    except DamagedError as problem:
        raise damaged(path, problem) from problem
    known = {each.version: each.name for each in load()}
    if known.get(told.schema.version) != told.schema.name:
        raise Refusal(
            Exit.DATABASE_NEWER,
            f"{path} was made by Coterie {told.coterie}, which is newer than this one; restore it with that version",
        )
    return told


async def _check_target(settings: Settings, connection: OneConnection, storage: Storage, told: Manifest) -> None:
    for _, examine in DATABASE_CHECKS:
        await examine(connection, settings)  # type: ignore[arg-type]
    if not await queries.is_empty(connection):
        raise Refusal(
            Exit.NOT_EMPTY,
            "the database is not empty, and nothing is overwritten; give an empty one in DATABASE_URL (createdb), or a "
            "new directory with --data",
        )
    if told.files is not None:
        await _check_storage(storage, told)


async def _check_storage(storage: Storage, told: Manifest) -> None:
    """Empty, or what an interrupted restore of the same backup left."""
    is_ours = await storage.size(MARK + told.id) is not None
    async for name in storage.names():
        if not is_ours:
            raise Refusal(
                Exit.NOT_EMPTY,
                f"the file storage is not empty (it has {name}), and nothing is overwritten; give an empty one in "
                "UPLOAD_DIR or COTERIE_FILES_URL",
            )


async def _copy_files(storage: Storage, file: IO[bytes], told: Manifest, steps: Steps) -> None:
    if told.files is None:
        return
    progress = steps.step(f"Copying {told.files.count:,} files", told.files.bytes)
    async with storage.writing_as(MARK + told.id) as mark:
        await mark.write(b"A backup is being restored here.\n")
    for found in archive.members(file):
        if found.name.startswith(FOLDER):
            await _copy_file(storage, found, progress)


async def _copy_file(storage: Storage, found: Found, progress: Progress) -> None:
    if not NAME.fullmatch(found.name):
        raise Refusal(Exit.DAMAGED, f"the backup holds a file of no proper name: {found.name[:100]!r}")
    async with storage.writing_as(found.name.removeprefix(FOLDER)) as writer:
        for chunk in found.chunks:
            await writer.write(chunk)
            progress(len(chunk))


async def _restore_database(settings: Settings, fitting: programs.Programs, file: IO[bytes], steps: Steps) -> None:
    found = archive.open_member(file, DATABASE)
    progress = steps.step("Restoring the database", found.size)
    await programs.restore(fitting, settings.direct_url, found.chunks, progress)


async def _finish(connection: OneConnection, storage: Storage, told: Manifest, steps: Steps) -> Restored:
    steps.step("Comparing, migrating and preparing")
    await connection.execute("SET statement_timeout = 0")
    await _compare(connection, told)
    with migration_refusals():
        applied = await migrate.run(connection)
    epoch = await epochs.begin(connection, "restored")
    await connection.execute("ANALYZE")
    if told.files is not None:
        await storage.discard(MARK + told.id)
        await storage.clear_unfinished()
    return Restored(told, [each.title for each in applied], epoch.name)


async def _compare(connection: OneConnection, told: Manifest) -> None:
    """With what was counted when the backup was made."""
    differing = list(differences(told, await queries.counts(connection), await queries.positions(connection)))
    if differing:
        raise Refusal(
            Exit.DAMAGED,
            f"what was restored differs from what the backup counts: {', '.join(differing)}; use another backup",
        )


def differences(told: Manifest, counts: dict[str, int], positions: Positions) -> Iterator[str]:
    """In what a database differs from what was counted when its backup was made."""
    for table in sorted(told.counts.keys() | counts.keys()):
        if told.counts.get(table) != counts.get(table):
            yield f"{table} has {counts.get(table, 'no')} rows instead of {told.counts.get(table, 'none')}"
    if positions != told.positions:
        yield "the positions"
