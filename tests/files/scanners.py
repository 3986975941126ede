"""A real clamd with a database of the tests' own, which knows the EICAR test file and nothing else."""

import asyncio
import contextlib
import os
import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from coterie.commands.scanner_examination import TEST_FILE
from tests.patience import PATIENCE
from tests.ports import reserved_port

SIGNATURE = "Test.Eicar"
STREAM_LIMIT = 1024 * 1024


@dataclass(frozen=True, slots=True)
class RunningClamd:
    """Where it listens."""

    socket: str
    tcp: str


@contextlib.asynccontextmanager
async def clamd_in(directory: Path, signature: bytes = TEST_FILE) -> AsyncIterator[RunningClamd]:
    """Runs clamd until the block ends; it reports files that contain the signature."""
    command = shutil.which("clamd", path=os.environ.get("PATH", "") + ":/usr/sbin")
    if command is None:
        give_up = pytest.fail if os.environ.get("REQUIRE_CLAMD") else pytest.skip
        give_up("no clamd on PATH, so no scanner was asked (Debian and Ubuntu: apt-get install clamav-daemon)")
    port = reserved_port()
    place = directory / "clamd.ctl"
    (directory / "signatures").mkdir()
    (directory / "signatures/test.ndb").write_text(f"{SIGNATURE}:0:*:{signature.hex()}\n")
    (directory / "clamd.conf").write_text(
        f"Foreground yes\nDatabaseDirectory {directory}/signatures\nTemporaryDirectory {directory}\n"
        f"LocalSocket {place}\nTCPSocket {port}\nTCPAddr 127.0.0.1\nStreamMaxLength {STREAM_LIMIT}\n"
        f"MaxThreads 4\nFixStaleSocket yes\n"
    )
    process = await asyncio.create_subprocess_exec(
        command,
        f"--config-file={directory}/clamd.conf",
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(PATIENCE):
            while not await _answers(place):
                assert process.returncode is None, await process.stderr.read() if process.stderr else b""
                await asyncio.sleep(0.05)
        yield RunningClamd(f"unix:{place}", f"tcp://127.0.0.1:{port}")
    finally:
        process.kill()
        await process.wait()


async def _answers(place: Path) -> bool:
    try:
        reader, writer = await asyncio.open_unix_connection(place)
    except OSError:
        return False
    writer.write(b"zPING\0")
    answer = await reader.read(100)
    writer.transport.abort()
    return answer == b"PONG\0"
