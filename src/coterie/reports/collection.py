"""What this package has in the collections of topics."""

from typing import Final

from coterie.database.connection import Connection
from coterie.log.read import logged
from coterie.permissions.bits import Permission
from coterie.permissions.keys import CollectionKeys, Extract
from coterie.reports.announcing import ANSWER, INSTANCE, QUEUE


async def _queue(connection: Connection, extract: Extract) -> dict[str, object]:
    return {**await logged(connection, extract.topic, [QUEUE])}


async def _own(connection: Connection, extract: Extract) -> dict[str, object]:
    return {**await logged(connection, extract.topic, [ANSWER, INSTANCE])}


OF_SERVERS: Final = CollectionKeys((QUEUE,), ("server",), _queue, Permission.MANAGE_MESSAGES)
OF_USERS: Final = CollectionKeys((ANSWER, INSTANCE), ("user",), _own)
