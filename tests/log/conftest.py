"""The world of the log's tests."""

from collections.abc import AsyncIterator

import pytest

from tests.log.world import World, apart


@pytest.fixture
async def world(shared_database_url: str) -> AsyncIterator[World]:
    async with apart(shared_database_url) as world:
        yield world
