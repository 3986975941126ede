"""A Braid client for the tests, on a raw socket: it checks every byte of the stream, and assembles the object."""

import asyncio
import contextlib
import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Final, Self
from urllib.parse import urlsplit

import pytest

from tests.patience import PATIENCE
from tests.people import Browser

HEADER: Final = re.compile(rb"([A-Za-z0-9_-]+): ?([^\r\n]*)")


@dataclass(frozen=True, slots=True)
class Update:
    """One update: its headers by their lower-case names, and its body."""

    headers: dict[str, str]
    body: bytes

    @property
    def version(self) -> str:
        [version] = json.loads(f"[{self.headers['version']}]")
        return str(version)

    @property
    def parents(self) -> list[str]:
        parents: list[str] = json.loads(f"[{self.headers['parents']}]")
        return parents

    @property
    def key(self) -> str | None:
        """The key that is set or removed; None for a snapshot."""
        content_range = self.headers.get("content-range")
        if content_range is None:
            return None
        unit, _, path = content_range.partition(" ")
        assert unit == "json"
        [key] = json.loads(path)
        return str(key)


def read_update(data: bytes) -> tuple[Update | None, bytes]:
    """The first update in the bytes and the rest; None if it is not complete yet.

    Strict where real clients are: only CR and LF between updates, lines end in CR LF, and the length is exact.
    """
    data = data.lstrip(b"\r\n")
    head, blank, rest = data.partition(b"\r\n\r\n")
    if not blank:
        return None, data
    first, *lines = head.split(b"\r\n")
    assert first == b"HTTP 200 OK", first
    headers = {}
    for line in lines:
        found = HEADER.fullmatch(line)
        assert found, line
        headers[found[1].decode().lower()] = found[2].decode("ascii")
    assert "patches" not in headers
    length = int(headers["content-length"])
    if len(rest) < length:
        return None, data
    return Update(headers, rest[:length]), rest[length:]


@dataclass
class BraidStream:
    """An open streaming request. `state` is the object that the updates result in."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    updates: list[Update] = field(default_factory=list)
    state: dict[str, Any] = field(default_factory=dict)
    version: str | None = None
    raw: bytes = b""
    rest: bytes = b""
    is_over: bool = False

    @classmethod
    async def open(cls, browser: Browser, path: str, *, limit: int = 2**16, **headers: str | None) -> Self:
        """Ask with `Subscribe: true`, and read the head of the answer. A header of None is left out."""
        address = urlsplit(browser.url)
        reader, writer = await asyncio.open_connection(address.hostname, address.port, limit=limit)
        self = cls(reader, writer)
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        sent = {"Host": address.netloc, "Subscribe": "true", "Authorization": f"Bearer {browser.token}", **named}
        lines = [f"{name}: {value}" for name, value in sent.items() if value is not None]
        writer.write("\r\n".join([f"GET {path} HTTP/1.1", *lines, "", ""]).encode())
        await self._read_head()
        return self

    async def _read_head(self) -> None:
        async with asyncio.timeout(PATIENCE):
            head = (await self.reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        self.status = int(head[0].split(" ")[1])
        self.headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in head[1:] if line)}

    async def read_chunk(self) -> bytes:
        """The next chunk of the answer; empty at its end."""
        async with asyncio.timeout(PATIENCE):
            size = int(await self.reader.readuntil(b"\r\n"), 16)
            chunk = (await self.reader.readexactly(size + 2))[:-2]
        self.is_over = size == 0
        self.raw += chunk
        return chunk

    async def next(self) -> Update:
        """The next update, applied to the state; heartbeats are skipped."""
        while True:
            update, self.rest = read_update(self.rest)
            if update is not None:
                self._apply(update)
                return update
            assert not self.is_over, "the stream ended"
            self.rest += await self.read_chunk()

    async def until(self, version: str) -> None:
        """Read until this version has arrived."""
        while self.version != version:
            await self.next()

    async def read_to_end(self) -> list[Update]:
        """Whatever comes before the server ends the stream."""
        seen = len(self.updates)
        while not self.is_over:
            self.rest += await self.read_chunk()
        self.take_complete()
        assert not self.rest.strip(b"\r\n"), self.rest
        return self.updates[seen:]

    def take_complete(self) -> None:
        """Apply what has arrived whole."""
        while True:
            update, self.rest = read_update(self.rest)
            if update is None:
                return
            self._apply(update)

    def _apply(self, update: Update) -> None:
        if update.key is None:
            assert update.parents == []
            self.state = json.loads(update.body)
        else:
            assert update.parents == [self.version] or self.version is None, (update.parents, self.version)
            if update.body:
                self.state[update.key] = json.loads(update.body)
            else:
                self.state.pop(update.key, None)  # it may have come and gone while the client was away
        self.version = update.version
        self.updates.append(update)

    def cut(self) -> None:
        """Drop the connection."""
        self.writer.transport.abort()


Follow = Callable[..., Awaitable[BraidStream]]


@pytest.fixture
async def follow() -> AsyncIterator[Follow]:
    """Opens streams as `BraidStream.open` does, and cuts them when the test is over."""
    streams: list[BraidStream] = []

    async def open(browser: Browser, path: str, **options: Any) -> BraidStream:
        streams.append(await BraidStream.open(browser, path, **options))
        return streams[-1]

    yield open
    for stream in streams:
        stream.cut()
        with contextlib.suppress(OSError):
            await stream.writer.wait_closed()
