"""Ways to break the parts: processes killed and frozen, disks filled, PostgreSQL without connections."""

import asyncio
import contextlib
import os
import signal
import subprocess
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Final

import asyncpg
import psutil
import pytest

from coterie.database.embedded import Cluster

# What was committed outlives the process; only a power cut could take it.
QUICK: Final = {"fsync": "off", "full_page_writes": "off", "max_connections": "40"}


class Database:
    """A cluster of the test's own that can be killed, frozen and restarted on the same address."""

    def __init__(self, directory: Path, **settings: str) -> None:
        self._directory = directory
        self._settings = {**QUICK, **settings}
        self.cluster = self._start()
        self._held: list[asyncpg.Connection[asyncpg.Record]] = []

    def _start(self) -> Cluster:
        return Cluster.start(self._directory, settings=self._settings)

    @property
    def socket(self) -> Path:
        return self._directory / "socket" / ".s.PGSQL.5432"

    async def kill(self) -> None:
        """End PostgreSQL at once, as a crash does."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.cluster.process_id, signal.SIGKILL)
        await self.stop()

    async def stop(self) -> None:
        """As `systemctl stop`."""
        await asyncio.to_thread(self.cluster.stop)

    async def start(self) -> None:
        """Start it on what it left."""
        self.cluster = await asyncio.to_thread(self._start)

    def freeze(self) -> None:
        """All its processes are stopped."""
        for process in self._processes():
            process.suspend()

    def thaw(self) -> None:
        for process in self._processes():
            process.resume()

    def _processes(self) -> list[psutil.Process]:
        main = psutil.Process(self.cluster.process_id)
        return [main, *main.children(recursive=True)]

    async def set(self, name: str, value: str) -> None:
        """Change a setting for all sessions."""
        await self._execute(f"ALTER SYSTEM SET {name} = {value}", "SELECT pg_reload_conf()")

    async def take_connections(self) -> None:
        """All connections, those of the servers too."""
        first = await self._connect()
        self._held.append(first)
        while True:
            await first.execute(
                """
                SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                WHERE backend_type = 'client backend' AND application_name = 'coterie'
                """
            )
            try:
                while True:
                    self._held.append(await self._connect())
            except asyncpg.TooManyConnectionsError:
                pass
            if not await first.fetchval("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'coterie'"):
                return

    async def give_connections_back(self) -> None:
        while self._held:
            await self._held.pop().close()

    async def _execute(self, *statements: str) -> None:
        connection = await self._connect()
        for statement in statements:
            await connection.execute(statement)
        await connection.close()

    async def _connect(self) -> "asyncpg.Connection[asyncpg.Record]":
        return await asyncpg.connect(self.cluster.url, server_settings={"default_transaction_read_only": "off"})


@contextlib.contextmanager
def small_disk(path: Path, size: str) -> Iterator[Path]:
    """A file system of its own in memory, of such a size as `64m`; skips the test where none can be mounted."""
    path.mkdir(parents=True)
    mounting = ["mount", "-t", "tmpfs", "-o", f"size={size},mode=0711", "none", str(path)]
    try:
        answer = subprocess.run(mounting, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        pytest.skip("there is no `mount` here, so no small disk")
    if answer.returncode != 0:
        pytest.skip(f"a small disk cannot be mounted (this needs root): {answer.stderr.strip()}")
    try:
        yield path
    finally:
        subprocess.run(["umount", "--lazy", str(path)], check=True)


def fill(disk: Path) -> None:
    """Fill it until not a byte more fits."""
    with contextlib.suppress(OSError), (disk / "filler").open("wb", buffering=0) as file:
        for size in (1 << 20, 4096):
            with contextlib.suppress(OSError):
                while True:
                    file.write(bytes(size))


def make_room(disk: Path) -> None:
    (disk / "filler").unlink(missing_ok=True)


FAKETIME: Final = next(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"), None)
"""Debian's libfaketime, if it is here."""


def clock_variables(path: Path) -> dict[str, str]:
    """For a process whose clock follows the file; skips the test where Debian's libfaketime is not installed."""
    if FAKETIME is None:
        pytest.skip("libfaketime is not installed (Debian: apt-get install libfaketime)")
    path.write_text("+0")
    return {
        "LD_PRELOAD": str(FAKETIME),
        "FAKETIME_TIMESTAMP_FILE": str(path),
        "FAKETIME_NO_CACHE": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
    }


@contextlib.asynccontextmanager
async def database(directory: Path, **settings: str) -> AsyncIterator[Database]:
    """Runs until the end of the block, however often it was killed within."""
    running = Database(directory, **settings)
    try:
        yield running
    finally:
        with contextlib.suppress(psutil.NoSuchProcess):
            running.thaw()
        running.cluster.stop()
