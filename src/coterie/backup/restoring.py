"""Restores a backup into an empty database and an empty file storage.

Files come first, the database last and all at once: until the end there is no instance to serve, and the same command
continues an interrupted restore. The restored history continues in a new epoch.
"""

import re
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from coterie.accounts.demo_queries import demo_names
from coterie.backup import archive, programs, queries
from coterie.backup.archive import ByteFile, Progress, ReadMember
from coterie.backup.damage import DamagedError
from coterie.backup.file_check import FileCheck
from coterie.backup.keys import BackupKeys
from coterie.backup.loading import LoadedBackup, load_database
from coterie.backup.manifest import FOLDER, Manifest, PositionSum
from coterie.backup.manifest import read as read_manifest
from coterie.backup.opening import damage_of, opened
from coterie.backup.progress import Steps
from coterie.backup.seal import BackupOrigin, SealCheck, require_trust
from coterie.database import migrate
from coterie.database.checks import DATABASE_CHECKS
from coterie.database.connecting import connect
from coterie.database.connection import OneConnection
from coterie.database.migration_files import load, title
from coterie.database.squashed import is_squashed, squashed
from coterie.files.storage import Storage
from coterie.log import epochs
from coterie.process.refusals import Exit, Refusal
from coterie.settings.record import Settings
from coterie.startup.preparation import migration_refusals

MARK: Final = "restoring-"
NAME: Final = re.compile(r"files/[0-9a-f]{2}/[0-9a-f-]{36}(-thumbnail)?")


@dataclass(frozen=True, slots=True)
class RestoredBackup:
    """What was restored, the migrations that were then applied, and tables that are not Coterie's and were left out."""

    manifest: Manifest
    migrations: list[str]
    epoch: str
    left_out: tuple[str, ...]
    demo_accounts: list[str]


async def restore(settings: Settings, path: Path, steps: Steps, *, is_trusted: bool = False) -> RestoredBackup:
    """Restore a backup; unless `is_trusted`, only one that this instance made. Raises Refusal before it changes
    anything."""
    keys = BackupKeys.of(settings)
    with opened(path, keys) as file:
        manifest = _checked_manifest(file, path)
        storage = Storage(settings.files_url, settings.upload_dir)
        connection = await connect(settings)
        try:
            await _check_target(settings, connection, storage, manifest)
            programs.fitting(manifest.dumped_by)
            require_trust(path, check(file, path, keys, steps), is_trusted=is_trusted)
            await _copy_files(storage, file, manifest, steps)
            with damage_of(path):
                loaded = await _restore_database(connection, manifest, file, steps)
            migrations, epoch = await _finish(connection, storage, manifest, steps)
            return RestoredBackup(manifest, migrations, epoch, loaded.left_out, await demo_names(connection))
        finally:
            await connection.close(timeout=2)


def check(file: ByteFile, path: Path, keys: BackupKeys, steps: Steps) -> BackupOrigin:
    """Compare everything with its checksum, and the files with their list; find out where it comes from.

    Raises Refusal.
    """
    progress = checking(path, steps)
    seal = SealCheck(keys)
    with damage_of(path), tempfile.TemporaryFile() as listed:
        files = FileCheck(listed)
        for found in archive.check(file, progress):
            seal.meet(found)
            files.meet(found)
        files.end()
        if not files.is_complete and seal.origin is not BackupOrigin.CHANGED:
            raise DamagedError(f"its files differ from their list: {', '.join(files.examples)}")
    return seal.origin


def checking(path: Path, steps: Steps) -> Progress:
    """Begin the step that reads the whole backup."""
    return steps.step("Checking the backup", path.stat().st_size)


def _checked_manifest(file: ByteFile, path: Path) -> Manifest:
    with damage_of(path):
        manifest = read_manifest(file)
    _check_schema(manifest, path)
    return manifest


