"""Documents of the tests."""

from collections.abc import AsyncIterator, Callable

import pytest

from tests.documents.simpleton import Simpleton
from tests.people import Browser, Community

Follow = Callable[..., Simpleton]


@pytest.fixture
async def document(community: Community) -> str:
    """An empty document in the text channel, made by the owner."""
    path = f"/api/channels/{community.channel}/documents"
    made = await community.owner.expect(201, "POST", path, {"title": "Notes"})
    return str(made["id"])


@pytest.fixture
async def follow() -> AsyncIterator[Follow]:
    """Starts clients that stop with the test."""
    clients: list[Simpleton] = []

    def begin(person: Browser, document: str, agent: str | None = None) -> Simpleton:
        client = Simpleton(person, document, agent)
        client.start()
        clients.append(client)
        return client

    yield begin
    for client in clients:
        await client.stop()
