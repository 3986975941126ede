"""Start exports, tell how far they are, and serve what they made.

Each archive is made by a process of its own (`work.py`), one at a time for each server process; others wait in a short
queue. It becomes an object of the file storage that every process can serve, also in parts, until it expires. While it
is made, its object is held for a little while again and again: if this process dies, the sweep of files removes what
there is of it, and the export has failed.
"""

import asyncio
import os
import sys
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

import structlog

from coterie import errors
from coterie.database.connection import Connection
from coterie.database.trouble import TROUBLE
from coterie.errors import CoterieError
from coterie.exporting import queries
from coterie.exporting.errors import EXPORT_FAILED, EXPORT_PREPARING
from coterie.exporting.models import Export
from coterie.exporting.names import disposition
from coterie.exporting.subjects import Subject
from coterie.files import queries as files
from coterie.files.answers import Served
from coterie.files.receiving import Files
from coterie.files.storage import path
from coterie.identifiers import new_id
from coterie.settings.record import Settings
from coterie.space.space import Space

KEPT: Final = timedelta(hours=24)
"""How long an archive can be downloaded."""

FRESH: Final = timedelta(minutes=5)
"""An archive that is younger than this is not made again."""

HELD: Final = timedelta(minutes=2)
FAILURE_TOLD: Final = timedelta(hours=1)
QUEUE_LIMIT: Final = 10
"""Exports of one process that are made or wait for that."""

MAKING_SECONDS: Final = 6 * 3600.0
WAITING_SECONDS: Final = 600.0
"""How long a download waits for the archive that it started."""

COMPLAINT_BYTES: Final = 4_096
BEAT_SECONDS: Final = 1.0
LOOK_SECONDS: Final = 0.3
NEVER_KEPT: Final = "private, no-store"

log = structlog.get_logger(__name__)


class Job:
    """An export that this process makes, or will make."""

    def __init__(self, export: Export, subject: Subject) -> None:
        self.export: Final = export
        self.subject: Final = subject
        self.progress = 0.0
        self.task: asyncio.Task[None] | None = None


