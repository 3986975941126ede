"""The fixtures of the tests of retention."""

from collections.abc import AsyncIterator

import pytest

from coterie.database.connection import Database
from coterie.database.pool import open_pool
from coterie.settings.record import Settings
from tests.files.conftest import kept
from tests.roles.conftest import ranks
from tests.sync.braid_reader import follow

__all__ = ["follow", "kept", "ranks"]


@pytest.fixture
async def shared(shared_database_url: str) -> AsyncIterator[Database]:
    """Connections to the live server's database."""
    pool = await open_pool(Settings(database_url=shared_database_url, pool_size=3))
    try:
        yield pool
    finally:
        await pool.close()
