"""Verifies that everything is present and correct: in a live instance, or in a backup, in a cluster of its own.

The rows are read as of one moment, and nothing is changed. Memory use does not grow with the amount of data.
"""

import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Final

import msgspec

from coterie.backup import archive, queries
from coterie.backup.archive import ByteFile, Progress
from coterie.backup.damage import DamagedError
from coterie.backup.file_check import FileCheck
from coterie.backup.keys import BackupKeys
from coterie.backup.laws import SHOWN, Kind, breaking, laws, read_as_usual, read_tables_only
from coterie.backup.loading import load_database
from coterie.backup.manifest import MANIFEST, Manifest, StoredObject, decode
from coterie.backup.opening import damage_of, opened
from coterie.backup.progress import Steps
from coterie.backup.restoring import checking, differences
from coterie.backup.seal import BackupOrigin, SealCheck
from coterie.database import migrate
from coterie.database.connecting import connect
from coterie.database.connection import OneConnection
from coterie.database.embedded import Cluster, ClusterError
from coterie.database.scratch import scratch_cluster
from coterie.documents.verifying import wrong_documents
from coterie.files.storage import Storage
from coterie.process.refusals import Exit, Refusal
from coterie.settings.record import Settings
from coterie.startup.preparation import migration_refusals

NO_KEYS: Final = BackupKeys()


class Damage(msgspec.Struct, frozen=True):
    """What was checked; `count` is the number of errors, `examples` are some of them."""

    name: str
    count: int
    examples: tuple[str, ...] = ()
    kind: Kind = "law"


class Report(msgspec.Struct, kw_only=True):
    """Everything that was checked, and the counts; `origin` tells where a backup comes from."""

    of: str
    origin: BackupOrigin | None = None
    counts: dict[str, int] = {}
    findings: list[Damage] = []

    @property
    def is_whole(self) -> bool:
        return not any(finding.count for finding in self.findings)


async def verify_instance(settings: Settings, steps: Steps) -> Report:
    """Verify the instance of these settings, which may be running."""
    report = Report(of="this instance")
    holding, connection = await connect(settings), await connect(settings)
    try:
        async with holding.transaction():
            await queries.hold_removals(holding)
            with tempfile.TemporaryFile() as listed:
                async with connection.transaction(isolation="repeatable_read", readonly=True):
                    await queries.unbounded(connection)
                    async for each in queries.objects(connection):
                        listed.write(each.line())
                    await _look_at_rows(connection, report, steps)
                    await _look_at_documents(connection, report, steps)
                listed.seek(0)
                storage = Storage(settings.files_url, settings.upload_dir)
                steps.step("Checking the files")
                wrong = _wrong_files(storage, (StoredObject.of(line) for line in listed))
                report.findings.append(await _counted("every file exists with its size", wrong))
    finally:
        await connection.close(timeout=2)
        await holding.close(timeout=2)
    return report


async def verify_backup(path: Path, steps: Steps, keys: BackupKeys = NO_KEYS, *, is_quick: bool = False) -> Report:
    """Verify a backup; unless `is_quick`, also restore its database into a cluster of its own and verify it there."""
    report = Report(of=str(path))
    with opened(path, keys) as file:
        progress = checking(path, steps)
        try:
            manifest = _look_at_archive(file, SealCheck(keys), report, progress)
        except DamagedError as problem:
            report.findings.append(Damage("the backup is complete", 1, (str(problem),)))
            return report
        report.counts = manifest.counts
        if not is_quick:
            try:
                with scratch_cluster() as cluster, damage_of(path):
                    await _look_at_restored(cluster, file, manifest, report, steps)
            except ClusterError as problem:
                sentence = f"cannot create a cluster to try the backup in: {problem} --quick works without one"
                raise Refusal(Exit.CLUSTER, sentence) from problem
    return report


async def _look_at_rows(connection: OneConnection, report: Report, steps: Steps) -> None:
    steps.step("Checking the rows")
    report.counts = await queries.counts(connection)
    await read_tables_only(connection)
    for law in await laws(connection, set(report.counts)):
        broken = await breaking(connection, law)
        report.findings.append(Damage(law.name, broken.count, broken.examples, law.kind))
    await read_as_usual(connection)


async def _look_at_documents(connection: OneConnection, report: Report, steps: Steps) -> None:
    steps.step("Rebuilding the documents")
    name = "the edits and snapshots of each document give the same text"
    report.findings.append(await _counted(name, wrong_documents(connection)))


async def _counted(name: str, wrong: AsyncIterator[str]) -> Damage:
    examples: list[str] = []
    count = 0
    async for sentence in wrong:
        count += 1
        examples = [*examples, sentence][:SHOWN]
    return Damage(name, count, tuple(examples))


async def _wrong_files(storage: Storage, entries: Iterator[StoredObject]) -> AsyncIterator[str]:
    for listed in entries:
        if listed.size is not None:
            size = await storage.size(listed.name)
            if size is None:
                yield f"{listed.name} is missing"
            elif size != listed.size:
                yield f"{listed.name} has {size} bytes instead of {listed.size}"


def _look_at_archive(file: ByteFile, seal: SealCheck, report: Report, progress: Progress) -> Manifest:
    """Compare everything with its checksum, and the files with their list. Raises `DamagedError`."""
    manifest: Manifest | None = None
    with tempfile.TemporaryFile() as listed:
        files = FileCheck(listed)
        for found in archive.check(file, progress):
            seal.meet(found)
            if found.name == MANIFEST:
                manifest = decode(found)
            files.meet(found)
        files.end()
    if manifest is None:
        raise DamagedError(f"{MANIFEST} is not in it")
    report.origin = seal.origin
    if files.missing:
        name = "no file was missing when the backup was made"
        report.findings.append(Damage(name, len(files.missing), tuple(files.missing[:SHOWN])))
    wrong = Damage("it has every file with its size", files.count, tuple(files.examples))
    report.findings += [Damage("the backup is complete", 0), wrong]
    return manifest


async def _look_at_restored(cluster: Cluster, file: ByteFile, manifest: Manifest, report: Report, steps: Steps) -> None:
    connection = await connect(Settings(database_url=cluster.url))
    try:
        async with connection.transaction():
            await load_database(connection, manifest, file, steps)
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            await queries.unbounded(connection)
            await _look_at_rows(connection, report, steps)
            differing = tuple(differences(manifest, report.counts, await queries.positions(connection)))
            report.findings.append(Damage("it has the rows that were counted", len(differing), differing[:SHOWN]))
        with migration_refusals():
            await migrate.run(connection)  # documents are read in the format of this version
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            await queries.unbounded(connection)
            await _look_at_documents(connection, report, steps)
    finally:
        await connection.close(timeout=2)
