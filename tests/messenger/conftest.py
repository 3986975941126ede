"""What the tests of the messenger's routes share: following /realtime and /chat as an old client does."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import aiohttp
import pytest

from tests.patience import PATIENCE
from tests.people import Person


@dataclass(frozen=True, slots=True)
class Told:
    """One event of /realtime."""

    id: str | None
    name: str
    data: dict[str, Any]

    @property
    def payload(self) -> Any:
        return self.data["payload"]


@dataclass
class Stream:
    """An open /realtime that keeps all it received. `last_id` is what an EventSource would send when it reconnects."""

    response: aiohttp.ClientResponse
    told: list[Told] = field(default_factory=list)
    last_id: str | None = None
    rest: bytes = b""

    async def next(self) -> Told | None:
        """The next event; None at the end. Ids alone and comments are skipped."""
        while True:
            while b"\n\n" not in self.rest:
                chunk = await self.response.content.readany()
                if not chunk:
                    return None
                self.rest += chunk
            block, _, self.rest = self.rest.partition(b"\n\n")
            assert block.isascii()
            lines = dict(line.split(": ", 1) for line in block.decode().split("\n") if not line.startswith(":"))
            self.last_id = lines.get("id", self.last_id)
            if "data" in lines:
                told = Told(lines.get("id"), lines["event"], json.loads(lines["data"]))
                self.told.append(told)
                return told

    async def wait_for(self, matches: Callable[[Told], bool]) -> Told:
        """The first event that matches, including earlier ones."""
        for told in self.told:
            if matches(told):
                return told
        async with asyncio.timeout(PATIENCE):
            while True:
                told = await self.next()  # type: ignore[assignment]
                assert told is not None, f"the stream ended: {[each.name for each in self.told]}"
                if matches(told):
                    return told

    async def wait_for_text(self, text: str) -> Told:
        return await self.wait_for(lambda told: told.name == "message" and told.payload["text"] == text)

    async def settle(self, person: Person) -> None:
        """Wait until everything committed before now has arrived; `person` is the stream's user."""
        mark = uuid4().hex
        await person.expect(200, "PATCH", "/api/users/@me", {"pronouns": mark})
        await self.wait_for(lambda told: isinstance(told.payload, dict) and told.payload.get("pronouns") == mark)

    async def end(self) -> None:
        """Read until the server ends it."""
        async with asyncio.timeout(PATIENCE):
            while await self.next() is not None:
                pass

    def texts(self) -> list[str]:
        return [told.payload["text"] for told in self.told if told.name == "message"]

    def cut(self) -> None:
        """Disappear silently, as a network does."""
        self.response.close()


Listen = Callable[..., Awaitable[Stream]]


@pytest.fixture
async def listen() -> AsyncIterator[Listen]:
    """Opens /realtime for a user: `await listen(person, last_id, query="?types=message")`."""
    session = aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar())
    opened: list[Stream] = []

    async def open_stream(person: Person, last_id: str | None = None, *, query: str = "", **headers: str) -> Stream:
        headers = {"Authorization": f"Bearer {person.token}", "Accept": "text/event-stream", **headers}
        if last_id is not None:
            headers["Last-Event-ID"] = last_id
        response = await session.get(f"{person.url}/realtime{query}", headers=headers)
        stream = Stream(response)
        if response.status == 200 and "types" not in query:
            await stream.wait_for(lambda told: told.name == "status" and told.payload["status"] == "connected")
        opened.append(stream)
        return stream

    yield open_stream
    for stream in opened:
        stream.cut()
    await session.close()
