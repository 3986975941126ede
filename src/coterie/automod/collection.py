"""What this package has in the collections of topics."""

from typing import Final

from coterie.automod.actions import KEY
from coterie.database.connection import Connection
from coterie.log.read import logged
from coterie.permissions.bits import Permission
from coterie.permissions.keys import CollectionKeys, Extract


async def _config(connection: Connection, extract: Extract) -> dict[str, object]:
    return {**await logged(connection, extract.topic, [KEY])}


CONFIG: Final = CollectionKeys((KEY,), ("server",), _config, Permission.MANAGE_SERVER)
