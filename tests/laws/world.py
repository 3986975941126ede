"""A world for the laws: real server processes on one database, killed while users write and listen.

Everything random comes from one seed, which a failing test prints.
"""

import asyncio
import contextlib
import itertools
import os
import random
import signal
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import aiohttp

from coterie.client import Client, Event, RefusedError
from tests.patience import PATIENCE
from tests.people import SETUP_CODE
from tests.ports import reserved_port
from tests.serving import FILES

SECRET = "a secret of the tests, long enough to be taken"
COMMAND = [sys.executable, "-m", "coterie", "serve"]


@dataclass
class Server:
    """One `coterie serve` of its own, on a port of its own; it can be killed and started again."""

    database_url: str
    port: int
    bus_url: str = ""
    variables: dict[str, str] = field(default_factory=dict)
    process: asyncio.subprocess.Process | None = None
    is_starting: bool = False

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def start(self) -> None:
        environment = {
            "PATH": os.environ["PATH"],
            "DATABASE_URL": self.database_url,
            "BUS_URL": self.bus_url,
            "JWT_SECRET": SECRET,
            "COTERIE_SETUP_CODE": SETUP_CODE,
            "SERVER_PORT": str(self.port),
            "UPLOAD_DIR": FILES.name,
            "RATE_LIMITS": "off",
            "COTERIE_POOL_SIZE": "5",
            "COTERIE_ALLOW_UNSAFE_DATABASE": "on",
            "COTERIE_LOG_LEVEL": "error",
            **self.variables,
        }
        self.is_starting = True
        async with asyncio.timeout(PATIENCE):
            self.process = await asyncio.create_subprocess_exec(*COMMAND, env=environment)
            while not await self._is_ready():
                if self.process.returncode is not None:  # its connection was cut during the start
                    self.process = await asyncio.create_subprocess_exec(*COMMAND, env=environment)
                await asyncio.sleep(0.05)
        self.is_starting = False

    async def _is_ready(self) -> bool:
        with contextlib.suppress(OSError):
            reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
            writer.write(b"GET /health/ready HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            line = await reader.readline()
            writer.close()
            return b" 200 " in line
        return False

    async def end(self, number: signal.Signals) -> None:
        """Send the signal and wait for the end."""
        if self.process is not None and self.process.returncode is None:
            self.process.send_signal(number)
            await self.process.wait()


@contextlib.asynccontextmanager
async def servers(
    database_url: str, count: int, bus_url: str = "", variables: dict[str, str] | None = None
) -> AsyncIterator[list[Server]]:
    running = [Server(database_url, reserved_port(), bus_url, variables or {}) for _ in range(count)]
    try:
        await asyncio.gather(*(server.start() for server in running))
        yield running
    finally:
        await asyncio.gather(*(server.end(signal.SIGKILL) for server in running))


@dataclass
class Listener:
    """A user who follows everything they can see, and keeps each channel's messages as they arrived."""

    client: Client
    told: dict[str, list[Event]] = field(default_factory=dict)
    state: dict[str, dict[str, Any]] = field(default_factory=dict)
    connections: int = 0
    task: asyncio.Task[None] | None = None

    async def listen(self) -> None:
        async for event in self.client.events():
            if event.type == "READY":
                self.connections += 1
            elif event.topic is not None:
                self.told.setdefault(event.topic, []).append(event)
                if event.type.startswith(("MESSAGE_", "REACTION_", "POLL_")):
                    self.state.setdefault(event.topic, {})[event.data["id"]] = event.data

    async def reaches(self, topic: str, position: int) -> None:
        try:
            async with asyncio.timeout(PATIENCE):
                while self.client.positions.get(topic, 0) < position:
                    assert not (self.task and self.task.done()), self.task
                    await asyncio.sleep(0.02)
        except TimeoutError:
            stands, url = self.client.positions.get(topic), self.client.url
            raise AssertionError(f"{stands} of {position}, connection {self.connections} to {url}") from None

    def check_order(self, topic: str) -> None:
        """Every event follows the one before: no gap, no duplicate, in order."""
        events = self.told.get(topic, [])
        for before, after in itertools.pairwise(events):
            assert after.previous == before.position, f"a gap: {before.position} then {after.previous}"
            assert after.position > before.position


@dataclass
class Writer:
    """A user who writes, edits, deletes, reacts, asks and votes at random, and remembers what was acknowledged.

    `polls` are those of all writers.
    """

    client: Client
    channel: str
    chance: random.Random
    polls: list[dict[str, Any]] = field(default_factory=list)
    acknowledged: dict[str, str] = field(default_factory=dict)
    deleted: set[str] = field(default_factory=set)

    async def write(self, done: asyncio.Event) -> None:
        while not done.is_set():
            await self._deed()

    async def _deed(self) -> None:
        mine = [id for id in self.acknowledged if id not in self.deleted]
        kinds = ["send", "send", "send", "edit", "delete", "react", "ask", "vote", "vote"]
        kind = self.chance.choice(kinds) if mine else "send"
        if kind in ("ask", "vote"):
            await self._poll(kind)
        elif kind == "send":
            content = f"{uuid4().hex} {'x' * self.chance.choice([1, 50, 3000])}"
            sent = await self.client.send(self.channel, content)
            self.acknowledged[sent["id"]] = content
        else:
            await self._change(kind, self.chance.choice(mine))

    async def _poll(self, kind: str) -> None:
        """Ask, or vote for some options or for none. The database says what became of it."""
        with contextlib.suppress(RefusedError, aiohttp.ClientError, OSError, TimeoutError):
            if kind == "ask":
                body = {"question": uuid4().hex, "options": ["a", "b", "c"], "is_multiple": True}
                sent = await self.client.call("POST", f"/api/channels/{self.channel}/polls", **body)
                self.polls.append(sent["poll"])
            elif self.polls:
                poll = self.chance.choice(self.polls)
                ids = [option["id"] for option in poll["options"] if self.chance.random() < 0.5]
                path = f"/api/polls/{poll['id']}/vote"
                await self.client.call("POST" if ids else "DELETE", path, **({"option_ids": ids} if ids else {}))

    async def _change(self, kind: str, message: str) -> None:
        """A change whose outcome is unknown is ignored: the message may be in either state."""
        content = uuid4().hex
        call = {
            "edit": ("PATCH", f"/api/messages/{message}", {"content": content}),
            "delete": ("DELETE", f"/api/messages/{message}", {}),
            "react": ("PUT", f"/api/channels/{self.channel}/messages/{message}/reactions/x", {}),
        }[kind]
        try:
            await self.client.call(call[0], call[1], **call[2])
        except (RefusedError, aiohttp.ClientError, OSError, TimeoutError):
            self.acknowledged.pop(message)
            return
        if kind == "edit":
            self.acknowledged[message] = content
        elif kind == "delete":
            self.deleted.add(message)
