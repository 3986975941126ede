"""PostgreSQL's own programs: chooses the installed ones that fit, and runs them.

A PostgreSQL server must be dumped by programs of its own version or a newer one. The machine's programs come first if
they have exactly its version: they support TLS, and the packaged ones do not. Passwords are never on a command line.
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
from coterie.process.log_output import redact
from coterie.process.refusals import Exit, Refusal

Progress = Callable[[int], None]
"""Called with the number of further bytes processed."""

NEEDED: Final = ("pg_dump", "pg_restore")
CHUNK: Final = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Programs:
    """A directory of PostgreSQL's programs, and their major version."""

    binaries: Path
    major: int


def fitting(major: int) -> Programs:
    """The programs for this version of PostgreSQL, or for a backup made by its programs. Raises Refusal."""
    found = list(_all())
    exact = [each for each in found if each.major == major]
    newer = sorted((each for each in found if each.major > major), key=lambda each: each.major)
    if exact or newer:
        return (exact or newer)[0]
    raise Refusal(
        Exit.NOT_FOUND,
        f"pg_dump and pg_restore of PostgreSQL {major} or newer are not installed; install the package "
        f"postgresql-client-{major} or its equivalent on your system",
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
    """The database as of a snapshot, in pg_dump's own compressed format. Raises Refusal."""
    address, secrets = apart(url)
    words = ["--format=custom", "--compress=6", "--no-owner", "--no-privileges", "--no-unlogged-table-data"]
    words += ["--lock-wait-timeout=300s", f"--snapshot={snapshot}", f"--dbname={address}"]
    async with _started(programs.binaries / "pg_dump", words, secrets, stdin=DEVNULL) as running:
        while chunk := await running.read():
            yield chunk
        await running.ended()


async def script(programs: Programs, dump: Iterator[bytes], progress: Progress) -> AsyncGenerator[bytes, None]:
    """The script of SQL in which `pg_restore` prints a dump's rows. It must not be run. Raises Refusal."""
    words = ["--format=custom", "--data-only", "--no-owner", "--no-privileges", "--file=-"]
    async with _started(programs.binaries / "pg_restore", words, {}) as reading:
        feeding = asyncio.create_task(_feed(reading, dump, progress))
        try:
            while chunk := await reading.read():
                yield chunk
            await reading.ended()
            await feeding
        finally:
            feeding.cancel()


class Running:
    """A running program."""

    def __init__(self, name: str, process: Process) -> None:
        assert process.stdout is not None, "it is a pipe"
        assert process.stderr is not None, "it is a pipe"
        self._name: Final = name
        self._process: Final = process
        self._output: Final = process.stdout
        self._complaint: Final = asyncio.create_task(process.stderr.read())

    async def read(self) -> bytes:
        """Read some of its output; empty at the end."""
        return await self._output.read(CHUNK)

    async def write(self, chunk: bytes) -> bool:
        """Returns whether it is still reading."""
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
        """Wait until it ends. Raises Refusal with its own error message if it failed."""
        code = await self._process.wait()
        if code != 0:
            said = " ".join(redact((await self._complaint).decode(errors="replace")).split())[:600]
            raise Refusal(Exit.FAILED, f"{self._name} failed: {said or f'exit status {code}'}")

    async def kill(self) -> None:
        if self._process.returncode is None:
            self._process.kill()
        await self._process.wait()


async def _feed(reading: Running, dump: Iterator[bytes], progress: Progress) -> None:
    try:
        for chunk in dump:
            if not await reading.write(chunk):
                return  # its error message and exit code say why
            progress(len(chunk))
    finally:
        reading.close()


@contextlib.asynccontextmanager
async def _started(
    program: Path, words: list[str], secrets: Mapping[str, str], *, stdin: int = PIPE
) -> AsyncIterator[Running]:
    """Start a program; it ends with the block."""
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
    """The database URL without its password, and the environment variables that hold the password."""
    parts = urlsplit(url)
    query = parse_qsl(parts.query, keep_blank_values=True)
    password = unquote(parts.password) if parts.password is not None else dict(query).get("password")
    secrets = {} if password is None else {"PGPASSWORD": password}
    user, _, place = parts.netloc.rpartition("@")
    netloc = f"{user.partition(':')[0]}@{place}" if user else place
    kept = urlencode([(name, value) for name, value in query if name != "password"], safe="/")
    return f"{parts.scheme}://{netloc}{parts.path}{'?' if kept else ''}{kept}", secrets
