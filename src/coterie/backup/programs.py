"""PostgreSQL's own programs: which of those at hand fits, and how they are run.

A server is dumped by programs of its own version or a newer one. The machine's come first if they are of exactly its
version: they speak TLS, which those that travel with the package do not. A password never stands on a command line.
"""

import asyncio
import contextlib
import os
import re
import shutil
import subprocess
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

from coterie.database.installation import PLACES, packaged_installation
from coterie.log_output import redact
from coterie.refusals import Exit, Refusal

Told = Callable[[int], None]
"""Told how many more bytes were handled."""

NEEDED: Final = ("pg_dump", "pg_restore", "psql")
CHUNK: Final = 1024 * 1024

QUICKER: Final = b"SET maintenance_work_mem = '256MB';\n"
"""For building indexes, which is most of a restore."""

UNKNOWN_BEFORE_17: Final = b"SET transaction_timeout = 0;\n"
"""PostgreSQL 17 and newer begin a script with it, which older servers do not understand."""


@dataclass(frozen=True, slots=True)
class Programs:
    """A directory of PostgreSQL's programs, and their major version."""

    binaries: Path
    major: int


def fitting(major: int) -> Programs:
    """The programs for a server of a version, or for a backup that programs of a version made. Raises Refusal."""
    found = list(_all())
    exact = [each for each in found if each.major == major]
    newer = sorted((each for each in found if each.major > major), key=lambda each: each.major)
    if exact or newer:
        return (exact or newer)[0]
    raise Refusal(
        Exit.NOT_FOUND,
        f"pg_dump and pg_restore of PostgreSQL {major} or newer are not on this machine; install the package "
        f"postgresql-client-{major}, or what your system calls it",
    )


def _all() -> Iterator[Programs]:
    on_path = shutil.which("pg_dump")
    places = [Path(on_path).resolve().parent] if on_path else []
    places += sorted((each for root, pattern in PLACES for each in Path(root).glob(pattern)), reverse=True)
    packaged = packaged_installation()
    places += [packaged.binaries] if packaged else []
    for place in dict.fromkeys(places):
        if (major := _major(place)) is not None:
            yield Programs(place, major)


def _major(place: Path) -> int | None:
    if not all(os.access(place / program, os.X_OK) for program in NEEDED):
        return None
    answer = subprocess.run([place / "pg_dump", "--version"], capture_output=True, text=True, check=False)  # noqa: S603
    version = re.search(r"\) (\d+)", answer.stdout)
    return int(version[1]) if version else None


async def dump(programs: Programs, url: str, snapshot: str) -> AsyncGenerator[bytes, None]:
    """The database as of a snapshot, in pg_dump's own compressed form. Raises Refusal."""
    address, secrets = apart(url)
    words = ["--format=custom", "--compress=6", "--no-owner", "--no-privileges", "--no-unlogged-table-data"]
    words += ["--lock-wait-timeout=300s", f"--snapshot={snapshot}", f"--dbname={address}"]
    async with _started(programs.binaries / "pg_dump", words, secrets, stdin=DEVNULL) as running:
        while chunk := await running.read():
            yield chunk
        await running.ended()


async def restore(programs: Programs, url: str, dump: Iterator[bytes], progress: Told) -> None:
    """Bring a dump into an empty database, all of it or nothing. Raises Refusal.

    By way of psql, since pg_restore itself speaks to servers older than it is in words that they do not know.
    """
    address, secrets = apart(url)
    script = ["--no-owner", "--no-privileges", "--file=-"]
    run = ["--no-psqlrc", "--quiet", "--single-transaction", "--set=ON_ERROR_STOP=1", "--output=/dev/null", "--file=-"]
    async with (
        _started(programs.binaries / "pg_restore", script, {}) as reading,
        _started(programs.binaries / "psql", [*run, f"--dbname={address}"], secrets) as writing,
    ):
        feeding = asyncio.create_task(_feed(reading, dump, progress))
        if await _pass_on(reading, writing):
            await reading.ended()  # before psql is told that this was all, upon which it commits
            writing.close()
        await writing.ended()
        await feeding


class Running:
    """A program that runs."""

    def __init__(self, name: str, process: Process) -> None:
        assert process.stdout is not None, "it is a pipe"
        assert process.stderr is not None, "it is a pipe"
        self._name: Final = name
        self._process: Final = process
        self._output: Final = process.stdout
        self._complaint: Final = asyncio.create_task(process.stderr.read())

    async def read(self) -> bytes:
        """Some of its output; nothing at the end."""
        return await self._output.read(CHUNK)

    async def write(self, chunk: bytes) -> bool:
        """Answers whether it still reads."""
        assert self._process.stdin is not None, "it is a pipe"
        try:
            self._process.stdin.write(chunk)
            await self._process.stdin.drain()
        except ConnectionError:
            return False
        return True

    def close(self) -> None:
        assert self._process.stdin is not None, "it is a pipe"
        self._process.stdin.close()

    async def ended(self) -> None:
        """Wait for its end. Raises Refusal with its own complaint if that is no good one."""
        code = await self._process.wait()
        if code != 0:
            said = " ".join(redact((await self._complaint).decode(errors="replace")).split())[:600]
            raise Refusal(Exit.FAILED, f"{self._name} failed: {said or f'exit status {code}'}")

    async def kill(self) -> None:
        if self._process.returncode is None:
            self._process.kill()
        await self._process.wait()


async def _feed(reading: Running, dump: Iterator[bytes], progress: Told) -> None:
    for chunk in dump:
        if not await reading.write(chunk):
            return  # its own words and exit code say why
        progress(len(chunk))
    reading.close()


async def _pass_on(reading: Running, writing: Running) -> bool:
    """The script, without what old servers do not understand; answers whether it was taken to its end."""
    first = await reading.read()
    is_taken = await writing.write(QUICKER + first.replace(UNKNOWN_BEFORE_17, b"", 1))
    while is_taken and (chunk := await reading.read()):
        is_taken = await writing.write(chunk)
    return is_taken


@contextlib.asynccontextmanager
async def _started(
    program: Path, words: list[str], secrets: Mapping[str, str], *, stdin: int = PIPE
) -> AsyncIterator[Running]:
    """A program, which does not outlive the block."""
    environment = {**os.environ, **secrets}
    process = await asyncio.create_subprocess_exec(
        program, *words, stdin=stdin, stdout=PIPE, stderr=PIPE, env=environment, limit=4 * CHUNK
    )
    running = Running(program.name, process)
    try:
        yield running
    finally:
        await running.kill()


def apart(url: str) -> tuple[str, dict[str, str]]:
    """A database's address without its password, and the variables that hold that."""
    parts = urlsplit(url)
    query = parse_qsl(parts.query, keep_blank_values=True)
    password = unquote(parts.password) if parts.password is not None else dict(query).get("password")
    secrets = {} if password is None else {"PGPASSWORD": password}
    user, _, place = parts.netloc.rpartition("@")
    netloc = f"{user.partition(':')[0]}@{place}" if user else place
    kept = urlencode([(name, value) for name, value in query if name != "password"], safe="/")
    return f"{parts.scheme}://{netloc}{parts.path}{'?' if kept else ''}{kept}", secrets
