"""A client of merge type simpleton, as simple as they come: one version, one text, no history.

It takes an update only if its Parents are exactly the version that it has, and silently drops every other.
"""

import asyncio
import contextlib
import json
import random
from collections.abc import AsyncIterator, Coroutine
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import uuid4

import aiohttp

from tests.patience import PATIENCE
from tests.people import Browser

Patches = list[tuple[int, int, str]]


@dataclass
class Update:
    """What a stream said once; `body` for a whole text."""

    version: list[str]
    parents: list[str]
    body: str | None = None
    patches: Patches = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)


def ids(header: str) -> list[str]:
    found: list[str] = json.loads(f"[{header}]")
    return found


def header_of(versions: list[str]) -> str:
    return ", ".join(json.dumps(version) for version in versions)


async def read_updates(response: aiohttp.ClientResponse) -> AsyncIterator[Update]:
    """The updates of a stream, read as strictly as real clients do."""
    reader = response.content
    while (line := await reader.readline()) or not reader.at_eof():
        if line in (b"\r\n", b"\n"):
            continue
        if not line:
            return
        assert line == b"HTTP 200 OK\r\n", line
        headers = await _headers(reader)
        assert headers.keys() >= {"version", "parents"}, headers
        update = Update(ids(headers["version"]), ids(headers["parents"]), headers=headers)
        if "patches" in headers:
            assert "content-length" not in headers
            for _ in range(int(headers["patches"])):
                update.patches.append(await _patch(reader, await _headers(reader)))
        elif "content-range" in headers:
            update.patches.append(await _patch(reader, headers))
        else:
            update.body = (await reader.readexactly(int(headers["content-length"]))).decode()
        yield update


async def _headers(reader: aiohttp.StreamReader) -> dict[str, str]:
    found: dict[str, str] = {}
    while (line := (await reader.readline()).decode()) != "\r\n" or not found:
        if line == "\r\n":
            continue
        assert line, "the stream ended within an update"
        name, _, value = line.partition(":")
        found[name.lower()] = value.strip()
    return found


async def _patch(reader: aiohttp.StreamReader, headers: dict[str, str]) -> tuple[int, int, str]:
    unit, _, place = headers["content-range"].partition(" ")
    assert unit == "text"
    start, _, end = place.strip("[]").partition(":")
    return int(start), int(end), (await reader.readexactly(int(headers["content-length"]))).decode()


def applied(text: str, patches: Patches) -> str:
    """The text after patches that all refer to the text before them."""
    pieces, at = [], 0
    for start, end, content in patches:
        assert at <= start <= end <= len(text), (patches, len(text))
        pieces += [text[at:start], content]
        at = end
    return "".join([*pieces, text[at:]])


def size_of(patches: Patches) -> int:
    return sum(end - start + len(content) for start, end, content in patches)


@dataclass
class Sending:
    """An edit that was made and is not known to be stored."""

    version: str
    parents: list[str]
    patches: Patches


