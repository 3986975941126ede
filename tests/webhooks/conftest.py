"""A server with a receiver that it may send to. The waits between attempts are short."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import aiohttp
import asyncpg
import pytest

from coterie.database.pool import OwnConnection
from tests.people import Browser, Community, Person
from tests.serving import gather_community, serving, settings_for
from tests.webhooks.receiver import Receiver, receiver

ALL = ["message.created", "message.updated", "message.deleted", "member.joined", "member.left"]


@dataclass(frozen=True, slots=True)
class HookWorld:
    """A community, a receiver, and the database."""

    community: Community
    receiver: Receiver
    rows: OwnConnection

    @property
    def path(self) -> str:
        return f"/api/servers/{self.community.server}/webhooks"

    async def create(self, *event_types: str, person: Person | None = None, **fields: Any) -> dict[str, Any]:
        """A webhook with its `secret`."""
        body = {"name": "Hook", "url": self.receiver.url, "event_types": list(event_types) or ALL, **fields}
        made = await (person or self.community.owner).expect(201, "POST", self.path, body)
        return {**made["webhook"], "secret": made["secret"]}

    async def get(self, webhook: dict[str, Any]) -> dict[str, Any]:
        found: dict[str, Any] = await self.community.owner.expect(200, "GET", f"{self.path}/{webhook['id']}")
        return found

    async def send(self, content: str) -> dict[str, Any]:
        return await self.community.member.send(self.community.channel, content)


@pytest.fixture(autouse=True)
def short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("coterie.webhooks.sending.WAITS", (timedelta(seconds=0.05), timedelta(seconds=0.1)))
    monkeypatch.setattr("coterie.webhooks.sending.BACK_OFF", timedelta(seconds=0.3))


@pytest.fixture
async def world(database_url: str, http: aiohttp.ClientSession) -> AsyncIterator[HookWorld]:
    """On a database of its own: another server process would deliver as well, and may not send to the receiver."""
    async with receiver() as made:
        settings = settings_for(database_url, COTERIE_OUTGOING_ALLOWED=made.place)
        async with serving(settings) as server:
            community = await gather_community(lambda name: Person.register(Browser(server.url, http), name))
            rows = await asyncpg.connect(database_url)
            yield HookWorld(community, made, rows)
            await rows.close()
