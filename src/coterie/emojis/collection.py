"""What this package has in the collections of topics."""

from typing import Final

from coterie.database.connection import Connection
from coterie.emojis import queries
from coterie.permissions.keys import CollectionKeys, Extract


async def _emojis(connection: Connection, extract: Extract) -> dict[str, object]:
    return {f"emojis/{emoji.id}": emoji for emoji in await queries.emojis(connection, extract.topic)}


EMOJIS: Final = CollectionKeys(("emojis",), ("server",), _emojis)
