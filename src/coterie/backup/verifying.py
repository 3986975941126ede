"""Looking whether everything is there and as it must be: on a live instance, or of a backup in a cluster of its own.

The rows are looked at as of one moment, and nothing is changed. Memory stays the same however much there is.
"""

import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import IO, Final

import msgspec

from coterie.backup import archive, programs, queries
from coterie.backup.damage import DamagedError
from coterie.backup.laws import SHOWN, Kind, breaking, laws, read_as_usual, read_tables_only
from coterie.backup.manifest import DATABASE, FILES, FOLDER, MANIFEST, MISSING, Listed, Manifest, decode
from coterie.backup.progress import Steps
from coterie.backup.restoring import differences, opened
from coterie.database.connection import OneConnection
from coterie.database.embedded import Cluster, ClusterError
from coterie.database.reaching import connect
from coterie.database.scratch import scratch_cluster
from coterie.documents.verifying import wrong_documents
from coterie.files.storage import Storage
from coterie.refusals import Exit, Refusal
from coterie.settings import Settings


class Finding(msgspec.Struct, frozen=True):
    """What was looked at; `count` things are wrong, `examples` are some of them."""

    name: str
    count: int
    examples: tuple[str, ...] = ()
    kind: Kind = "law"


class Report(msgspec.Struct, kw_only=True):
    """Everything that was looked at, and how much there is of what."""

    of: str
    counts: dict[str, int] = {}
    findings: list[Finding] = []

    @property
    def is_whole(self) -> bool:
        return not any(finding.count for finding in self.findings)


async def verify_instance(settings: Settings, steps: Steps) -> Report:
    """Look at the instance of these settings, which may be serving."""
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
                listed.seek(0)
                storage = Storage(settings.files_url, settings.upload_dir)
                steps.step("Looking at the files")
                wrong = _wrong_files(storage, (Listed.of(line) for line in listed))
                report.findings.append(await _counted("every file is there in its size", wrong))
    finally:
        await connection.close(timeout=2)
        await holding.close(timeout=2)
    return report


async def verify_backup(path: Path, steps: Steps, *, is_quick: bool = False) -> Report:
    """Look at a backup; unless it `is_quick`, restore its database into a cluster of its own, and look there too."""
    report = Report(of=str(path))
    with opened(path) as file:
        try:
            manifest = _look_at_archive(file, path, report, steps)
        except DamagedError as problem:
            report.findings.append(Finding("the backup is whole", 1, (str(problem),)))
            return report
        report.counts = manifest.counts
        if not is_quick:
            try:
                with scratch_cluster() as cluster:
                    await _look_at_restored(cluster, file, manifest, report, steps)
            except ClusterError as problem:
                sentence = f"no cluster to try the backup in: {problem} --quick does without"
                raise Refusal(Exit.CLUSTER, sentence) from problem
    return report


async def _look_at_rows(connection: OneConnection, report: Report, steps: Steps) -> None:
    steps.step("Looking at the rows")
    report.counts = await queries.counts(connection)
    await read_tables_only(connection)
    for law in await laws(connection, set(report.counts)):
        broken = await breaking(connection, law)
        report.findings.append(Finding(law.name, broken.count, broken.examples, law.kind))
    if "document_edits" in report.counts:
        steps.step("Writing the documents anew")
        await read_as_usual(connection)
        name = "the edits and the snapshots of each document come to one text"
        report.findings.append(await _counted(name, wrong_documents(connection)))


async def _counted(name: str, wrong: AsyncIterator[str]) -> Finding:
    examples: list[str] = []
    count = 0
    async for sentence in wrong:
        count += 1
        examples = [*examples, sentence][:SHOWN]
    return Finding(name, count, tuple(examples))


async def _wrong_files(storage: Storage, entries: Iterator[Listed]) -> AsyncIterator[str]:
    for listed in entries:
        if listed.size is not None:
            size = await storage.size(listed.name)
            if size is None:
                yield f"{listed.name} is missing"
            elif size != listed.size:
                yield f"{listed.name} has {size} bytes instead of {listed.size}"


def _look_at_archive(file: IO[bytes], path: Path, report: Report, steps: Steps) -> Manifest:
    """Everything against its sum, and the files against their list. Raises `DamagedError`."""
    progress = steps.step("Checking the backup", path.stat().st_size)
    manifest: Manifest | None = None
    with tempfile.TemporaryFile() as listed:
        looking = _Files(listed)
        for found in archive.check(file, progress):
            if found.name == MANIFEST:
                manifest = decode(found)
            elif found.name == FILES:
                for chunk in found.chunks:
                    listed.write(chunk)
                listed.seek(0)
            elif found.name.startswith(FOLDER):
                looking.meet(found.name.removeprefix(FOLDER), found.size)
            elif found.name == MISSING:
                report.findings.append(_missing(found))
        looking.end()
    if manifest is None:
        raise DamagedError(f"{MANIFEST} is not in it")
    report.findings += [Finding("the backup is whole", 0), looking.finding]
    return manifest


def _missing(found: archive.Found) -> Finding:
    names = found.read().decode().splitlines()
    return Finding("no file was missing when the backup was made", len(names), tuple(names[:SHOWN]))


class _Files:
    """Compares the files with their list, both in the same order."""

    def __init__(self, listed: IO[bytes]) -> None:
        self._listed: Final = listed
        self._count = 0
        self._examples: list[str] = []

    def meet(self, name: str, size: int) -> None:
        while line := self._listed.readline():
            listed = Listed.of(line)
            if listed.name == name:
                if listed.size not in (None, size):
                    self._note(f"{name} has {size} bytes instead of {listed.size}")
                return
            self._miss(listed)
        self._note(f"{name} is on no list")

    def end(self) -> None:
        while line := self._listed.readline():
            self._miss(Listed.of(line))

    @property
    def finding(self) -> Finding:
        return Finding("every file is in it in its size", self._count, tuple(self._examples))

    def _miss(self, listed: Listed) -> None:
        if listed.size is not None:
            self._note(f"{listed.name} is missing")

    def _note(self, sentence: str) -> None:
        self._count += 1
        self._examples = [*self._examples, sentence][:SHOWN]


async def _look_at_restored(
    cluster: Cluster, file: IO[bytes], manifest: Manifest, report: Report, steps: Steps
) -> None:
    found = archive.open_member(file, DATABASE)
    progress = steps.step("Restoring it for a look", found.size)
    await programs.restore(programs.fitting(manifest.dumped_by), cluster.url, found.chunks, progress)
    connection = await connect(Settings(database_url=cluster.url))
    try:
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            await queries.unbounded(connection)
            await _look_at_rows(connection, report, steps)
            differing = tuple(differences(manifest, report.counts, await queries.positions(connection)))
            report.findings.append(Finding("it holds what was counted", len(differing), differing[:SHOWN]))
    finally:
        await connection.close(timeout=2)
