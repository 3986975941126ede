"""A web site for the tests: answers on a real socket with the bytes that a test gives it, and keeps requests."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
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

    method: str
    path: str
    headers: dict[str, str]


async def asked(reader: asyncio.StreamReader) -> Asked:
    """The next request's head."""
    first, *lines = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
    method, path, _ = first.split(" ")
    pairs = (line.split(": ", 1) for line in lines if line)
    return Asked(method, path, {name.lower(): value for name, value in pairs})


@contextlib.asynccontextmanager
async def on_free_port(
    serve: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]],
) -> AsyncIterator[int]:
    """Serve connections on a free port of 127.0.0.1, which is yielded."""
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()


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
            request = await asked(reader)
            self.asked.append(request)
            self.arrival.set()
            await self.is_open.wait()
            writer.write(self.pages.get(request.path) or answer(status="404 Not Found"))
            while more := self.endless.get(request.path):
                writer.write(more)
                await writer.drain()
        writer.close()


@contextlib.asynccontextmanager
async def website() -> AsyncIterator[Website]:
    """A site on a free port of 127.0.0.1."""
    site: Final = Website()
    async with on_free_port(site.serve) as site.port:
        yield site