def _check_schema(manifest: Manifest, path: Path) -> None:
    newest, before = title(manifest.schema.version, manifest.schema.name), squashed()
    if newest == before[-1][0] or newest in {each.title for each in load()}:
        return
    if is_squashed(newest):
        raise Refusal(
            Exit.SCHEMA_DIFFERS,
            f"{path} has some of the migrations from before the first release, which are one here; restore it with "
            f"the version before, whose newest is {before[-1][0]}, and upgrade from there",
        )
    raise Refusal(
        Exit.DATABASE_NEWER,
        f"{path} was made by Coterie {manifest.coterie}, which is newer than this one; restore it with that version",
    )


async def _check_target(settings: Settings, connection: OneConnection, storage: Storage, manifest: Manifest) -> None:
    for _, examine in DATABASE_CHECKS:
        await examine(connection, settings)  # type: ignore[arg-type]
    if not await queries.is_empty(connection):
        raise Refusal(
            Exit.NOT_EMPTY,
            "the database is not empty, and nothing is overwritten; set DATABASE_URL to an empty one (createdb), "
            "or give a new directory with --data",
        )
    if manifest.files is not None:
        await _check_storage(storage, manifest)


async def _check_storage(storage: Storage, manifest: Manifest) -> None:
    """The storage must be empty, or contain what an interrupted restore of the same backup left."""
    async for name in storage.names():
        if await storage.size(MARK + manifest.id) is None:
            raise Refusal(
                Exit.NOT_EMPTY,
                f"the file storage is not empty (it has {name}), and nothing is overwritten; set UPLOAD_DIR "
                "or COTERIE_FILES_URL to an empty one",
            )
        return


async def _copy_files(storage: Storage, file: ByteFile, manifest: Manifest, steps: Steps) -> None:
    if manifest.files is None:
        return
    progress = steps.step(f"Copying {manifest.files.count:,} files", manifest.files.bytes)
    async with storage.writing_as(MARK + manifest.id) as mark:
        await mark.write(b"A backup is being restored here.\n")
    for found in archive.members(file):
        if found.name.startswith(FOLDER):
            await _copy_file(storage, found, progress)


async def _copy_file(storage: Storage, found: ReadMember, progress: Progress) -> None:
    if not NAME.fullmatch(found.name):
        raise Refusal(Exit.DAMAGED, f"the backup has a file with an invalid name: {found.name[:100]!r}")
    async with storage.writing_as(found.name.removeprefix(FOLDER)) as writer:
        for chunk in found.chunks:
            await writer.write(chunk)
            progress(len(chunk))


async def _restore_database(
    connection: OneConnection, manifest: Manifest, file: ByteFile, steps: Steps
) -> LoadedBackup:
    async with connection.transaction():
        loaded = await load_database(connection, manifest, file, steps)
        await _compare(connection, manifest)
    return loaded


async def _compare(connection: OneConnection, manifest: Manifest) -> None:
    """Compare the database with the counts from when the backup was made."""
    differing = list(differences(manifest, await queries.counts(connection), await queries.positions(connection)))
    if differing:
        raise DamagedError(f"the restored data differs from its counts: {', '.join(differing)}")


async def _finish(
    connection: OneConnection, storage: Storage, manifest: Manifest, steps: Steps
) -> tuple[list[str], str]:
    """Migrate to this version and begin an epoch; returns the migrations, and the epoch's name."""
    steps.step("Migrating and preparing")
    await connection.execute("SET statement_timeout = 0")
    with migration_refusals():
        applied = await migrate.run(connection)
    epoch = await epochs.begin(connection, "restored")
    await connection.execute("ANALYZE")
    if manifest.files is not None:
        await storage.discard(MARK + manifest.id)
        await storage.clear_unfinished()
    return [each.title for each in applied], epoch.name


def differences(manifest: Manifest, counts: dict[str, int], positions: PositionSum) -> Iterator[str]:
    """How Coterie's tables differ from the counts from when the backup was made."""
    for table in sorted(counts):
        if manifest.counts.get(table) != counts[table]:
            yield f"{table} has {counts[table]} rows instead of {manifest.counts.get(table, 'none')}"
    if positions != manifest.positions:
        yield "the positions"
