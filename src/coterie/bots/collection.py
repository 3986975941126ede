"""What this package has in the collections of topics."""

from typing import Final

from coterie.bots import queries
from coterie.database.connection import Connection
from coterie.permissions.keys import CollectionKeys, Extract


async def _bots(connection: Connection, extract: Extract) -> dict[str, object]:
    return {f"bots/{bot.id}": bot for bot in await queries.bots(connection, extract.topic)}


BOTS: Final = CollectionKeys(("bots",), ("user",), _bots)
