"""What this package has in the collections of topics."""

from typing import Final

from coterie.database.connection import Connection
from coterie.notifications import queries
from coterie.permissions.keys import CollectionKeys, Extract


async def _levels(connection: Connection, extract: Extract) -> dict[str, object]:
    levels = await queries.levels_of(connection, extract.topic)
    return {f"notification_levels/{level.place_id}": level for level in levels}


LEVELS: Final = CollectionKeys(("notification_levels",), ("user",), _levels)
