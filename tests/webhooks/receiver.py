"""A receiver of webhooks for the tests, on a real socket: keeps what arrives, and answers as a test says."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any, Final

from tests.patience import PATIENCE
from tests.website import answer, asked, on_free_port


@dataclass(frozen=True, slots=True)
class Delivered:
    """A request as it arrived; header names are in lower case."""

    headers: dict[str, str]
    body: bytes

    @property
    def event(self) -> str:
        return str(self.json["event"])

    @property
    def data(self) -> dict[str, Any]:
        data: dict[str, Any] = self.json["data"]
        return data

    @property
    def json(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.body)
        return found

    @property
    def attempt(self) -> int:
        return int(self.headers["x-together-delivery-attempt"])


@dataclass
class Receiver:
    """Answers with the next of `statuses`, else 204; nothing while it is not `is_open`."""

    statuses: list[str] = field(default_factory=list)
    received: list[Delivered] = field(default_factory=list)
    port: int = 0
    is_open: asyncio.Event = field(default_factory=asyncio.Event)
    arrived: asyncio.Condition = field(default_factory=asyncio.Condition)

    def __post_init__(self) -> None:
        self.is_open.set()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook?key=of-the-receiver"

    @property
    def place(self) -> str:
        return f"127.0.0.1:{self.port}"

    async def wait(self, count: int, patience: float = PATIENCE) -> list[Delivered]:
        """Everything that arrived, once this number of requests has."""
        async with asyncio.timeout(patience), self.arrived:
            await self.arrived.wait_for(lambda: len(self.received) >= count)
        return list(self.received)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            request = await asked(reader)
            assert (request.method, request.path) == ("POST", "/hook?key=of-the-receiver")
            body = await reader.readexactly(int(request.headers["content-length"]))
            async with self.arrived:
                self.received.append(Delivered(request.headers, body))
                self.arrived.notify_all()
            await self.is_open.wait()
            status = self.statuses.pop(0) if self.statuses else "204 No Content"
            writer.write(answer(status=status, location=f"http://127.0.0.1:{self.port}/elsewhere"))
            await writer.drain()
        writer.close()


@contextlib.asynccontextmanager
async def receiver() -> AsyncIterator[Receiver]:
    """A receiver on a free port of 127.0.0.1."""
    made: Final = Receiver()
    async with on_free_port(made.serve) as made.port:
        try:
            yield made
        finally:
            made.is_open.set()
