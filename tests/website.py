"""A web site for the tests: answers on a real socket with the bytes that a test gives it, and keeps requests."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Final


def answer(body: bytes = b"", /, status: str = "200 OK", **headers: str) -> bytes:
    """A whole HTTP response; `content_type` for the header Content-Type, and so on."""
    given = {"content-type": "text/html", "content-length": str(len(body)), "connection": "close"}
    given |= {name.replace("_", "-"): value for name, value in headers.items()}
    lines = [f"HTTP/1.1 {status}", *(f"{name}: {value}" for name, value in given.items())]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def redirect(location: str, status: str = "302 Found", **headers: str) -> bytes:
    return answer(status=status, location=location, **headers)


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as it arrived; header names are in lower case."""

    path: str
    headers: dict[str, str]


@dataclass
class Website:
    """`pages` are answered as they are, then `endless` repeats forever; nothing is answered before `is_open`."""

    pages: dict[str, bytes] = field(default_factory=dict)
    endless: dict[str, bytes] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)
    connections: int = 0
    port: int = 0
    is_open: asyncio.Event = field(default_factory=asyncio.Event)
    arrival: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.is_open.set()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def times(self, path: str) -> int:
        """How often a path was asked for."""
        return sum(1 for each in self.asked if each.path == path)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
            pairs = (line.split(": ", 1) for line in head[1:] if line)
            asked = Asked(head[0].split(" ")[1], {name.lower(): value for name, value in pairs})
            self.asked.append(asked)
            self.arrival.set()
            await self.is_open.wait()
            writer.write(self.pages.get(asked.path) or answer(status="404 Not Found"))
            while more := self.endless.get(asked.path):
                writer.write(more)
                await writer.drain()
        writer.close()


@contextlib.asynccontextmanager
async def website() -> AsyncIterator[Website]:
    """A site on a free port of 127.0.0.1."""
    site: Final = Website()
    server = await asyncio.start_server(site.serve, "127.0.0.1", 0)
    site.port = server.sockets[0].getsockname()[1]
    try:
        yield site
    finally:
        server.close()
