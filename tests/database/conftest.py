"""The schema on both ends of the supported range: the embedded PostgreSQL, and the oldest that the machine has."""

from collections.abc import AsyncIterator
from typing import Final
from uuid import uuid4

import asyncpg
import pytest

from coterie.database import migrate
from coterie.database.pool import OwnConnection
from tests.conftest import sibling

# Plans are tested without statistics: PostgreSQL must not analyse the tables meanwhile.
UNANALYZED: Final = """
DO $$
DECLARE
    tables CURSOR FOR
        SELECT oid::regclass AS name FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r';
BEGIN
    FOR each IN tables LOOP
        EXECUTE format('ALTER TABLE %s SET (autovacuum_enabled = off)', each.name);
    END LOOP;
END $$
"""


OF_VERSIONS: Final = ("test_inbox_plans", "test_kept_plans", "test_plans", "test_search_functions")
"""Files whose tests `make test` runs on one version only, since they are about the planner, or characters."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.stem in OF_VERSIONS and "of_the_machine" in item.name:
            item.add_marker(pytest.mark.extended("the same on the other version is beside it"))


@pytest.fixture(scope="session", params=["cluster_url", "postgresql15"], ids=["embedded", "of_the_machine"])
def each_cluster_url(request: pytest.FixtureRequest) -> str:
    return str(request.getfixturevalue(request.param))


@pytest.fixture(scope="session")
async def schema_url(each_cluster_url: str) -> str:
    """A database with the schema and no rows, to be left so. A worker that is handed tests of either cluster in turn
    makes it more than once."""
    name = f"with_schema_{uuid4().hex}"
    connection = await asyncpg.connect(each_cluster_url)
    await connection.execute(f"CREATE DATABASE {name}")
    await connection.close()
    connection = await asyncpg.connect(sibling(each_cluster_url, name))
    await migrate.run(connection)
    await connection.execute(UNANALYZED)
    await connection.close()
    return sibling(each_cluster_url, name)


@pytest.fixture
async def schema(schema_url: str) -> AsyncIterator[OwnConnection]:
    """A connection whose changes are undone when the test ends."""
    connection = await asyncpg.connect(schema_url)
    transaction = connection.transaction()
    await transaction.start()
    try:
        yield connection
    finally:
        await transaction.rollback()
        await connection.close()
