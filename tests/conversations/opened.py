"""Direct conversations for tests that are not about opening them."""

from uuid import UUID

from coterie.conversations.opening import open_direct
from coterie.database.pool import open_pool
from coterie.settings.record import Settings
from tests.people import Person


async def opened(database_url: str, one: Person, other: Person) -> str:
    """The direct conversation of two people, opened by the action alone."""
    async with (
        await open_pool(Settings(database_url=database_url, pool_size=2)) as pool,
        pool.acquire() as connection,
        connection.transaction(),
    ):
        id, _ = await open_direct(connection, UUID(one.id), UUID(other.id))
    return str(id)