class Exports:
    """The exports of one process."""

    def __init__(self, files: Files, settings: Settings, space: Space) -> None:
        self.files: Final = files
        self._settings: Final = settings
        self._space: Final = space
        self._turn: Final = asyncio.Semaphore(1)
        self._jobs: Final[dict[UUID, Job]] = {}

    async def last(self, subject: Subject) -> Export | None:
        """The user's last export of this."""
        await subject.check(self.files.database)
        return await queries.export(self.files.database, subject)

    async def start(self, subject: Subject) -> Export:
        """Begin an export, unless it is being made or was just made."""
        self._space.check(is_upload=True)
        async with self.files.database.acquire() as connection, connection.transaction():
            name = await subject.check(connection)
            await subject.lock(connection)
            if (last := await queries.export(connection, subject)) and is_current(last):
                return last
            if len(self._jobs) >= QUEUE_LIMIT:
                raise CoterieError(errors.RATE_LIMITED, "Many exports are waiting. Try again later.", retry_after=60)
            export = await self._begin(connection, subject, name)
        job = Job(export, subject)
        self._jobs[export.id] = job
        job.task = asyncio.create_task(self._run(job))
        return export

    async def remove(self, subject: Subject) -> None:
        """Remove the archive, or give up making it; without any, nothing is to do."""
        async with self.files.database.acquire() as connection, connection.transaction():
            await subject.check(connection)
            await subject.lock(connection)
            await queries.remove(connection, subject)

    async def archive(self, subject: Subject, wanted: UUID | None, *, is_part: bool) -> Served:
        """The archive of this id. Without one the newest, made first if it is not fresh; for a part, of any age."""
        last = await self.last(subject)
        is_ready = last is not None and last.state == "ready"
        if wanted is not None and not (is_ready and last is not None and last.id == wanted):
            raise CoterieError(errors.NOT_FOUND)
        if last is None or not is_ready or not (wanted or is_part or is_current(last)):
            last = await self._made(await self.start(subject), subject)
        assert last.size is not None, "it is ready"
        return Served(last.id, "", last.size, "application/zip", disposition(last.filename), NEVER_KEPT)

    async def stop(self) -> None:
        """End what is being made: it has failed."""
        tasks = [job.task for job in self._jobs.values() if job.task]
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)

    async def _begin(self, connection: Connection, subject: Subject, name: str) -> Export:
        now = datetime.now(UTC)
        export = Export(new_id(), subject.server_id, "preparing", 0.0, f"{name}-export-{now:%Y%m%d}.zip", now)
        await queries.remove(connection, subject)
        await files.announce(connection, export.id, None, 0, now + HELD)
        await queries.insert(connection, export, subject.user_id)
        await subject.record(connection)
        return export

    async def _made(self, export: Export, subject: Subject) -> Export:
        """The export when it is ready. Raises EXPORT_FAILED, or EXPORT_PREPARING when it takes long."""
        with suppress(TimeoutError):
            async with asyncio.timeout(WAITING_SECONDS):
                while True:
                    now = await queries.export(self.files.database, subject)
                    if now is None or now.state == "failed":
                        raise CoterieError(EXPORT_FAILED)
                    if now.state == "ready":
                        return now
                    await asyncio.sleep(LOOK_SECONDS)
        raise CoterieError(EXPORT_PREPARING, retry_after=60)

    async def _run(self, job: Job) -> None:
        """Make an export when its turn comes; whatever happens, it is ready or failed then, or removed."""
        id, database = job.export.id, self.files.database
        held = asyncio.create_task(self._hold(job))
        try:
            async with self._turn, asyncio.timeout(MAKING_SECONDS):
                size = await self._make(job)
            await queries.finish(database, id, size, datetime.now(UTC) + KEPT)
            log.info("export.made", server=str(job.export.server_id or ""), bytes=size)
        except asyncio.CancelledError:
            await self._fail(id, "interrupted")
        except (CoterieError, OSError, TimeoutError, ValueError, *TROUBLE) as error:
            await self._fail(id, f"{type(error).__name__}: {error}")
        finally:
            held.cancel()
            del self._jobs[id]

    async def _fail(self, id: UUID, reason: str) -> None:
        log.warning("export.failed", export=str(id), reason=reason)
        with suppress(*TROUBLE):
            await queries.fail(self.files.database, id, datetime.now(UTC) + FAILURE_TOLD)

    async def _hold(self, job: Job) -> None:
        """Tell the progress, and end the work if the export was removed or the disk becomes full."""
        while True:
            with suppress(*TROUBLE):
                until = datetime.now(UTC) + HELD
                is_held = await queries.hold(self.files.database, job.export.id, job.progress, until)
                if job.task and (not is_held or self._space.full):
                    job.task.cancel()
                    return
            await asyncio.sleep(BEAT_SECONDS)

    async def _make(self, job: Job) -> int:
        """Run the process; returns the archive's size. Raises ValueError if there is none of that size in the end."""
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, *job.subject.command, str(job.export.id)),
            env=_environment(self._settings),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        assert process.stdout is not None, "a pipe"
        assert process.stderr is not None, "a pipe"
        complaining = asyncio.create_task(_end_of(process.stderr))
        size = 0
        try:
            async for said in process.stdout:
                match said.split():
                    case [b"progress", share]:
                        job.progress = min(1.0, float(share))
                    case [b"size", bytes]:
                        size = int(bytes)
            complaint = await complaining
            await process.wait()
        finally:
            complaining.cancel()
            if process.returncode is None:
                process.kill()
                await process.wait()
        if not size or await self.files.storage.size(path(job.export.id)) != size:
            raise ValueError(complaint.rpartition("\n")[2] or f"exit code {process.returncode}")
        return size


def is_current(export: Export) -> bool:
    """Whether an export is being made, or was just made."""
    if export.finished_at is None:
        return export.state == "preparing"
    return export.state == "ready" and datetime.now(UTC) - export.finished_at < FRESH


async def _end_of(stream: asyncio.StreamReader) -> str:
    """Read a stream to its end, for the process would wait at a full pipe; returns the last of it."""
    kept = b""
    while read := await stream.read(COMPLAINT_BYTES):
        kept = (kept + read)[-COMPLAINT_BYTES:]
    return kept.decode(errors="replace").strip()


def _environment(settings: Settings) -> dict[str, str]:
    """These settings, from whatever source, as environment variables for the process that makes the archive."""
    own = {
        "DATABASE_URL": settings.direct_url,
        "COTERIE_DATABASE_DIRECT_URL": "",
        "UPLOAD_DIR": str(settings.upload_dir.absolute()),
        "COTERIE_FILES_URL": settings.files_url,
        "JWT_SECRET": settings.jwt_secret,
    }
    return {**os.environ, **own}