class Simpleton:
    """Follows a document from one server and edits it. `servers` are the browsers to go through, one after another."""

    def __init__(self, person: Browser, document: str, agent: str | None = None) -> None:
        self.person = person
        self.path: Final = f"/sync/documents/{document}"
        self.agent: Final = agent or uuid4().hex[:10]
        self.text = ""
        self.version: list[str] | None = None
        self.seq = -1
        self.queue: Final[list[Sending]] = []
        self.acknowledged: Final[list[str]] = []
        self.taken = 0
        self.dropped = 0
        self.moved: Final = asyncio.Condition()
        self._tasks: list[asyncio.Task[None]] = []
        self._wake: Final = asyncio.Event()
        self.status: int | None = None
        self._failure: Exception | None = None

    def start(self) -> None:
        """Follow and send, again and again whatever happens, until `stop`."""
        self._wake.set()
        self._tasks = [asyncio.create_task(self._noting_failure(work)) for work in (self._follow(), self._send())]

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks = []

    def cut(self) -> None:
        """Cut all connections; they are opened again at once."""
        for task in self._tasks:
            task.cancel()
        self.start()

    def edit(self, *patches: tuple[int, int, str]) -> None:
        """Change its text, and send it."""
        assert self.version is not None, "nothing was received yet"
        changes = list(patches)
        self.text = applied(self.text, changes)
        self.seq += size_of(changes)
        version = f"{self.agent}-{self.seq}"
        self.queue.append(Sending(version, self.version, changes))
        self.version = [version]
        self._wake.set()

    def type_somewhere(self, chance: random.Random, letters: str) -> None:
        """Some edit."""
        start = chance.randint(0, len(self.text))
        end = min(len(self.text), start + chance.choice([0, 0, 0, 1, 3, 8]))
        content = "".join(chance.choice(letters) for _ in range(chance.randint(0 if end > start else 1, 4)))
        self.edit((start, end, content))

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.person.token}", "Peer": self.agent}

    async def settle(self) -> None:
        """Wait until every edit is acknowledged."""
        await self.until(lambda: not self.queue)

    async def until(self, holds: Any) -> None:
        """Wait until a condition holds; fails with the error meanwhile, or else with what this client has."""
        try:
            async with asyncio.timeout(PATIENCE), self.moved:
                await self.moved.wait_for(lambda: self._failure is not None or holds())
        except TimeoutError:
            raise AssertionError(f"{self.agent} is at {self.version}, and {len(self.queue)} are not stored") from None
        if self._failure is not None:
            raise self._failure

    async def _noting_failure(self, work: Coroutine[None, None, None]) -> None:
        try:
            await work
        except Exception as failure:
            self._failure = failure
            async with self.moved:
                self.moved.notify_all()

    async def _follow(self) -> None:
        while True:
            with contextlib.suppress(aiohttp.ClientError, TimeoutError, asyncio.IncompleteReadError):
                await self._follow_once()
            await asyncio.sleep(0.05)

    async def _follow_once(self) -> None:
        headers = {**self.headers, "Subscribe": "true", "Heartbeats": "5s", "Merge-Type": "simpleton"}
        if self.version is not None:
            headers["Parents"] = header_of(self.version)
        timeout = aiohttp.ClientTimeout(total=None, sock_read=20)
        async with self.person.http.get(self.person.url + self.path, headers=headers, timeout=timeout) as response:
            self.status = response.status
            async with self.moved:
                self.moved.notify_all()
            if response.status != 209:
                return
            async for update in read_updates(response):
                self._take(update)
                async with self.moved:
                    self.moved.notify_all()

    def _take(self, update: Update) -> None:
        if sorted(update.parents) != sorted(self.version or []):
            self.dropped += 1
            return
        if update.body is not None:
            assert not self.text, "a text that is put in front of another"
            self.text = update.body
        else:
            self.text = applied(self.text, update.patches)
        self.version = sorted(update.version)
        self.taken += 1

    async def _send(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self.queue:
                sending = self.queue[0]
                with contextlib.suppress(aiohttp.ClientError, TimeoutError):
                    if await self._put(sending) == 200:
                        self.queue.remove(sending)
                        self.acknowledged.append(sending.version)
                        async with self.moved:
                            self.moved.notify_all()
                        continue
                await asyncio.sleep(0.05)

    async def _put(self, sending: Sending) -> int:
        answer = await put(self.person, self.path, sending.version, sending.parents, sending.patches, self.headers)
        assert answer[0] != 550, answer
        return answer[0]


async def put(
    person: Browser,
    path: str,
    version: str | None,
    parents: list[str] | None,
    patches: Patches,
    headers: dict[str, str] | None = None,
) -> tuple[int, Any, dict[str, str]]:
    """Send an edit as braid-text sends it: one patch as the body, more of them one after another."""
    given = {"Authorization": f"Bearer {person.token}", **(headers or {})}
    if version is not None:
        given["Version"] = json.dumps(version)
    if parents is not None:
        given["Parents"] = header_of(parents)
    if len(patches) == 1:
        [(start, end, content)] = patches
        given["Content-Range"] = f"text [{start}:{end}]"
        body = content.encode()
    else:
        given["Patches"] = str(len(patches))
        body = b"".join(
            b"content-length: %d\r\ncontent-range: text [%d:%d]\r\n\r\n%s\r\n\r\n"
            % (len(content.encode()), start, end, content.encode())
            for start, end, content in patches
        )
    async with person.http.put(person.url + path, data=body, headers=given) as response:
        text = await response.text()
        return response.status, json.loads(text) if text else None, dict(response.headers)
