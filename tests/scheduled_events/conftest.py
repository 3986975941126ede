"""The fixtures of the tests of scheduled events."""

from collections.abc import AsyncIterator

import pytest

from coterie.database.connection import Database
from coterie.database.pool import open_pool
from tests.roles.conftest import ranks
from tests.serving import LiveServer

__all__ = ["ranks"]


@pytest.fixture
async def database(live_server: LiveServer) -> AsyncIterator[Database]:
    """Connections of the test's own, as another process has them."""
    opened = await open_pool(live_server.settings)
    yield opened
    await opened.close()
