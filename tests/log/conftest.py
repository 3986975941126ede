"""The world of the log's tests."""

from collections.abc import AsyncIterator

import pytest

from tests.log.world import World, catching, gather


@pytest.fixture
async def world(shared_database_url: str) -> AsyncIterator[World]:
    async with catching(shared_database_url) as (database, told):
        world = await gather(database, told)
        yield world
        await world.messages.close()
