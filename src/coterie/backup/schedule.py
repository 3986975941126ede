"""The automatic daily backups, and which of them are kept.

Each server process checks whether a backup is due; a lock in the directory lets one of them make it, as a separate
command, so that no request waits for it. It is made as soon as possible after the set time, even if the machine was off
then.

You can run the command by hand. The files in the directory are the only record, so no table can contradict them. The
last backup of each of the newest days and weeks *that have any* is kept: a month without backups deletes nothing. Only
files with automatic names are deleted, and only after a new backup was made.
"""

import asyncio
import contextlib
import fcntl
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO, Final

import structlog

from coterie.backup.making import NAME
from coterie.process.refusals import Exit
from coterie.process.tallies import BackupTally
from coterie.settings.record import Settings

RETRY_SECONDS: Final = 1800.0
"""The pause after a failure."""

LOOK_SECONDS: Final = 300.0
NICENESS: Final = 10

log = structlog.get_logger(__name__)


class Schedule:
    """The backups of one instance on one machine."""

    def __init__(self, settings: Settings, tally: BackupTally | None = None) -> None:
        self._tally: Final = tally or BackupTally()
        self._settings: Final = settings
        self._directory: Final = Path(settings.backup_directory)

    async def work(self) -> float:
        """Make a backup when the next is due; returns in how many seconds to check again."""
        with contextlib.ExitStack() as held:
            try:
                self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
                if not held.enter_context(_claimed(self._directory)):
                    return LOOK_SECONDS
                now = datetime.now(UTC)
                if not is_due(now, self._settings.backup_time, made_at(self._directory).values()):
                    return LOOK_SECONDS
                return await self._make(now)
            except OSError as problem:
                self._tally.failed += 1
                log.error("backup.failed", reason=f"{self._directory}: {problem.strerror}")
                return RETRY_SECONDS

    async def _make(self, now: datetime) -> float:
        for leftover in self._directory.glob(".coterie-*.unfinished"):
            leftover.unlink()
        target = self._directory / now.strftime(NAME)
        code, complaint = await _run(["backup", str(target)], self._environment())
        if not target.exists():
            self._tally.failed += 1
            log.error("backup.failed", reason=complaint or f"exit code {code}")
            return RETRY_SECONDS
        if code == Exit.DAMAGED:
            log.error("backup.incomplete", file=str(target), reason=complaint)
        self._tally.made += 1
        log.info("backup.made", file=str(target), bytes=target.stat().st_size)
        for path in self._expired():
            path.unlink()
            log.info("backup.removed", file=str(path))
        return LOOK_SECONDS

    def _expired(self) -> list[Path]:
        times = made_at(self._directory)
        settings = self._settings
        kept = backups_to_keep(times.values(), settings.backup_keep_days, settings.backup_keep_weeks)
        return sorted(path for path, at in times.items() if at not in kept)

    def _environment(self) -> dict[str, str]:
        """These settings, from whatever source, as environment variables for the command."""
        settings = self._settings
        own = {
            "DATABASE_URL": settings.direct_url,
            "COTERIE_DATABASE_DIRECT_URL": "",
            "UPLOAD_DIR": str(settings.upload_dir.absolute()),
            "COTERIE_FILES_URL": settings.files_url,
            "STARTUP_TIMEOUT": str(settings.startup_timeout),
            "JWT_SECRET": settings.jwt_secret,
            "COTERIE_BACKUP_KEY": settings.backup_key,
        }
        return {**os.environ, **own}


def is_due(now: datetime, time: str, made: Iterable[datetime]) -> bool:
    """Whether no backup was made since the set time last passed; `time` is HH:MM in UTC."""
    hour, minute = map(int, time.split(":"))
    struck = now.replace(hour=hour, minute=minute, second=0, microsecond=0)
    if struck > now:
        struck -= timedelta(days=1)
    return not any(at >= struck for at in made)


def backups_to_keep(made: Iterable[datetime], days: int, weeks: int) -> set[datetime]:
    """The backups to keep: the last one of each of the newest days and weeks that have any."""
    newest_first = sorted(made, reverse=True)
    return {
        *_last_of_each(newest_first, lambda at: at.date().toordinal(), days),
        *_last_of_each(newest_first, lambda at: (at.date().toordinal() - 1) // 7, weeks),
    }


def _last_of_each(newest_first: list[datetime], period: Callable[[datetime], int], count: int) -> Iterator[datetime]:
    seen: set[int] = set()
    for at in newest_first:
        if period(at) not in seen and len(seen) < count:
            seen.add(period(at))
            yield at


def made_at(directory: Path) -> dict[Path, datetime]:
    """The backups in a directory that are named after their time; other files are not ours."""
    found: dict[Path, datetime] = {}
    for path in directory.glob("coterie-*.tar"):
        with contextlib.suppress(ValueError):
            found[path] = datetime.strptime(path.name, NAME).replace(tzinfo=UTC)
    return found


@contextlib.contextmanager
def _claimed(directory: Path) -> Iterator[bool]:
    """Try to lock the directory until the block ends; yields whether this process has the lock."""
    with _lock_file(directory) as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True


def _lock_file(directory: Path) -> IO[bytes]:
    return (directory / ".schedule.lock").open("wb")


async def _run(words: list[str], environment: dict[str, str]) -> tuple[int, str]:
    """Run a Coterie command at low priority; returns its exit code and last output. It ends with this process."""
    process = await asyncio.create_subprocess_exec(
        *("nice", "-n", str(NICENESS), sys.executable, "-m", "coterie", *words),
        env=environment,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        _, said = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    lines = said.decode(errors="replace").strip().splitlines()
    return process.returncode or 0, lines[-1].removeprefix("coterie: ") if lines else ""
