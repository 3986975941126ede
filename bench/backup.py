"""Backing up, restoring and verifying an instance with 1,000,000 messages and 1,000 files, by the commands themselves.

The time is what an operator waits, including Python's startup; the memory is the peak of the command and its child
processes. With COTERIE_BACKUP_KEY in the environment, the backup is encrypted.
"""

import hashlib
import os
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from bench import corpus
from bench.figures import Figure
from bench.wire import WrongError
from bench.world import PAST, Bench, Rows, channel_id, connected, make_people, make_server, person_id, settle
from coterie.files.storage import path as object_path
from coterie.identifiers import new_id

HISTORY: Final = 1_000_000
QUICK_HISTORY: Final = 50_000
FILES: Final = 1_000
FILE_BYTES: Final = 200_000
CHANNELS: Final = 50
PEOPLE: Final = 20


@dataclass(frozen=True, slots=True)
class Run:
    """One command: its duration in seconds, and the peak memory of its largest process in MB."""

    seconds: float
    megabytes: float


async def run(bench: Bench) -> list[Figure]:
    count = QUICK_HISTORY if bench.is_quick else HISTORY
    uploads, archive = bench.directory / "uploads", bench.directory / "backup.tar"
    async with bench.database("bench_backup") as url, connected(url) as rows:
        await _fill(bench, rows, count, uploads)
        size = await rows.fetchval("SELECT pg_database_size(current_database())") / 1e6
        backup = _coterie(bench, "backup", str(archive), url=url, uploads=uploads)
        verify = _coterie(bench, "verify", url=url, uploads=uploads)
    examine = _coterie(bench, "verify", str(archive), url="", uploads=uploads)
    restored = bench.directory / "restored"
    async with bench.empty_database("bench_restored") as url, connected(url) as rows:
        restore = _coterie(bench, "restore", str(archive), url=url, uploads=restored)
        if await rows.fetchval("SELECT count(*) FROM messages") != count or _files(restored) != FILES:
            raise WrongError("what was restored is not what was there")
    megabytes = archive.stat().st_size / 1e6
    note = f"{megabytes:,.0f} MB, of them {FILES * FILE_BYTES / 1e6:,.0f} MB files; the database has {size:,.0f} MB"
    return [
        _figure("backup", backup, count, note),
        _figure("restore", restore, count, "checked before, migrated and counted after"),
        _figure("verify, of the running instance", verify, count, "every reference and key from the tables"),
        _figure("verify, of the backup", examine, count, "restored into a cluster of its own"),
    ]


def _figure(name: str, run: Run, count: int, note: str) -> Figure:
    note = f"at most {run.megabytes:.0f} MB of memory in one process; {note}"
    return Figure(f"{name} with {count:,} messages", run.seconds, "s", run.seconds, note=note)


def _coterie(bench: Bench, *words: str, url: str, uploads: Path) -> Run:
    """Run a command that must succeed."""
    environment = {
        **os.environ,
        "DATABASE_URL": url,
        "UPLOAD_DIR": str(uploads),
        "TMPDIR": str(bench.directory),
        "JWT_SECRET": "7d1f0c5a8b3e4962d7a0c1f5e8b39d4a",
    }
    began = time.perf_counter()
    with (bench.directory / "command.log").open("w+") as log:
        process = subprocess.Popen([sys.executable, "-m", "coterie", *words], env=environment, stdout=log, stderr=log)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        seconds = time.perf_counter() - began
        if process.returncode != 0:
            log.seek(0)
            raise WrongError(f"{words[0]} ended with {process.returncode}: {log.read()[-300:]}")
    bench.tell(f"{' '.join(words)}: {seconds:.1f} s, {usage.ru_maxrss / 1024:.0f} MB")
    return Run(seconds, usage.ru_maxrss / 1024)


async def _fill(bench: Bench, rows: Rows, count: int, uploads: Path) -> None:
    await make_people(rows, PEOPLE)
    await make_server(rows, 0, range(PEOPLE), range(CHANNELS))
    await rows.execute("SET session_replication_role = replica")
    columns = ("id", "channel_id", "author_id", "seq", "version", "nonce", "content", "created_at")
    await rows.copy_records_to_table("messages", columns=columns, records=_records(count))
    await rows.execute(
        """
        UPDATE topics SET position = newest FROM (
            SELECT channel_id, max(version) FROM messages GROUP BY channel_id
        ) AS last (topic, newest) WHERE id = topic
        """
    )
    await _attach(rows, uploads)
    await rows.execute("RESET session_replication_role")
    await settle(rows)
    bench.tell(f"{count:,} messages and {FILES:,} files are there")


def _records(count: int) -> Iterator[tuple[Any, ...]]:
    chance, positions = random.Random(3), [0] * CHANNELS
    for number, content in enumerate(corpus.messages(count), 1):
        channel = chance.randrange(CHANNELS)
        positions[channel] += 1
        at, author, id = positions[channel], person_id(chance.randrange(PEOPLE)), new_id()
        yield id, channel_id(channel), author, at, at, str(id), content, PAST + timedelta(seconds=number)


async def _attach(rows: Rows, uploads: Path) -> None:
    """Attach a file of incompressible bytes to some of the messages."""
    messages = await rows.fetch("SELECT id, author_id FROM messages LIMIT $1", FILES)
    for number, message in enumerate(messages):
        file_id = new_id()
        path = uploads / object_path(file_id)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(hashlib.shake_128(str(number).encode()).digest(FILE_BYTES))
        await rows.execute(
            """
            INSERT INTO attachments (id, message_id, filename, stored_as, file_size, mime_type, created_at)
            VALUES ($1, $2, 'file', $1::uuid::text, $3, 'application/octet-stream', now())
            """,
            file_id,
            message["id"],
            FILE_BYTES,
        )
        await rows.execute(
            "INSERT INTO files (id, owner_id, size, keep_until, attachment_id) VALUES ($1, $2, $3, now(), $1)",
            file_id,
            message["author_id"],
            FILE_BYTES,
        )


def _files(directory: Path) -> int:
    return sum(path.is_file() for path in directory.rglob("*"))
