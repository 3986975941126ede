"""What the tests of usage share: servers with limits, and what the database has counted."""

import contextlib
from collections.abc import AsyncIterator
from uuid import UUID

import aiohttp
import asyncpg
import pytest

from coterie.database.pool import OwnConnection
from tests.people import Answer, Browser, Community, Person
from tests.serving import LiveServer, gather_community, serving, settings_for


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is counted in memory is written soon, and an operator's limits apply soon."""
    monkeypatch.setattr("coterie.usage.counting.WRITE_SECONDS", 0.05)


@pytest.fixture
async def counted(database_url: str) -> AsyncIterator[OwnConnection]:
    """The database of a test of its own."""
    connection = await asyncpg.connect(database_url)
    yield connection
    await connection.close()


@contextlib.asynccontextmanager
async def limited(database_url: str, http: aiohttp.ClientSession, **given: str) -> AsyncIterator[Community]:
    """A community on a server with these settings."""
    async with serving(settings_for(database_url, **given)) as server:
        yield await community_on(server, http)


async def community_on(server: LiveServer, http: aiohttp.ClientSession) -> Community:
    return await gather_community(lambda name: Person.register(Browser(server.url, http), name))


async def count_of(connection: OwnConnection, person: Person, metric: str) -> int:
    statement = "SELECT sum(count)::bigint FROM usage_tracking WHERE user_id = $1 AND metric = $2"
    return int(await connection.fetchval(statement, UUID(person.id), metric) or 0)


def assert_exceeded(answer: Answer) -> None:
    """429 with the time at which counting starts again."""
    assert (answer.status, answer.code) == (429, "usage_limit_exceeded"), answer
    assert answer.body["reset_at"].endswith("T00:00:00Z")
    assert answer.body["reset_at"][:10] in answer.body["error"]
    assert 0 < int(answer.headers["Retry-After"]) - answer.body["retry_after"] <= 1
