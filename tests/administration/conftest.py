"""An instance of the test's own, whose first account administers it."""

from collections.abc import AsyncIterator, Awaitable, Callable

import aiohttp
import pytest

from tests.people import Browser, Person
from tests.serving import LiveServer, serving, settings_for

Newcomer = Callable[..., Awaitable[Person]]


@pytest.fixture
async def instance(database_url: str) -> AsyncIterator[LiveServer]:
    async with serving(settings_for(database_url)) as server:
        yield server


@pytest.fixture
async def admin(instance: LiveServer, http: aiohttp.ClientSession) -> Person:
    return await Person.register(Browser(instance.url, http), "admin")


@pytest.fixture
def newcomer(admin: Person) -> Newcomer:
    """Registers another account, with its fields if given."""

    async def register(name: str = "person", **fields: str) -> Person:
        return await Person.register(Browser(admin.url, admin.http), name, **fields)

    return register
