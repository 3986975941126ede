"""Node with the npm package braid-http, driven over pipes; and a wire that can be cut at any byte."""

import asyncio
import contextlib
import fcntl
import json
import os
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any, Final

import pytest

from tests.patience import PATIENCE
from tests.people import Person

HERE: Final = Path(__file__).parent
MODULES: Final = HERE / "node_modules"
PATH: Final = os.pathsep.join((os.environ.get("PATH", ""), str(Path(sys.executable).parent)))


@pytest.fixture(scope="session")
def node(testrun_uid: str) -> str:
    """The Node to run, with the package fetched."""
    found, npm = shutil.which("node", path=PATH), shutil.which("npm", path=PATH)
    if not found or not npm:
        pytest.skip("there is no Node to run the npm package braid-http with: install it, or run `make setup`")
    with (HERE / "package-lock.json").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # one worker of pytest-xdist fetches it for all
        if not (MODULES / ".package-lock.json").exists() and (complaint := _complaint(npm, testrun_uid)):
            pytest.skip(f"npm cannot fetch braid-http: {complaint}")
    return found


def _complaint(npm: str, run: str) -> str:
    """What prevents fetching; empty if the package is there. It is tried twice, and by one worker of a run."""
    failed = MODULES / "failed.json"
    if failed.exists() and (before := json.loads(failed.read_text()))["run"] == run:
        return str(before["complaint"])
    if (complaint := _fetch(npm)) and (complaint := _fetch(npm)):
        MODULES.mkdir(exist_ok=True)
        failed.write_text(json.dumps({"run": run, "complaint": complaint}))
    return complaint


def _fetch(npm: str) -> str:
    """From nothing: `npm ci` removes what is there. Returns the complaint, if it failed."""
    try:
        fetched = subprocess.run(
            [npm, "ci", "--loglevel=error"],
            cwd=HERE,
            env={**os.environ, "PATH": PATH},
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=PATIENCE,
        )
    except subprocess.TimeoutExpired:
        return f"no answer within {PATIENCE:.0f} s"
    return fetched.stdout.strip()[-300:] or "no reason given" if fetched.returncode else ""


class Client:
    """A running braid-http. Every line that it prints is kept."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process: Final = process
        self._arrived: Final = asyncio.Condition()
        self.lines: Final[list[dict[str, Any]]] = []
        self._reading: Final = asyncio.create_task(self._read())

    async def _read(self) -> None:
        assert self._process.stdout is not None
        async for line in self._process.stdout:
            async with self._arrived:
                self.lines.append(json.loads(line))
                self._arrived.notify_all()

    async def do(self, operation: str, name: str, **options: Any) -> None:
        assert self._process.stdin is not None
        command = {"do": operation, "name": name, **options}
        self._process.stdin.write(json.dumps(command).encode() + b"\n")
        await self._process.stdin.drain()

    async def put(self, name: str, path: str, **options: Any) -> dict[str, Any]:
        """Write, and wait for the answer."""
        await self.do("put", name, path=path, **options)
        return (await self.told(name, 1))[0]

    def updates(self, name: str) -> list[dict[str, Any]]:
        return [line["update"] for line in self.lines if line["name"] == name and "update" in line]

    async def told(self, name: str, count: int) -> list[dict[str, Any]]:
        """The first lines of this name that are not updates, `count` of them."""

        def found() -> list[dict[str, Any]]:
            return [line for line in self.lines if line["name"] == name and "update" not in line]

        await self._wait(lambda: len(found()) >= count)
        return found()

    async def updated(self, name: str, count: int) -> list[dict[str, Any]]:
        """The first `count` updates of a subscription."""
        await self._wait(lambda: len(self.updates(name)) >= count)
        return self.updates(name)

    async def _wait(self, is_there: Callable[[], bool]) -> None:
        try:
            async with asyncio.timeout(PATIENCE), self._arrived:
                await self._arrived.wait_for(is_there)
        except TimeoutError:
            raise AssertionError(f"it did not come; what came: {self.lines}") from None

    async def close(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()
        await self._process.wait()
        await self._reading


Start = Callable[..., Awaitable[Client]]


@pytest.fixture
async def start(node: str) -> AsyncIterator[Start]:
    """Starts a client for a person, over the given address instead of the server's own."""
    clients: list[Client] = []

    async def start(person: Person, url: str | None = None) -> Client:
        process = await asyncio.create_subprocess_exec(
            node,
            str(HERE / "driver.mjs"),
            url or person.url,
            person.token or "",
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            limit=2**24,
        )
        clients.append(Client(process))
        return clients[-1]

    yield start
    for client in clients:
        await client.close()


class Wire:
    """A relay between a client and the server. `cut` ends every connection; `cut_after` does so at a byte to come."""

    def __init__(self, host: str, port: int) -> None:
        self._target: Final = (host, port)
        self._writers: Final[set[asyncio.StreamWriter]] = set()
        self._tasks: Final[set[asyncio.Task[None]]] = set()
        self.cut_after: int | None = None
        self.cuts = 0
        self.url = ""

    async def serve(self) -> asyncio.Server:
        server = await asyncio.start_server(self._connect, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        return server

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, onward = await asyncio.open_connection(*self._target)
        self._writers.update((writer, onward))
        for task in (self._relay(reader, onward, is_answer=False), self._relay(there, writer, is_answer=True)):
            self._tasks.add(asyncio.create_task(task))

    async def _relay(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, is_answer: bool) -> None:
        with contextlib.suppress(OSError):
            while data := await reader.read(4096):
                if is_answer and self.cut_after is not None:
                    data, self.cut_after = data[: self.cut_after], self.cut_after - len(data)
                    if self.cut_after <= 0:
                        writer.write(data)
                        await writer.drain()
                        self.cut_after = None
                        self.cut()
                        return
                writer.write(data)
                await writer.drain()
            writer.close()

    def cut(self) -> None:
        self.cuts += 1
        for writer in self._writers:
            writer.close()
        self._writers.clear()

    async def close(self) -> None:
        self.cut()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


@pytest.fixture
async def wire(live_server: Any) -> AsyncIterator[Wire]:
    """A relay to the live server."""
    host, _, port = live_server.url.removeprefix("http://").partition(":")
    wire = Wire(host, int(port))
    server = await wire.serve()
    yield wire
    await wire.close()
    server.close()
    await server.wait_closed()
