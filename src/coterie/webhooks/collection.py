"""What this package has in the collections of topics."""

from typing import Final

from coterie.database.connection import Connection
from coterie.permissions.bits import Permission
from coterie.permissions.keys import CollectionKeys, Extract
from coterie.webhooks import queries


async def _webhooks(connection: Connection, extract: Extract) -> dict[str, object]:
    return {f"webhooks/{webhook.id}": webhook for webhook in await queries.logged(connection, extract.topic)}


WEBHOOKS: Final = CollectionKeys(("webhooks",), ("server",), _webhooks, Permission.ADMINISTRATOR)
